import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson, giveRole, signedInAs, takeRoles } from '#test/approver.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'
import { type Sts, stsOf, textOf, tokenType } from '#test/sts.ts'

/** Tokens of minutes for tokens of ours and keys of agents: never more than the proof, never longer, gone with it. */
let product: TestProduct
let scim: ScimClientOf
let sts: Sts
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000, trustedProxies: ['10.0.0.0/8'] } })
  scim = await scimOf(product)
  owner = await product.asOwner()
  sts = stsOf(product, await product.token({ scopes: ['token:introspect'] }))
})
afterAll(() => product.close())

const access = tokenType('access_token')
const minuteMs = 60_000

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, headers: object, payload?: object) {
  const reply = await product.app.inject({
    method,
    url,
    headers: { ...headers },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: reply.statusCode, body: reply.body === '' ? {} : JSON.parse(reply.body) }
}
const get = (url: string, headers: object) => call('GET', url, headers)
const apiToken = (scopes: readonly string[]) => product.token({ scopes })

async function person(userName: string, role = 'senior-developer'): Promise<{ id: string; headers: Headers }> {
  const id = await addPerson(product, userName)
  await giveRole(product, id, role)
  const { authorization = '' } = await signedInAs(product, id)
  return { id, headers: { authorization } }
}

interface TestAgent {
  readonly id: string
  readonly key: Headers
  readonly keyId: string
}

async function agent(more: object = {}, sponsor: Headers = owner): Promise<TestAgent> {
  const payload = { name: 'Bot', purpose: 'Tests', autonomy: 'suggest', scopes: ['change:read', 'gate:read'], ...more }
  const { id } = (await call('POST', '/v1/agents', sponsor, payload)).body
  const made = (await call('POST', `/v1/agents/${id}/keys`, sponsor, { name: 'key' })).body
  return { id, key: { authorization: `Bearer ${made.key}` }, keyId: made.id }
}

const refusedAs = (error: string) => ({ status: 400, body: { error, error_description: expect.stringMatching(/./) } })

describe('a token of ours', () => {
  test('is traded for one of minutes with fewer permissions, and leaves a record', async () => {
    const before = (await product.records()).length
    const reply = await sts.exchange({
      subject_token: textOf(owner),
      scope: 'change:read',
      task: 'ISSUE-7',
      expires_in: '600',
    })
    expect(reply).toMatchObject({
      status: 200,
      body: { issued_token_type: access, token_type: 'Bearer', expires_in: 600, scope: 'change:read' },
    })
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.body.access_token).toMatch(/^cst_sts_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/)
    const made = { authorization: `Bearer ${reply.body.access_token}` }
    expect([(await get('/v1/changes', made)).status, (await get('/v1/repositories', made)).status]).toEqual([200, 403])
    const [record] = (await product.records()).slice(before)
    expect(record).toMatchObject({
      type: 'token.exchanged',
      data: { proof: 'session', scopes: ['change:read'], audience: 'http://localhost', actors: [], tools: null },
    })
    expect(JSON.stringify(record)).not.toContain('ISSUE-7')
  })

  test('is dead after its minutes, and the database keeps no text of it', async () => {
    const made = await sts.exchanged({ subject_token: textOf(await apiToken(['change:read'])), expires_in: '300' })
    product.pass(5 * minuteMs - 1)
    expect((await get('/v1/changes', made)).status).toBe(200)
    product.pass(1)
    expect((await get('/v1/changes', made)).status).toBe(401)
    expect(await sts.introspect(made)).toEqual({ active: false })
    const { rows } = await product.database.pool.query(`select * from access_token where kind = 'sts'`)
    expect(JSON.stringify(rows)).not.toContain(textOf(made))
  })

  test('without a scope gives what an API token holds, and of everything nothing that is not named', async () => {
    const made = await sts.exchange({ subject_token: textOf(await apiToken(['gate:read', 'change:read'])) })
    expect(made.body.scope).toBe('change:read gate:read')
    expect(await sts.exchange({ subject_token: textOf(owner) })).toMatchObject(refusedAs('invalid_scope'))
  })

  test.each([
    ['a permission that it does not hold', 'repository:read'],
    ['everything', '*'],
    ['a permission that there is not', 'change:reed'],
    ['a permission that it holds and one that it does not', 'change:read repository:read'],
  ])('is never widened by %s', async (_, scope) => {
    const subject = textOf(await apiToken(['change:read']))
    expect(await sts.exchange({ subject_token: subject, scope })).toMatchObject(refusedAs('invalid_scope'))
  })

  test.each(['token:write', 'agent:write', 'ci-trust:write', 'scim-client:write', 'issuer:write', 'scim:provision'])(
    'gives no token with %s, also to whoever holds it',
    async (scope) => {
      expect(await sts.exchange({ subject_token: textOf(owner), scope })).toMatchObject(refusedAs('invalid_scope'))
    },
  )

  test('is traded again, and everything that was made of it ends with it', async () => {
    const root = (await call('POST', '/v1/tokens', owner, { name: 'r', scopes: ['change:read', 'gate:read'] })).body
    const first = await sts.exchanged({ subject_token: root.token, expires_in: '3600' })
    const second = await sts.exchanged({ subject_token: textOf(first), scope: 'change:read', expires_in: '3600' })
    expect((await get('/v1/changes', second)).status).toBe(200)
    expect(await sts.exchange({ subject_token: textOf(second), scope: 'gate:read' })).toMatchObject(
      refusedAs('invalid_scope'),
    )
    await call('DELETE', `/v1/tokens/${root.id}`, owner)
    expect([(await get('/v1/changes', first)).status, (await get('/v1/changes', second)).status]).toEqual([401, 401])
    expect(await sts.exchange({ subject_token: textOf(first) })).toMatchObject(refusedAs('invalid_grant'))
  })

  test('outlives no token that it was made from', async () => {
    const first = await sts.exchanged({ subject_token: textOf(await apiToken(['change:read'])), expires_in: '300' })
    product.pass(3 * minuteMs)
    const second = await sts.exchange({ subject_token: textOf(first), expires_in: '3600' })
    expect(second.body.expires_in).toBe(120)
  })

  test('is not made of more than twelve others', async () => {
    let subject = textOf(await apiToken(['change:read']))
    for (let i = 0; i < 12; i++) subject = textOf(await sts.exchanged({ subject_token: subject }))
    expect(await sts.exchange({ subject_token: subject })).toMatchObject(refusedAs('invalid_request'))
  })

  test('loses at once what its person loses', async () => {
    const ada = await person('loses')
    const made = await sts.exchanged({ subject_token: textOf(ada.headers), scope: 'gate:run change:read' })
    expect((await get('/v1/session', made)).body).toMatchObject({ userId: ada.id, scopes: ['change:read', 'gate:run'] })
    await takeRoles(product, ada.id)
    expect((await get('/v1/session', made)).body.scopes).toEqual([])
  })

  test('of a session ends when that signs out', async () => {
    const ada = await person('signs out')
    const made = await sts.exchanged({ subject_token: textOf(ada.headers), scope: 'change:read' })
    await call('DELETE', '/v1/session', ada.headers)
    expect((await get('/v1/changes', made)).status).toBe(401)
  })

  test('that is a cookie of a browser, a link, or one of a provisioning client is not traded', async () => {
    const link = await product.signInLink()
    const signedIn = await product.app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `link=${link}`,
    })
    const cookie = /countersign=([^;]+)/.exec(String(signedIn.headers['set-cookie']))?.[1] ?? ''
    expect(cookie).toMatch(/^cst_session_/)
    for (const subject of [cookie, await product.signInLink(), scim.token, 'cst_api_x', 'cst_sts_', 'nothing'])
      expect(await sts.exchange({ subject_token: subject, scope: 'change:read' })).toMatchObject(
        refusedAs('invalid_grant'),
      )
  })
})

describe('the audience', () => {
  test('is this server unless another is named, whose token opens nothing here and is only asked about', async () => {
    const subject = textOf(await apiToken(['change:read']))
    const own = await sts.exchanged({ subject_token: subject, audience: 'http://localhost/' })
    expect(await sts.introspect(own)).toMatchObject({ active: true, aud: 'http://localhost' })
    const other = await sts.exchanged({ subject_token: subject, resource: 'https://tools.example/mcp' })
    expect((await get('/v1/changes', other)).status).toBe(401)
    expect(await sts.introspect(other)).toMatchObject({
      active: true,
      aud: 'https://tools.example/mcp',
      scope: 'change:read',
    })
    expect(await sts.exchange({ subject_token: textOf(other) })).toMatchObject(refusedAs('invalid_grant'))
  })

  test.each([
    [{ audience: 'tools' }],
    [{ audience: 'https://tools.example/#part' }],
    [{ audience: 'https://one.example', resource: 'https://two.example' }],
    [{ audience: 'http:// x' }],
  ])('%j is refused', async (fields) => {
    const subject = textOf(await apiToken(['change:read']))
    expect(await sts.exchange({ subject_token: subject, ...fields })).toMatchObject(refusedAs('invalid_target'))
  })
})

describe('an agent', () => {
  test('gets a token by its key, in the form or in a header, bound to its sponsor, a task and tools', async () => {
    const bot = await agent({ tools: ['read', 'comment'] })
    const fields = { grant_type: 'client_credentials', scope: 'change:read', task: 'PR 7', tools: 'comment' }
    const posted = await sts.post('/oauth/token', { ...fields, client_id: bot.id, client_secret: textOf(bot.key) })
    expect(posted.status).toBe(200)
    const basic = Buffer.from(`${bot.id}:${textOf(bot.key)}`).toString('base64')
    const headed = await sts.post('/oauth/token', fields, { authorization: `Basic ${basic}` })
    expect(headed.status).toBe(200)
    const ownerId = (await get('/v1/session', owner)).body.userId
    expect(await sts.introspect(headed.body.access_token)).toMatchObject({
      active: true,
      sub: bot.id,
      on_behalf_of: ownerId,
      scope: 'change:read',
      task: 'PR 7',
      tools: ['comment'],
    })
    const listed = (await get(`/v1/agents/${bot.id}/tokens`, owner)).body.items
    expect(listed.map((one: { kind: string }) => one.kind).sort()).toEqual(['exchanged', 'exchanged', 'key'])
    const record = (await product.records()).filter((one) => one.type === 'token.exchanged').at(-1)
    expect(record).toMatchObject({
      actor: { id: bot.id, kind: 'agent', onBehalfOf: ownerId },
      data: { tools: ['comment'] },
    })
  })

  test('gets no tools, tasks or permissions beyond its own', async () => {
    const bot = await agent({ tools: ['read'] })
    const ask = (more: object) =>
      sts.post('/oauth/token', {
        grant_type: 'client_credentials',
        client_id: bot.id,
        client_secret: textOf(bot.key),
        ...more,
      })
    expect(await ask({ tools: 'read write' })).toMatchObject(refusedAs('invalid_request'))
    expect(await ask({ scope: 'gate:run' })).toMatchObject(refusedAs('invalid_scope'))
    const made = (await ask({ task: 'one' })).body.access_token
    expect(await sts.exchange({ subject_token: made, task: 'two' })).toMatchObject(refusedAs('invalid_request'))
    expect(await sts.exchange({ subject_token: made, tools: 'write' })).toMatchObject(refusedAs('invalid_request'))
    expect(await sts.introspect(await sts.exchanged({ subject_token: made }))).toMatchObject({
      task: 'one',
      tools: ['read'],
    })
  })

  test.each<[string, (bot: TestAgent, other: TestAgent) => Record<string, string>]>([
    ['another agent', (bot, other) => ({ client_id: other.id, client_secret: textOf(bot.key) })],
    ['nobody', (bot) => ({ client_secret: textOf(bot.key) })],
    ['the token of a person', (bot) => ({ client_id: bot.id, client_secret: textOf(owner) })],
    ['no key', (bot) => ({ client_id: bot.id })],
    [
      'a key and an assertion',
      (bot) => ({ client_id: bot.id, client_secret: textOf(bot.key), client_assertion: 'a.b.c' }),
    ],
  ])('is not believed as %s', async (_, fields) => {
    const [bot, other] = [await agent(), await agent()]
    const reply = await sts.post('/oauth/token', { grant_type: 'client_credentials', ...fields(bot, other) })
    expect(reply).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('that tried a header is told which', async () => {
    const basic = Buffer.from('agt_x:nothing').toString('base64')
    const reply = await sts.post(
      '/oauth/token',
      { grant_type: 'client_credentials' },
      { authorization: `Basic ${basic}` },
    )
    expect(reply).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="countersign"' } })
  })

  test('that is suspended gets none, and those that it has end for good', async () => {
    const bot = await agent()
    const made = await sts.exchanged({ subject_token: textOf(bot.key) })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { isSuspended: true })
    expect(await get('/v1/changes', made)).toMatchObject({ status: 403, body: { code: 'agent_may_not_act' } })
    const reply = await sts.exchange({ subject_token: textOf(bot.key) })
    expect(reply).toMatchObject({
      ...refusedAs('invalid_grant'),
      body: { error_description: expect.stringContaining('suspended') },
    })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { isSuspended: false })
    expect([(await get('/v1/changes', made)).status, (await get('/v1/changes', bot.key)).status]).toEqual([401, 200])
  })

  test('loses its tokens with the key that they were made from', async () => {
    const bot = await agent()
    const made = await sts.exchanged({ subject_token: textOf(bot.key) })
    await call('DELETE', `/v1/agents/${bot.id}/tokens/${bot.keyId}`, owner)
    expect((await get('/v1/changes', made)).status).toBe(401)
  })
})

describe('an assertion of an agent', () => {
  let bot: TestAgent
  let key: KeyObject
  beforeAll(async () => {
    bot = await agent()
    const pair = generateKeyPairSync('ed25519')
    key = pair.privateKey
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { publicKey: pair.publicKey.export({ format: 'jwk' }) })
  })

  let serial = 0
  async function assertion(
    claims: object = {},
    header: object = {},
    signer: KeyObject | Uint8Array = key,
  ): Promise<string> {
    const now = Math.floor(product.services.clock() / 1000)
    const usual = {
      iss: bot.id,
      sub: bot.id,
      aud: 'http://localhost/oauth/token',
      iat: now,
      exp: now + 60,
      jti: `j${serial++}`,
    }
    const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined)
    return new SignJWT(Object.fromEntries(all)).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(signer)
  }
  const show = (text: string, more: object = {}) =>
    sts.post('/oauth/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
      ...more,
    })

  test('is traded once', async () => {
    const text = await assertion()
    expect((await show(text, { client_id: bot.id })).body).toMatchObject({ scope: 'change:read gate:read' })
    expect(await show(text)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  test('is traded once also by many at once', async () => {
    const text = await assertion()
    const replies = await Promise.all(Array.from({ length: 6 }, () => show(text)))
    expect(replies.map((one) => one.status).sort()).toEqual([200, 400, 400, 400, 400, 400])
  })

  const bad: Record<string, () => Promise<string>> = {
    'for another server': () => assertion({ aud: 'https://other.example/oauth/token' }),
    'of another subject': () => assertion({ sub: 'agt_other' }),
    'of another agent': async () => assertion({ iss: (await agent()).id }),
    'of nobody': () => assertion({ iss: undefined }),
    'that has expired': () => assertion({ iat: 1000, exp: 2000 }),
    'that never expires': () => assertion({ exp: undefined }),
    'that lives for hours': () => assertion({ exp: Math.floor(product.services.clock() / 1000) + 7200 }),
    'without an id': () => assertion({ jti: undefined }),
    'of another key': () => assertion({}, {}, generateKeyPairSync('ed25519').privateKey),
    'signed by HS256 with the public key': () => {
      const jwk = JSON.stringify({ kty: 'OKP' })
      return assertion({}, { alg: 'HS256' }, new TextEncoder().encode(jwk.padEnd(32, 'x')))
    },
    'signed with nothing': async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
  }
  test.each(Object.entries(bad))('%s is refused', async (_, make) => {
    expect(await show(await make())).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('counts no more when the public key is taken away, and of another agent never', async () => {
    expect(await show(await assertion(), { client_id: 'agt_other' })).toMatchObject({ status: 401 })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { publicKey: null })
    expect(await show(await assertion())).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })
})

describe('a delegation', () => {
  test('lets an agent act for a person with what both may, and says so everywhere', async () => {
    const ada = await person('delegates')
    const bot = await agent({ tools: ['read', 'comment'] })
    const made = await sts.exchanged({
      subject_token: textOf(ada.headers),
      actor_token: textOf(bot.key),
      actor_token_type: access,
      scope: 'change:read',
      task: 'T',
    })
    expect(await sts.introspect(made)).toMatchObject({
      sub: ada.id,
      act: { sub: bot.id },
      on_behalf_of: ada.id,
      scope: 'change:read',
      tools: ['comment', 'read'],
    })
    expect((await get('/v1/session', made)).body).toMatchObject({ userId: bot.id, role: 'agent' })
    expect((await call('DELETE', '/v1/session', made)).status).toBe(204)
    const record = (await product.records()).filter((one) => one.type === 'token.revoked').at(-1)
    expect(record?.actor).toEqual({ id: bot.id, kind: 'agent', role: 'agent', onBehalfOf: ada.id })
  })

  test('gives neither what only the person nor what only the agent may', async () => {
    const subject = textOf(await apiToken(['change:read', 'repository:read']))
    const bot = await agent({ scopes: ['change:read', 'gate:run'] })
    const ask = (scope?: string) =>
      sts.exchange({ subject_token: subject, actor_token: textOf(bot.key), actor_token_type: access, scope })
    expect((await ask()).body.scope).toBe('change:read')
    expect(await ask('repository:read')).toMatchObject(refusedAs('invalid_scope'))
    expect(await ask('gate:run')).toMatchObject(refusedAs('invalid_scope'))
  })

  test('is three agents long at most, each once', async () => {
    const bots = [await agent(), await agent(), await agent(), await agent()]
    let subject = textOf(await apiToken(['change:read', 'gate:read']))
    const next = (bot: TestAgent | undefined) =>
      sts.exchange({
        subject_token: subject,
        actor_token: bot === undefined ? '' : textOf(bot.key),
        actor_token_type: access,
      })
    for (const bot of bots.slice(0, 3)) {
      const reply = await next(bot)
      expect(reply.status).toBe(200)
      subject = reply.body.access_token
      expect(await next(bot)).toMatchObject(refusedAs('invalid_grant'))
    }
    const [one, two, three] = bots.map((bot) => bot.id)
    expect(await sts.introspect(subject)).toMatchObject({ act: { sub: three, act: { sub: two, act: { sub: one } } } })
    expect(await next(bots[3])).toMatchObject(refusedAs('invalid_grant'))
    await call('PATCH', `/v1/agents/${one}`, owner, { isSuspended: true })
    expect(await get('/v1/changes', { authorization: `Bearer ${subject}` })).toMatchObject({ status: 403 })
  })

  test.each<[string, (bot: TestAgent) => Promise<Record<string, string>>, string]>([
    ['a person', async () => ({ actor_token: textOf(owner), actor_token_type: access }), 'invalid_grant'],
    [
      'an agent that acts for somebody',
      async (bot) => {
        const subject = textOf(await apiToken(['change:read']))
        const fields = { subject_token: subject, actor_token: textOf(bot.key), actor_token_type: access }
        return { actor_token: textOf(await sts.exchanged(fields)), actor_token_type: access }
      },
      'invalid_grant',
    ],
    ['a token that is none', async () => ({ actor_token: 'x', actor_token_type: access }), 'invalid_grant'],
    ['an agent whose token type is not said', async (bot) => ({ actor_token: textOf(bot.key) }), 'invalid_request'],
    ['a type without a token', async () => ({ actor_token_type: access }), 'invalid_request'],
    [
      'an agent whose key is said to be an ID token',
      async (bot) => ({ actor_token: textOf(bot.key), actor_token_type: tokenType('id_token') }),
      'invalid_grant',
    ],
  ])('by %s is refused', async (_, actor, error) => {
    const bot = await agent()
    const subject = textOf(await apiToken(['change:read']))
    expect(await sts.exchange({ subject_token: subject, ...(await actor(bot)) })).toMatchObject(refusedAs(error))
  })

  test('ends with the person, with the sponsor of the agent, and with either token', async () => {
    const [ada, bea] = [await person('subject'), await person('sponsor')]
    const bot = await agent({}, bea.headers)
    const make = (subject: Headers) =>
      sts.exchanged({
        subject_token: textOf(subject),
        actor_token: textOf(bot.key),
        actor_token_type: access,
        scope: 'change:read',
      })
    const first = await make(ada.headers)
    const deactivate = (id: string) =>
      scim.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
    const before = (await product.records()).length
    await deactivate(ada.id)
    expect((await get('/v1/changes', first)).status).toBe(401)
    const deactivated = (await product.records()).slice(before).find((one) => one.type === 'user.deactivated')
    expect(deactivated?.data).toMatchObject({ exchanged: 1, agents: 0 })
    await scim.send('PATCH', `/Users/${ada.id}`, { Operations: [{ op: 'replace', path: 'active', value: true }] })
    expect((await get('/v1/changes', first)).status).toBe(401)
    const second = await make(await apiToken(['change:read']))
    expect((await get('/v1/changes', second)).status).toBe(200)
    await deactivate(bea.id)
    expect(await get('/v1/changes', second)).toMatchObject({ status: 403, body: { code: 'agent_may_not_act' } })
    expect(await sts.exchange({ subject_token: textOf(second) })).toMatchObject(refusedAs('invalid_grant'))
  })

  test('and a deactivation at once leave no token that is alive', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await person(`races ${round}`)
      const bot = await agent()
      const [made] = await Promise.all([
        sts.exchange({
          subject_token: textOf(ada.headers),
          actor_token: textOf(bot.key),
          actor_token_type: access,
          scope: 'change:read',
        }),
        scim.send('PATCH', `/Users/${ada.id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] }),
      ])
      await scim.send('PATCH', `/Users/${ada.id}`, { Operations: [{ op: 'replace', path: 'active', value: true }] })
      if (made.status === 200)
        expect((await get('/v1/changes', { authorization: `Bearer ${made.body.access_token}` })).status).toBe(401)
    }
  })
})

describe('a client certificate', () => {
  // the header takes any DER; what is compared is its SHA-256
  const certificate = (text: string) => ({ 'client-cert': `:${Buffer.from(text).toString('base64')}:` })
  const proxy = '10.0.0.7'

  async function bound(): Promise<string> {
    const fields = { grant_type: 'client_credentials', ...(await clientFields()) }
    const reply = await sts.post('/oauth/token', fields, certificate('one'), proxy)
    expect(reply.status).toBe(200)
    return reply.body.access_token
  }
  async function clientFields() {
    const bot = await agent()
    return { client_id: bot.id, client_secret: textOf(bot.key) }
  }
  const ask = (token: string, headers: object, remoteAddress: string) =>
    product.app.inject({ url: '/v1/changes', remoteAddress, headers: { authorization: `Bearer ${token}`, ...headers } })

  test('binds the token that is made with it: it counts with that certificate, through the proxy, and not otherwise', async () => {
    const token = await bound()
    const x5t = createHash('sha256').update('one').digest('base64url')
    expect(await sts.introspect(token)).toMatchObject({ cnf: { 'x5t#S256': x5t } })
    expect((await ask(token, certificate('one'), proxy)).statusCode).toBe(200)
    const refused = [
      await ask(token, certificate('two'), proxy),
      await ask(token, {}, proxy),
      await ask(token, { 'client-cert': 'one' }, proxy),
      await ask(token, certificate('one'), '192.0.2.1'),
      await ask(token, certificate('one'), '127.0.0.1'),
    ]
    expect(refused.map((one) => [one.statusCode, one.json().code])).toEqual(
      Array(5).fill([401, 'certificate_mismatch']),
    )
  })

  test('that a client itself claims binds nothing, and a bound token is traded only with it', async () => {
    const reply = await sts.post(
      '/oauth/token',
      { grant_type: 'client_credentials', ...(await clientFields()) },
      certificate('one'),
    )
    expect(await sts.introspect(reply.body.access_token)).not.toHaveProperty('cnf')
    const token = await bound()
    const trade = (headers: object, address: string) =>
      sts.post(
        '/oauth/token',
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: token,
          subject_token_type: access,
        },
        headers,
        address,
      )
    expect(await trade({}, proxy)).toMatchObject(refusedAs('invalid_grant'))
    expect(await trade(certificate('two'), proxy)).toMatchObject(refusedAs('invalid_grant'))
    const again = await trade(certificate('one'), proxy)
    expect(await sts.introspect(again.body.access_token)).toHaveProperty('cnf')
  })
})

describe('introspection', () => {
  test('tells nothing of what is no live token, and nothing at all without the permission', async () => {
    for (const token of [
      'x',
      'cst_api_',
      textOf(await apiToken(['change:read'])).replace(/.$/, 'x'),
      await product.signInLink(),
    ])
      expect(await sts.introspect(token)).toEqual({ active: false })
    const refused = await sts.post('/oauth/introspect', { token: 'x' }, await apiToken(['change:read']))
    expect(refused).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } })
    expect(await sts.post('/oauth/introspect', { token: 'x' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    })
  })

  test('tells what an API token and a key may do now', async () => {
    const bot = await agent()
    expect(await sts.introspect(bot.key)).toMatchObject({
      active: true,
      sub: bot.id,
      scope: 'change:read gate:read',
      iss: 'http://localhost',
    })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { scopes: ['gate:read'] })
    expect(await sts.introspect(bot.key)).toMatchObject({ scope: 'gate:read' })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { isSuspended: true })
    expect(await sts.introspect(bot.key)).toEqual({ active: false })
  })
})

describe('revocation', () => {
  test('ends a token at once for whoever holds it, with its record, and says nothing else', async () => {
    const root = await apiToken(['change:read'])
    const made = await sts.exchanged({ subject_token: textOf(root) })
    const before = (await product.records()).length
    expect(await sts.post('/oauth/revoke', { token: textOf(root) })).toMatchObject({ status: 200, body: {} })
    expect([(await get('/v1/changes', root)).status, (await get('/v1/changes', made)).status]).toEqual([401, 401])
    const ownerId = (await get('/v1/session', owner)).body.userId
    expect((await product.records()).slice(before)).toMatchObject([
      { type: 'token.revoked', actor: { id: ownerId, kind: 'user' } },
    ])
    const count = (await product.records()).length
    for (const token of [textOf(root), 'x', 'cst_api_', await product.signInLink(), scim.token])
      expect((await sts.post('/oauth/revoke', { token, token_type_hint: 'access_token' })).status).toBe(200)
    expect((await product.records()).slice(count).map((one) => one.type)).toEqual(['sign-in-link.issued'])
    expect((await scim.send('GET', '/Users')).status).toBe(200)
  })

  test('ends the key of an agent also while the agent may not act', async () => {
    const bot = await agent()
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { isSuspended: true })
    await sts.post('/oauth/revoke', { token: textOf(bot.key) })
    await call('PATCH', `/v1/agents/${bot.id}`, owner, { isSuspended: false })
    expect((await get('/v1/changes', bot.key)).status).toBe(401)
    const record = (await product.records()).filter((one) => one.type === 'agent.token-ended').at(-1)
    expect(record).toMatchObject({ actor: { id: bot.id, kind: 'agent' }, data: { kind: 'key' } })
  })
})

describe('the token endpoint', () => {
  test.each([
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no subject token', { subject_token: undefined }, 'invalid_request'],
    ['a type of token that we do not know', { subject_token_type: tokenType('saml2') }, 'invalid_request'],
    ['no type of the subject token', { subject_token_type: undefined }, 'invalid_request'],
    ['a refresh token wanted', { requested_token_type: tokenType('refresh_token') }, 'invalid_request'],
    ['a life below five minutes', { expires_in: '299' }, 'invalid_request'],
    ['a life above an hour', { expires_in: '3601' }, 'invalid_request'],
    ['a life that is no number', { expires_in: '5e2' }, 'invalid_request'],
    ['scopes with two spaces', { scope: 'change:read  gate:read' }, 'invalid_request'],
    ['a secret at an exchange', { client_secret: 'x' }, 'invalid_request'],
    ['a token of ours that is said to be an ID token', { subject_token_type: tokenType('id_token') }, 'invalid_grant'],
  ])('refuses %s', async (_, fields, error) => {
    const subject = textOf(await apiToken(['change:read']))
    expect(await sts.exchange({ subject_token: subject, ...fields })).toMatchObject(refusedAs(error))
  })

  test('refuses a parameter that comes twice, and anything but a form', async () => {
    const post = (type: string, payload: string) =>
      product.app.inject({
        method: 'POST',
        url: '/oauth/token',
        headers: { host: 'localhost', 'content-type': type },
        payload,
      })
    const twice = await post('application/x-www-form-urlencoded', 'grant_type=a&scope=b&scope=c')
    expect([twice.statusCode, twice.json().error]).toEqual([400, 'invalid_request'])
    const json = await post('application/json', '{"grant_type":"a"}')
    expect([json.statusCode, json.json().error]).toEqual([415, 'invalid_request'])
  })

  test('does not trade where it does not know its own address', async () => {
    const subject_token = textOf(await apiToken(['change:read']))
    const reply = await sts.exchange({ subject_token }, { host: 'evil.example' })
    expect(reply).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.stringContaining('publicUrl') },
    })
  })

  test('describes itself as RFC 8414 says', async () => {
    const reply = await product.app.inject({
      url: '/.well-known/oauth-authorization-server',
      headers: { host: 'localhost' },
    })
    expect(reply.json()).toMatchObject({
      issuer: 'http://localhost',
      token_endpoint: 'http://localhost/oauth/token',
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials'],
      response_types_supported: [],
    })
  })

  test('records who was refused, and counts when they come too fast', async () => {
    const before = (await product.records()).length
    for (let i = 0; i < 200; i++) await sts.exchange({ subject_token: 'cst_api_x' })
    const refused = (await product.records()).slice(before).filter((one) => one.type === 'token-exchange.refused')
    expect(refused.length).toBeLessThanOrEqual(120)
    expect(refused.length).toBeGreaterThan(50)
    expect(refused[0]?.data).toMatchObject({ reason: 'token_unknown' })
    product.pass(minuteMs)
    await sts.exchange({ subject_token: 'cst_api_x' })
    const last = (await product.records()).at(-1)
    expect(Number(last?.data['unrecorded'])).toBeGreaterThanOrEqual(80)
  })

  test('forgets tokens of minutes a day after their end', async () => {
    const made = await sts.exchanged({ subject_token: textOf(await apiToken(['change:read'])) })
    await get('/v1/changes', made)
    product.pass(26 * 60 * minuteMs)
    const count = async () =>
      Number((await product.database.pool.query(`select count(*) from access_token where kind = 'sts'`)).rows[0].count)
    const before = await count()
    expect(before).toBeGreaterThan(20)
    owner = await product.asOwner()
    await sts.exchanged({ subject_token: textOf(owner), scope: 'change:read' })
    expect(await count()).toBeLessThan(before)
  })
})
