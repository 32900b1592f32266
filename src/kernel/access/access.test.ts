import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { mintToken, readToken } from './token.ts'

const hourMs = 3_600_000

let product: TestProduct
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
})
beforeEach(async () => {
  owner = await product.asOwner()
})
afterAll(() => product.close())

describe('a token', () => {
  test('has a prefix, 256 random bits and the CRC-32 of what stands before it', () => {
    expect(mintToken('api')).toMatch(/^cst_api_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/)
    // computed with Python: binascii.crc32(b'cst_api_' + b'A' * 43)
    expect(readToken(`cst_api_${'A'.repeat(43)}_CRC`)).toBeUndefined()
    expect(readToken(`cst_api_${'A'.repeat(43)}_cfb1f502`)).toBe('api')
    expect(mintToken('link')).not.toBe(mintToken('link'))
  })

  test('is told from a mistyped one without asking the database', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('api', 'session', 'link'),
        fc.nat(60),
        fc.string({ minLength: 1 }),
        (kind, at, other) => {
          const token = mintToken(kind)
          const mistyped = token.slice(0, at) + other.charAt(0) + token.slice(at + 1)
          return readToken(token) === kind && (mistyped === token || readToken(mistyped) === undefined)
        },
      ),
    )
  })

  test('of any text is read without a fault', () => {
    fc.assert(fc.property(fc.string(), (text) => readToken(text) === undefined))
  })
})

describe('a sign-in link', () => {
  test('starts a session of 12 hours', async () => {
    const reply = await session(await product.signInLink())
    expect(reply.statusCode).toBe(201)
    const { token, expiresAt, role, scopes } = reply.json()
    expect(Date.parse(expiresAt) - product.services.clock()).toBe(12 * hourMs)
    expect({ role, scopes }).toEqual({ role: 'owner', scopes: ['*'] })
    expect(token).toMatch(/^cst_session_/)
  })

  test('works once', async () => {
    const link = await product.signInLink()
    expect((await session(link)).statusCode).toBe(201)
    const again = await session(link)
    expect(again.statusCode).toBe(401)
    expect(again.json().code).toBe('sign_in_link_invalid')
  })

  test('used by many at once, signs one of them in', async () => {
    const link = await product.signInLink()
    const before = (await product.records()).length
    const replies = await Promise.all(Array.from({ length: 8 }, () => session(link)))
    expect(replies.map((one) => one.statusCode).sort()).toEqual([201, ...Array(7).fill(401)])
    const started = (await product.records()).slice(before).filter((one) => one.type === 'session.started')
    expect(started).toHaveLength(1)
  })

  test('ends after an hour, and when a newer one is made', async () => {
    const old = await product.signInLink()
    product.pass(hourMs - 1)
    expect((await session(old)).statusCode).toBe(201)
    const expired = await product.signInLink()
    product.pass(hourMs)
    expect((await session(expired)).statusCode).toBe(401)
    const first = await product.signInLink()
    await product.signInLink()
    expect((await session(first)).statusCode).toBe(401)
  })

  test.each(['', 'x', 'cst_link_', mintToken('link'), mintToken('session'), mintToken('api')])(
    'that is not one (%s) is refused like a used one',
    async (link) => {
      const reply = await session(link)
      expect(reply.statusCode).toBe(401)
      expect(reply.json()).toMatchObject({ code: 'sign_in_link_invalid' })
    },
  )

  test('is no token, and a token is no link', async () => {
    const link = await product.signInLink()
    expect((await get('/v1/session', bearer(link))).statusCode).toBe(401)
    expect((await session(owner.authorization.slice('Bearer '.length))).statusCode).toBe(401)
    expect((await session(link)).statusCode).toBe(201)
  })

  test('is not used up by looking at its page, which escapes what it is given', async () => {
    const link = await product.signInLink()
    expect((await get(`/sign-in?link=${link}`)).statusCode).toBe(200)
    expect((await get(`/sign-in?link=${encodeURIComponent('"><script>')}`)).body).not.toContain('<script>')
    expect((await session(link)).statusCode).toBe(201)
  })
})

describe('a session', () => {
  test('ends after 12 hours', async () => {
    product.pass(12 * hourMs - 1)
    expect((await get('/v1/session', owner)).statusCode).toBe(200)
    product.pass(1)
    expect((await get('/v1/session', owner)).statusCode).toBe(401)
  })

  test('ends at once when its owner signs out', async () => {
    expect((await product.app.inject({ method: 'DELETE', url: '/v1/session', headers: owner })).statusCode).toBe(204)
    expect((await get('/v1/session', owner)).statusCode).toBe(401)
  })

  test('of a browser is a cookie that scripts and other sites do not get', async () => {
    const { reply, cookie } = await browser()
    expect(reply.statusCode).toBe(303)
    expect(reply.headers['location']).toBe('/')
    expect([reply.headers['set-cookie']].flat()[0]).toMatch(
      /^countersign=cst_session_\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    )
    expect((await get('/v1/session', { cookie })).statusCode).toBe(200)
    const out = await form('/sign-out', '', { cookie, 'sec-fetch-site': 'same-origin' })
    expect(String(out.headers['set-cookie'])).toMatch(/^countersign=; .*Max-Age=0$/)
    expect((await get('/v1/session', { cookie })).statusCode).toBe(401)
  })

  test('by cookie writes only for our own pages', async () => {
    const { cookie } = await browser()
    const { csrfToken } = (await get('/v1/session', { cookie })).json()
    const mint = (headers: Record<string, string>) =>
      product.app.inject({
        method: 'POST',
        url: '/v1/tokens',
        headers: { cookie, host: 'here.example', 'x-csrf-token': csrfToken, ...headers },
        payload: { name: 'a', scopes: ['change:read'] },
      })
    for (const site of ['cross-site', 'same-site', 'none']) {
      const reply = await mint({ 'sec-fetch-site': site, origin: 'http://here.example' })
      expect([site, reply.statusCode, reply.json().code]).toEqual([site, 403, 'cross_site_request'])
    }
    for (const origin of ['https://evil.example', 'null', 'http://here.example.evil', 'http://here.example:81'])
      expect([origin, (await mint({ origin })).statusCode]).toEqual([origin, 403])
    expect((await mint({})).statusCode).toBe(403)
    expect((await mint({ origin: 'http://here.example' })).statusCode).toBe(201)
    expect((await mint({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(201)
    expect((await mint({ authorization: owner.authorization, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(201)
  })

  test('is not taken from a cookie when a header names another caller', async () => {
    const { cookie } = await browser()
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', `Bearer ${mintToken('api')}`])
      expect([authorization, (await get('/v1/session', { cookie, authorization })).statusCode]).toEqual([
        authorization,
        401,
      ])
  })

  test('of a disabled user is none', async () => {
    const other = await startTestProduct()
    const headers = await other.asOwner()
    expect((await other.app.inject({ url: '/v1/session', headers })).statusCode).toBe(200)
    await other.database.pool.query('update access_user set disabled_at = now()')
    expect((await other.app.inject({ url: '/v1/session', headers })).statusCode).toBe(401)
    await other.close()
  })
})

describe('the list of API tokens', () => {
  test('pages by cursor, newest first, each token once, also those of one moment', async () => {
    const other = await startTestProduct()
    const headers = await other.asOwner()
    const names: string[] = []
    for (let i = 0; i < 7; i++) {
      if (i !== 3) other.pass(1)
      const payload = { name: `token ${i}`, scopes: ['change:read'] }
      names.push((await other.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })).json().name)
    }
    const shown: string[] = []
    const sizes: number[] = []
    let url = '/v1/tokens?limit=3'
    for (;;) {
      const { items, next } = (await other.app.inject({ url, headers })).json()
      shown.push(...items.map((one: { name: string }) => one.name))
      sizes.push(items.length)
      if (next === null) break
      url = `/v1/tokens?limit=3&cursor=${encodeURIComponent(next)}`
    }
    expect(sizes).toEqual([3, 3, 1])
    // tokens 2 and 3 were made in one millisecond: either may be first
    expect([...shown].sort()).toEqual(names)
    expect(shown.filter((name) => !['token 2', 'token 3'].includes(name))).toEqual(
      names.toReversed().filter((name) => !['token 2', 'token 3'].includes(name)),
    )
    expect((await other.app.inject({ url: '/v1/tokens', headers })).json()).toMatchObject({ next: null })
    await other.close()
  })

  test.each(['x', '1.chg_a', '99999999999999999.tok_a', "1.tok_a'"])('refuses the cursor %s', async (cursor) => {
    const reply = await get(`/v1/tokens?cursor=${encodeURIComponent(cursor)}`, owner)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  })

  test.each(['0', '201', 'x'])('refuses the limit %s', async (limit) => {
    expect((await get(`/v1/tokens?limit=${limit}`, owner)).statusCode).toBe(400)
  })
})

describe('an API token', () => {
  test('is shown once, carries its scopes and no more, and lives as long as was asked', async () => {
    const made = await mint({ name: 'ci', scopes: ['change:read'], expiresInDays: 7 })
    expect(made.statusCode).toBe(201)
    const { token, id, expiresAt } = made.json()
    expect(Date.parse(expiresAt) - product.services.clock()).toBe(7 * 24 * hourMs)
    const list = await get('/v1/tokens', owner)
    expect(list.json().items.filter((one: { id: string }) => one.id === id)).toEqual([
      expect.objectContaining({ name: 'ci', scopes: ['change:read'], revokedAt: null, lastSeenAt: null }),
    ])
    expect(list.body).not.toContain(token)
    expect((await get('/v1/changes', bearer(token))).statusCode).toBe(200)
    const refused = await get('/v1/repositories', bearer(token))
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'forbidden'])
    product.pass(7 * 24 * hourMs)
    expect((await get('/v1/changes', bearer(token))).statusCode).toBe(401)
  })

  test('lives 90 days when nothing is asked', async () => {
    const { expiresAt } = (await mint({ name: 'ci', scopes: ['change:read'] })).json()
    expect(Date.parse(expiresAt) - product.services.clock()).toBe(90 * 24 * hourMs)
  })

  test('ends at once, and once', async () => {
    const { token, id } = (await mint({ name: 'ci', scopes: ['change:read'] })).json()
    expect((await revoke(id, owner)).statusCode).toBe(204)
    expect((await get('/v1/changes', bearer(token))).statusCode).toBe(401)
    const again = await revoke(id, owner)
    expect([again.statusCode, again.json().code]).toEqual([404, 'token_not_found'])
  })

  test('of another user, a session and a token that never was are all not found', async () => {
    const { id } = (await mint({ name: 'mine', scopes: ['change:read'] })).json()
    const { pool } = product.database
    await pool.query("insert into access_user (id, role, created_at) values ('usr_other', 'owner', now())")
    await pool.query("update access_token set user_id = 'usr_other' where id = $1", [id])
    const { rows } = await pool.query("select id from access_token where kind = 'session' and revoked_at is null")
    for (const one of [id, rows[0].id, 'tok_never']) {
      const reply = await revoke(one, owner)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'token_not_found'])
    }
    expect((await get('/v1/tokens', owner)).body).not.toContain(id)
    await pool.query("delete from access_token where user_id = 'usr_other'")
    await pool.query("delete from access_user where id = 'usr_other'")
  })

  test('cannot give what it does not hold', async () => {
    const narrow = await product.token({ scopes: ['token:write', 'change:read'] })
    const give = (scopes: string[]) => mint({ name: 'more', scopes }, narrow)
    expect((await give(['change:read'])).statusCode).toBe(201)
    for (const scopes of [['ledger:read'], ['change:read', 'ledger:read'], ['*']]) {
      const reply = await give(scopes)
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'scope_not_held'])
    }
  })

  test('with a scope that no module declares is refused by name', async () => {
    const reply = await mint({ name: 'typo', scopes: ['changes:read'] })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'scope_unknown'])
    expect(reply.json().detail).toContain('`changes:read`')
  })

  test.each([
    ['no name', { name: '  ', scopes: ['change:read'] }],
    ['no scope', { name: 'a', scopes: [] }],
    ['a scope of another form', { name: 'a', scopes: ['Change Read'] }],
    ['too many scopes', { name: 'a', scopes: Array(51).fill('change:read') }],
    ['a life of no day', { name: 'a', scopes: ['change:read'], expiresInDays: 0 }],
    ['a life beyond a year', { name: 'a', scopes: ['change:read'], expiresInDays: 366 }],
    ['a field that nobody knows', { name: 'a', scopes: ['change:read'], admin: true }],
  ])('with %s is refused', async (_, body) => {
    const reply = await mint(body)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
  })

  test('ended by itself is recorded as a token that ended, and no sign-out', async () => {
    const headers = await product.token({ scopes: ['change:read'] })
    const before = (await product.records()).length
    await product.app.inject({ method: 'DELETE', url: '/v1/session', headers })
    expect((await product.records()).slice(before).map((one) => one.type)).toEqual(['token.revoked'])
  })
})

describe('secrets', () => {
  test('are kept as SHA-256 alone, and stand in no log line, record or other answer', async () => {
    const link = await product.signInLink()
    const sessionToken = (await session(link)).json().token
    const apiToken = (await mint({ name: 'ci', scopes: ['change:read'] }, bearer(sessionToken))).json().token
    await session(link)
    await get(`/v1/nothing?token=${apiToken}`, bearer(apiToken))
    await get(`/sign-in/${link}`)
    await get('/v1/repositories', bearer(apiToken))
    await get('/v1/session', bearer(`${apiToken}0`))
    const secrets = [link, sessionToken, apiToken]
    const written = product.logged() + JSON.stringify(await product.records()) + (await wholeDatabase())
    for (const secret of secrets) expect(written).not.toContain(secret.slice(secret.indexOf('_', 4) + 1, -9))
    const { rows } = await product.database.pool.query('select secret_hash from access_token')
    const hashes = rows.map((row) => row.secret_hash.toString('hex'))
    for (const secret of secrets) expect(hashes).toContain(createHash('sha256').update(secret).digest('hex'))
  })

  test('the name of a token stands in its record as a commitment only', async () => {
    await mint({ name: 'Payroll of Ada', scopes: ['change:read'] })
    const record = (await product.records()).findLast((one) => one.type === 'token.minted')
    expect(record?.data).toMatchObject({ name: expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/) })
    expect(record?.actor).toMatchObject({ kind: 'user', id: expect.stringMatching(/^usr_/) })
    expect(JSON.stringify(await product.records())).not.toContain('Payroll')
  })
})

test('a use of a token is noted at most once a minute, as the list shows', async () => {
  const { id, token } = (await mint({ name: 'seen', scopes: ['change:read'] })).json()
  const seenAt = async () => {
    const { items } = (await get('/v1/tokens', owner)).json()
    return items.find((one: { id: string }) => one.id === id).lastSeenAt
  }
  expect(await seenAt()).toBeNull()
  const at = new Date(product.services.clock()).toISOString()
  await get('/v1/changes', bearer(token))
  await expect.poll(seenAt).toBe(at)
  product.pass(59_999)
  await get('/v1/changes', bearer(token))
  product.pass(1)
  const later = new Date(product.services.clock()).toISOString()
  await get('/v1/changes', bearer(token))
  await expect.poll(seenAt).toBe(later)
})

function session(link: string) {
  return product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
}

function get(url: string, headers: Record<string, string> = {}) {
  return product.app.inject({ url, headers })
}

function mint(payload: object, headers: Record<string, string> = owner) {
  return product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })
}

function revoke(id: string, headers: Record<string, string>) {
  return product.app.inject({ method: 'DELETE', url: `/v1/tokens/${id}`, headers })
}

function form(url: string, payload: string, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return product.app.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
}

async function browser() {
  const reply = await form('/sign-in', `link=${await product.signInLink()}`)
  return { reply, cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '' }
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` }
}

/** Every row of every table, as text. */
async function wholeDatabase(): Promise<string> {
  const { pool } = product.database
  const { rows } = await pool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'jobs')",
  )
  expect(rows.length).toBeGreaterThan(10)
  const tables = await Promise.all(rows.map(({ name }) => pool.query(`select t::text as line from ${name} t`)))
  return tables.flatMap((one) => one.rows.map((row) => String(row.line))).join('\n')
}
