import { Pool, type PoolConfig, types } from 'pg'
import type { Log } from '../log.ts'
import { DatabaseNotDurable, DatabaseNotUtf8, DatabaseTooOld, DatabaseUnreachable } from './errors.ts'

export interface PoolOptions {
  readonly connection: PoolConfig
  readonly log: Log
  /** Most connections at once. */
  readonly max?: number
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
  /** A statement that takes longer is cancelled; 0 lets it run. */
  readonly statementTimeoutMs?: number
  /** `not-asked` only for a database that nobody will read again when this process has ended; `asserted` unless said. */
  readonly durability?: 'asserted' | 'not-asked'
}

/**
 * Connections to a database that was seen to keep what it acknowledges. In rows, `int8` is a bigint, `date` a string as
 * PostgreSQL writes it, `timestamptz` a Date.
 *
 * @throws database_unreachable, database_too_old, database_not_utf8, database_not_durable
 */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const pool = new Pool({
    ...options.connection,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'countersign',
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: 15_000,
    types: { getTypeParser: parserOf },
  })
  // without listeners the loss of a connection would end the process: of an idle one, and of one that is in use but between
  // two statements (the next statement fails, which its user sees)
  pool.on('error', (error) => {
    if (!pool.ending) options.log.error({ event: 'database.connection-lost', error })
  })
  pool.on('connect', (client) => {
    client.on('error', (error) => options.log.debug({ event: 'database.connection-lost', error }))
  })
  try {
    await assertTrustworthy(pool, options.durability ?? 'asserted')
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}

const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, BigInt],
  [types.builtins.DATE, String],
])

function parserOf(oid: number, format?: 'text' | 'binary') {
  return (format === 'binary' ? undefined : parsers.get(oid)) ?? types.getTypeParser(oid, format)
}

async function assertTrustworthy(pool: Pool, durability: 'asserted' | 'not-asked'): Promise<void> {
  const settings = await readSettings(pool)
  if (Number(settings.server_version_num) < 150_000) throw DatabaseTooOld({ version: settings.server_version })
  if (settings.server_encoding !== 'UTF8') throw DatabaseNotUtf8({ encoding: settings.server_encoding })
  if (durability === 'not-asked') return
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
    // `local`, `remote_write` and `remote_apply` flush here before they answer, as `on` does
    if (settings[setting] === 'off') throw DatabaseNotDurable({ setting, value: settings[setting] })
  }
}

interface ServerSettings {
  readonly server_version: string
  readonly server_version_num: string
  readonly server_encoding: string
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
}

async function readSettings(pool: Pool): Promise<ServerSettings> {
  const names = [
    'server_version',
    'server_version_num',
    'server_encoding',
    'fsync',
    'full_page_writes',
    'synchronous_commit',
  ]
  const asked = names.map((name) => `current_setting('${name}') as ${name}`).join(', ')
  const answer = await pool.query<ServerSettings>(`select ${asked}`).catch((error: NodeJS.ErrnoException) => {
    // the driver's message may name the user and the database, and never the password
    throw DatabaseUnreachable({ reason: error.message || error.code || 'no answer' }, error)
  })
  const [row] = answer.rows
  if (row === undefined) throw new Error('a select without a table answered no row')
  return row
}
