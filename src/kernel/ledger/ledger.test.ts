import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeBundle, defineEvent, openCheckpoint, parseEntry, sealed, transact } from '#kernel/ledger'
import { noteTaken, type TestLedger, testLedger } from '#test/ledger.ts'

let one: TestLedger
beforeAll(async () => {
  one = await testLedger()
  one.ledger.startWriter()
})
afterAll(() => one.close())

test('a fresh log publishes the checkpoint of the empty tree', async () => {
  const note = await one.ledger.waitPublished(5000)
  const checkpoint = await openCheckpoint(note, [one.keys.verifier], 'ledger.test/log')
  expect(checkpoint.size).toBe(0)
  // SHA-256 of the empty string, RFC 9162 section 2.1.1
  expect(Buffer.from(checkpoint.root).toString('base64')).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
})

test('a change and its event are made together and published', async () => {
  const id = await transact(one.db, one.ctx, async (tx, record) => {
    await tx.insertInto('thing').values({ id: 'a' }).execute()
    return record(noteTaken({ data: { number: 1, title: sealed.text('title', 'hello') } }))
  })
  const note = await one.ledger.waitPublished(5000)
  const { size } = await openCheckpoint(note, [one.keys.verifier], 'ledger.test/log')
  expect(size).toBe(1)
  const [entry] = decodeBundle(await one.ledger.store.readEntries(0, 1), 1)
  const { p } = parseEntry(entry ?? new Uint8Array())
  expect(p).toMatchObject({
    id,
    type: 'note.taken',
    data: { number: 1, title: expect.stringMatching(/^hmac-sha256:/) },
  })
  expect(await one.db.selectFrom('thing').selectAll().execute()).toEqual([{ id: 'a' }])
})

test('an event nested deeper than a reader accepts is refused before it is sealed', async () => {
  const Nested = defineEvent('tree.kept', z.object({ tree: z.json() }), { description: 'A tree was kept, in tests.' })
  const nest = (depth: number): z.core.util.JSONType => (depth === 0 ? 1 : [nest(depth - 1)])
  const keep = (depth: number) =>
    transact(one.db, one.ctx, async (_tx, record) => record(Nested({ data: { tree: nest(depth) } })))
  await expect(keep(20)).resolves.toEqual(expect.any(String))
  await expect(keep(60)).rejects.toMatchObject({ code: 'event_invalid' })
})
