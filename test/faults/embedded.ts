import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, type PoolConfig } from 'pg'
import type { EmbeddedOptions } from '#platform/postgres/embedded.ts'
import { identify } from '#platform/processes.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const program = [process.execPath, '--import', 'tsx', join(root, 'test/faults/embedded-server.ts')] as const

export interface EmbeddedServer {
  readonly child: ChildProcess
  /** The postmaster. */
  readonly pid: number
  readonly connection: PoolConfig
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface Spawned {
  readonly child: ChildProcess
  /** The next line that it says, or what it ended with. */
  line(): Promise<Record<string, unknown>>
}

/** A folder for one test that every user may pass through. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-embedded-'))
  await chmod(folder, 0o711)
  return folder
}

export function spawnServer(
  data: string,
  options: Omit<Partial<EmbeddedOptions>, 'folder' | 'log'> = {},
  user: { uid?: number; gid?: number } = {},
): Spawned {
  const [node, ...args] = program
  // sockets go where the test cleans up, when the path is short enough for them
  const all = { runtimeDir: dirname(data), ...options }
  const child = spawn(node, [...args, data, JSON.stringify(all)], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...user,
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    line: async () => {
      const next = await lines.next()
      return next.done === true ? { ended: child.exitCode ?? child.signalCode } : JSON.parse(next.value)
    },
  }
}

/** Starts a server in a process of its own and waits until its database is ready. */
export async function startServer(...args: Parameters<typeof spawnServer>): Promise<EmbeddedServer> {
  const { child, line } = spawnServer(...args)
  const said = await line()
  if (said['connection'] === undefined) throw new Error(`the server did not start: ${JSON.stringify(said)}`)
  return {
    child,
    pid: Number(said['pid']),
    connection: said['connection'] as PoolConfig,
    stop: async () => {
      child.stdin?.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
    kill: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

export async function query(connection: PoolConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(connection)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** @returns milliseconds until the process was gone; infinite when it was not within the limit */
export async function goneAfter(pid: number, withinMs: number): Promise<number> {
  const startedAt = performance.now()
  while ((await identify(pid)) !== undefined) {
    if (performance.now() - startedAt > withinMs) return Number.POSITIVE_INFINITY
    await sleep(5)
  }
  return performance.now() - startedAt
}

/** Waits until a path that begins so exists. */
export async function seen(data: string, start: string): Promise<void> {
  const parent = dirname(join(data, start))
  const begin = join(data, start).slice(parent.length + 1)
  for (;;) {
    const names = await readdir(parent).catch(() => [])
    if (names.some((name) => name.startsWith(begin))) return
    await sleep(5)
  }
}
