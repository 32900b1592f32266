import { z } from 'zod'

/** Somebody who may sign in, or might. */
export const Person = z
  .object({
    id: z.string(),
    /** Null for whom no directory brought. */
    userName: z.string().nullable(),
    displayName: z.string().nullable(),
    /** The highest of those held, or what the account is. */
    role: z.string(),
    isActive: z.boolean(),
    /** Whether a SCIM client keeps this profile. */
    isProvisioned: z.boolean(),
    createdAt: z.iso.datetime(),
    lastSignInAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Person' })
export type Person = z.infer<typeof Person>

const GroupName = z.object({ id: z.string(), name: z.string() })

/** A person with what they are in and what would end with them. */
export const PersonDetail = Person.extend({
  externalId: z.string().nullable(),
  email: z.string().nullable(),
  title: z.string().nullable(),
  department: z.string().nullable(),
  modifiedAt: z.iso.datetime().nullable(),
  groups: z.array(GroupName),
  /** Every role held now, with where and why. */
  roles: z.array(
    z.object({
      role: z.string(),
      teamId: z.string().nullable(),
      teamName: z.string().nullable(),
      source: z.enum(['account', 'assignment', 'mapping']),
    }),
  ),
  /** What lets them in now; all but passkeys end when they are deactivated. */
  access: z.object({ sessions: z.int(), tokens: z.int(), links: z.int(), passkeys: z.int() }),
}).meta({ id: 'PersonDetail' })
export type PersonDetail = z.infer<typeof PersonDetail>

export const Group = z
  .object({
    id: z.string(),
    name: z.string(),
    externalId: z.string().nullable(),
    members: z.int(),
    createdAt: z.iso.datetime(),
    modifiedAt: z.iso.datetime(),
  })
  .meta({ id: 'Group' })
export type Group = z.infer<typeof Group>
