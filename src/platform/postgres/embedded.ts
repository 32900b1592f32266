import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { PoolConfig } from 'pg'
import { z } from 'zod'
import type { DataFolder } from '../data-folder.ts'
import type { Log } from '../log.ts'
import { databaseAccount, ownerAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { PostgresPlatformUnsupported } from './errors.ts'
import { clusterMajor, initialise, type Lifetime } from './initialise.ts'
import { type Placing, placePostgres } from './place.ts'
import { type RunningPostgres, startPostgres } from './supervisor.ts'

export interface EmbeddedOptions {
  readonly folder: DataFolder
  /** The operator's own programs, from the setting `postgresBinaries`. */
  readonly binaries?: string | undefined
  /** Folder of the package with the bundled programs; looked up when absent. */
  readonly bundled?: string | undefined
  readonly whenUnreachable: Placing['whenUnreachable']
  readonly log: Log
  /** Where root keeps a database that must not lie in the data folder. */
  readonly shared?: string
  /** Tried before the system's temporary folders, such as the value of `XDG_RUNTIME_DIR`. */
  readonly runtimeDir?: string | undefined
  readonly settings?: Readonly<Record<string, string>>
  /** `this-run` needs a folder without a database; `kept` unless said. */
  readonly lifetime?: Lifetime | undefined
}

/**
 * The database of a data folder: found or made, started, and checked. The caller has opened the folder and stops the
 * database before it releases the folder.
 *
 * @throws postgres_* errors, each with what to do
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<RunningPostgres> {
  if (process.platform === 'win32') throw PostgresPlatformUnsupported({ platform: process.platform })
  const { folder, log } = options
  const account = await databaseAccount()
  const shared = options.shared ?? '/var/lib/countersign'
  const home = await placePostgres({ folder, account, whenUnreachable: options.whenUnreachable, shared })
  const cluster = join(home, 'cluster')
  const wanted = await clusterMajor(cluster)
  const owner = wanted === undefined ? account : await ownerAccount(cluster)
  const binaries = await findBinaries({
    setting: options.binaries,
    bundled: options.bundled,
    wanted,
    account: owner,
    copies: home,
  })
  if (wanted === undefined) await initialise(cluster, binaries, account, options.lifetime)
  else if (options.lifetime === 'this-run') throw new Error('a database that is kept was opened for one run')
  await removeEarlierSocketDir(folder)
  const running = await startPostgres({
    cluster,
    binaries,
    account: owner,
    socketRoots: [...(options.runtimeDir === undefined ? [] : [options.runtimeDir]), tmpdir(), '/tmp'],
    settings: options.settings ?? {},
    lifetime: options.lifetime,
    log,
  })
  await writeFile(runFile(folder.path), JSON.stringify(running.connection), { mode: 0o600 })
  log.info({ event: 'database.started', version: binaries.version, source: binaries.source })
  return { ...running, stop: () => running.stop().then(() => rm(runFile(folder.path), { force: true })) }
}

const Connection = z.strictObject({ host: z.string(), port: z.int(), user: z.string(), database: z.string() })

/** How to reach the database of a server that runs on `dataFolder`; needs no lock. */
export async function findRunning(dataFolder: string): Promise<PoolConfig | undefined> {
  const text = await readFile(runFile(resolve(dataFolder)), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Connection.parse(JSON.parse(text))
}

function runFile(dataFolder: string): string {
  return join(dataFolder, 'run', 'database.json')
}

/** A server that was killed leaves its socket's folder behind. */
async function removeEarlierSocketDir(folder: DataFolder): Promise<void> {
  const earlier = await findRunning(folder.path).catch(() => undefined)
  await rm(runFile(folder.path), { force: true })
  if (earlier?.host !== undefined && basename(earlier.host).startsWith('countersign-'))
    await rm(earlier.host, { recursive: true, force: true })
}
