import { resolve } from 'node:path'
import type { Pool, PoolConfig } from 'pg'
import type { Context, Ledger } from '#kernel/ledger'
import { openDataFolder } from '#platform/data-folder.ts'
import { type Db, openDb } from '#platform/database.ts'
import { findRunning, startEmbedded } from '#platform/postgres/embedded.ts'
import { openPool } from '#platform/postgres/pool.ts'
import { type CoreOptions, openCore, openLedgerOf, organizationOf, serviceContext } from './core.ts'
import type { Database } from './modules.ts'

/** The ledger and database of a data folder, for a command. */
export interface Attached {
  readonly db: Db<Database>
  readonly ledger: Ledger
  readonly organizationId: string
  service(name: string): Context
  stop(): Promise<void>
}

/**
 * The database of a data folder without its ledger, for what must work when the ledger refuses to open.
 *
 * @throws what starting it throws
 */
export async function attachDatabase(options: CoreOptions): Promise<{ pool: Pool; stop(): Promise<void> }> {
  const found = await findDatabase(options)
  if (found !== undefined) return { pool: found.pool, stop: () => found.pool.end() }
  const folder = await openDataFolder(options.config.data)
  try {
    const { config, runtimeDir, log } = options
    const binaries = config.postgresBinaries
    const running = await startEmbedded({ folder, binaries, whenUnreachable: 'elsewhere', runtimeDir, log })
    const pool = await openPool({ connection: running.connection, log, max: 3 })
    const stop = async () => {
      await pool.end()
      await running.stop()
      await folder.release()
    }
    return { pool, stop }
  } catch (error) {
    await folder.release()
    throw error
  }
}

/** Reaches the database of the server that runs on the data folder; starts it for this command when none does. */
export async function attach(options: CoreOptions): Promise<Attached> {
  const found = await findDatabase(options)
  return found === undefined ? openCore(options) : attachTo(found.pool, found.connection, options)
}

/** Undefined where no database is to be found: none was named, and no server runs on the data folder. */
async function findDatabase({ config, log }: CoreOptions): Promise<{ pool: Pool; connection: PoolConfig } | undefined> {
  const named = config.databaseUrl === undefined ? undefined : { connectionString: config.databaseUrl }
  const connection = named ?? (await findRunning(config.data))
  if (connection === undefined) return undefined
  const pool = await openPool({ connection, log, max: 3 }).catch((error: unknown) => {
    // the note of a server that was killed leads nowhere; a database that was named must answer
    if (named !== undefined) throw error
    return undefined
  })
  return pool === undefined ? undefined : { pool, connection }
}

async function attachTo(pool: Pool, connection: PoolConfig, options: CoreOptions): Promise<Attached> {
  const clock = options.clock ?? Date.now
  try {
    const ledger = await openLedgerOf(resolve(options.config.data), options.config, {
      pool,
      connection,
      log: options.log,
      leftovers: 'keep',
    })
    const organizationId = organizationOf(ledger)
    return {
      db: openDb<Database>(pool),
      ledger,
      organizationId,
      service: (name) => serviceContext(name, organizationId, ledger, clock),
      stop: async () => {
        await ledger.stop()
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}
