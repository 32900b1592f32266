import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Pool, PoolConfig } from 'pg'
import {
  type Actor,
  type Context,
  type Disk,
  type Ledger,
  type LedgerKeys,
  nodeDisk,
  openFolderTileStore,
  openLedger,
  openLedgerKeys,
} from '#kernel/ledger'
import { type Clock, systemClock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import { type DataFolder, openDataFolder } from '#platform/data-folder.ts'
import { type Db, openDb } from '#platform/database.ts'
import { uuidv7 } from '#platform/ids.ts'
import type { Log } from '#platform/log.ts'
import { type MigratedModule, migrate } from '#platform/migrate.ts'
import { startEmbedded } from '#platform/postgres/embedded.ts'
import { openPool } from '#platform/postgres/pool.ts'
import { readIfThere } from '#platform/read-if-there.ts'
import { existingSecret, secretFile } from '#platform/secret-file.ts'
import type { Database } from './modules.ts'

export interface CoreOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  /** Whether the operator named the data folder: then its files stay there or the start is refused. */
  readonly dataWasNamed: boolean
  readonly runtimeDir?: string | undefined
  readonly modules: readonly MigratedModule[]
  /** `leave` where nobody will search: an audit makes no index. Those of the tables stay where the data is kept. */
  readonly searchIndex?: 'follow' | 'leave'
  /**
   * `this-run`: the data folder is new and goes when the run ends, however it ends, so nothing in it is made to survive a
   * loss of power; for an audit, which is run again. `kept` unless said.
   */
  readonly lifetime?: 'kept' | 'this-run'
  /** `later`: the log is published from when the caller says `ledger.startWriter()`; `at-once` unless said. */
  readonly publishing?: 'at-once' | 'later'
}

/** What everything else stands on: data folder, database, ledger. The server and `audit` open the same one. */
export interface Core {
  readonly folder: DataFolder
  readonly pool: Pool
  readonly connection: PoolConfig
  readonly db: Db<Database>
  readonly ledger: Ledger
  readonly organizationId: string
  readonly clock: Clock
  /** A context of one of our own services, for jobs and commands. */
  service(name: string): Context
  /** Resolves with the reason when the database ends by itself. */
  readonly failed: Promise<string>
  stop(): Promise<void>
}

/** Opens in the order of dependence; whatever fails closes what was opened before it. */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { config, log, clock = systemClock } = options
  const closers: (() => Promise<void>)[] = []
  const stop = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
  }
  try {
    const folder = await openDataFolder(config.data)
    closers.push(() => folder.release())
    const database = await openDatabase(options, folder)
    closers.push(database.stop)
    const pool = await openPool({ connection: database.connection, log, max: 12, durability: database.durability })
    closers.push(() => pool.end())
    await migrateDirect(options, database)
    const ledger = await openLedgerOf(folder.path, config, {
      pool,
      connection: database.direct,
      log,
      leftovers: 'remove',
      searchIndex: options.searchIndex ?? 'follow',
      disk: options.lifetime === 'this-run' ? unsyncedDisk : nodeDisk,
    })
    if (options.publishing !== 'later') ledger.startWriter()
    closers.push(() => ledger.stop())
    const organizationId = organizationOf(ledger)
    return {
      folder,
      pool,
      connection: database.connection,
      db: openDb<Database>(pool),
      clock,
      ledger,
      organizationId,
      service: (name) => serviceContext(name, organizationId, ledger, clock),
      failed: database.failed,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Writes the same files and does not wait until they would survive a loss of power. */
const unsyncedDisk: Disk = {
  ...nodeDisk,
  create: async (path, bytes) => {
    const draft = await nodeDisk.create(path, bytes)
    return { sync: async () => undefined, close: () => draft.close() }
  },
  syncFolder: async () => undefined,
}

/** The ledger of a data folder, over a database that is reached already. The folder's lock is not needed to read. */
export async function openLedgerOf(
  dataFolder: string,
  config: Config,
  database: {
    readonly pool: Pool
    readonly connection: PoolConfig
    readonly log: Log
    readonly leftovers: 'remove' | 'keep'
    readonly searchIndex?: 'follow' | 'leave'
    readonly disk?: Disk
  },
): Promise<Ledger> {
  // whoever may remove leftovers holds the folder, and may begin it; others only read
  const missing = database.leftovers === 'remove' ? 'make' : 'refuse'
  const keys = await openInstallationKeys(dataFolder, config, missing)
  const { disk = nodeDisk } = database
  const store = await openFolderTileStore(join(dataFolder, 'log'), disk, database.leftovers)
  const highWater = { disk, path: join(dataFolder, 'high-water') }
  return openLedger({ ...database, store, keys, highWater })
}

/** One installation is one organization; its id follows from the key of its log. */
export function organizationOf(ledger: Ledger): string {
  return `org_${createHash('sha256').update(ledger.keys.vkey).digest('hex').slice(0, 16)}`
}

interface OpenedDatabase {
  readonly connection: PoolConfig
  readonly direct: PoolConfig
  readonly durability: 'asserted' | 'not-asked'
  readonly failed: Promise<string>
  readonly stop: () => Promise<void>
}

async function openDatabase(options: CoreOptions, folder: DataFolder): Promise<OpenedDatabase> {
  const { config, log } = options
  if (config.databaseUrl !== undefined) {
    const connection = { connectionString: config.databaseUrl }
    const direct = { connectionString: config.databaseUrlDirect ?? config.databaseUrl }
    // an outage of a database that is not ours is waited out, not a reason to end
    const failed = new Promise<string>(() => undefined)
    return { connection, direct, durability: 'asserted', failed, stop: async () => undefined }
  }
  const running = await startEmbedded({
    folder,
    binaries: config.postgresBinaries,
    whenUnreachable: options.dataWasNamed ? 'refuse' : 'elsewhere',
    runtimeDir: options.runtimeDir,
    lifetime: options.lifetime,
    log,
  })
  const durability = options.lifetime === 'this-run' ? 'not-asked' : 'asserted'
  const failed = new Promise<string>((resolveFailed) => running.onExit(resolveFailed))
  const { connection } = running
  return { connection, direct: connection, durability, failed, stop: () => running.stop() }
}

async function migrateDirect(options: CoreOptions, { direct, durability }: OpenedDatabase): Promise<void> {
  const pool = await openPool({ connection: direct, log: options.log, max: 1, statementTimeoutMs: 0, durability })
  try {
    for (const ran of await migrate(pool, options.modules)) options.log.info({ event: 'schema.migrated', ...ran })
    const isSearched = options.lifetime !== 'this-run' || options.searchIndex !== 'leave'
    const unused = isSearched ? [] : options.modules.flatMap((one) => one.searchIndexes ?? [])
    if (unused.length > 0) await pool.query(`drop index ${unused.join(', ')}`)
  } finally {
    await pool.end()
  }
}

/**
 * The keys of a data folder, and the name of its log, which everything signed carries. The name is written last, so that a
 * first start that was cut off begins again; once it stands, nothing is ever made anew.
 *
 * @throws secret_missing naming what is lost
 */
export async function openInstallationKeys(
  dataFolder: string,
  config: Config,
  missing: 'make' | 'refuse',
): Promise<LedgerKeys> {
  const folder = join(dataFolder, 'keys')
  const known = missing === 'make' ? await readIfThere(join(folder, 'origin')) : await existingSecret(folder, 'origin')
  if (known !== undefined) return openLedgerKeys(folder, config['ledger.origin'] ?? known.trim(), 'refuse')
  const origin = config['ledger.origin'] ?? `countersign.local/${randomBytes(6).toString('hex')}`
  const keys = await openLedgerKeys(folder, origin, 'make')
  await secretFile(folder, 'origin', () => `${origin}\n`)
  return keys
}

export function serviceContext(name: string, organizationId: string, ledger: Ledger, clock: Clock): Context {
  const actor: Actor = { id: `svc_${name}`, kind: 'service', role: 'service', onBehalfOf: null }
  return { clock, organizationId, correlationId: uuidv7(clock()), actor, sealer: ledger.sealer, sessionId: undefined }
}
