/** Who writes drafts and asks about them, besides the owner. */
export const policyWriters = [
  'platform-administrator',
  'security',
  'compliance-officer',
  'tech-lead',
  'senior-developer',
] as const
/** Who reviews what others wrote. */
export const policyReviewers = ['security', 'compliance-officer', 'tech-lead', 'senior-developer'] as const
/** Who publishes what was reviewed, and rolls it out. */
export const policyMakers = ['platform-administrator', 'security', 'compliance-officer'] as const

/** Roles by which somebody could give one of the two reviews. */
export const reviewerRoles = ['owner', ...policyReviewers] as const
