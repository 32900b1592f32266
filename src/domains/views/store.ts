import { sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'

export interface ViewsTables {
  saved_view: {
    id: string
    owner_id: string
    page: string
    name: string
    /** Canonical JSON of the filters. */
    query: string
    created_at: Date
  }
}

export type ViewRow = ViewsTables['saved_view']

/** Where a view stands in its owner's list. */
export interface ViewPlace {
  readonly createdAtMs: number
  readonly id: string
}

interface Listing {
  readonly page: string | undefined
  readonly limit: number
  readonly before: ViewPlace | undefined
}

/** A person's views, newest first; one more than the limit tells that there are more. */
export async function listViews(
  db: Db<ViewsTables>,
  ownerId: string,
  { page, limit, before }: Listing,
): Promise<ViewRow[]> {
  let query = db
    .selectFrom('saved_view')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (page !== undefined) query = query.where('page', '=', page)
  if (before !== undefined) {
    const { createdAtMs, id } = before
    query = query.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(new Date(createdAtMs), id)))
  }
  return query.execute()
}

/** Until the transaction ends nobody else writes views of this person: what is counted and compared stays true. */
export async function lockViews(tx: Write<ViewsTables>, ownerId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`saved_view ${ownerId}`}, 0))`.execute(tx)
}

export async function countViews(tx: Write<ViewsTables>, ownerId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('saved_view')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Undefined also for the view of another person. */
export async function findView(tx: Write<ViewsTables>, ownerId: string, id: string): Promise<ViewRow | undefined> {
  return tx.selectFrom('saved_view').selectAll().where('id', '=', id).where('owner_id', '=', ownerId).executeTakeFirst()
}

/** Whether another view than `id` of this person has this name on this page. */
export async function isNameTaken(
  tx: Write<ViewsTables>,
  { id, owner_id, page, name }: Pick<ViewRow, 'id' | 'owner_id' | 'page' | 'name'>,
): Promise<boolean> {
  const row = await tx
    .selectFrom('saved_view')
    .select('id')
    .where('owner_id', '=', owner_id)
    .where('page', '=', page)
    .where('name', '=', name)
    .where('id', '!=', id)
    .executeTakeFirst()
  return row !== undefined
}

export async function insertView(tx: Write<ViewsTables>, row: ViewRow): Promise<void> {
  await tx.insertInto('saved_view').values(row).execute()
}

export async function updateView(tx: Write<ViewsTables>, { id, name, query }: ViewRow): Promise<void> {
  await tx.updateTable('saved_view').set({ name, query }).where('id', '=', id).execute()
}

/** Whether the person had such a view. */
export async function deleteView(tx: Write<ViewsTables>, ownerId: string, id: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('saved_view')
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
