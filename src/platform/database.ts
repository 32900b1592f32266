import { Kysely, PostgresDialect, type SelectQueryBuilder, sql, type Transaction } from 'kysely'
import type { Pool } from 'pg'

/**
 * A handle that can only read. A writable one comes from the ledger's `transact()` and `housekeeping()` alone,
 * so nothing changes without a record of it.
 */
export interface Db<T> {
  readonly selectFrom: Kysely<T>['selectFrom']
  readonly [hidden]: Kysely<T>
}

/** A writable handle, alive for one transaction. */
export type Write<T> = Transaction<T>

export type Query<T, K extends keyof T & string, O> = SelectQueryBuilder<T, K, O>

const hidden = Symbol('engine')

export function openDb<T>(pool: Pool): Db<T> {
  const kysely = new Kysely<T>({ dialect: new PostgresDialect({ pool }) })
  return { selectFrom: kysely.selectFrom.bind(kysely), [hidden]: kysely }
}

/** The ids that a query finds, those after one in the order of the database. */
export async function idsAfter<T, K extends keyof T & string>(
  query: Query<T, K, object>,
  after: string,
  limit: number,
): Promise<string[]> {
  const id = sql<string>`id`
  const rows = await query.select(id.as('id')).where(id, '>', after).orderBy(id).limit(limit).execute()
  return rows.map((row) => String((row as { readonly id: unknown }).id))
}

/** The whole query builder behind `db`. Only the two doors of the ledger may import this; the walls test asserts it. */
export function engine<T>(db: Db<T>): Kysely<T> {
  return db[hidden]
}
