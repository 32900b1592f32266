/** The roles of people, those that may do most first. */
export const personRoles = [
  'platform-administrator',
  'security',
  'compliance-officer',
  'auditor',
  'tech-lead',
  'senior-developer',
  'junior-developer',
] as const

/** Who writes and reviews changes. */
export const developers = ['tech-lead', 'senior-developer', 'junior-developer'] as const
/** Who answers for how AI is used, and reads the records of it. */
export const assurance = ['security', 'compliance-officer', 'auditor'] as const
/** Who is no person. */
export const programs = ['agent', 'service'] as const
