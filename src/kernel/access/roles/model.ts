import { z } from 'zod'
import { personRoles } from '#kernel/ledger'

export const RoleName = z.enum(personRoles)
export type RoleName = z.infer<typeof RoleName>

/** Every role a policy may name: `owner` is the first one here, `member` whom the directory brought and who has no other. */
export const allRoles = ['owner', ...personRoles, 'agent', 'service', 'member'] as const

/** The one of several that a record names. */
export function mainRole(roles: readonly string[]): string {
  return allRoles.find((one) => roles.includes(one)) ?? roles[0] ?? 'guest'
}

/** Who approves what others propose of roles. */
export const roleApprovers = ['owner', 'platform-administrator', 'security'] as const

const id = z.string().regex(/^[\w-]{1,100}$/)
const place = { role: RoleName, teamId: id.nullable().default(null) }

/** A role that one person, or whoever is in a group, holds in a team or in the whole organisation. */
export const RoleItem = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('assignment'), userId: id, ...place }),
  z.strictObject({ kind: z.literal('mapping'), groupId: id, ...place }),
])
export type RoleItem = z.infer<typeof RoleItem>

export const ProposeRoles = z
  .strictObject({
    add: z.array(RoleItem).max(200).default([]),
    remove: z.array(RoleItem).max(200).default([]),
    reason: z.string().trim().min(1).max(1000),
  })
  .meta({ id: 'ProposeRoles' })
export type ProposeRoles = z.infer<typeof ProposeRoles>

const Held = z.object({ role: z.string(), teamId: z.string().nullable(), teamName: z.string().nullable() })

/** What a proposal does to one person. */
export const RoleEffect = z
  .object({
    userId: z.string(),
    name: z.string().nullable(),
    gains: z.array(Held),
    loses: z.array(Held),
    /** Permissions that come and go with that, anywhere. */
    permissionsGained: z.array(z.string()),
    permissionsLost: z.array(z.string()),
  })
  .meta({ id: 'RoleEffect' })
export type RoleEffect = z.infer<typeof RoleEffect>

export const RoleChange = z
  .object({
    id: z.string(),
    add: z.array(RoleItem),
    remove: z.array(RoleItem),
    reason: z.string(),
    /** Of what was proposed: what an approval is about. */
    digest: z.string(),
    state: z.enum(['proposed', 'applied', 'rejected', 'withdrawn']),
    proposer: z.string(),
    proposedAt: z.iso.datetime(),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'RoleChange' })
export type RoleChange = z.infer<typeof RoleChange>

/** A role as it is held now. */
export const RoleHolding = z
  .object({
    kind: z.enum(['assignment', 'mapping']),
    userId: z.string().nullable(),
    groupId: z.string().nullable(),
    /** Of the person or the group; null for a group that is gone. */
    name: z.string().nullable(),
    role: RoleName,
    teamId: z.string().nullable(),
    teamName: z.string().nullable(),
    since: z.iso.datetime(),
  })
  .meta({ id: 'RoleHolding' })
export type RoleHolding = z.infer<typeof RoleHolding>

export const TeamName = z.string().trim().min(1).max(100)
export const Team = z
  .object({
    id: z.string(),
    name: z.string(),
    repositories: z.array(z.string()),
    /** How many people hold a role in it. */
    people: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Team' })
export type Team = z.infer<typeof Team>
