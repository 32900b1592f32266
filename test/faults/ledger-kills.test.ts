import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool, PoolConfig } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  decodeBundle,
  ledgerMigrations,
  nodeDisk,
  openFolderTileStore,
  openLedgerKeys,
  openPublicKey,
  parseEntry,
  verifyLog,
} from '#kernel/ledger'
import { openDataFolder } from '#platform/data-folder.ts'
import { silentLog } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { startEmbedded } from '#platform/postgres/embedded.ts'
import { openPool } from '#platform/postgres/pool.ts'
import { removeFolder } from '../folders.ts'

const rounds = Number(process.env['ROUNDS'] ?? 50)
const root = join(import.meta.dirname, '..', '..')
const closers: (() => Promise<unknown>)[] = []
let folder = ''
let connection: PoolConfig
let pool: Pool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-kills-'))
  // PostgreSQL runs as another user and must be able to pass
  await chmod(folder, 0o711)
  closers.push(() => removeFolder(folder))
  const data = await openDataFolder(join(folder, 'data'))
  closers.push(() => data.release())
  const server = await startEmbedded({ folder: data, whenUnreachable: 'refuse', log: silentLog })
  closers.push(() => server.stop())
  connection = server.connection
  pool = await openPool({ connection, log: silentLog, max: 2 })
  closers.push(() => pool.end())
  await migrate(pool, [{ name: 'ledger', migrations: ledgerMigrations }])
}, 120_000)
afterAll(async () => {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
})

/** Everything that the process was told is durable, until it is killed. */
async function loadUntilKilled(afterMs: number, kill: (child: ChildProcess) => Promise<void>): Promise<string[]> {
  const script = join(root, 'test/faults/ledger-child.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(connection), folder], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!output.includes('ready\n') && child.exitCode === null) await pause(20)
  await pause(afterMs)
  await kill(child)
  await ended
  // a line that the kill cut was not told to anybody
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.length === 36)
}

async function logged(): Promise<{ ids: string[]; problems: readonly unknown[] }> {
  const keys = await openLedgerKeys(join(folder, 'keys'), 'ledger.test/log')
  const store = await openFolderTileStore(join(folder, 'log'), nodeDisk)
  const recordKeys = new Map([[keys.record.kid, openPublicKey(keys.record.publicKey)]])
  const options = { origin: 'ledger.test/log', verifiers: [keys.verifier], recordKeys, signatures: 'all' } as const
  const { size, problems } = await verifyLog(store, options)
  const ids: string[] = []
  for (let n = 0; n * 256 < size; n++) {
    const width = Math.min(256, size - n * 256)
    ids.push(...decodeBundle(await store.readEntries(n, width), width).map((entry) => parseEntry(entry).p.id))
  }
  return { ids, problems }
}

/** One more process: it must start, record, publish everything and end by itself. */
async function runOnce(): Promise<number | null> {
  const script = join(root, 'test/faults/ledger-child.ts')
  const args = ['--import', 'tsx', script, JSON.stringify(connection), folder, 'once']
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve) => child.once('exit', resolve))
}

async function crashDatabase(): Promise<void> {
  const found = await pool.query(
    `select pid from pg_stat_activity where application_name like 'countersign%' and pid <> pg_backend_pid() order by random() limit 1`,
  )
  // a killed backend makes PostgreSQL end all of them and recover from its log
  if (found.rows[0] !== undefined) process.kill(Number(found.rows[0].pid), 'SIGKILL')
}

test(`${rounds} kills of server or database under load lose no acknowledged record`, async () => {
  const acknowledged: string[] = []
  let databaseKills = 0
  for (let round = 0; round < rounds; round++) {
    const told = await loadUntilKilled(100 + ((round * 137) % 900), async (child) => {
      if (round % 3 === 2) {
        databaseKills++
        await crashDatabase()
        await pause(1500)
      }
      child.kill('SIGKILL')
    })
    acknowledged.push(...told)
  }
  expect(await runOnce()).toBe(0)
  const { ids, problems } = await logged()
  expect(problems).toEqual([])
  const known = new Set(ids)
  expect(known.size).toBe(ids.length)
  expect(acknowledged.filter((id) => !known.has(id))).toEqual([])
  const recorded = await pool.query('select count(*)::int as n from ledger_event_id')
  expect(recorded.rows[0].n).toBe(ids.length)
  expect(acknowledged.length).toBeGreaterThan(rounds)
  console.log(
    `${rounds} kills (${databaseKills} of the database): ${acknowledged.length} acknowledged, ${ids.length} in the log, none lost`,
  )
}, 1_800_000)

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
