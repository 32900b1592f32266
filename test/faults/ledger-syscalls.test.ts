import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ledgerMigrations,
  nodeDisk,
  openFolderTileStore,
  openLedgerKeys,
  openPublicKey,
  verifyLog,
} from '#kernel/ledger'
import { removeFolder } from '../folders.ts'
import { type TestDatabase, testDatabase } from '../postgres.ts'

const root = join(import.meta.dirname, '..', '..')
const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) console.log('NOT RUN: kills and errors at every system call (there is no strace)')
/** Every how many-th call is hit; `EVERY=1` hits them all. */
const every = Number(process.env['EVERY'] ?? 5)

/** The calls by which the tile store makes things durable. strace counts them for each thread; Node's pool has four. */
const calls = ['fsync', 'link', 'rename', 'unlink', 'mkdir']
let database: TestDatabase
let folder = ''

beforeAll(async () => {
  if (!hasStrace) return
  database = await testDatabase([{ name: 'ledger', migrations: ledgerMigrations }])
  folder = await mkdtemp(join(tmpdir(), 'countersign-calls-'))
  await chmod(folder, 0o711)
  expect(await run([])).toBe(0)
})
afterAll(async () => {
  if (!hasStrace) return
  await database.close()
  await removeFolder(folder)
})

/** One process that records one event and publishes it, under strace with `options`. Answers its exit code. */
function run(options: readonly string[]): Promise<number | null> {
  const script = join(root, 'test/faults/ledger-child.ts')
  const node = [process.execPath, '--import', 'tsx', script, JSON.stringify(database.connection), folder, 'once']
  const [command = '', ...args] = options.length === 0 ? node : ['strace', '-f', '-qq', ...options, ...node]
  const child = spawn(command, args, { cwd: root, stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  return new Promise((resolve) =>
    child.once('exit', (code) => {
      clearTimeout(timer)
      resolve(code)
    }),
  )
}

/** The most of each call that one thread makes in a run. */
async function countCalls(): Promise<Map<string, number>> {
  const trace = join(folder, 'trace')
  expect(await run(['-o', trace, '-e', `trace=${calls.join(',')}`])).toBe(0)
  const text = await readFile(trace, 'utf8')
  const perThread = new Map<string, number>()
  for (const [, thread, call] of text.matchAll(/^(\d+)\s+(\w+)\(/gm)) {
    const name = `${thread} ${call}`
    perThread.set(name, (perThread.get(name) ?? 0) + 1)
  }
  return new Map(
    calls.map((call) => [
      call,
      Math.max(0, ...[...perThread].filter(([name]) => name.endsWith(` ${call}`)).map(([, count]) => count)),
    ]),
  )
}

async function problems(): Promise<{ size: number; problems: readonly unknown[] }> {
  const keys = await openLedgerKeys(join(folder, 'keys'), 'ledger.test/log')
  const recordKeys = new Map([[keys.record.kid, openPublicKey(keys.record.publicKey)]])
  const options = { origin: 'ledger.test/log', verifiers: [keys.verifier], recordKeys, signatures: 'all' } as const
  return verifyLog(await openFolderTileStore(join(folder, 'log'), nodeDisk), options)
}

test.skipIf(!hasStrace).each([
  ['a kill', 'signal=KILL'],
  ['an input or output error', 'error=EIO'],
  ['a full disk', 'error=ENOSPC'],
])(
  '%s at any system call loses nothing that was recorded, and the next run publishes it',
  async (_what, injection) => {
    const counts = await countCalls()
    let hits = 0
    for (const [call, count] of counts) {
      for (let when = 1; when <= count; when += every) {
        await run(['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${injection}:when=${when}`])
        hits++
      }
      expect(await run([]), `after ${call}`).toBe(0)
      const found = await problems()
      expect(found.problems, `after ${call}`).toEqual([])
      const recorded = await database.pool.query('select count(*)::int as n from ledger_event_id')
      expect(found.size).toBe(recorded.rows[0].n)
    }
    expect(hits).toBeGreaterThan(5)
    console.log(`${injection}: ${hits} runs over ${[...counts].map(([call, count]) => `${call} ${count}`).join(', ')}`)
  },
  1_800_000,
)
