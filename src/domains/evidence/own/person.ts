import { z } from 'zod'

export const Role = z.enum(['junior-developer', 'senior-developer', 'tech-lead', 'security', 'compliance', 'legal'])

/** Who did something, as the forge or the tool names them. */
export const Person = z.object({
  login: z.string().min(1).max(200).optional(),
  email: z.string().min(1).max(320).optional(),
  name: z.string().min(1).max(200).optional(),
  kind: z.enum(['human', 'agent', 'automation', 'unknown']),
  roles: z.array(Role).max(10).optional(),
})
export type Person = z.infer<typeof Person>

export const Oid = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a whole commit id')

/** RFC 3339, with an offset. */
export const At = z.iso.datetime({ offset: true })
