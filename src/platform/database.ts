import { Kysely, PostgresDialect, type SelectQueryBuilder, type Transaction } from 'kysely'
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

/** The whole query builder behind `db`. Only the two doors of the ledger may import this; the walls test asserts it. */
export function engine<T>(db: Db<T>): Kysely<T> {
  return db[hidden]
}
