import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type PoolConfig } from 'pg'
import { afterEach, expect, test } from 'vitest'
import { readPidFile } from '#platform/postgres/postmaster.ts'
import { identify } from '#platform/processes.ts'
import {
  type EmbeddedServer,
  goneAfter,
  query,
  seen,
  spawnServer,
  startServer,
  temporaryFolder,
} from '#test/faults/embedded.ts'
import { removeFolder } from '#test/folders.ts'

const folders: string[] = []

async function freshData(): Promise<string> {
  const folder = await temporaryFolder()
  folders.push(folder)
  return join(folder, 'data')
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await removeFolder(folder)
})

const stages = [
  'lock.1',
  'postgres/cluster.init-',
  'postgres/cluster/PG_VERSION',
  'postgres/cluster/postmaster.pid',
  'run/database.json',
]

test('20 kills spread over the first start never need a hand', { timeout: 300_000 }, async () => {
  for (let round = 0; round < 20; round++) {
    const data = await freshData()
    const { child } = spawnServer(data)
    await seen(data, stages[round % stages.length] ?? '')
    await sleep(round * 15)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const server = await startServer(data)
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(await identify(server.pid)).toBeUndefined()
    await removeFolder(data)
  }
})

const victims: readonly { name: string; kill: (server: EmbeddedServer) => Promise<void> }[] = [
  { name: 'the server', kill: (server) => server.kill() },
  {
    name: 'the postmaster',
    kill: async (server) => {
      process.kill(server.pid, 'SIGKILL')
      await server.stop()
    },
  },
  {
    name: 'the server and the postmaster at once',
    kill: async (server) => {
      process.kill(server.pid, 'SIGKILL')
      await server.kill()
    },
  },
]

test.each(victims)(
  '20 kills of $name under load lose nothing that was acknowledged',
  { timeout: 300_000 },
  async ({ kill }) => {
    const data = await freshData()
    let acknowledged = 0
    for (let round = 0; round < 20; round++) {
      const server = await startServer(data)
      await query(server.connection, 'create table if not exists kept (n int primary key)')
      const rows = await query(server.connection, 'select count(*)::int as rows, max(n) as highest from kept')
      const highest = Number(rows[0]?.['highest'] ?? 0)
      expect(rows[0]?.['rows']).toBe(highest)
      expect(highest).toBeGreaterThanOrEqual(acknowledged)
      const writing = write(server.connection, highest)
      await sleep(50 + ((round * 37) % 200))
      await kill(server)
      expect(await goneAfter(server.pid, 2_000)).toBeLessThan(2_000)
      acknowledged = await writing
      expect(acknowledged).toBeGreaterThanOrEqual(highest)
    }
    expect(acknowledged).toBeGreaterThan(20)
  },
)

test('a signal to every process of the server, as a service manager sends it, still ends in a clean stop', async () => {
  const server = await startServer(await freshData())
  const leash = leashOf(server.pid)
  expect(leash).toBeGreaterThan(1)
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(leash, name)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  process.kill(leash, 'SIGKILL')
  await server.stop()
  expect(await identify(server.pid)).toBeUndefined()
})

test('backends that outlive their postmaster keep the next one from starting until they have gone', async () => {
  const data = await freshData()
  const server = await startServer(data)
  const client = new Client(server.connection)
  client.on('error', () => undefined)
  await client.connect()
  const backend = Number((await client.query('select pg_backend_pid() as pid')).rows[0]?.pid)
  process.kill(backend, 'SIGSTOP')
  process.kill(server.pid, 'SIGKILL')
  await server.kill()
  const next = spawnServer(data)
  const answer = next.line()
  expect(await Promise.race([answer, sleep(2_000, 'waits')])).toBe('waits')
  expect(await readPidFile(join(data, 'postgres', 'cluster'))).toMatchObject({ status: 'ready' })
  process.kill(backend, 'SIGKILL')
  expect(await answer).toHaveProperty('connection')
  next.child.stdin?.end()
  await once(next.child, 'exit')
  await client.end().catch(() => undefined)
})

/** Writes rows n+1, n+2 and so on, one a transaction, until the database goes. @returns the last that was acknowledged */
async function write(connection: PoolConfig, after: number): Promise<number> {
  let acknowledged = after
  const client = new Client(connection)
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (;;) {
      await client.query('insert into kept values ($1)', [acknowledged + 1])
      acknowledged++
    }
  } catch {
    return acknowledged
  } finally {
    await client.end().catch(() => undefined)
  }
}

function leashOf(pid: number): number {
  return Number(execFileSync('ps', ['-p', String(pid), '-o', 'ppid=']))
}
