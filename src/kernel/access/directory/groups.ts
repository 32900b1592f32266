import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { ScimNotFound, ScimNotUnique, ScimValueInvalid, ScimVersionOther } from '../scim/errors.ts'
import type { Complex, Resource } from '../scim/values.ts'
import type { AccessTables } from '../store.ts'
import { groupChanged, groupCreated, groupDeleted, recordMembers } from './events.ts'
import * as store from './group-store.ts'
import type { Expected } from './people.ts'
import { changedAttributes, unlessUnchanged } from './unchanged.ts'

type Tables = AccessTables & LedgerTables

/** A group with its members. @throws scim_not_unique, scim_value_invalid when a member is nobody we know */
export async function createGroup(db: Db<Tables>, ctx: Context, resource: Resource): Promise<string> {
  const id = newId('grp')
  const { rest, members } = apart(resource)
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.claimGroupName(tx, rest, id))) throw ScimNotUnique({ attribute: 'displayName' })
    await store.insertGroup(tx, id, rest, ctx.clock())
    record(groupCreated(id, rest))
    await add(tx, id, members)
    recordMembers(record, id, { added: members, removed: [] })
  })
  return id
}

/**
 * Changes a group and its members, all in one transaction however many they are. What changes nothing writes nothing.
 *
 * @throws scim_not_found, scim_version_other, scim_not_unique, scim_value_invalid, and what `change` throws
 */
export async function changeGroup(
  db: Db<Tables>,
  ctx: Context,
  id: string,
  expected: Expected,
  change: (resource: Resource) => Resource,
): Promise<void> {
  await unlessUnchanged((unchanged) =>
    transact(db, ctx, async (tx, record) => {
      const group = await lockExpected(tx, id, expected)
      const before = (await store.membersOf(tx, [id])).get(id) ?? []
      const { rest, members } = apart(change(withMembers(group.resource, before)))
      const attributes = changedAttributes(group.resource, rest)
      const [known, wanted] = [new Set(before), new Set(members)]
      const added = members.filter((one) => !known.has(one))
      const removed = before.filter((one) => !wanted.has(one))
      if (attributes.length + added.length + removed.length === 0) throw unchanged
      if (attributes.includes('displayName') && !(await store.claimGroupName(tx, rest, id)))
        throw ScimNotUnique({ attribute: 'displayName' })
      await store.updateGroup(tx, id, rest, ctx.clock())
      await add(tx, id, added)
      await store.removeMembers(tx, id, removed)
      if (attributes.length > 0) record(groupChanged(id, attributes, rest))
      recordMembers(record, id, { added, removed })
    }),
  )
}

/** Removes a group and its memberships; its people stay. @throws scim_not_found, scim_version_other */
export async function removeGroup(db: Db<Tables>, ctx: Context, id: string, expected: Expected): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    await lockExpected(tx, id, expected)
    const left = await store.deleteGroup(tx, id)
    recordMembers(record, id, { added: [], removed: left })
    record(groupDeleted(id, left.length))
  })
}

async function lockExpected(tx: Write<Tables>, id: string, expected: Expected): Promise<store.GroupRow> {
  const group = await store.lockGroup(tx, id)
  if (group === undefined) throw ScimNotFound({ id })
  if (expected !== undefined && group.version !== expected) throw ScimVersionOther({})
  return group
}

async function add(tx: Write<Tables>, id: string, userIds: readonly string[]): Promise<void> {
  const [unknown] = await store.addMembers(tx, id, userIds)
  if (unknown !== undefined) throw ScimValueInvalid({ detail: `member \`${unknown.slice(0, 100)}\` does not exist` })
}

function apart(resource: Resource): { rest: Resource; members: string[] } {
  const { members = [], ...rest } = resource
  const elements = Array.isArray(members) ? (members as readonly Complex[]) : []
  return { rest, members: [...new Set(elements.map((one) => String(one['value'])))] }
}

export function withMembers(resource: Resource, userIds: readonly string[]): Resource {
  return userIds.length === 0 ? resource : { ...resource, members: userIds.map((value) => ({ value, type: 'User' })) }
}
