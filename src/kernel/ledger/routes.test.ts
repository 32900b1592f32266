import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Context,
  decodeBundle,
  eraseKeys,
  fromBase64,
  ledgerModule,
  openCheckpoint,
  parseEntry,
  pathOf,
  sealed,
  tilesForSize,
  transact,
  verifyCommitment,
  verifyConsistency,
  verifyProofFile,
} from '#kernel/ledger'
import { Forbidden, NotSignedIn } from '#platform/http/errors.ts'
import { createMetrics } from '#platform/http/metrics.ts'
import { createHttpServer } from '#platform/http/server.ts'
import { silentLog } from '#platform/log.ts'
import { noteTaken, type TestLedger, testContext, testLedger, testOrigin } from '#test/ledger.ts'
import { closeReadWindows } from './reads.ts'

let one: TestLedger
let app: FastifyInstance
let open: FastifyInstance
let ids: string[] = []
const time = { now: Date.parse('2026-11-24T08:00:00Z') }

async function serve(isPublic: boolean): Promise<FastifyInstance> {
  const service = () => testContext(one.ledger, { clock: () => time.now })
  const { routes } = ledgerModule({ db: one.db, ledger: one.ledger, isPublic, service })
  return createHttpServer<Context>({
    routes,
    requestsPerMinute: 10_000,
    trustedProxies: [],
    tls: undefined,
    clock: () => time.now,
    log: silentLog,
    metrics: createMetrics(),
    // `Bearer <session>` may read; `Bearer weak` may not
    authorize: async (request, route) => {
      const session = request.headers.authorization?.slice('Bearer '.length)
      if (route.permission !== 'public' && session === undefined) throw NotSignedIn({})
      if (route.permission !== 'public' && session === 'weak') throw Forbidden({ permission: route.permission })
      return testContext(one.ledger, { clock: () => time.now, sessionId: session })
    },
  })
}

beforeAll(async () => {
  one = await testLedger()
  app = await serve(false)
  open = await serve(true)
  one.ledger.startWriter()
  ids = await one.ledger.appender.appendMany(
    Array.from({ length: 300 }, (_, number) => noteTaken({ data: { number } })),
    one.ctx,
  )
  await indexed()
})
afterAll(async () => {
  await app.close()
  await open.close()
  await one.close()
})

async function indexed(): Promise<string> {
  const note = await one.ledger.waitPublished(10_000)
  while ((await one.ledger.follower.status()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  return note
}

async function get(path: string, session = 'reader', from = app) {
  return from.inject({ url: path, headers: { authorization: `Bearer ${session}` } })
}

async function reads(): Promise<{ type: string; count: number[] }[]> {
  await indexed()
  const { items } = await one.ledger.records.find('org_test', { tags: [] }, { limit: 100, cursor: undefined })
  return items
    .filter(({ record }) => record.type.startsWith('ledger.'))
    .map(({ record }) => {
      const facts = Array.isArray(record.data['reads']) ? record.data['reads'] : [record.data]
      return { type: record.type, count: facts.map((one) => Number(Reflect.get(Object(one), 'count'))) }
    })
    .reverse()
}

test('the checkpoint verifies, and every tile and bundle that its size implies is served; nothing beyond is', async () => {
  const answer = await get('/log/checkpoint')
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  const { size } = await openCheckpoint(answer.body, [one.keys.verifier], testOrigin)
  expect(size).toBeGreaterThanOrEqual(300)
  let served = 0
  for (const tile of tilesForSize(size)) {
    const reply = await get(`/log/${pathOf(tile)}`)
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['content-type']).toBe('application/octet-stream')
    // a kept bundle could be read again without a record of the read; hashes tell nobody anything
    const kept = tile.level === 'entries' ? 'no-store' : 'private, max-age=604800, immutable'
    expect(reply.headers['cache-control']).toBe(kept)
    if (tile.level !== 'entries') expect(reply.rawPayload).toHaveLength(tile.width * 32)
    served++
  }
  expect(served).toBe(5)
  // a partial object of a full one is cut from it, as C2SP tlog-tiles allows to ask for
  const partial = await get('/log/tile/entries/000.p/3')
  const numbers = decodeBundle(partial.rawPayload, 3).map((entry) => parseEntry(entry).p.data['number'])
  expect(numbers).toEqual([0, 1, 2])
})

test.each([
  '/log/tile/0/002',
  '/log/tile/0/001',
  '/log/tile/0/001.p/255',
  '/log/tile/entries/001',
  '/log/tile/1/000',
  '/log/tile/9/000',
  '/log/tile/00/000',
  '/log/tile/0/0',
  '/log/tile/0/x000/000',
  '/log/tile/0/000.p/0',
  '/log/tile/0/000.p/256',
  '/log/tile/0/..%2f..%2fcheckpoint',
  '/log/tile/entries/../../../keys/log.pem',
])('%s is not part of the log', async (path) => {
  expect((await get(path)).statusCode).toBe(404)
})

test.each([
  '/log/checkpoint',
  '/log/tile/0/000',
  '/log/tile/entries/000',
  '/v1/ledger/records',
  '/v1/ledger/records/00000000-0000-7000-8000-000000000000',
  '/v1/ledger/records/00000000-0000-7000-8000-000000000000/proof',
  '/v1/ledger/records/00000000-0000-7000-8000-000000000000/values',
  '/v1/ledger/consistency?from=1&to=2',
  '/v1/ledger/status',
])('%s needs a token that may read the ledger', async (path) => {
  expect((await app.inject({ url: path })).json()).toMatchObject({ status: 401, code: 'not_signed_in' })
  expect((await get(path, 'weak')).json()).toMatchObject({ status: 403, code: 'forbidden' })
})

test('when the log is public, anyone gets checkpoint and hashes and nobody without a token entries', async () => {
  expect((await open.inject({ url: '/log/checkpoint' })).statusCode).toBe(200)
  expect((await open.inject({ url: '/log/tile/0/000' })).statusCode).toBe(200)
  expect((await open.inject({ url: '/log/tile/entries/000' })).statusCode).toBe(401)
  expect((await open.inject({ url: '/v1/ledger/records' })).statusCode).toBe(401)
})

test('a record is found and proven by its id', async () => {
  const found = await get(`/v1/ledger/records/${ids[7]}`)
  expect(found.json()).toMatchObject({ index: 7, record: { id: ids[7], data: { number: 7 } } })
  const proof = await get(`/v1/ledger/records/${ids[7]}/proof`)
  const { bytes } = await one.ledger.published.entry(7)
  expect(await verifyProofFile(proof.body, bytes, [one.keys.verifier], testOrigin)).toMatchObject({ index: 7 })
})

test('lists page by cursor', async () => {
  const first = (await get('/v1/ledger/records?type=note.taken&limit=2')).json()
  expect(first.items.map((item: { record: { data: object } }) => item.record.data)).toEqual([
    { number: 299 },
    { number: 298 },
  ])
  const second = (await get(`/v1/ledger/records?type=note.taken&limit=2&cursor=${first.next}`)).json()
  expect(second.items.map((item: { record: { data: object } }) => item.record.data)).toEqual([
    { number: 297 },
    { number: 296 },
  ])
  expect((await get('/v1/ledger/records?field=number=42')).json()).toMatchObject({ items: [{ index: 42 }], next: null })
})

test.each([
  ['/v1/ledger/records?limit=0', 400],
  ['/v1/ledger/records?limit=101', 400],
  ['/v1/ledger/records?unknown=1', 400],
  ['/v1/ledger/records?from=yesterday', 400],
  ['/v1/ledger/records?cursor=-1', 400],
  ['/v1/ledger/records/no-id', 400],
  ['/v1/ledger/records/00000000-0000-7000-8000-000000000000', 404],
  ['/v1/ledger/records/00000000-0000-7000-8000-000000000000/proof', 404],
  ['/v1/ledger/records/00000000-0000-7000-8000-000000000000/values', 404],
  ['/v1/ledger/consistency?from=0&to=1', 400],
  ['/v1/ledger/consistency?from=2&to=1', 400],
  ['/v1/ledger/consistency?from=1&to=999999', 400],
  ['/v1/ledger/consistency?from=1e0&to=2', 400],
])('%s is answered with %i', async (path, status) => {
  expect((await get(path)).statusCode).toBe(status)
})

test('the log at one size is proven to begin with the log at another', async () => {
  const checkpointOf = async () => openCheckpoint((await get('/log/checkpoint')).body, [one.keys.verifier], testOrigin)
  const before = await checkpointOf()
  await one.ledger.appender.append(noteTaken({ data: { number: 1000 } }), one.ctx)
  await indexed()
  const after = await checkpointOf()
  const { proof } = (await get(`/v1/ledger/consistency?from=${before.size}&to=${after.size}`)).json()
  const hashes = proof.map((hash: string) => fromBase64(hash))
  verifyConsistency({ from: before.size, to: after.size, fromRoot: before.root, toRoot: after.root, proof: hashes })
  expect(hashes.length).toBeGreaterThan(0)
})

test('the status says how far the log is', async () => {
  await indexed()
  expect((await get('/v1/ledger/status')).json()).toMatchObject({
    origin: testOrigin,
    vkey: one.keys.vkey,
    writer: { state: 'leading', problem: null },
    index: { lag: 0, deadLetters: 0 },
  })
})

test('the first read of a session is recorded at once, the others of its minute in one record when it is over', async () => {
  await closeAll()
  const before = (await reads()).length
  await get('/v1/ledger/records?limit=3', 'alice')
  expect((await reads()).slice(before)).toEqual([{ type: 'ledger.read', count: [3] }])
  await get('/v1/ledger/records?limit=5', 'alice')
  await get(`/v1/ledger/records/${ids[1]}`, 'alice')
  await get('/log/tile/entries/000', 'alice')
  await get('/v1/ledger/records?limit=4', 'bob')
  expect((await reads()).slice(before)).toEqual([
    { type: 'ledger.read', count: [3] },
    { type: 'ledger.read', count: [4] },
  ])
  time.now += 61_000
  await closeReadWindows(one.db, testContext(one.ledger, { clock: () => time.now }))
  expect((await reads()).slice(before + 2)).toEqual([{ type: 'ledger.read-more', count: [5, 1, 256] }])
  expect(await closeReadWindows(one.db, testContext(one.ledger, { clock: () => time.now }))).toBe(0)
})

test('when nothing closes the minute, the next read does; what was looked for is a commitment', async () => {
  await closeAll()
  const before = (await reads()).length
  await get('/v1/ledger/records?q=secret+project', 'carol')
  await get('/v1/ledger/records?q=secret+merger', 'carol')
  time.now += 61_000
  await get('/v1/ledger/records?limit=1', 'carol')
  const recorded = (await reads()).slice(before)
  expect(recorded.map((one) => one.type)).toEqual(['ledger.read', 'ledger.read-more', 'ledger.read'])
  const { size } = await one.ledger.published.checkpoint()
  for (let index = 300; index < size; index++) {
    const { bytes } = await one.ledger.published.entry(index)
    expect(Buffer.from(bytes).toString()).not.toContain('secret')
  }
})

test('fifty reads in a minute close it early: nothing is left out', async () => {
  await closeAll()
  const before = (await reads()).length
  for (let i = 0; i < 53; i++) await get('/v1/ledger/records?limit=1', 'dave')
  time.now += 61_000
  await closeReadWindows(one.db, testContext(one.ledger, { clock: () => time.now }))
  const counts = (await reads()).slice(before).flatMap((one) => one.count)
  expect(counts).toHaveLength(53)
})

test('the values behind a record open with their salts, as a read that names them; erased ones are left out', async () => {
  await closeAll()
  const before = (await reads()).length
  const data = { number: 500, title: sealed.text('title', 'a sealed title') }
  const { id } = await one.ledger.appender.append(noteTaken({ data }), one.ctx)
  await indexed()
  const reply = await get(`/v1/ledger/records/${id}/values`, 'opener')
  expect(reply.headers['cache-control']).toBe('no-store')
  const { opened, index } = reply.json()
  expect(opened).toEqual([
    {
      pointer: '/data/title',
      field: 'title',
      compartment: 'text',
      encoding: 'utf-8',
      value: 'a sealed title',
      salt: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    },
  ])
  const { record } = (await get(`/v1/ledger/records/${id}`, 'other')).json()
  const salt = Buffer.from(opened[0].salt, 'base64')
  expect(verifyCommitment(record.data.title, salt, 'title', Buffer.from('a sealed title'))).toBe(true)
  await indexed()
  const { items } = await one.ledger.records.find('org_test', { tags: [] }, { limit: 5, cursor: undefined })
  const read = items.find(({ record: { data: facts } }) => String(facts['filter']).includes(`values=${id}`))
  expect(read?.record.data).toMatchObject({ filter: [`values=${id}`], count: 1, first: index, last: index })
  expect(JSON.stringify(read)).not.toContain('sealed title')
  expect((await reads()).length).toBe(before + 2)
  await transact(one.db, one.ctx, async (tx, note) => {
    note(noteTaken({ data: { number: 501 } }))
    await eraseKeys(tx, { organizationId: 'org_test', compartment: 'text', subject: '' })
  })
  expect((await get(`/v1/ledger/records/${id}/values`, 'opener')).json()).toEqual({ index, id, opened: [] })
  await closeAll()
})

async function closeAll(): Promise<void> {
  time.now += 61_000
  await closeReadWindows(one.db, testContext(one.ledger, { clock: () => time.now }))
}
