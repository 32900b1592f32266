import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, expect, test } from 'vitest'
import {
  formatCheckpoint,
  type Ledger,
  nodeDisk,
  openCheckpoint,
  openFolderTileStore,
  openLedgerKeys,
  openPublicKey,
  pathOf,
  signNote,
  tilesForSize,
  transact,
  verifyLog,
} from '#kernel/ledger'
import { silentLog } from '#platform/log.ts'
import { noteTaken, type TestLedger, testContext, testLedger, testOrigin } from '#test/ledger.ts'
import { runOn } from './sql.ts'
import { LeadLost, leadLog, type WriterOptions } from './writer.ts'

const open: TestLedger[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(): Promise<TestLedger> {
  const one = await testLedger()
  open.push(one)
  return one
}

async function verified(one: TestLedger) {
  const { keys } = one
  const recordKeys = new Map([[keys.record.kid, openPublicKey(keys.record.publicKey)]])
  const options = { origin: testOrigin, verifiers: [keys.verifier], recordKeys, signatures: 'all' } as const
  return verifyLog(await openFolderTileStore(join(one.folder, 'log'), nodeDisk), options)
}

async function record(one: TestLedger, ledger: Ledger, numbers: readonly number[]): Promise<string[]> {
  const events = numbers.map((number) => noteTaken({ data: { number } }))
  return ledger.appender.appendMany(events, { ...one.ctx, sealer: ledger.sealer })
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

async function storedNumbers(one: TestLedger): Promise<number[]> {
  const store = await openFolderTileStore(join(one.folder, 'log'), nodeDisk)
  const { size } = await openCheckpoint((await store.readCheckpoint()) ?? '', [one.keys.verifier], testOrigin)
  const numbers: number[] = []
  for (let n = 0; n * 256 < size; n++) {
    const width = Math.min(256, size - n * 256)
    const text = Buffer.from(await store.readEntries(n, width)).toString('latin1')
    numbers.push(...[...text.matchAll(/"data":\{"number":(\d+)\}/g)].map((found) => Number(found[1])))
  }
  return numbers
}

test('eight concurrent writers leave no gap, no duplicate, and a log that verifies record by record', async () => {
  const one = await start()
  one.ledger.startWriter()
  const others = await Promise.all([one.again(), one.again(), one.again()])
  const lists = upTo(8).map((writer) => upTo(150).map((i) => writer * 1000 + i))
  await Promise.all(
    lists.map(async (numbers, writer) => {
      const ledger = [one.ledger, ...others][writer % 4] ?? one.ledger
      if (writer < 4) return record(one, ledger, numbers)
      for (const number of numbers) {
        await transact(one.db, testContext(ledger), async (_tx, add) => add(noteTaken({ data: { number } })))
      }
      return []
    }),
  )
  await one.ledger.waitPublished(10_000)
  const found = await verified(one)
  expect(found).toMatchObject({ size: 1200, problems: [], checked: { entries: 1200, signatures: 1200 } })
  expect((await storedNumbers(one)).sort((a, b) => a - b)).toEqual(lists.flat().sort((a, b) => a - b))
})

test('a writer that stops leaves the log to the next one, which goes on where it was', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(300))
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
  const second = await one.again()
  await record(one, second, upTo(300))
  second.startWriter()
  await second.waitPublished(10_000)
  expect(await verified(one)).toMatchObject({ size: 600, problems: [] })
  expect((await second.status()).writer.state).toBe('leading')
})

test('of two writers one leads, and when its session dies the other takes over within seconds', async () => {
  const one = await start()
  one.ledger.startWriter()
  await one.ledger.waitPublished(10_000)
  const second = await one.again()
  second.startWriter()
  await record(one, second, upTo(10))
  await second.waitPublished(10_000)
  expect((await second.status()).writer.state).toBe('standby')
  await one.ledger.stop()
  await record(one, second, upTo(10))
  await second.waitPublished(10_000)
  expect((await second.status()).writer.state).toBe('leading')
  expect(await verified(one)).toMatchObject({ size: 20, problems: [] })
})

test('the session of the writer may be cut at any time: it takes up again and signs nothing twice', async () => {
  const one = await start()
  one.ledger.startWriter()
  for (let round = 0; round < 5; round++) {
    const writing = record(one, one.ledger, upTo(200))
    await one.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign-log-writer' and datname = current_database()`,
    )
    await writing
  }
  await one.ledger.waitPublished(20_000)
  expect(await verified(one)).toMatchObject({ size: 1000, problems: [] })
})

test('batches leave the database when their full bundle is published, partial tiles when the full one is there', async () => {
  const one = await start()
  one.ledger.startWriter()
  for (const count of [100, 100, 100, 400]) {
    await record(one, one.ledger, upTo(count))
    await one.ledger.waitPublished(10_000)
  }
  await one.ledger.stop()
  const left = await one.database.pool.query(
    'select sum(count)::int as records, min(first_index)::int as first from ledger_batch',
  )
  // 700 records: two full bundles, and the batch that reaches into the third
  expect(left.rows[0].first + left.rows[0].records).toBe(700)
  expect(left.rows[0].records).toBeLessThan(700)
  const names = await readdir(join(one.folder, 'log/tile/0/'))
  expect(names.sort()).toEqual(['000', '001', '002.p'])
})

test('a database that was set back is refused: the tile store has seen more', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(10))
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
  const { pool } = one.database
  await pool.query('alter table ledger_head disable trigger all; delete from ledger_head')
  await expect(one.again()).rejects.toMatchObject({ code: 'ledger_rolled_back' })
  // without the public checkpoint too: the high-water file remembers
  await rm(join(one.folder, 'log/checkpoint'))
  await expect(one.again()).rejects.toMatchObject({ code: 'ledger_rolled_back' })
})

test('another history of the same size is refused as a fork', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(10))
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
  const other = formatCheckpoint({ origin: testOrigin, size: 10, root: new Uint8Array(32) })
  await writeFile(join(one.folder, 'log/checkpoint.new'), signNote(other, [one.keys.log]))
  await cp(join(one.folder, 'log/checkpoint.new'), join(one.folder, 'log/checkpoint'), { force: true })
  await expect(one.again()).rejects.toMatchObject({ code: 'ledger_forked' })
})

test('a smaller public checkpoint of another history is refused as a fork', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(10))
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
  const other = formatCheckpoint({ origin: testOrigin, size: 5, root: new Uint8Array(32) })
  await rm(join(one.folder, 'log/checkpoint'))
  await writeFile(join(one.folder, 'log/checkpoint'), signNote(other, [one.keys.log]))
  await expect(one.again()).rejects.toMatchObject({ code: 'ledger_forked' })
})

test('keys of another data folder are refused', async () => {
  const one = await start()
  const folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'))
  const keys = await openLedgerKeys(folder, testOrigin)
  await rm(folder, { recursive: true })
  await expect(one.again({ keys })).rejects.toMatchObject({ code: 'ledger_keys_mismatch' })
})

test('lost partial objects are written again from the database; a lost full tile halts the writer', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(300))
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
  await rm(join(one.folder, 'log/tile/0/001.p'), { recursive: true })
  await rm(join(one.folder, 'log/tile/entries/001.p'), { recursive: true })
  const second = await one.again()
  second.startWriter()
  await record(one, second, [1])
  await second.waitPublished(10_000)
  expect(await verified(one)).toMatchObject({ size: 301, problems: [] })
  await second.stop()
  await rm(join(one.folder, 'log/tile/1/000.p'), { recursive: true })
  const third = await one.again().catch((error) => error)
  expect(third).toMatchObject({ code: 'tile_store_damaged' })
})

test('every object that the signed size implies is there, read-only, and no temporary file is left', async () => {
  const one = await start()
  one.ledger.startWriter()
  await record(one, one.ledger, upTo(700))
  await one.ledger.waitPublished(10_000)
  const paths = [...tilesForSize(700)].map(pathOf)
  expect(paths).toHaveLength(3 + 3 + 1)
  for (const path of paths) expect((await readFile(join(one.folder, 'log', path))).length).toBeGreaterThan(0)
  expect(await readdir(join(one.folder, 'log/.tmp'))).toEqual([])
})

test('a writer that was paused before its swap signs nothing after another took over, and shows nothing', async () => {
  const one = await start()
  const base = await openFolderTileStore(join(one.folder, 'log'), nodeDisk)
  const shown: string[] = []
  const options = (name: string, whileWriting: () => Promise<void>): WriterOptions => ({
    store: {
      ...base,
      write: async (files) => {
        await base.write(files)
        if (files.length > 0) await whileWriting()
      },
      publishCheckpoint: async (note) => {
        shown.push(name)
        await base.publishCheckpoint(note)
      },
    },
    signer: one.keys.log,
    verifier: one.keys.verifier,
    outside: async () => [],
    beforePublish: async () => undefined,
    afterPublish: () => undefined,
    log: silentLog,
    leaseMs: 60_000,
  })
  const sessions = [new Client(one.database.connection), new Client(one.database.connection)]
  for (const session of sessions) await session.connect()
  const [first, second] = sessions.map((session) => runOn(session))
  if (first === undefined || second === undefined) throw new Error('no sessions')
  await record(one, one.ledger, upTo(10))
  let successor: Promise<void> | undefined
  const paused = await leadLog(
    first,
    options('paused', () => {
      successor ??= (async () => {
        // its lease runs out while it stands still
        await one.database.pool.query(`update ledger_head set lease_until = now() - interval '1 second'`)
        const other = await leadLog(
          second,
          options('successor', async () => undefined),
        )
        await record(one, one.ledger, upTo(5))
        await other?.round()
      })()
      return successor
    }),
  )
  shown.length = 0
  await expect(paused?.round()).rejects.toThrow(LeadLost)
  expect(shown).toEqual(['successor'])
  expect(await verified(one)).toMatchObject({ size: 15, problems: [] })
  const heads = await one.database.pool.query('select size::int, epoch::int from ledger_head')
  expect(heads.rows).toEqual([{ size: 15, epoch: 2 }])
  for (const session of sessions) await session.end()
})
