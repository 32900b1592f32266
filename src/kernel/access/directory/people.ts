import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { member } from '../model.ts'
import { ScimNotFound, ScimNotUnique, ScimOwnerKept, ScimVersionOther } from '../scim/errors.ts'
import type { Resource } from '../scim/values.ts'
import type { AccessTables } from '../store.ts'
import { type AccessEnding, endAccess, restoreAccess } from './end-access.ts'
import { userChanged, userDeactivated, userDeleted, userProvisioned, userReactivated } from './events.ts'
import * as store from './person-store.ts'
import { changedAttributes, unlessUnchanged } from './unchanged.ts'

type Tables = AccessTables & LedgerTables

/** A user with a profile, who may sign in while it is active. @throws scim_not_unique */
export async function provisionPerson(db: Db<Tables>, ctx: Context, resource: Resource): Promise<string> {
  const id = newId('usr')
  const now = ctx.clock()
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.claimUserName(tx, resource, id))) throw ScimNotUnique({ attribute: 'userName' })
    await tx
      .insertInto('access_user')
      .values({
        id,
        role: member,
        created_at: new Date(now),
        disabled_at: resource['active'] === true ? null : new Date(now),
      })
      .execute()
    await store.insertPerson(tx, id, resource, now)
    record(userProvisioned(id, resource))
  })
  return id
}

/** Where people are, and what ends with their access. */
export interface Directory {
  readonly db: Db<Tables>
  readonly onAccessEnded?: readonly AccessEnding[]
}

/** A version that the caller saw, where it must still be the one. */
export type Expected = number | undefined

/**
 * Changes a profile. To make it inactive ends all access of the user in the same transaction. What changes nothing writes nothing.
 *
 * @throws scim_not_found, scim_version_other, scim_not_unique, scim_owner_kept, and what `change` throws
 */
export async function changePerson(
  directory: Directory,
  ctx: Context,
  id: string,
  expected: Expected,
  change: (resource: Resource) => Resource,
): Promise<void> {
  await unlessUnchanged((unchanged) =>
    transact(directory.db, ctx, async (tx, record) => {
      const person = await lockExpected(tx, id, expected)
      const after = change(person.resource)
      const attributes = changedAttributes(person.resource, after)
      if (attributes.length === 0) throw unchanged
      await writeChange(tx, record, ctx, directory, { person, after, attributes })
    }),
  )
}

interface Changed {
  readonly person: { readonly id: string; readonly role: string }
  readonly after: Resource
  readonly attributes: readonly string[]
}

async function writeChange(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  directory: Directory,
  { person, after, attributes }: Changed,
): Promise<void> {
  const { id } = person
  if (attributes.includes('userName') && !(await store.claimUserName(tx, after, id)))
    throw ScimNotUnique({ attribute: 'userName' })
  await store.updatePerson(tx, id, after, ctx.clock())
  const others = attributes.filter((name) => name !== 'active')
  if (others.length > 0) record(userChanged(id, others, after))
  if (attributes.includes('active'))
    await changeState(tx, record, ctx, directory, { person, isActive: after['active'] === true })
}

async function changeState(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  directory: Directory,
  { person, isActive }: Pick<Changed, 'person'> & { readonly isActive: boolean },
): Promise<void> {
  if (isActive) {
    await restoreAccess(tx, person.id)
    record(userReactivated(person.id))
    return
  }
  refuseOwner(person)
  record(userDeactivated(person.id, await endAll(tx, record, ctx, directory, person.id)))
}

/**
 * Removes a person for good: profile, memberships, identities, passkeys; all access ends. The bare user stays, disabled: records
 * name it.
 *
 * @throws scim_not_found, scim_version_other, scim_owner_kept
 */
export async function removePerson(directory: Directory, ctx: Context, id: string, expected: Expected): Promise<void> {
  await transact(directory.db, ctx, async (tx, record) => {
    // before the person, as a change of a group does it: neither then waits for the other
    await store.lockGroupsOf(tx, id)
    const person = await lockExpected(tx, id, expected)
    refuseOwner(person)
    const ended = await endAll(tx, record, ctx, directory, id)
    record(userDeleted(id, { ...ended, ...(await store.deletePerson(tx, id, ctx.clock())) }))
  })
}

async function endAll(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  { onAccessEnded = [] }: Directory,
  userId: string,
) {
  const ended = await endAccess(tx, record, ctx, userId)
  for (const { end } of onAccessEnded) await end(tx, record, ctx, userId)
  return ended
}

async function lockExpected(tx: Write<Tables>, id: string, expected: Expected) {
  const person = await store.lockPerson(tx, id)
  if (person === undefined) throw ScimNotFound({ id })
  if (expected !== undefined && person.version !== expected) throw ScimVersionOther({})
  return person
}

/** Whoever may do everything here is not removed from outside. */
function refuseOwner({ role }: { readonly role: string }): void {
  if (role === 'owner') throw ScimOwnerKept({})
}
