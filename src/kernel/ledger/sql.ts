import { CompiledQuery } from 'kysely'
import type { Write } from '#platform/database.ts'
import { codeOf } from './error-code.ts'

/** Runs one statement on some connection: the pool's, or that of the transaction one is in. */
export type Run = (statement: Statement) => Promise<Row[]>

export interface Statement {
  /** Prepared once a connection under this name. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

export type Row = Readonly<Record<string, unknown>>

/** `run` over something like a `pg` pool or client. */
export function runOn(client: { query(statement: object): Promise<{ rows: Row[] }> }): Run {
  return async (statement) => (await client.query({ ...statement, values: [...statement.values] })).rows
}

/** `run` inside a transaction of the query builder. */
export function runIn<T>(tx: Write<T>): Run {
  return async ({ text, values }) => (await tx.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows
}

export const uniqueViolation = '23505'

const passing = new Set([
  // serialization_failure, deadlock_detected, lock_not_available
  '40001',
  '40P01',
  '55P03',
  // disk_full, out_of_memory, too_many_connections
  '53100',
  '53200',
  '53300',
  // admin_shutdown, crash_shutdown, cannot_connect_now
  '57P01',
  '57P02',
  '57P03',
  // read_only_sql_transaction: a primary that was demoted
  '25006',
])
/** What the driver says in words alone. */
const connectionGone =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client (was closed|has encountered a connection error))/
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'])

/** Whether the same statement may succeed later. It says nothing about whether this one took effect. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== undefined) return passing.has(code) || network.has(code) || code.startsWith('08')
  return error instanceof Error && connectionGone.test(error.message)
}

/** An int8 column as a number; the ledger's numbers stay far below 2^53. */
export function asNumber(value: unknown): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Error(`expected a whole number from the database, not ${String(value)}`)
  return number
}

export function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('expected bytes from the database')
  return value
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected text from the database')
  return value
}
