import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
/** Two people, each by an API token with both permissions. */
let ada: Headers
let grace: Headers

beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  ada = await product.token({ scopes: ['view:read', 'view:write'] })
  grace = await person('usr_grace')
})
afterAll(() => product.close())

describe('a saved view', () => {
  test('comes back as it was saved, by token and by session, with its filters in one order', async () => {
    const query = { repositoryId: 'repo_1', ai: 'declared', q: 'pay “now” 日本' }
    const saved = await save(ada, { page: '/changes', name: '  Payments, by a tool ', query })
    expect(saved.statusCode).toBe(201)
    expect(saved.json()).toEqual({
      id: expect.stringMatching(/^view_[A-Za-z0-9_-]{20}$/),
      page: '/changes',
      name: 'Payments, by a tool',
      query,
      createdAt: '2027-03-01T09:00:00.000Z',
    })
    expect(saved.body).toContain('"query":{"ai":"declared","q":"pay “now” 日本","repositoryId":"repo_1"}')
    expect((await list(ada, '?page=/changes')).json()).toEqual({ items: [saved.json()], next: null })
    // the session of the same person sees what the token saved
    expect((await list(await product.asOwner())).json().items).toEqual([saved.json()])
    expect((await list(ada, '?page=/ledger')).json()).toEqual({ items: [], next: null })
    await remove(ada, saved.json().id)
  })

  test('takes another name, other filters, or both', async () => {
    const { id, createdAt } = (await save(ada, { page: '/ledger', name: 'First', query: { q: 'a' } })).json()
    const page = '/ledger'
    for (const [change, after] of [
      [{ name: 'Second' }, { name: 'Second', query: { q: 'a' } }],
      [{ query: { type: 'change.imported' } }, { name: 'Second', query: { type: 'change.imported' } }],
      [
        { name: 'Third', query: {} },
        { name: 'Third', query: {} },
      ],
      // its own name is not taken
      [{ name: 'Third' }, { name: 'Third', query: {} }],
    ]) {
      const reply = await changeTo(ada, id, change ?? {})
      expect([reply.statusCode, reply.json()]).toEqual([200, { id, page, createdAt, ...after }])
    }
    expect((await list(ada)).json().items).toEqual([{ id, page, createdAt, name: 'Third', query: {} }])
    await remove(ada, id)
  })

  test('is gone once it was deleted, and is deleted once', async () => {
    const { id } = (await save(ada, { page: '/changes', name: 'Short', query: { q: 'a' } })).json()
    expect((await remove(ada, id)).statusCode).toBe(204)
    expect((await list(ada)).json().items).toEqual([])
    for (const again of [await remove(ada, id), await changeTo(ada, id, { name: 'a' })])
      expect([again.statusCode, again.json().code]).toEqual([404, 'view_not_found'])
  })

  test('has a name that nothing else of the person has on its page', async () => {
    const body = { page: '/changes', name: 'Mine', query: { q: 'a' } }
    const { id } = (await save(ada, body)).json()
    const other = (await save(ada, { ...body, name: 'Other' })).json().id
    const elsewhere = (await save(ada, { ...body, page: '/ledger' })).json().id
    for (const twice of [await save(ada, { ...body, name: ' Mine' }), await changeTo(ada, other, { name: 'Mine' })])
      expect([twice.statusCode, twice.json().code]).toEqual([409, 'view_name_taken'])
    expect(
      (await list(ada))
        .json()
        .items.map((one: { name: string }) => one.name)
        .sort(),
    ).toEqual(['Mine', 'Mine', 'Other'])
    // once the name is free it can be taken
    await remove(ada, id)
    expect((await changeTo(ada, other, { name: 'Mine' })).statusCode).toBe(200)
    for (const one of [other, elsewhere]) await remove(ada, one)
  })
})

describe('two people', () => {
  test('do not see, change or delete the views of each other, and may use the same names', async () => {
    const body = { page: '/changes', name: 'What waits', query: { q: 'a' } }
    const [hers, mine] = [(await save(ada, body)).json(), (await save(grace, body)).json()]
    expect(mine.id).not.toBe(hers.id)
    expect((await list(ada)).json().items).toEqual([hers])
    expect((await list(grace)).json().items).toEqual([mine])
    for (const reply of [
      await changeTo(grace, hers.id, { name: 'Taken over' }),
      await changeTo(grace, hers.id, { query: { q: 'b' } }),
      await remove(grace, hers.id),
      await remove(grace, 'view_never'),
    ])
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'view_not_found'])
    expect((await list(ada)).json().items).toEqual([hers])
    // the cursor of another person's list leads into one's own list only
    const cursor = encodeURIComponent(`${Date.parse(hers.createdAt) + 1}.${hers.id}`)
    expect((await list(grace, `?cursor=${cursor}`)).json().items).toEqual([mine])
    await remove(ada, hers.id)
    await remove(grace, mine.id)
  })
})

describe('refusals', () => {
  test('without a token, and with one that lacks the permission', async () => {
    const reader = await product.token({ scopes: ['view:read'] })
    const writer = await product.token({ scopes: ['view:write'] })
    const body = { page: '/changes', name: 'a', query: {} }
    const calls = (headers: Headers | Record<string, never>) => ({
      list: () => list(headers),
      save: () => save(headers, body),
      change: () => changeTo(headers, 'view_a', { name: 'a' }),
      remove: () => remove(headers, 'view_a'),
    })
    for (const call of Object.values(calls({}))) {
      const reply = await call()
      expect([reply.statusCode, reply.json().code]).toEqual([401, 'not_signed_in'])
    }
    const { save: saveIt, change, remove: removeIt } = calls(reader)
    for (const call of [saveIt, change, removeIt, calls(writer).list]) {
      const reply = await call()
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'forbidden'])
    }
    expect((await calls(reader).list()).statusCode).toBe(200)
    expect((await calls(writer).remove()).statusCode).toBe(404)
  })

  const good = { page: '/changes', name: 'a', query: { q: 'a' } }
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, 'a']))
  test.each([
    ['no page', { name: 'a', query: {} }],
    ['a page that is an address elsewhere', { ...good, page: 'https://evil.example/' }],
    ['a page with a query', { ...good, page: '/changes?q=a' }],
    ['the page of one thing', { ...good, page: '/changes/chg_1' }],
    ['the first page', { ...good, page: '/' }],
    ['a page of 62 characters', { ...good, page: `/${'a'.repeat(61)}` }],
    ['no name', { page: '/changes', query: {} }],
    ['a name of nothing', { ...good, name: '' }],
    ['a name of spaces', { ...good, name: '   ' }],
    ['a name of 81 characters', { ...good, name: 'a'.repeat(81) }],
    ['a name of two lines', { ...good, name: 'a\nb' }],
    ['a name with U+0000', { ...good, name: 'a\u0000b' }],
    ['a name that turns its direction', { ...good, name: 'a\u202eb' }],
    ['a name with half a character', { ...good, name: 'a\ud800' }],
    ['a name that is no text', { ...good, name: 1 }],
    ['no query', { page: '/changes', name: 'a' }],
    ['21 filters', { ...good, query: many(21) }],
    ['a filter of 201 characters', { ...good, query: { q: 'a'.repeat(201) } }],
    ['a filter of nothing', { ...good, query: { q: '' } }],
    ['a filter that is no text', { ...good, query: { q: 1 } }],
    ['a filter that is a list', { ...good, query: { q: ['a'] } }],
    ['a filter with half a character', { ...good, query: { q: '\udc00' } }],
    ['a filter of another form of name', { ...good, query: { 'a b': 'a' } }],
    ['filters that are a list', { ...good, query: ['a'] }],
    ['a field that nobody knows', { ...good, ownerId: 'usr_grace' }],
  ])('%s is not saved', async (_, body) => {
    const reply = await save(ada, body)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
  })

  test('the longest that is allowed is saved', async () => {
    const query = Object.fromEntries(Object.keys(many(20)).map((name) => [name, '日'.repeat(200)]))
    const reply = await save(ada, { page: `/${'a'.repeat(60)}`, name: '日'.repeat(80), query })
    expect(reply.statusCode).toBe(201)
    expect(reply.json().query).toEqual(query)
    await remove(ada, reply.json().id)
  })

  test.each([
    ['nothing', {}],
    ['another page', { page: '/ledger' }],
    ['a name of nothing', { name: ' ' }],
    ['21 filters', { query: many(21) }],
  ])('a view is not changed to %s', async (_, body) => {
    const { id } = (await save(ada, good)).json()
    const reply = await changeTo(ada, id, body)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
    await remove(ada, id)
  })

  test.each(['?page=changes', '?page=/changes/a1', '?limit=0', '?limit=201'])('the list of %s', async (query) => {
    expect((await list(ada, query)).statusCode).toBe(400)
  })

  test.each(['x', '1.tok_a', '99999999999999999.view_a', "1.view_a'"])('the cursor %s', async (cursor) => {
    const reply = await list(ada, `?cursor=${encodeURIComponent(cursor)}`)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  })
})

test('a person has at most a hundred, also when they are saved at once, and another has room', async () => {
  const linus = await person('usr_linus')
  const names = Array.from({ length: 103 }, (_, at) => `view ${at}`)
  const replies = await Promise.all(names.map((name) => save(linus, { page: '/changes', name, query: {} })))
  expect(replies.filter((one) => one.statusCode === 201)).toHaveLength(100)
  expect(replies.filter((one) => one.statusCode !== 201).map((one) => one.json().code)).toEqual(
    Array(3).fill('view_limit'),
  )
  expect((await save(ada, { page: '/changes', name: 'room', query: {} })).statusCode).toBe(201)
  // by cursor each is shown once, also those of one moment
  const shown: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 5; pages++) {
    const { items, next } = (await list(linus, `?limit=40${cursor}`)).json()
    shown.push(...items.map((one: { id: string }) => one.id))
    if (next === null) break
    cursor = `&cursor=${encodeURIComponent(next)}`
  }
  expect(new Set(shown).size).toBe(100)
  expect(shown).toHaveLength(100)
  await remove(linus, shown[0] ?? '')
  expect((await save(linus, { page: '/changes', name: 'one more', query: {} })).statusCode).toBe(201)
})

test('the newest view is listed first', async () => {
  const edsger = await person('usr_edsger')
  for (const name of ['a', 'c', 'b']) {
    product.pass(1)
    await save(edsger, { page: '/changes', name, query: {} })
  }
  const names = (await list(edsger)).json().items.map((one: { name: string }) => one.name)
  expect(names).toEqual(['b', 'c', 'a'])
})

test('what was done is recorded, with name and filters as commitments only', async () => {
  const before = (await product.records()).length
  const body = { page: '/changes', name: 'Salaries of Ada', query: { q: 'Lovelace' } }
  const { id } = (await save(ada, body)).json()
  await changeTo(ada, id, { name: 'Salaries of Babbage' })
  await changeTo(ada, id, { query: { q: 'Babbage' } })
  await remove(ada, id)
  const records = (await product.records()).slice(before)
  const commitment = expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/)
  expect(records.map((one) => [one.type, one.data])).toEqual([
    ['view.saved', { page: '/changes', name: commitment, query: commitment }],
    ['view.changed', { name: commitment }],
    ['view.changed', { query: commitment }],
    ['view.removed', {}],
  ])
  for (const record of records) {
    expect(record.actor.kind).toBe('user')
    expect(record.targets).toEqual([
      { type: 'user', id: record.actor.id },
      { type: 'view', id },
    ])
  }
  expect(JSON.stringify(records)).not.toMatch(/Salaries|Lovelace|Babbage/)
  expect(product.logged()).not.toMatch(/Salaries|Lovelace|Babbage/)
})

/** Another person, by an API token with both permissions. */
async function person(id: string): Promise<Headers> {
  const headers = await product.token({ scopes: ['view:read', 'view:write'] })
  const { pool } = product.database
  await pool.query("insert into access_user (id, role, created_at) values ($1, 'owner', now())", [id])
  const hash = createHash('sha256').update(headers.authorization.slice('Bearer '.length)).digest()
  await pool.query('update access_token set user_id = $1 where secret_hash = $2', [id, hash])
  return headers
}

function list(headers: Headers | Record<string, never>, query = '') {
  return product.app.inject({ url: `/v1/views${query}`, headers })
}

function save(headers: Headers | Record<string, never>, payload: object) {
  return product.app.inject({ method: 'POST', url: '/v1/views', headers, payload })
}

function changeTo(headers: Headers | Record<string, never>, id: string, payload: object) {
  return product.app.inject({ method: 'PATCH', url: `/v1/views/${id}`, headers, payload })
}

function remove(headers: Headers | Record<string, never>, id: string) {
  return product.app.inject({ method: 'DELETE', url: `/v1/views/${id}`, headers })
}
