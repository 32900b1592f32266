import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Authenticator, createAuthenticator } from '#test/authenticator.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

const origin = 'http://localhost:7420'
const minuteMs = 60_000

let product: TestProduct
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
})
afterAll(() => product.close())

/** A browser of the owner: its cookies, and what it sends by itself. */
class Browser {
  cookies = new Map<string, string>()
  csrf = ''

  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ) {
    const reply = await product.app.inject({
      method,
      url,
      headers: {
        host: 'localhost:7420',
        'sec-fetch-site': 'same-origin',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(method === 'GET' || this.csrf === '' ? {} : { 'x-csrf-token': this.csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    })
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }

  async signInByLink(): Promise<void> {
    const body = new URLSearchParams({ link: await product.signInLink() }).toString()
    const reply = await product.app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost:7420' },
      payload: body,
    })
    this.cookies.set('countersign', /^countersign=([^;]*)/.exec(String(reply.headers['set-cookie']))?.[1] ?? '')
    this.csrf = (await this.send('GET', '/v1/session')).json().csrfToken
  }

  async register(authenticator: Authenticator, name = 'Laptop') {
    const options = (await this.send('GET', '/v1/passkeys/registration')).json()
    return this.send('POST', '/v1/passkeys', { name, response: authenticator.create(options) })
  }

  async signInBy(authenticator: Authenticator) {
    const options = (await this.send('GET', '/v1/passkey-sign-in')).json()
    return this.send('POST', '/v1/passkey-sign-in', { response: authenticator.get(options) })
  }
}

async function signedIn(): Promise<Browser> {
  const browser = new Browser()
  await browser.signInByLink()
  return browser
}

let owner: Browser
beforeEach(async () => {
  // each test registers the owner's first one
  await product.database.pool.query('update access_user set has_had_passkey = false')
  owner = await signedIn()
})

async function withPasskey(): Promise<Authenticator> {
  const authenticator = createAuthenticator(origin)
  const made = await owner.register(authenticator)
  expect(made.statusCode).toBe(201)
  return authenticator
}

async function typesSince(before: number): Promise<string[]> {
  return (await product.records()).slice(before).map((one) => one.type)
}

describe('a passkey', () => {
  test('is registered in a session, listed, renamed and removed, each of it a record', async () => {
    const before = (await product.records()).length
    const made = (await owner.register(createAuthenticator(origin), 'Laptop of Ada')).json()
    expect((await owner.send('GET', '/v1/passkeys')).json().items).toEqual([
      {
        id: made.id,
        name: 'Laptop of Ada',
        isBackedUp: false,
        createdAt: '2027-03-01T09:00:00.000Z',
        lastUsedAt: null,
      },
    ])
    expect((await owner.send('PATCH', `/v1/passkeys/${made.id}`, { name: 'Old laptop' })).statusCode).toBe(204)
    expect((await owner.send('GET', '/v1/passkeys')).json().items[0].name).toBe('Old laptop')
    expect((await owner.send('DELETE', `/v1/passkeys/${made.id}`)).statusCode).toBe(204)
    expect((await owner.send('GET', '/v1/passkeys')).json().items).toEqual([])
    expect(await typesSince(before)).toEqual(['passkey.registered', 'passkey.renamed', 'passkey.removed'])
    expect(JSON.stringify(await product.records())).not.toContain('aptop')
  })

  test('asks the browser for what it must: a key that is found by itself, and a person who proves to be there', async () => {
    expect((await owner.send('GET', '/v1/passkeys/registration')).json()).toMatchObject({
      rp: { id: 'localhost' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    const options = (await new Browser().send('GET', '/v1/passkey-sign-in')).json()
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
    expect(options.allowCredentials ?? []).toEqual([])
  })

  test('signs in a browser that has nothing else, with a cookie that no script gets', async () => {
    const authenticator = await withPasskey()
    const before = (await product.records()).length
    const stranger = new Browser()
    const reply = await stranger.signInBy(authenticator)
    expect(reply.statusCode).toBe(201)
    expect(String(reply.headers['set-cookie'])).toMatch(
      /^countersign=cst_session_\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    )
    expect((await stranger.send('GET', '/v1/session')).json().csrfToken).toBe(reply.json().csrfToken)
    const [record] = (await product.records()).slice(before)
    expect(record).toMatchObject({
      type: 'session.started',
      data: { method: 'passkey' },
      actor: { kind: 'user', role: 'owner' },
    })
    const [listed] = (await owner.send('GET', '/v1/passkeys'))
      .json()
      .items.filter((one: { lastUsedAt: unknown }) => one.lastUsedAt !== null)
    expect(listed.lastUsedAt).toBe(new Date(product.services.clock()).toISOString())
  })

  test('that was removed signs nobody in, and its sessions go on', async () => {
    const authenticator = await withPasskey()
    const browser = new Browser()
    await browser.signInBy(authenticator)
    const { items } = (await owner.send('GET', '/v1/passkeys')).json()
    for (const { id } of items) await owner.send('DELETE', `/v1/passkeys/${id}`)
    expect((await browser.send('GET', '/v1/session')).statusCode).toBe(200)
    const refused = await new Browser().signInBy(authenticator)
    expect([refused.statusCode, refused.json().code]).toEqual([401, 'passkey_refused'])
  })

  test('of another user, and one that never was, are both not found', async () => {
    const { id } = (await owner.register(createAuthenticator(origin))).json()
    const { pool } = product.database
    await pool.query("insert into access_user (id, role, created_at) values ('usr_other', 'owner', now())")
    await pool.query("update access_passkey set user_id = 'usr_other' where id = $1", [id])
    for (const one of [id, 'pky_never']) {
      for (const reply of [
        await owner.send('DELETE', `/v1/passkeys/${one}`),
        await owner.send('PATCH', `/v1/passkeys/${one}`, { name: 'mine' }),
      ])
        expect([reply.statusCode, reply.json().code]).toEqual([404, 'passkey_not_found'])
    }
    expect((await owner.send('GET', '/v1/passkeys')).body).not.toContain(id)
    await pool.query("delete from access_passkey where user_id = 'usr_other'")
    await pool.query("delete from access_user where id = 'usr_other'")
  })

  test('is not made by an API token, which would make itself a way back in', async () => {
    const headers = await product.token({ scopes: ['*'] })
    for (const url of ['/v1/passkeys', '/v1/passkeys/registration', '/v1/sessions']) {
      const reply = await product.app.inject({ url, headers: { ...headers, host: 'localhost:7420' } })
      expect([url, reply.statusCode, reply.json().code]).toEqual([url, 403, 'session_needed'])
    }
  })

  test('cannot be one of more than twenty', async () => {
    const { pool } = product.database
    await pool.query('delete from access_passkey')
    const browser = new Browser()
    await browser.signInBy(await withPasskey())
    browser.csrf = (await browser.send('GET', '/v1/session')).json().csrfToken
    for (let i = 1; i < 20; i++)
      expect((await browser.register(createAuthenticator(origin), `key ${i}`)).statusCode).toBe(201)
    const more = await browser.send('GET', '/v1/passkeys/registration')
    expect([more.statusCode, more.json().code]).toEqual([409, 'passkey_limit'])
    await pool.query('delete from access_passkey')
  })
})

describe('a second passkey', () => {
  test('is added in a session that the first one began, and in no other', async () => {
    const authenticator = await withPasskey()
    const asked = await owner.send('GET', '/v1/passkeys/registration')
    expect([asked.statusCode, asked.json().code]).toEqual([403, 'passkey_session_needed'])
    const browser = new Browser()
    await browser.signInBy(authenticator)
    browser.csrf = (await browser.send('GET', '/v1/session')).json().csrfToken
    expect((await browser.register(createAuthenticator(origin))).statusCode).toBe(201)
  })

  test('is not had by removing the first one', async () => {
    await withPasskey()
    for (const { id } of (await owner.send('GET', '/v1/passkeys')).json().items)
      expect((await owner.send('DELETE', `/v1/passkeys/${id}`)).statusCode).toBe(204)
    const asked = await owner.send('GET', '/v1/passkeys/registration')
    expect([asked.statusCode, asked.json().code]).toEqual([403, 'passkey_session_needed'])
  })

  test('of two sessions that both asked for a first one is refused', async () => {
    const other = await signedIn()
    const [one, two] = [createAuthenticator(origin), createAuthenticator(origin)]
    const [first, second] = await Promise.all(
      [owner, other].map(async (browser) => (await browser.send('GET', '/v1/passkeys/registration')).json()),
    )
    const replies = await Promise.all([
      owner.send('POST', '/v1/passkeys', { name: 'one', response: one.create(first) }),
      other.send('POST', '/v1/passkeys', { name: 'two', response: two.create(second) }),
    ])
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([201, 403])
  })
})

describe('a registration is refused', () => {
  test.each([
    ['from another site', { origin: 'https://evil.example' }],
    ['for another site', { rpId: 'evil.example' }],
    ['without a person who was verified', { flags: 0x01 }],
    ['for a challenge of nobody', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['that is an answer to something else', { type: 'webauthn.get' }],
  ])('%s', async (_, bent) => {
    const options = (await owner.send('GET', '/v1/passkeys/registration')).json()
    const reply = await owner.send('POST', '/v1/passkeys', {
      name: 'a',
      response: createAuthenticator(origin).create(options, bent),
    })
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'passkey_refused'])
  })

  test('twice with one challenge, after five minutes, and in another session', async () => {
    const options = (await owner.send('GET', '/v1/passkeys/registration')).json()
    const send = (browser: Browser, given: typeof options) =>
      browser.send('POST', '/v1/passkeys', { name: 'a', response: createAuthenticator(origin).create(given) })
    expect((await send(owner, options)).statusCode).toBe(201)
    expect((await send(owner, options)).statusCode).toBe(401)
    const late = (await owner.send('GET', '/v1/passkeys/registration')).json()
    product.pass(5 * minuteMs)
    expect((await send(owner, late)).statusCode).toBe(401)
    const elsewhere = (await owner.send('GET', '/v1/passkeys/registration')).json()
    expect((await send(await signedIn(), elsewhere)).statusCode).toBe(401)
  })

  test('of a credential that is registered already', async () => {
    const authenticator = await withPasskey()
    expect((await owner.register(authenticator)).statusCode).toBe(401)
  })
})

describe('a sign-in is refused', () => {
  test.each([
    ['from another site', { origin: 'https://evil.example' }],
    ['from another port of this machine', { origin: 'http://localhost:7421' }],
    ['for another site', { rpId: 'evil.example' }],
    ['without a person who was verified', { flags: 0x01 }],
    ['with a signature of another key', { signature: Buffer.from('3006020101020101', 'hex') }],
    ['for another user', { userHandle: Buffer.from('usr_other').toString('base64url') }],
    ['that is an answer to something else', { type: 'webauthn.create' }],
  ])('%s', async (_, bent) => {
    const authenticator = await withPasskey()
    const browser = new Browser()
    const options = (await browser.send('GET', '/v1/passkey-sign-in')).json()
    const reply = await browser.send('POST', '/v1/passkey-sign-in', { response: authenticator.get(options, bent) })
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'passkey_refused'])
    expect(reply.headers['set-cookie']).toBeUndefined()
  })

  test('when an answer is used again, comes too late, or comes from another browser', async () => {
    const authenticator = await withPasskey()
    const browser = new Browser()
    const options = (await browser.send('GET', '/v1/passkey-sign-in')).json()
    const response = authenticator.get(options)
    const post = (from: Browser, body: object) => from.send('POST', '/v1/passkey-sign-in', { response: body })
    const thief = new Browser()
    expect((await post(thief, response)).statusCode).toBe(401)
    const own = (await thief.send('GET', '/v1/passkey-sign-in')).json()
    expect(own.challenge).not.toBe(options.challenge)
    // the try of another browser used the challenge up: it fails closed
    expect((await post(thief, authenticator.get(options))).statusCode).toBe(401)
    expect((await post(browser, response)).statusCode).toBe(401)
    const good = (await browser.send('GET', '/v1/passkey-sign-in')).json()
    const once = authenticator.get(good)
    expect((await post(browser, once)).statusCode).toBe(201)
    expect((await post(browser, once)).statusCode).toBe(401)
    const late = (await browser.send('GET', '/v1/passkey-sign-in')).json()
    product.pass(5 * minuteMs)
    expect((await post(browser, authenticator.get(late))).statusCode).toBe(401)
  })

  test('when an authenticator counts backwards, as a copy of it would', async () => {
    const authenticator = await withPasskey()
    const sign = async (count: number) => {
      const browser = new Browser()
      const options = (await browser.send('GET', '/v1/passkey-sign-in')).json()
      return (await browser.send('POST', '/v1/passkey-sign-in', { response: authenticator.get(options, { count }) }))
        .statusCode
    }
    expect(await sign(10)).toBe(201)
    expect(await sign(10)).toBe(401)
    expect(await sign(9)).toBe(401)
    expect(await sign(11)).toBe(201)
  })

  test('when its user was disabled', async () => {
    const authenticator = await withPasskey()
    await product.database.pool.query('update access_user set disabled_at = now()')
    expect((await new Browser().signInBy(authenticator)).statusCode).toBe(401)
    await product.database.pool.query('update access_user set disabled_at = null')
  })

  test('with a challenge that was made for registering', async () => {
    const authenticator = await withPasskey()
    const { challenge } = (await owner.send('GET', '/v1/passkeys/registration')).json()
    await owner.send('GET', '/v1/passkey-sign-in')
    const response = authenticator.get({ challenge, rpId: 'localhost' })
    expect((await owner.send('POST', '/v1/passkey-sign-in', { response })).statusCode).toBe(401)
  })
})

describe('the address that passkeys are for', () => {
  test.each(['127.0.0.1:7420', '[::1]:7420', '192.0.2.1', 'evil.example', 'localhost.evil.example', '%'])(
    'is not %s, which nobody configured',
    async (host) => {
      const reply = await product.app.inject({ url: '/v1/passkey-sign-in', headers: { host } })
      expect([reply.statusCode, reply.json().code]).toEqual([409, 'passkey_address_unusable'])
    },
  )

  test('is `publicUrl` and nothing that a request says', async () => {
    const other = await startTestProduct({
      config: { publicUrl: 'https://countersign.example.com', trustedProxies: ['10.0.0.0/8'] },
    })
    const reply = await other.app.inject({
      url: '/v1/passkey-sign-in',
      remoteAddress: '10.0.0.1',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    })
    expect(reply.json().rpId).toBe('countersign.example.com')
    expect(String(reply.headers['set-cookie'])).toMatch(
      /^__Host-countersign-challenge=.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=300; Secure$/,
    )
    await other.close()
    const bare = await startTestProduct({ config: { publicUrl: 'http://countersign.example.com' } })
    expect((await bare.app.inject({ url: '/v1/passkey-sign-in' })).json().code).toBe('passkey_address_unusable')
    await bare.close()
  })
})

describe('a session of a browser', () => {
  const mint = (browser: Browser, headers: Record<string, string> = {}) =>
    browser.send('POST', '/v1/tokens', { name: 'a', scopes: ['change:read'] }, headers)

  test('writes with its CSRF token only, which belongs to this session', async () => {
    expect((await mint(owner)).statusCode).toBe(201)
    const other = await signedIn()
    for (const token of ['', 'x', other.csrf, `${owner.csrf}x`]) {
      const reply = await mint(owner, { 'x-csrf-token': token })
      expect([token === '', reply.statusCode, reply.json().code]).toEqual([token === '', 403, 'csrf_token_wrong'])
    }
  })

  test('gives nothing to pages of other sites, neither for writing nor for reading', async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect((await mint(owner, { 'sec-fetch-site': site })).json().code).toBe('cross_site_request')
      const read = await owner.send('GET', '/v1/changes', undefined, {
        'sec-fetch-site': site,
        'sec-fetch-mode': 'no-cors',
      })
      expect([site, read.statusCode, read.json().code]).toEqual([site, 403, 'cross_site_request'])
    }
  })

  test('that was stolen is no bearer token, and a bearer token is no cookie', async () => {
    const stolen = owner.cookies.get('countersign')
    const asBearer = await product.app.inject({ url: '/v1/session', headers: { authorization: `Bearer ${stolen}` } })
    expect(asBearer.statusCode).toBe(401)
    const { authorization } = await product.asOwner()
    const cookie = `countersign=${authorization.slice('Bearer '.length)}`
    expect((await product.app.inject({ url: '/v1/session', headers: { cookie } })).statusCode).toBe(401)
  })

  test('ends after half an hour without use, and not before', async () => {
    for (let i = 0; i < 4; i++) {
      product.pass(29 * minuteMs)
      expect((await owner.send('GET', '/v1/session')).statusCode).toBe(200)
      await expect.poll(() => seen(owner), { timeout: 20_000 }).toBe(product.services.clock())
    }
    product.pass(30 * minuteMs)
    expect((await owner.send('GET', '/v1/session')).statusCode).toBe(401)
  })

  test('is not kept alive by what a page asks without anybody before it', async () => {
    product.pass(20 * minuteMs)
    expect((await owner.send('GET', '/v1/session', undefined, { 'x-countersign-background': '1' })).statusCode).toBe(
      200,
    )
    product.pass(10 * minuteMs)
    expect((await owner.send('GET', '/v1/session')).statusCode).toBe(401)
  })

  test('ends after twelve hours, however much it is used', async () => {
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      product.pass(20 * minuteMs)
      expect((await owner.send('GET', '/v1/session')).statusCode).toBe(200)
      await expect.poll(() => seen(owner), { timeout: 20_000 }).toBe(product.services.clock())
    }
    product.pass(20 * minuteMs)
    expect((await owner.send('GET', '/v1/session')).statusCode).toBe(401)
  })

  test('is another one after signing in again, and the old one ends', async () => {
    const authenticator = await withPasskey()
    const old = owner.cookies.get('countersign')
    const before = (await product.records()).length
    await owner.signInBy(authenticator)
    expect(owner.cookies.get('countersign')).not.toBe(old)
    const reply = await product.app.inject({ url: '/v1/session', headers: { cookie: `countersign=${old}` } })
    expect(reply.statusCode).toBe(401)
    expect(await typesSince(before)).toEqual(['session.ended', 'session.started'])
  })

  test('ends another of its owner, or all of them, and API tokens stay', async () => {
    const token = await product.token({ scopes: ['change:read'] })
    const other = await signedIn()
    const { items } = (await other.send('GET', '/v1/sessions')).json()
    const { id } = items.find((one: { isCurrent: boolean }) => one.isCurrent)
    expect((await owner.send('GET', '/v1/sessions')).json().items).toContainEqual(
      expect.objectContaining({ id, kind: 'browser', isCurrent: false }),
    )
    expect((await owner.send('DELETE', `/v1/sessions/${id}`)).statusCode).toBe(204)
    expect((await other.send('GET', '/v1/session')).statusCode).toBe(401)
    const again = await owner.send('DELETE', `/v1/sessions/${id}`)
    expect([again.statusCode, again.json().code]).toEqual([404, 'session_not_found'])
    const third = await signedIn()
    const before = (await product.records()).length
    const everywhere = await owner.send('DELETE', '/v1/sessions')
    expect(everywhere.statusCode).toBe(204)
    expect(String(everywhere.headers['set-cookie'])).toMatch(/^countersign=; .*Max-Age=0/)
    for (const browser of [third, owner]) expect((await browser.send('GET', '/v1/session')).statusCode).toBe(401)
    expect(new Set(await typesSince(before))).toEqual(new Set(['session.ended']))
    expect((await product.app.inject({ url: '/v1/changes', headers: token })).statusCode).toBe(200)
  })
})

async function seen(browser: Browser): Promise<number | undefined> {
  const { items } = (await browser.send('GET', '/v1/sessions')).json()
  const found = items.find((one: { isCurrent: boolean }) => one.isCurrent)
  return found?.lastSeenAt === null ? undefined : Date.parse(found?.lastSeenAt)
}
