import { capital } from '#console'

const names = [
  'junior-developer',
  'senior-developer',
  'tech-lead',
  'security',
  'compliance-officer',
  'auditor',
  'platform-administrator',
] as const

export type RoleName = (typeof names)[number]

export function roleWords(role: string): string {
  return capital(role.replaceAll('-', ' '))
}

/** The roles of people, as a choice. */
export const roleChoices = names.map((one) => [one, roleWords(one)] as const)
