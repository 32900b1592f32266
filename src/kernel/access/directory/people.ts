import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { member } from '../model.ts'
import { ScimNotFound, ScimNotUnique, ScimOwnerKept, ScimVersionOther } from '../scim/errors.ts'
import type { Resource } from '../scim/values.ts'
import type { AccessTables } from '../store.ts'
import { endAccess, restoreAccess } from './end-access.ts'
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

/** A version that the caller saw, where it must still be the one. */
export type Expected = number | undefined

/**
 * Changes a profile. To make it inactive ends all access of the user in the same transaction. What changes nothing writes nothing.
 *
 * @throws scim_not_found, scim_version_other, scim_not_unique, scim_owner_kept, and what `change` throws
 */
export async function changePerson(
  db: Db<Tables>,
  ctx: Context,
  id: string,
  expected: Expected,
  change: (resource: Resource) => Resource,
): Promise<void> {
  await unlessUnchanged((unchanged) =>
    transact(db, ctx, async (tx, record) => {
      const person = await lockExpected(tx, id, expected)
      const after = change(person.resource)
      const attributes = changedAttributes(person.resource, after)
      if (attributes.length === 0) throw unchanged
      await writeChange(tx, record, ctx, person, after, attributes)
    }),
  )
}

async function writeChange(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  person: { readonly id: string; readonly role: string },
  after: Resource,
  attributes: readonly string[],
): Promise<void> {
  const { id } = person
  if (attributes.includes('userName') && !(await store.claimUserName(tx, after, id)))
    throw ScimNotUnique({ attribute: 'userName' })
  await store.updatePerson(tx, id, after, ctx.clock())
  const others = attributes.filter((name) => name !== 'active')
  if (others.length > 0) record(userChanged(id, others, after))
  if (attributes.includes('active')) await changeState(tx, record, ctx, person, after['active'] === true)
}

async function changeState(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  person: { readonly id: string; readonly role: string },
  isActive: boolean,
): Promise<void> {
  if (isActive) {
    await restoreAccess(tx, person.id)
    record(userReactivated(person.id))
    return
  }
  refuseOwner(person)
  record(userDeactivated(person.id, await endAccess(tx, record, ctx, person.id)))
}

/**
 * Removes a person for good: profile, memberships, identities, passkeys; all access ends. The bare user stays, disabled: records
 * name it.
 *
 * @throws scim_not_found, scim_version_other, scim_owner_kept
 */
export async function removePerson(db: Db<Tables>, ctx: Context, id: string, expected: Expected): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    // before the person, as a change of a group does it: neither then waits for the other
    await store.lockGroupsOf(tx, id)
    const person = await lockExpected(tx, id, expected)
    refuseOwner(person)
    const ended = await endAccess(tx, record, ctx, id)
    record(userDeleted(id, { ...ended, ...(await store.deletePerson(tx, id, ctx.clock())) }))
  })
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
