import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type PoolConfig } from 'pg'
import type { Log } from '../log.ts'
import { type Account, canEnter, identityOf, plainEnvironment } from './account.ts'
import type { Binaries } from './binaries.ts'
import { PostgresStartFailed } from './errors.ts'
import { databaseName, type Lifetime } from './initialise.ts'
import { isGone, readPidFile, settleEarlier, signal } from './postmaster.ts'

export interface PostgresOptions {
  /** Folder of an initialised database; the caller holds the data folder it belongs to. */
  readonly cluster: string
  readonly binaries: Binaries
  readonly account: Account | undefined
  /** Folders to make the socket's folder in; the first that is short enough and that the account may enter is taken. */
  readonly socketRoots: readonly string[]
  /** Beside and over our own settings; what keeps data safe cannot be set. */
  readonly settings?: Readonly<Record<string, string>>
  /** `kept` unless said. */
  readonly lifetime?: Lifetime | undefined
  readonly log: Log
}

export interface RunningPostgres {
  readonly connection: PoolConfig
  readonly socketDir: string
  readonly pid: number
  /** Rolls back what runs, writes a checkpoint and stops; does nothing the second time. */
  stop(): Promise<void>
  /** Told once when PostgreSQL ends without `stop()`; at once when it has ended already. */
  onExit(listener: (reason: string) => void): void
}

/**
 * Starts PostgreSQL on a socket that only its owner can reach, and on no network. It lives no longer than this process:
 * when this one dies, however it dies, PostgreSQL sees its pipe close and stops cleanly.
 *
 * @throws postgres_start_failed, postgres_in_use
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  await settleEarlier(options.cluster, options.log)
  const socketDir = await makeSocketDir(options)
  try {
    const server = await launchUntilReady(options, socketDir)
    const isKept = options.lifetime !== 'this-run'
    // what ends with this run can stand in the database that comes with every cluster: a copy is 300 files more
    const database = isKept ? databaseName : 'postgres'
    const connection = { host: socketDir, port, user: databaseName, database }
    if (isKept) await ensureDatabase(connection)
    return { connection, socketDir, ...life(server, socketDir, options.log) }
  } catch (error) {
    await rm(socketDir, { recursive: true, force: true })
    throw error
  }
}

const port = 5432

const durability: Readonly<Record<Lifetime, Readonly<Record<string, string>>>> = {
  kept: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
  'this-run': { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', shared_buffers: '16MB' },
}

/** A small footprint: 21 MB measured at rest. Autovacuum, checksums and everything that keeps data safe stay on. */
function serverSettings(options: PostgresOptions, socketDir: string): Record<string, string> {
  return {
    shared_buffers: '64MB',
    max_connections: '50',
    max_worker_processes: '2',
    max_parallel_workers_per_gather: '0',
    autovacuum_max_workers: '1',
    jit: 'off',
    max_wal_size: '256MB',
    timezone: 'UTC',
    default_text_search_config: 'pg_catalog.simple',
    ...(options.binaries.major >= 18 ? { io_method: 'sync' } : {}),
    ...options.settings,
    ...durability[options.lifetime ?? 'kept'],
    listen_addresses: '',
    port: String(port),
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    // statements and their values stay out of the log: errors go to who asked
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    logging_collector: 'off',
    log_destination: 'stderr',
  }
}

/**
 * Keeps PostgreSQL tied to the pipe on standard input: when its other end closes, by `stop()` or by our death, PostgreSQL
 * gets SIGINT (fast shutdown). `read` sees no line ever, only the end. The shell outlives signals that a service manager
 * sends to all processes of a service.
 */
const leash = `trap '' HUP INT TERM
exec 3<&0
"$0" "$@" </dev/null 3<&- &
postgres=$!
(read -r _ <&3; kill -INT "$postgres") 2>/dev/null &
watch=$!
exec 3<&-
wait "$postgres"
status=$?
kill -KILL "$watch" 2>/dev/null
exit "$status"`

/** Recovery after a crash replays at most a few times `max_wal_size`: seconds, and minutes on a slow disk. */
const startLimitMs = 600_000

interface Server {
  readonly pid: number
  readonly leash: ChildProcess
  readonly ended: Promise<string>
}

async function launchUntilReady(options: PostgresOptions, socketDir: string): Promise<Server> {
  const deadline = performance.now() + 15_000
  for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
    const started = await launch(options, socketDir)
    if (typeof started !== 'string') return started
    // until the system has reaped the dead of an earlier run, PostgreSQL takes them for alive
    const passes = /lock file .* already exists|still in use/.test(started) && performance.now() < deadline
    if (!passes) throw PostgresStartFailed({ path: options.cluster, reason: started })
    await sleep(pause)
  }
}

/** @returns the reason when PostgreSQL ended before it was ready */
async function launch(options: PostgresOptions, socketDir: string): Promise<Server | string> {
  const { cluster, binaries, account, log } = options
  const settings = Object.entries(serverSettings(options, socketDir)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const child = spawn('/bin/sh', ['-c', leash, binaries.postgres, '-D', cluster, ...settings], {
    ...identityOf(account),
    cwd: '/',
    env: plainEnvironment,
    stdio: ['pipe', 'ignore', 'pipe'],
    // a Ctrl-C in the terminal reaches us alone: we stop the database after what still needs it
    detached: true,
  })
  const said = listen(child, log)
  let reason: string | undefined
  const ended = new Promise<string>((tell) => {
    const end = (why: string) => {
      reason = [...said, why].slice(-3).join('; ')
      child.stdin?.destroy()
      tell(reason)
    }
    child.on('error', (error) => end(error.message))
    child.on('close', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`))
  })
  child.stdin?.on('error', () => undefined)
  const deadline = performance.now() + startLimitMs
  for (;;) {
    if (performance.now() > deadline) child.stdin?.destroy()
    if (reason !== undefined) return reason
    const pidFile = await readPidFile(cluster)
    // the folder's name is new with each start, so no earlier run's file can be taken for this one's
    if (pidFile?.status === 'ready' && pidFile.socketDir === socketDir) return { pid: pidFile.pid, leash: child, ended }
    await sleep(10)
  }
}

function listen(child: ChildProcess, log: Log): string[] {
  const said: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const message = line.replace(/^.*?\[\d+\] /, '').slice(0, 500)
      said.push(message)
      if (said.length > 20) said.shift()
      if (/^(FATAL|PANIC)/.test(message)) log.warn({ event: 'database.said', message })
      else log.debug({ event: 'database.said', message })
    }
  })
  return said
}

function life(server: Server, socketDir: string, log: Log): Pick<RunningPostgres, 'pid' | 'stop' | 'onExit'> {
  let stopped: Promise<void> | undefined
  const stop = async () => {
    server.leash.stdin?.destroy()
    // for when somebody has killed the shell that would do it
    signal(server.pid, 'SIGINT')
    if (!(await isGone(server.pid, 30_000))) await insist(server.pid, log)
    await server.ended
    await rm(socketDir, { recursive: true, force: true })
  }
  return {
    pid: server.pid,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
    onExit: (listener) => {
      void server.ended.then((reason) => stopped === undefined && listener(reason))
    },
  }
}

/** Ends a PostgreSQL that does not stop: it loses nothing that was committed, and recovers at its next start. */
async function insist(pid: number, log: Log): Promise<void> {
  log.warn({ event: 'database.stop-took-too-long', pid })
  signal(pid, 'SIGQUIT')
  if (!(await isGone(pid, 5_000))) signal(pid, 'SIGKILL')
}

/** The path of a socket has room for 104 bytes on macOS, 108 on Linux, the final zero included (unix(7)). */
const socketPathBytesMax = 103

async function makeSocketDir({ socketRoots, account, cluster }: PostgresOptions): Promise<string> {
  for (const root of socketRoots) {
    if (Buffer.byteLength(join(root, 'countersign-XXXXXX', `.s.PGSQL.${port}`)) > socketPathBytesMax) continue
    if (!(await canEnter(account, root))) continue
    const folder = await mkdtemp(join(root, 'countersign-')).catch(() => undefined)
    if (folder === undefined) continue
    await chmod(folder, 0o700)
    if (account !== undefined) await chown(folder, account.uid, account.gid)
    return folder
  }
  throw PostgresStartFailed({
    path: cluster,
    reason: `none of the folders ${socketRoots.map((root) => `\`${root}\``).join(', ')} can hold its socket`,
  })
}

/** The first query is the health check as well. */
async function ensureDatabase(connection: PoolConfig): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}
