import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { committed, defineEvent, eraseKeys, sealed, transact, verifyCommitment, verifyProofFile } from '#kernel/ledger'
import { noteTaken, type TestLedger, testContext, testLedger, testOrigin } from '#test/ledger.ts'

const riskOpened = defineEvent('risk.opened', z.object({ area: z.string(), title: committed, owner: committed }), {
  description: 'A risk was opened, in tests.',
})

let one: TestLedger
let riskId = ''
beforeAll(async () => {
  one = await testLedger()
  one.ledger.startWriter()
  await one.ledger.appender.appendMany(
    Array.from({ length: 600 }, (_, number) =>
      noteTaken({ data: { number }, targets: [{ type: 'note', id: `n${number}` }] }),
    ),
    one.ctx,
  )
  const data = {
    area: 'payments',
    title: sealed.text('title', 'Generated SQL reaches production'),
    owner: sealed.identity('email', 'ada@example.com', 'usr_ada'),
  }
  riskId = (await one.ledger.appender.append(riskOpened({ data }), one.ctx)).id
  await indexed()
})
afterAll(() => one.close())

async function indexed(): Promise<void> {
  await one.ledger.waitPublished(10_000)
  for (;;) {
    const { lag } = await one.ledger.follower.status()
    if (lag === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const find = async (filter: Partial<Parameters<typeof one.ledger.records.find>[1]>, limit = 50, cursor?: string) =>
  one.ledger.records.find('org_test', { tags: [], ...filter }, { limit, cursor })

test('lists all records newest first, page by page, without gap or overlap', async () => {
  const indexes: number[] = []
  let cursor: string | undefined
  do {
    const page = await find({}, 100, cursor)
    indexes.push(...page.items.map((item) => item.index))
    cursor = page.next
  } while (cursor !== undefined)
  expect(indexes).toEqual(Array.from({ length: 601 }, (_, i) => 600 - i))
})

test.each([
  ['a type', { tags: [['type', 'risk.opened']] as const }, [600]],
  ['a target', { tags: [['target', 'note:n42']] as const }, [42]],
  ['a field of data', { tags: [['data.number', '17']] as const }, [17]],
  ['an actor that nobody is', { tags: [['actor', 'usr_nobody']] as const }, []],
  ['a word of the public data', { query: 'payments' }, [600]],
  ['a word of a sealed text', { query: 'sql production' }, [600]],
  ['a phrase', { query: '"generated sql"' }, [600]],
  ['a phrase that is not there', { query: '"sql generated"' }, []],
  ['a word that nobody used', { query: 'zeppelin' }, []],
  ['a value that was sealed as identity', { query: 'ada@example.com' }, []],
  ['a time to come', { from: '2999-01-01T00:00:00Z' }, []],
])('finds by %s', async (_what, filter, expected) => {
  const { items } = await find(filter)
  expect(items.map((item) => item.index)).toEqual(expected)
})

test('another organization finds nothing', async () => {
  const { items } = await one.ledger.records.find('org_other', { tags: [] }, { limit: 50, cursor: undefined })
  expect(items).toEqual([])
  await expect(one.ledger.records.get('org_other', riskId)).rejects.toMatchObject({ code: 'record_not_found' })
})

test('a cursor that we did not give is refused', async () => {
  await expect(find({}, 50, '1e3')).rejects.toMatchObject({ code: 'search_cursor_invalid' })
})

test('a record comes with a proof that verifies offline', async () => {
  const { proofFile, index } = await one.ledger.records.get('org_test', riskId)
  const { bytes } = await one.ledger.published.entry(index)
  const proven = await verifyProofFile(proofFile, bytes, [one.keys.verifier], testOrigin)
  expect(proven).toMatchObject({ index: 600, size: 601 })
})

test('the index can be made again from the log alone', async () => {
  await one.ledger.follower.rebuild()
  one.ledger.follower.wake()
  await indexed()
  expect((await find({ query: 'production' })).items.map((item) => item.index)).toEqual([600])
  expect((await find({}, 100)).items).toHaveLength(100)
})

test('values open until their key is deleted; then they are gone, also for search, and every proof stays good', async () => {
  const opened = await one.ledger.openPayload('org_test', riskId)
  expect(opened.map((value) => [value.pointer, Buffer.from(value.value).toString()]).sort()).toEqual([
    ['/data/owner', 'ada@example.com'],
    ['/data/title', 'Generated SQL reaches production'],
  ])
  const { record } = await one.ledger.records.get('org_test', riskId)
  for (const value of opened) {
    const text = String(record.data[value.pointer.slice('/data/'.length)])
    expect(verifyCommitment(text, value.salt, value.field, value.value)).toBe(true)
  }
  const before = await one.ledger.published.entry(600)
  const erase = (what: { compartment: 'identity' | 'text'; subject: string }) =>
    transact(one.db, one.ctx, async (tx, note) => {
      note(noteTaken({ data: { number: -1 } }))
      return eraseKeys(tx, { organizationId: 'org_test', ...what })
    })
  expect(await erase({ compartment: 'identity', subject: 'usr_ada' })).toBe(1)
  expect((await one.ledger.openPayload('org_test', riskId)).map((value) => value.pointer)).toEqual(['/data/title'])
  expect(await erase({ compartment: 'text', subject: '' })).toBe(1)
  expect(await one.ledger.openPayload('org_test', riskId)).toEqual([])
  expect((await find({ query: 'production' })).items).toEqual([])
  expect((await find({ query: 'payments' })).items).toHaveLength(1)
  await indexed()
  const after = await one.ledger.published.entry(600)
  expect(after.bytes).toEqual(before.bytes)
  await verifyProofFile(after.proofFile, after.bytes, [one.keys.verifier], testOrigin)
  const left = await one.database.pool.query('select count(*)::int as n from ledger_payload where record_id = $1', [
    riskId,
  ])
  expect(left.rows).toEqual([{ n: 0 }])
})

test('a node that remembers a deleted key makes a new one instead of losing what it writes', async () => {
  const data = {
    area: 'a',
    title: sealed.text('title', 'after the erasure'),
    owner: sealed.identity('email', 'x@y.z', 'usr_ada'),
  }
  const { id } = await one.ledger.appender.append(riskOpened({ data }), one.ctx)
  const inTransaction = await transact(one.db, testContext(one.ledger), async (_tx, record) =>
    record(riskOpened({ data })),
  )
  await indexed()
  expect(await one.ledger.openPayload('org_test', id)).toHaveLength(2)
  expect(await one.ledger.openPayload('org_test', inTransaction)).toHaveLength(2)
})

test('a payload that was moved to another record does not open', async () => {
  const data = (title: string) => ({
    area: 'a',
    title: sealed.text('title', title),
    owner: sealed.identity('email', 'x@y.z'),
  })
  const ids = await one.ledger.appender.appendMany(
    [riskOpened({ data: data('one') }), riskOpened({ data: data('two') })],
    one.ctx,
  )
  await indexed()
  await one.database.pool.query(
    `update ledger_payload set sealed = (select sealed from ledger_payload where record_id = $2 and compartment = 'text')
      where record_id = $1 and compartment = 'text'`,
    ids,
  )
  await expect(one.ledger.openPayload('org_test', ids[0] ?? '')).rejects.toThrow()
  expect(await one.ledger.openPayload('org_test', ids[1] ?? '')).toHaveLength(2)
})

test('a changed bundle is not shown as if it were a record', async () => {
  const { readFile, rm, writeFile } = await import('node:fs/promises')
  const path = `${one.folder}/log/tile/entries/000`
  const bytes = await readFile(path)
  const at = bytes.indexOf('"number":42,')
  const where = at < 0 ? bytes.indexOf('"number":42}') : at
  expect(where).toBeGreaterThan(0)
  bytes.write('"number":43', where)
  await rm(path)
  await writeFile(path, bytes)
  const other = await one.again()
  await expect(
    other.records.find('org_test', { tags: [['target', 'note:n42']] }, { limit: 1, cursor: undefined }),
  ).rejects.toMatchObject({ code: 'tile_store_damaged' })
})
