import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import { userType } from '../scim/attributes.ts'
import { type Resource, searchForm } from '../scim/values.ts'
import type { AccessTables } from '../store.ts'

export interface PersonRow {
  readonly id: string
  readonly resource: Resource
  readonly isActive: boolean
  readonly version: number
  readonly createdAt: Date
  readonly modifiedAt: Date
}

/** What a list shows: one-based like SCIM's. */
export interface ListWindow {
  readonly where: RawBuilder<SqlBool> | undefined
  readonly sort: { readonly key: RawBuilder<unknown>; readonly direction: 'asc' | 'desc' } | undefined
  readonly startIndex: number
  readonly count: number
}

export async function findPerson(db: Db<AccessTables>, id: string): Promise<PersonRow | undefined> {
  const row = await db.selectFrom('access_person as p').selectAll().where('p.user_id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toRow(row)
}

/** The person and the user behind, locked until the transaction ends. */
export async function lockPerson(
  tx: Write<AccessTables>,
  id: string,
): Promise<(PersonRow & { role: string }) | undefined> {
  const row = await tx
    .selectFrom('access_person as p')
    .innerJoin('access_user as u', 'u.id', 'p.user_id')
    .selectAll('p')
    .select('u.role')
    .where('p.user_id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? undefined : { ...toRow(row), role: row.role }
}

function toRow(row: {
  user_id: string
  resource: Resource
  is_active: boolean
  version: number
  created_at: Date
  modified_at: Date
}): PersonRow {
  return {
    id: row.user_id,
    resource: row.resource,
    isActive: row.is_active,
    version: row.version,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

/** In the order in which they were made, whatever sorts them first. */
export async function listPersons(
  db: Db<AccessTables>,
  window: ListWindow,
): Promise<{ rows: PersonRow[]; total: number }> {
  const { where = sql<boolean>`true`, sort } = window
  const total = await db
    .selectFrom('access_person as p')
    .select((is) => is.fn.countAll<bigint>().as('total'))
    .where(where)
    .executeTakeFirstOrThrow()
  if (window.count === 0) return { rows: [], total: Number(total.total) }
  const rows = await db
    .selectFrom('access_person as p')
    .selectAll()
    .where(where)
    .$if(sort !== undefined, (query) => query.orderBy(sort?.key ?? sql`p.seq`, sort?.direction))
    .orderBy('p.seq')
    .offset(window.startIndex - 1)
    .limit(window.count)
    .execute()
  return { rows: rows.map(toRow), total: Number(total.total) }
}

/** Holds the name until the transaction ends; true when nobody else has it. */
export async function claimUserName(tx: Write<AccessTables>, resource: Resource, id: string): Promise<boolean> {
  const { userName } = searchForm(userType, resource)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`access_person ${String(userName)}`}, 0))`.execute(tx)
  const other = await tx
    .selectFrom('access_person as p')
    .select('p.user_id')
    .where(sql<boolean>`p.search ->> 'userName' = ${userName}`)
    .where('p.user_id', '<>', id)
    .executeTakeFirst()
  return other === undefined
}

export async function insertPerson(
  tx: Write<AccessTables>,
  id: string,
  resource: Resource,
  atMs: number,
): Promise<void> {
  const at = new Date(atMs)
  await tx
    .insertInto('access_person')
    .values({
      user_id: id,
      resource: JSON.stringify(resource),
      search: JSON.stringify(searchForm(userType, resource)),
      is_active: resource['active'] === true,
      version: 1,
      created_at: at,
      modified_at: at,
    })
    .execute()
}

export async function updatePerson(
  tx: Write<AccessTables>,
  id: string,
  resource: Resource,
  atMs: number,
): Promise<void> {
  await tx
    .updateTable('access_person')
    .set({
      resource: JSON.stringify(resource),
      search: JSON.stringify(searchForm(userType, resource)),
      is_active: resource['active'] === true,
      version: sql`version + 1`,
      modified_at: new Date(atMs),
    })
    .where('user_id', '=', id)
    .execute()
}

export async function lockGroupsOf(tx: Write<AccessTables>, userId: string): Promise<void> {
  await tx
    .selectFrom('access_group')
    .select('id')
    .where('id', 'in', (is) => is.selectFrom('access_group_member').select('group_id').where('user_id', '=', userId))
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Removes what is known of a person; answers the groups that they were in and how many passkeys went. The bare user stays, for records name it. */
export async function deletePerson(
  tx: Write<AccessTables>,
  id: string,
  atMs: number,
): Promise<{ groups: string[]; passkeys: number }> {
  const left = await tx.deleteFrom('access_group_member').where('user_id', '=', id).returning('group_id').execute()
  const groups = left.map((one) => one.group_id).sort()
  if (groups.length > 0)
    await tx
      .updateTable('access_group')
      .set({ version: sql`version + 1`, modified_at: new Date(atMs) })
      .where('id', 'in', groups)
      .execute()
  await tx.deleteFrom('access_identity').where('user_id', '=', id).execute()
  await tx.deleteFrom('access_claimed_member').where('user_id', '=', id).execute()
  const passkeys = await tx.deleteFrom('access_passkey').where('user_id', '=', id).executeTakeFirst()
  await tx.deleteFrom('access_person').where('user_id', '=', id).execute()
  return { groups, passkeys: Number(passkeys.numDeletedRows) }
}

/** The groups of some people, with their names, by person. */
export async function groupsOf(
  db: Db<AccessTables>,
  ids: readonly string[],
): Promise<Map<string, { id: string; name: string }[]>> {
  const byPerson = new Map<string, { id: string; name: string }[]>()
  if (ids.length === 0) return byPerson
  const rows = await db
    .selectFrom('access_group_member as m')
    .innerJoin('access_group as g', 'g.id', 'm.group_id')
    .select(['m.user_id', 'g.id', sql<string>`g.resource ->> 'displayName'`.as('name')])
    .where('m.user_id', 'in', [...ids])
    .orderBy('g.seq')
    .execute()
  for (const { user_id, id, name } of rows) byPerson.set(user_id, [...(byPerson.get(user_id) ?? []), { id, name }])
  return byPerson
}
