import { sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import { groupType } from '../scim/attributes.ts'
import { type Resource, searchForm } from '../scim/values.ts'
import type { AccessTables } from '../store.ts'
import type { ListWindow } from './person-store.ts'

export interface GroupRow {
  readonly id: string
  readonly resource: Resource
  readonly version: number
  readonly createdAt: Date
  readonly modifiedAt: Date
}

export async function findGroup(db: Db<AccessTables>, id: string): Promise<GroupRow | undefined> {
  const row = await db.selectFrom('access_group as g').selectAll().where('g.id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toRow(row)
}

export async function lockGroup(tx: Write<AccessTables>, id: string): Promise<GroupRow | undefined> {
  const row = await tx.selectFrom('access_group as g').selectAll().where('g.id', '=', id).forUpdate().executeTakeFirst()
  return row === undefined ? undefined : toRow(row)
}

function toRow(row: {
  id: string
  resource: Resource
  version: number
  created_at: Date
  modified_at: Date
}): GroupRow {
  const { id, resource, version, created_at: createdAt, modified_at: modifiedAt } = row
  return { id, resource, version, createdAt, modifiedAt }
}

export async function listGroupRows(
  db: Db<AccessTables>,
  window: ListWindow,
): Promise<{ rows: GroupRow[]; total: number }> {
  const { where = sql<boolean>`true`, sort } = window
  const total = await db
    .selectFrom('access_group as g')
    .select((is) => is.fn.countAll<bigint>().as('total'))
    .where(where)
    .executeTakeFirstOrThrow()
  if (window.count === 0) return { rows: [], total: Number(total.total) }
  const rows = await db
    .selectFrom('access_group as g')
    .selectAll()
    .where(where)
    .$if(sort !== undefined, (query) => query.orderBy(sort?.key ?? sql`g.seq`, sort?.direction))
    .orderBy('g.seq')
    .offset(window.startIndex - 1)
    .limit(window.count)
    .execute()
  return { rows: rows.map(toRow), total: Number(total.total) }
}

/** How many members each of some groups has. */
export async function memberCounts(db: Db<AccessTables>, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('access_group_member')
    .select((is) => ['group_id', is.fn.countAll<bigint>().as('members')])
    .where('group_id', 'in', [...ids])
    .groupBy('group_id')
    .execute()
  return new Map(rows.map((one) => [one.group_id, Number(one.members)]))
}

/** The members of some groups, each group's in the order in which they were added. */
export async function membersOf(
  db: Db<AccessTables> | Write<AccessTables>,
  ids: readonly string[],
): Promise<Map<string, readonly string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('access_group_member')
    .select(['group_id', sql<string[]>`array_agg(user_id order by seq)`.as('members')])
    .where('group_id', 'in', [...ids])
    .groupBy('group_id')
    .execute()
  return new Map(rows.map((one) => [one.group_id, one.members]))
}

/** Holds the name until the transaction ends; true when no other group has it. */
export async function claimGroupName(tx: Write<AccessTables>, resource: Resource, id: string): Promise<boolean> {
  const { displayName } = searchForm(groupType, resource)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`access_group ${String(displayName)}`}, 0))`.execute(tx)
  const other = await tx
    .selectFrom('access_group as g')
    .select('g.id')
    .where(sql<boolean>`g.search ->> 'displayName' = ${displayName}`)
    .where('g.id', '<>', id)
    .executeTakeFirst()
  return other === undefined
}

export async function insertGroup(
  tx: Write<AccessTables>,
  id: string,
  resource: Resource,
  atMs: number,
): Promise<void> {
  const at = new Date(atMs)
  await tx
    .insertInto('access_group')
    .values({
      id,
      resource: JSON.stringify(resource),
      search: JSON.stringify(searchForm(groupType, resource)),
      version: 1,
      created_at: at,
      modified_at: at,
    })
    .execute()
}

export async function updateGroup(
  tx: Write<AccessTables>,
  id: string,
  resource: Resource,
  atMs: number,
): Promise<void> {
  await tx
    .updateTable('access_group')
    .set({
      resource: JSON.stringify(resource),
      search: JSON.stringify(searchForm(groupType, resource)),
      version: sql`version + 1`,
      modified_at: new Date(atMs),
    })
    .where('id', '=', id)
    .execute()
}

/** Adds people to a group, in this order; answers those whom nobody knows, and then adds nobody. */
export async function addMembers(tx: Write<AccessTables>, id: string, userIds: readonly string[]): Promise<string[]> {
  if (userIds.length === 0) return []
  // locked, so that nobody of them is deleted meanwhile
  const known = await tx
    .selectFrom('access_person')
    .select('user_id')
    .where('user_id', 'in', sql<string>`(select unnest(${[...userIds]}::text[]))`)
    .orderBy('user_id')
    .forKeyShare()
    .execute()
  const found = new Set(known.map((one) => one.user_id))
  const unknown = userIds.filter((one) => !found.has(one))
  if (unknown.length > 0) return unknown
  await sql`insert into access_group_member (group_id, user_id)
    select ${id}, one.id from unnest(${[...userIds]}::text[]) with ordinality as one (id, place) order by one.place`.execute(
    tx,
  )
  return []
}

export async function removeMembers(tx: Write<AccessTables>, id: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return
  await sql`delete from access_group_member where group_id = ${id} and user_id = any(${[...userIds]}::text[])`.execute(
    tx,
  )
}

export async function deleteGroup(tx: Write<AccessTables>, id: string): Promise<string[]> {
  const left = await tx.deleteFrom('access_group_member').where('group_id', '=', id).returning('user_id').execute()
  await tx.deleteFrom('access_group').where('id', '=', id).execute()
  return left.map((one) => one.user_id)
}
