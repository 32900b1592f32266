import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueSignInLink } from '#kernel/access'
import { giveRole, takeRoles } from '#test/approver.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'

/** Agents as principals: registered, answered for by a person, bounded by what that person may, and stopped with them. */
let product: TestProduct
let scim: ScimClientOf
let owner: Headers
let ownerId: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
  owner = await product.asOwner()
  ownerId = (await get('/v1/session', owner)).body.userId
})
afterAll(() => product.close())

const dayMs = 86_400_000

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, headers: Headers, payload?: object) {
  const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: reply.statusCode, body: reply.body === '' ? {} : JSON.parse(reply.body) }
}
const get = (url: string, headers: Headers) => call('GET', url, headers)

const usual = { name: 'Reviewer', purpose: 'Reviews pull requests', autonomy: 'suggest', scopes: ['change:read'] }

async function register(headers = owner, more: object = {}): Promise<string> {
  const { status, body } = await call('POST', '/v1/agents', headers, { ...usual, ...more })
  expect({ status, body }).toMatchObject({ status: 201, body: { state: 'active' } })
  return body.id
}

async function keyOf(id: string, headers = owner, more: object = {}): Promise<Headers & { id: string }> {
  const { status, body } = await call('POST', `/v1/agents/${id}/keys`, headers, { name: 'key', ...more })
  expect({ status, body }).toMatchObject({ status: 201 })
  return Object.assign({ authorization: `Bearer ${body.key}` }, { id: body.id as string })
}

/** Somebody of the directory who holds a role in the whole organisation. */
async function person(userName: string, role = 'senior-developer'): Promise<{ id: string; headers: Headers }> {
  const { id } = (await scim.send('POST', '/Users', { userName })).body
  const link = await issueSignInLink(product.services.db, product.services.service('test'), id)
  const session = await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
  await giveRole(product, id, role)
  return { id, headers: { authorization: `Bearer ${session.json().token}` } }
}

const deactivate = (id: string) =>
  scim.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })

describe('an agent', () => {
  test('is registered by a person, who answers for it, and says so in its records', async () => {
    const before = (await product.records()).length
    const { status, body } = await call('POST', '/v1/agents', owner, {
      ...usual,
      tools: ['github/create_review', 'github/create_review'],
      expiresInDays: 30,
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      id: expect.stringMatching(/^agt_/),
      autonomy: 'suggest',
      tools: ['github/create_review'],
      scopes: ['change:read'],
      sponsor: { id: ownerId },
      handover: null,
      state: 'active',
      hasPublicKey: false,
    })
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(30 * dayMs)
    const [record] = (await product.records()).slice(before)
    expect(record).toMatchObject({ type: 'agent.registered', actor: { id: ownerId, kind: 'user' } })
    expect(record?.targets).toEqual([
      { type: 'agent', id: body.id },
      { type: 'user', id: ownerId },
    ])
    expect(JSON.stringify(record)).not.toContain('Reviews pull requests')
  })

  test('acts by its key as an agent, on behalf of its sponsor, and its records show both', async () => {
    const id = await register(owner, { scopes: ['change:read', 'repository:read'] })
    const key = await keyOf(id)
    expect(key.authorization).toMatch(/^Bearer cst_agent_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/)
    expect((await get('/v1/session', key)).body).toMatchObject({
      userId: id,
      role: 'agent',
      scopes: ['change:read', 'repository:read'],
    })
    expect((await get('/v1/changes', key)).status).toBe(200)
    expect((await get('/v1/risk/rules', key)).body).toMatchObject({ code: 'forbidden' })
    expect((await call('DELETE', '/v1/session', key)).status).toBe(204)
    const ended = (await product.records()).filter((one) => one.type === 'token.revoked').at(-1)
    expect(ended?.actor).toEqual({ id, kind: 'agent', role: 'agent', onBehalfOf: ownerId })
  })

  test('is listed by sponsor, state and words, a page at a time', async () => {
    const ada = await person('lister')
    const first = await register(ada.headers, { name: 'Alpha one' })
    const second = await register(ada.headers, { name: 'Alpha two' })
    await call('PATCH', `/v1/agents/${second}`, ada.headers, { isSuspended: true })
    const idsOf = async (query: string) =>
      (await get(`/v1/agents?${query}`, ada.headers)).body.items.map((one: { id: string }) => one.id)
    expect(new Set(await idsOf('sponsor=me'))).toEqual(new Set([first, second]))
    expect(await idsOf(`sponsor=${ada.id}&state=suspended`)).toEqual([second])
    expect(await idsOf('sponsor=me&q=ALPHA%20ONE')).toEqual([first])
    const page = (await get('/v1/agents?sponsor=me&limit=1', ada.headers)).body
    const next = (await get(`/v1/agents?sponsor=me&limit=1&cursor=${page.next}`, ada.headers)).body
    expect([page.items.length, next.items.length, next.next]).toEqual([1, 1, null])
    expect(page.items[0].id).not.toBe(next.items[0].id)
    expect((await get('/v1/agents?cursor=1.usr_x', ada.headers)).body).toMatchObject({ code: 'cursor_invalid' })
  })

  test.each([
    ['for longer than a year', { expiresInDays: 366 }, 'request_invalid'],
    ['with a level of autonomy that there is not', { autonomy: 'all' }, 'request_invalid'],
    ['with a pattern for tools', { tools: ['github/*'] }, 'request_invalid'],
    ['with everything', { scopes: ['*'] }, 'request_invalid'],
    ['with a permission that there is not', { scopes: ['change:reed'] }, 'scope_unknown'],
    ['with a permission that makes lasting ways in', { scopes: ['token:write'] }, 'scope_not_for_agents'],
    ['with a permission that the role of agents does not have', { scopes: ['ledger:read'] }, 'scope_not_for_agents'],
    ['with nothing that it may do', { scopes: [] }, 'request_invalid'],
  ])('%s is not registered', async (_, more, code) => {
    expect((await call('POST', '/v1/agents', owner, { ...usual, ...more })).body).toMatchObject({ code })
  })

  test('gets no permission that the person does not hold, at registration, change or key', async () => {
    const ada = await person('narrow')
    const api = await call('POST', '/v1/tokens', ada.headers, { name: 'few', scopes: ['agent:write', 'change:read'] })
    ada.headers = { authorization: `Bearer ${api.body.token}` }
    const scopes = ['repository:read']
    const asked = { ...usual, scopes }
    expect((await call('POST', '/v1/agents', ada.headers, asked)).body).toMatchObject({ code: 'scope_not_held' })
    const id = await register(ada.headers)
    expect((await call('PATCH', `/v1/agents/${id}`, ada.headers, { scopes })).body).toMatchObject({
      code: 'scope_not_held',
    })
    expect((await call('POST', `/v1/agents/${id}/keys`, ada.headers, { name: 'k', scopes })).body).toMatchObject({
      code: 'scope_not_held',
    })
  })

  test('registers no agent, makes no token and no key, whatever its key is given', async () => {
    const id = await register()
    const key = await keyOf(id)
    await product.database.pool.query(`update access_token set scopes = '{token:write,agent:write}' where id = $1`, [
      key.id,
    ])
    await product.database.pool.query(
      `update access_agent set scopes = '{token:write,agent:write}' where user_id = $1`,
      [id],
    )
    const refused = [
      await call('POST', '/v1/tokens', key, { name: 'more', scopes: ['token:write'] }),
      await call('POST', '/v1/agents', key, usual),
      await call('POST', `/v1/agents/${id}/keys`, key, { name: 'k' }),
    ]
    expect(refused.map((one) => [one.status, one.body.code])).toEqual(Array(3).fill([403, 'forbidden']))
  })

  test('has no key from an API token that outlives it, and no public key', async () => {
    const made = await call('POST', '/v1/tokens', owner, { name: 'ci', scopes: ['*'], expiresInDays: 2 })
    const token = { authorization: `Bearer ${made.body.token}` }
    const id = await register(token)
    const key = await call('POST', `/v1/agents/${id}/keys`, token, { name: 'key', expiresInDays: 30 })
    expect([key.status, key.body.expiresAt]).toEqual([201, made.body.expiresAt])
    const { publicKey } = generateKeyPairSync('ed25519')
    const change = { publicKey: publicKey.export({ format: 'jwk' }) }
    expect((await call('PATCH', `/v1/agents/${id}`, token, change)).body.code).toBe('session_needed')
    expect((await call('PATCH', `/v1/agents/${id}`, owner, change)).status).toBe(200)
    const client = await call('POST', '/v1/scim/clients', token, { name: 'idp' })
    expect([client.status, client.body.expiresAt]).toEqual([201, made.body.expiresAt])
  })

  test('there are fifty of at most, for each person, also of those that are registered at once', async () => {
    const ada = await person('many')
    for (let i = 0; i < 45; i++) await register(ada.headers)
    const burst = Array.from({ length: 12 }, () => call('POST', '/v1/agents', ada.headers, usual))
    const answers = (await Promise.all(burst)).map((one) => one.status)
    expect(answers.sort()).toEqual([201, 201, 201, 201, 201, 409, 409, 409, 409, 409, 409, 409])
    expect((await call('POST', '/v1/agents', ada.headers, usual)).body).toMatchObject({ code: 'agent_limit' })
  })
})

describe('who is not the sponsor', () => {
  test('changes, ends and hands over nothing, and makes no key', async () => {
    const id = await register()
    const ada = await person('stranger')
    const refused = [
      await call('PATCH', `/v1/agents/${id}`, ada.headers, { purpose: 'Mine' }),
      await call('DELETE', `/v1/agents/${id}`, ada.headers),
      await call('POST', `/v1/agents/${id}/keys`, ada.headers, { name: 'k' }),
      await call('POST', `/v1/agents/${id}/handover`, ada.headers, { userId: ada.id }),
      await call('DELETE', `/v1/agents/${id}/tokens/tok_x`, ada.headers),
    ]
    for (const one of refused) expect(one).toMatchObject({ status: 403, body: { code: 'agent_not_yours' } })
  })

  test('and administers agents, changes and ends them, and makes no key and no public key of them', async () => {
    const ada = await person('sponsored')
    const id = await register(ada.headers)
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { purpose: 'Another' })).body).toMatchObject({
      purpose: 'Another',
    })
    expect((await call('POST', `/v1/agents/${id}/keys`, owner, { name: 'k' })).body).toMatchObject({
      code: 'agent_not_yours',
    })
    const jwk = publicJwk()
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { publicKey: jwk })).body).toMatchObject({
      code: 'agent_not_yours',
    })
    expect((await call('DELETE', `/v1/agents/${id}`, owner)).status).toBe(204)
  })

  test('and its sponsor, who administers agents as well, does not let go on what others stopped', async () => {
    const [admin, sec] = [await person('admin-sponsor', 'platform-administrator'), await person('sec', 'security')]
    const id = await register(admin.headers)
    const stop = (headers: Headers) => call('POST', `/v1/agents/${id}/suspension`, headers, { reason: 'It leaks' })
    const resume = () => call('DELETE', `/v1/agents/${id}/suspension`, admin.headers)
    // what one has stopped oneself one lets go on
    expect((await stop(admin.headers)).body.suspendedWhy).toBe('by-sponsor')
    expect((await resume()).body.state).toBe('active')
    expect((await stop(sec.headers)).body.suspendedWhy).toBe('by-others')
    expect((await resume()).body.code).toBe('suspension_of_others')
    expect((await stop(admin.headers)).body.suspendedWhy).toBe('by-others')
    expect((await call('PATCH', `/v1/agents/${id}`, admin.headers, { isSuspended: false })).body.code).toBe(
      'suspension_of_others',
    )
    expect((await call('DELETE', `/v1/agents/${id}/suspension`, owner)).body.state).toBe('active')
  })

  test('and stops it with a reason: the sponsor cannot let it go on, who administers agents can', async () => {
    const ada = await person('stopper', 'security')
    const admin = await person('lifter', 'platform-administrator')
    const id = await register()
    const key = await keyOf(id)
    const stopped = await call('POST', `/v1/agents/${id}/suspension`, ada.headers, { reason: 'It leaks' })
    expect(stopped).toMatchObject({ status: 201, body: { state: 'suspended', suspendedWhy: 'by-others' } })
    expect(await get('/v1/changes', key)).toMatchObject({ status: 403, body: { code: 'agent_may_not_act' } })
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: false })).body).toMatchObject({
      code: 'suspension_of_others',
    })
    const refused = await call('DELETE', `/v1/agents/${id}/suspension`, ada.headers)
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await call('DELETE', `/v1/agents/${id}/suspension`, admin.headers)).body).toMatchObject({ state: 'active' })
    expect((await get('/v1/changes', key)).status).toBe(200)
    expect((await call('DELETE', `/v1/agents/${id}/suspension`, owner)).body).toMatchObject({
      code: 'agent_not_suspended',
    })
  })
})

describe('an agent that may not act', () => {
  const everywhere = ['/v1/changes', '/v1/session', '/v1/agents', '/healthz']

  async function expectStopped(key: Headers, words: string): Promise<void> {
    for (const url of everywhere) {
      const { status, body } = await get(url, key)
      expect({ url, status, code: body.code, detail: body.detail }).toEqual({
        url,
        status: 403,
        code: 'agent_may_not_act',
        detail: expect.stringContaining(words),
      })
    }
  }

  test('suspended by its sponsor is told so on every route, and goes on when it is let', async () => {
    const id = await register()
    const key = await keyOf(id)
    await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: true })
    await expectStopped(key, 'it is suspended')
    const before = (await product.records()).length
    await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: true })
    expect((await product.records()).length).toBe(before)
    await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: false })
    expect((await get('/v1/changes', key)).status).toBe(200)
  })

  test('expired is told so, and its sponsor lets it live on', async () => {
    const id = await register(owner, { expiresInDays: 1 })
    const key = await keyOf(id, owner, { expiresInDays: 300 })
    expect((await get('/v1/changes', key)).status).toBe(200)
    product.pass(dayMs)
    owner = await product.asOwner()
    await expectStopped(key, 'expired')
    expect((await call('POST', `/v1/agents/${id}/keys`, owner, { name: 'k' })).body).toMatchObject({
      code: 'agent_may_not_act',
    })
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { expiresInDays: 30 })).body).toMatchObject({
      state: 'active',
    })
    // the key lived no longer than the registration that it was made under
    expect((await get('/v1/changes', key)).status).toBe(401)
    expect((await get('/v1/changes', await keyOf(id))).status).toBe(200)
  })

  test('retired is over for good', async () => {
    const id = await register()
    const key = await keyOf(id)
    expect((await call('DELETE', `/v1/agents/${id}`, owner)).status).toBe(204)
    await expectStopped(key, 'retired')
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: false })).body).toMatchObject({
      code: 'agent_over',
    })
    expect((await call('POST', `/v1/agents/${id}/keys`, owner, { name: 'k' })).body).toMatchObject({
      code: 'agent_over',
    })
    expect((await call('DELETE', `/v1/agents/${id}`, owner)).body).toMatchObject({ code: 'agent_over' })
  })

  test('has lost its sponsor: dead with the next request, and still when the sponsor comes back', async () => {
    const ada = await person('leaver')
    const id = await register(ada.headers)
    const key = await keyOf(id, ada.headers)
    expect((await get('/v1/session', key)).status).toBe(200)
    const before = (await product.records()).length
    await deactivate(ada.id)
    await expectStopped(key, 'cannot sign in any more')
    const records = (await product.records()).slice(before)
    expect(records.map((one) => one.type).sort()).toEqual([
      'agent.suspended',
      'role.ended',
      'session.ended',
      'user.deactivated',
    ])
    expect(records.find((one) => one.type === 'agent.suspended')?.data).toEqual({ why: 'sponsor-left', tokens: 1 })
    expect(records.find((one) => one.type === 'user.deactivated')?.data).toMatchObject({ agents: 1 })
    await scim.send('PATCH', `/Users/${ada.id}`, { Operations: [{ op: 'replace', path: 'active', value: true }] })
    await expectStopped(key, 'it is suspended')
    expect((await call('DELETE', `/v1/agents/${id}/suspension`, owner)).body).toMatchObject({
      code: 'suspension_of_others',
    })
  })

  test('and whose key is another or torn is not told anything', async () => {
    const id = await register()
    const key = await keyOf(id)
    await call('PATCH', `/v1/agents/${id}`, owner, { isSuspended: true })
    const torn = { authorization: key.authorization.replace(/.{8}$/, '00000000') }
    expect(await get('/v1/changes', torn)).toMatchObject({ status: 401, body: { code: 'not_signed_in' } })
  })
})

describe('a key', () => {
  test('carries fewer permissions when it is asked to, is listed without its text, and ends alone', async () => {
    const id = await register(owner, { scopes: ['change:read', 'repository:read'] })
    const narrow = await keyOf(id, owner, { scopes: ['change:read'] })
    const wide = await keyOf(id)
    expect((await get('/v1/repositories', narrow)).status).toBe(403)
    expect((await get('/v1/repositories', wide)).status).toBe(200)
    const { body } = await get(`/v1/agents/${id}/tokens`, owner)
    expect(body.items.map((one: { id: string }) => one.id).sort()).toEqual([narrow.id, wide.id].sort())
    expect(body.items[0]).toMatchObject({ kind: 'key', revokedAt: null })
    expect(JSON.stringify(body)).not.toContain('cst_agent_')
    expect((await call('DELETE', `/v1/agents/${id}/tokens/${narrow.id}`, owner)).status).toBe(204)
    expect([(await get('/v1/changes', narrow)).status, (await get('/v1/changes', wide)).status]).toEqual([401, 200])
    expect((await call('DELETE', `/v1/agents/${id}/tokens/${narrow.id}`, owner)).body).toMatchObject({
      code: 'agent_token_not_found',
    })
  })

  test('loses at once what the agent loses, and what its sponsor may not do any more', async () => {
    const ada = await person('shrinking')
    const id = await register(owner, { scopes: ['change:read', 'repository:read'] })
    const key = await keyOf(id)
    await call('PATCH', `/v1/agents/${id}`, owner, { scopes: ['change:read'] })
    expect((await get('/v1/repositories', key)).status).toBe(403)
    expect((await get('/v1/session', key)).body.scopes).toEqual(['change:read'])
    await product.database.pool.query('update access_agent set sponsor_user_id = $1 where user_id = $2', [ada.id, id])
    expect((await get('/v1/session', key)).body.scopes).toEqual(['change:read'])
    await takeRoles(product, ada.id)
    expect((await get('/v1/session', key)).body.scopes).toEqual([])
  })

  test('there are twenty of at most, for each agent', async () => {
    const id = await register()
    for (let i = 0; i < 20; i++) await keyOf(id)
    expect((await call('POST', `/v1/agents/${id}/keys`, owner, { name: 'k' })).body).toMatchObject({
      code: 'agent_key_limit',
    })
  })

  test('is none of a person: the text of another kind is no key', async () => {
    const key = await keyOf(await register())
    expect((await get('/v1/passkeys', key)).body).toMatchObject({ code: 'session_needed' })
    expect((await get('/v1/sessions', key)).body).toMatchObject({ code: 'session_needed' })
    const cookie = { cookie: `countersign=${key.authorization.slice(7)}` } as unknown as Headers
    expect((await get('/v1/session', cookie)).status).toBe(401)
  })
})

describe('a public key', () => {
  test('is taken as JWK, and told only as being there', async () => {
    const id = await register()
    const { body } = await call('PATCH', `/v1/agents/${id}`, owner, { publicKey: publicJwk() })
    expect(body).toMatchObject({ hasPublicKey: true })
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { publicKey: null })).body).toMatchObject({
      hasPublicKey: false,
    })
  })

  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const secret = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  test.each([
    ['of RSA below 2048 bits', short],
    ['with its private part', secret],
    ['that is symmetric', { kty: 'oct', k: 'AAAA' }],
    ['of a point that is not on its curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['with members that we do not know', { ...publicJwk(), kid: 'one' }],
  ])('%s is refused', async (_, publicKey) => {
    const id = await register()
    expect((await call('PATCH', `/v1/agents/${id}`, owner, { publicKey })).body).toMatchObject({
      code: 'request_invalid',
    })
  })
})

describe('a handover', () => {
  test('takes the new sponsor to accept, and then ends the keys that the old one knows', async () => {
    const ada = await person('heir')
    const id = await register()
    const key = await keyOf(id)
    const offered = await call('POST', `/v1/agents/${id}/handover`, owner, { userId: ada.id })
    expect(offered).toMatchObject({
      status: 201,
      body: { sponsor: { id: ownerId }, handover: { id: ada.id, name: 'heir' } },
    })
    expect((await get('/v1/changes', key)).status).toBe(200)
    const accepted = await call('POST', `/v1/agents/${id}/handover/answer`, ada.headers, { accept: true })
    expect(accepted.body).toMatchObject({ sponsor: { id: ada.id, name: 'heir' }, handover: null })
    expect((await get('/v1/changes', key)).status).toBe(401)
    expect((await call('POST', `/v1/agents/${id}/keys`, owner, { name: 'k' })).body).toMatchObject({
      code: 'agent_not_yours',
    })
    const record = (await product.records()).filter((one) => one.type === 'agent.handover-accepted').at(-1)
    expect(record).toMatchObject({ actor: { id: ada.id }, data: { tokens: 1 } })
  })

  test('is declined, and then cannot be accepted', async () => {
    const ada = await person('decliner')
    const id = await register()
    await call('POST', `/v1/agents/${id}/handover`, owner, { userId: ada.id })
    const answer = (accept: boolean) => call('POST', `/v1/agents/${id}/handover/answer`, ada.headers, { accept })
    expect((await answer(false)).body).toMatchObject({ handover: null, sponsor: { id: ownerId } })
    expect((await answer(true)).body).toMatchObject({ code: 'handover_not_offered' })
  })

  test('goes to a person who may sign in, and to nobody who was not asked', async () => {
    const id = await register()
    const ada = await person('gone')
    await deactivate(ada.id)
    const offer = (userId: string) => call('POST', `/v1/agents/${id}/handover`, owner, { userId })
    expect((await offer(ada.id)).body).toMatchObject({ code: 'sponsor_unfit' })
    expect((await offer('usr_nobody')).body).toMatchObject({ code: 'sponsor_unfit' })
    expect((await offer(ownerId)).body).toMatchObject({ code: 'sponsor_unfit' })
    expect((await offer(id)).body).toMatchObject({ code: 'request_invalid' })
    const bea = await person('not asked')
    const answered = await call('POST', `/v1/agents/${id}/handover/answer`, bea.headers, { accept: true })
    expect(answered).toMatchObject({ status: 409, body: { code: 'handover_not_offered' } })
  })

  test('of an agent whose sponsor left wakes it up, with new keys only', async () => {
    const [ada, bea] = [await person('first sponsor'), await person('second sponsor')]
    const id = await register(ada.headers)
    const old = await keyOf(id, ada.headers)
    await deactivate(ada.id)
    await call('POST', `/v1/agents/${id}/handover`, owner, { userId: bea.id })
    const accepted = await call('POST', `/v1/agents/${id}/handover/answer`, bea.headers, { accept: true })
    expect(accepted.body).toMatchObject({ state: 'active', sponsor: { id: bea.id } })
    expect((await get('/v1/session', old)).status).toBe(401)
    expect((await get('/v1/session', await keyOf(id, bea.headers))).status).toBe(200)
  })

  test('to two at once makes one of them the sponsor', async () => {
    const [ada, bea] = [await person('one of two'), await person('two of two')]
    for (let round = 0; round < 5; round++) {
      const id = await register()
      const answer = (headers: Headers) => call('POST', `/v1/agents/${id}/handover/answer`, headers, { accept: true })
      await Promise.all(
        [ada, bea].map(({ id: userId }) => call('POST', `/v1/agents/${id}/handover`, owner, { userId })),
      )
      const answers = await Promise.all([
        answer(ada.headers),
        answer(bea.headers),
        answer(ada.headers),
        answer(bea.headers),
      ])
      expect(answers.map((one) => one.status).sort()).toEqual([200, 409, 409, 409])
      const won = answers.find((one) => one.status === 200)?.body.sponsor.id
      expect((await get(`/v1/agents/${id}`, owner)).body).toMatchObject({ sponsor: { id: won }, handover: null })
      expect([ada.id, bea.id]).toContain(won)
    }
  })

  test('and a deactivation of the new sponsor at once leave no agent that acts without one', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await person(`racing ${round}`)
      const id = await register()
      await call('POST', `/v1/agents/${id}/handover`, owner, { userId: ada.id })
      const [answered] = await Promise.all([
        call('POST', `/v1/agents/${id}/handover/answer`, ada.headers, { accept: true }),
        deactivate(ada.id),
      ])
      const { sponsor, state } = (await get(`/v1/agents/${id}`, owner)).body
      expect(answered.status === 200 ? [sponsor.id, state] : [sponsor.id, state]).toEqual(
        answered.status === 200 ? [ada.id, 'without-sponsor'] : [ownerId, 'active'],
      )
    }
  })
})

function publicJwk(): object {
  return generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
}
