import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fsck, nodeDisk, openFolderTileStore, openPublicKey } from '#kernel/ledger'
import { noteTaken, type TestLedger, testLedger, testOrigin } from '#test/ledger.ts'

let one: TestLedger
beforeEach(async () => {
  one = await testLedger()
  one.ledger.startWriter()
  await one.ledger.appender.appendMany(
    Array.from({ length: 700 }, (_, number) => noteTaken({ data: { number } })),
    one.ctx,
  )
  await one.ledger.waitPublished(10_000)
  await one.ledger.stop()
})
afterEach(() => one.close())

const path = (name: string) => join(one.folder, 'log', name)

async function check(mode: 'check' | 'repair' = 'check') {
  const { record, verifier } = one.keys
  const recordKeys = new Map([[record.kid, openPublicKey(record.publicKey)]])
  const run = async ({ text, values }: { text: string; values: readonly unknown[] }) =>
    (await one.database.pool.query(text, [...values])).rows
  const store = await openFolderTileStore(join(one.folder, 'log'), nodeDisk)
  return fsck(store, { verifier, recordKeys, origin: testOrigin, run, signatures: 'all', mode })
}

async function flip(name: string, at: number): Promise<void> {
  const bytes = await readFile(path(name))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await rm(path(name))
  await writeFile(path(name), bytes)
}

test('a log that holds has no finding, and all of it was looked at', async () => {
  expect(await check()).toMatchObject({
    size: 700,
    findings: [],
    repaired: [],
    checked: { entries: 700, batches: 188 },
  })
})

test('a damaged hash tile is named, and repaired from the entries', async () => {
  await flip('tile/0/001', 40)
  const found = await check()
  expect(found.findings[0]).toMatchObject({ severity: 'error', path: 'tile/0/001' })
  const mended = await check('repair')
  expect(mended).toMatchObject({ findings: [], repaired: ['tile/0/001'] })
})

test('a missing tile is written again', async () => {
  await rm(path('tile/1/000.p/2'))
  expect((await check()).findings[0]).toMatchObject({ path: 'tile/1/000.p/2' })
  expect(await check('repair')).toMatchObject({ findings: [], repaired: ['tile/1/000.p/2'] })
})

test('a damaged entry is named by its index and never repaired from itself', async () => {
  await flip('tile/entries/001', 2000)
  const found = await check('repair')
  expect(found.repaired).toEqual([])
  const error = found.findings.find((one) => one.index !== undefined)
  expect(error?.index).toBeGreaterThanOrEqual(256)
  expect(error?.index).toBeLessThan(260)
  expect(error?.remedy).toContain('copy')
})

test('stray files are noted', async () => {
  await writeFile(path('tile/0/readme.txt'), 'hello')
  await mkdir(path('tile/0/099.p'))
  await writeFile(path('tile/0/099.p/3'), 'x'.repeat(96))
  expect((await check()).findings.map((one) => [one.severity, one.code, one.path])).toEqual([
    ['note', 'unsigned_object', 'tile/0/099.p/3'],
    ['note', 'stray_file', 'tile/0/readme.txt'],
  ])
})

test('a database that differs from the tile store is named', async () => {
  const { pool } = one.database
  await pool.query('alter table ledger_batch disable trigger all')
  await pool.query('delete from ledger_batch')
  expect((await check()).findings).toMatchObject([{ code: 'batch_damaged', index: 512 }])
})
