import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, type RecordEvent, sealed } from '#kernel/ledger'
import type { Resource } from '../scim/values.ts'

const names = z.array(z.string())
const ended = z.object({
  sessions: z.int(),
  tokens: z.int(),
  links: z.int(),
  challenges: z.int(),
  /** Answers of theirs to what is not done yet, which count no more. */
  approvals: z.int().optional(),
  /** Exchanged tokens of theirs, and those by which others acted for them; absent in older records. */
  exchanged: z.int().optional(),
  /** Agents that they answered for, which were stopped. */
  agents: z.int().optional(),
})

const UserProvisioned = defineEvent('user.provisioned', z.object({ isActive: z.boolean(), profile: committed }), {
  description: 'the directory brought a user; `profile` commits to what it says of them, in JSON',
})
const UserChanged = defineEvent('user.changed', z.object({ attributes: names, profile: committed }), {
  description: 'the directory changed these attributes of a user; `profile` commits to their new values, in JSON',
})
const UserDeactivated = defineEvent('user.deactivated', ended, {
  description:
    'the directory deactivated a user: so many sessions, API tokens, sign-in links, waiting challenges and approvals ended with it',
})
const UserReactivated = defineEvent('user.reactivated', z.object({}), {
  description: 'the directory activated a user again; nothing that had ended came back',
})
const UserDeleted = defineEvent('user.deleted', ended.extend({ groups: names, passkeys: z.int() }), {
  description:
    'the directory deleted a user: profile, memberships, identities and passkeys are gone, all access ended; the bare id stays',
})
const IdentityLinked = defineEvent('identity.linked', z.object({ issuer: z.string(), subject: committed }), {
  description: 'an account of an identity provider was tied to a user',
})
const GroupCreated = defineEvent('group.created', z.object({ displayName: committed }), {
  description: 'the directory brought a group',
})
const GroupChanged = defineEvent('group.changed', z.object({ attributes: names, displayName: committed }), {
  description: 'the directory changed the name or the external id of a group',
})
const GroupDeleted = defineEvent('group.deleted', z.object({ members: z.int() }), {
  description: 'the directory deleted a group, which had so many members',
})
const part = z.object({ userIds: names, part: z.int(), parts: z.int() })
const GroupMembersAdded = defineEvent('group.members-added', part, {
  description: 'users were added to a group; of a large change this is one part of several',
})
const GroupMembersRemoved = defineEvent('group.members-removed', part, {
  description: 'users were removed from a group; of a large change this is one part of several',
})

export const directoryEvents = [
  UserProvisioned,
  UserChanged,
  UserDeactivated,
  UserReactivated,
  UserDeleted,
  IdentityLinked,
  GroupCreated,
  GroupChanged,
  GroupDeleted,
  GroupMembersAdded,
  GroupMembersRemoved,
]

/** What ended with somebody's access. */
export type Ended = { [K in keyof z.infer<typeof ended>]-?: number }

export function userProvisioned(userId: string, resource: Resource): AuditEvent {
  const profile = sealed.identity('profile', JSON.stringify(resource), userId)
  return UserProvisioned({ targets: [user(userId)], data: { isActive: resource['active'] === true, profile } })
}

export function userChanged(userId: string, attributes: readonly string[], resource: Resource): AuditEvent {
  const values = Object.fromEntries(attributes.map((name) => [name, resource[name] ?? null]))
  const profile = sealed.identity('profile', JSON.stringify(values), userId)
  return UserChanged({ targets: [user(userId)], data: { attributes: [...attributes], profile } })
}

export function userDeactivated(userId: string, what: Ended): AuditEvent {
  return UserDeactivated({ targets: [user(userId)], data: what })
}

export function userReactivated(userId: string): AuditEvent {
  return UserReactivated({ targets: [user(userId)], data: {} })
}

export function userDeleted(userId: string, what: Ended & { passkeys: number; groups: readonly string[] }): AuditEvent {
  return UserDeleted({ targets: [user(userId)], data: { ...what, groups: what.groups.slice(0, 1000) } })
}

export function identityLinked(userId: string, issuer: string, subject: string): AuditEvent {
  return IdentityLinked({
    targets: [user(userId)],
    data: { issuer, subject: sealed.identity('subject', subject, userId) },
  })
}

export function groupCreated(groupId: string, resource: Resource): AuditEvent {
  return GroupCreated({ targets: [group(groupId)], data: { displayName: nameOf(resource) } })
}

export function groupChanged(groupId: string, attributes: readonly string[], resource: Resource): AuditEvent {
  return GroupChanged({
    targets: [group(groupId)],
    data: { attributes: [...attributes], displayName: nameOf(resource) },
  })
}

export function groupDeleted(groupId: string, members: number): AuditEvent {
  return GroupDeleted({ targets: [group(groupId)], data: { members } })
}

/** Ids in one record: well below what a record may hold. */
const partSize = 1000

/** Records who came and went, a record for every thousand. */
export function recordMembers(
  record: RecordEvent,
  groupId: string,
  { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
): void {
  const each = [
    [GroupMembersAdded, added],
    [GroupMembersRemoved, removed],
  ] as const
  for (const [type, userIds] of each) {
    const parts = Math.ceil(userIds.length / partSize)
    for (let i = 0; i < parts; i++) {
      const data = { userIds: userIds.slice(i * partSize, (i + 1) * partSize), part: i + 1, parts }
      record(type({ targets: [group(groupId)], data }))
    }
  }
}

function nameOf(resource: Resource) {
  return sealed.text('displayName', String(resource['displayName']))
}

function user(id: string) {
  return { type: 'user', id }
}

function group(id: string) {
  return { type: 'group', id }
}
