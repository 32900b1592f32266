import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import type { RoleItem } from './model.ts'

const TeamMade = defineEvent('team.made', z.object({ name: committed }), { description: 'a team was made' })
const TeamRenamed = defineEvent('team.renamed', z.object({ name: committed }), {
  description: 'a team was given another name',
})
const TeamRemoved = defineEvent('team.removed', z.object({}), {
  description: 'a team in which nobody held a role was removed',
})
const TeamRepositories = defineEvent(
  'team.repositories-set',
  z.object({ repositories: z.array(z.string()), total: z.int() }),
  { description: 'it was said which repositories belong to a team; of many the first 200 are named' },
)

const Item = z.object({
  kind: z.enum(['assignment', 'mapping']),
  userId: z.string().optional(),
  groupId: z.string().optional(),
  role: z.string(),
  teamId: z.string().nullable(),
})
/** The first of many, so that the entry has room; the digest is of all. */
const itemsMax = 40
const items = z.object({
  digest: z.string(),
  add: z.array(Item),
  remove: z.array(Item),
  addTotal: z.int(),
  removeTotal: z.int(),
})

const RolesProposed = defineEvent('roles.proposed', items.extend({ reason: committed }), {
  description: 'somebody proposed who holds which roles; another person decides',
})
const RolesChanged = defineEvent(
  'roles.changed',
  items.extend({
    people: z.int(),
    approvalId: z.string().nullable(),
    /** `first`: nobody else could approve, and the owner appointed the first who can. */
    by: z.enum(['approval', 'first']),
  }),
  { description: 'a proposed change of roles was approved by another person and holds from now on' },
)
const RolesRejected = defineEvent('roles.rejected', z.object({ digest: z.string(), approvalId: z.string() }), {
  description: 'a proposed change of roles was rejected',
})
const RolesWithdrawn = defineEvent('roles.withdrawn', z.object({ digest: z.string() }), {
  description: 'a proposed change of roles was withdrawn by who proposed it',
})
const RoleEnded = defineEvent('role.ended', z.object({ role: z.string(), teamId: z.string().nullable() }), {
  description: 'a role that a person held by name ended with their access; it does not come back with them',
})
export const roleEvents = [
  RoleEnded,
  TeamMade,
  TeamRenamed,
  TeamRemoved,
  TeamRepositories,
  RolesProposed,
  RolesChanged,
  RolesRejected,
  RolesWithdrawn,
]

const team = (id: string) => [{ type: 'team', id }]

export function teamMade(id: string, name: string): AuditEvent {
  return TeamMade({ targets: team(id), data: { name: sealed.text('name', name) } })
}

export function teamRenamed(id: string, name: string): AuditEvent {
  return TeamRenamed({ targets: team(id), data: { name: sealed.text('name', name) } })
}

export function teamRemoved(id: string): AuditEvent {
  return TeamRemoved({ targets: team(id), data: {} })
}

export function teamRepositories(id: string, repositories: readonly string[]): AuditEvent {
  return TeamRepositories({
    targets: team(id),
    data: { repositories: repositories.slice(0, 200), total: repositories.length },
  })
}

export function roleEnded(userId: string, role: string, teamId: string | null): AuditEvent {
  return RoleEnded({ targets: [{ type: 'user', id: userId }], data: { role, teamId } })
}

interface Proposed {
  readonly id: string
  readonly digest: string
  readonly add: readonly RoleItem[]
  readonly remove: readonly RoleItem[]
}

const shown = ({ digest, add, remove }: Proposed) => ({
  digest,
  add: add.slice(0, itemsMax),
  remove: remove.slice(0, itemsMax),
  addTotal: add.length,
  removeTotal: remove.length,
})
const change = (id: string) => [{ type: 'role-change', id }]

export function rolesProposed(proposed: Proposed, reason: string): AuditEvent {
  const data = { ...shown(proposed), reason: sealed.text('reason', reason) }
  return RolesProposed({ targets: change(proposed.id), data })
}

export function rolesChanged(proposed: Proposed, people: number, approvalId: string | null): AuditEvent {
  const by = approvalId === null ? ('first' as const) : ('approval' as const)
  return RolesChanged({ targets: change(proposed.id), data: { ...shown(proposed), people, approvalId, by } })
}

export function rolesRejected(id: string, digest: string, approvalId: string): AuditEvent {
  return RolesRejected({ targets: change(id), data: { digest, approvalId } })
}

export function rolesWithdrawn(id: string, digest: string): AuditEvent {
  return RolesWithdrawn({ targets: change(id), data: { digest } })
}
