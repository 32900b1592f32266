import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findByExternalId, findByIdentity, issueSignInLink, linkIdentity } from '#kernel/access'
import { transact } from '#kernel/ledger'
import { createMetrics } from '#platform/http/metrics.ts'
import { createModules } from '#server'
import { giveRole } from '#test/approver.ts'
import { createAuthenticator } from '#test/authenticator.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'
import { createApp } from '../../../server/app.ts'

let product: TestProduct
let scim: ScimClientOf
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
  await product.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => product.close())

const localhost = { host: 'localhost' }

async function person(userName: string): Promise<string> {
  return (await scim.send('POST', '/Users', { userName, externalId: `ext ${userName}` })).body.id
}

async function signIn(userId: string): Promise<Headers> {
  const link = await issueSignInLink(product.services.db, product.services.service('test'), userId)
  const reply = await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
  return { authorization: `Bearer ${reply.json().token}` }
}

async function apiToken(headers: Headers): Promise<Headers> {
  const payload = { name: 'ci', scopes: ['token:read'] }
  const reply = await product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })
  return { authorization: `Bearer ${reply.json().token}` }
}

async function status(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await product.app.inject({ url, headers })).statusCode
}

const setActive = (id: string, value: unknown) =>
  scim.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value }] })

async function passkey(headers: Headers) {
  const authenticator = createAuthenticator('http://localhost')
  const at = { ...headers, ...localhost }
  const options = (await product.app.inject({ url: '/v1/passkeys/registration', headers: at })).json()
  const payload = { name: 'key', response: authenticator.create(options) }
  await product.app.inject({ method: 'POST', url: '/v1/passkeys', headers: at, payload })
  return authenticator
}

async function signInByPasskey(authenticator: ReturnType<typeof createAuthenticator>) {
  const asked = await product.app.inject({ url: '/v1/passkey-sign-in', headers: localhost })
  const cookie = String(asked.headers['set-cookie']).split(';')[0] ?? ''
  const payload = { response: authenticator.get(asked.json()) }
  const headers = { ...localhost, cookie }
  return (await product.app.inject({ method: 'POST', url: '/v1/passkey-sign-in', headers, payload })).statusCode
}

/** An open stream; `ended` resolves when the server closes it. */
function stream(headers: Headers, node = product.app): Promise<{ ended: Promise<void> }> {
  const { port } = node.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/v1/events/stream', headers }, (reply) => {
      const ended = new Promise<void>((done) => reply.once('close', () => done()))
      reply.resume()
      resolve({ ended })
    })
    asked.once('error', reject)
    asked.end()
  })
}

describe('who is deactivated', () => {
  test('holds no role by name any more, and has what the groups give when they come back', async () => {
    const id = await person('mover@example.com')
    const group = (await scim.send('POST', '/Groups', { displayName: 'Leads', members: [{ value: id }] })).body.id
    await giveRole(product, id, 'security')
    await product.database.pool.query(
      `insert into access_role_mapping (id, group_id, role, team_id, change_id, since) values ('rlm_1', $1, 'tech-lead', null, 'rch_1', now())`,
      [group],
    )
    const rolesNow = async () =>
      (await product.app.inject({ url: '/v1/session', headers: await signIn(id) })).json().roles.sort()
    expect(await rolesNow()).toEqual(['member', 'security', 'tech-lead'])
    await setActive(id, false)
    const ended = (await product.records()).filter((one) => one.type === 'role.ended')
    expect(ended.map((one) => [one.targets, one.data])).toEqual([
      [[{ type: 'user', id }], { role: 'security', teamId: null }],
    ])
    await setActive(id, true)
    expect(await rolesNow()).toEqual(['member', 'tech-lead'])
  })

  test('is out at once: session, API token, unused link, passkey, waiting challenge and open stream', async () => {
    const id = await person('leaver@example.com')
    const session = await signIn(id)
    const token = await apiToken(session)
    const key = await passkey(session)
    const open = await stream(session)
    // as if it had begun by a passkey, so that it may ask for another one
    await product.database.pool.query('update access_token set adds_passkeys = true where user_id = $1', [id])
    const waiting = await product.app.inject({
      url: '/v1/passkeys/registration',
      headers: { ...session, ...localhost },
    })
    expect([await status('/v1/session', session), await status('/v1/tokens', token), waiting.statusCode]).toEqual([
      200, 200, 200,
    ])
    expect(await signInByPasskey(key)).toBe(201)
    const link = await issueSignInLink(product.services.db, product.services.service('test'), id)
    const before = (await product.records()).length

    expect((await setActive(id, 'False')).status).toBe(200)
    expect([await status('/v1/session', session), await status('/v1/tokens', token)]).toEqual([401, 401])
    const used = await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
    expect([used.statusCode, used.json().code]).toEqual([401, 'sign_in_link_invalid'])
    expect(await signInByPasskey(key)).toBe(401)
    await open.ended

    const records = (await product.records()).slice(before)
    expect(records.map((one) => one.type).sort()).toEqual([
      'session.ended',
      'session.ended',
      'token.revoked',
      'user.deactivated',
    ])
    const [deactivated] = records.filter((one) => one.type === 'user.deactivated')
    expect(deactivated?.data).toEqual({
      sessions: 2,
      tokens: 1,
      links: 1,
      challenges: 1,
      approvals: 0,
      exchanged: 0,
      agents: 0,
    })
    expect(deactivated?.actor).toMatchObject({ id: scim.id, kind: 'service', role: 'service' })
    expect(new Set(records.map((one) => one.correlationId)).size).toBe(1)
  })

  test('is out on another node too: its next request, and the stream that is open there', async () => {
    const id = await person('elsewhere@example.com')
    const session = await signIn(id)
    const { services, ledger } = product
    const routes = createModules(services).flatMap((one) => one.routes)
    const options = { ...services, routes, sealer: ledger.sealer, organizationId: 'org_test' }
    const other = await createApp({ ...options, metrics: createMetrics() })
    await other.listen({ port: 0, host: '127.0.0.1' })
    const open = await stream(session, other)
    await setActive(id, false)
    expect((await other.inject({ url: '/v1/session', headers: session })).statusCode).toBe(401)
    await open.ended
    await other.close()
  })

  test('and activated again signs in anew; what ended stays ended', async () => {
    const id = await person('returner@example.com')
    const session = await signIn(id)
    const key = await passkey(session)
    await setActive(id, false)
    await setActive(id, true)
    expect(await status('/v1/session', session)).toBe(401)
    expect(await signInByPasskey(key)).toBe(201)
    const types = (await product.records()).filter((one) => one.targets.some((target) => target.id === id))
    expect(types.map((one) => one.type)).toContain('user.reactivated')
  })

  test('by PUT too, and a PUT that does not say `active` leaves it as it is', async () => {
    const id = await person('put@example.com')
    const session = await signIn(id)
    await scim.send('PUT', `/Users/${id}`, { userName: 'put@example.com', active: false })
    expect(await status('/v1/session', session)).toBe(401)
    const reply = await scim.send('PUT', `/Users/${id}`, { userName: 'put@example.com', displayName: 'Put' })
    expect(reply.body).toMatchObject({ active: false, displayName: 'Put' })
  })

  test('a session that starts at the same moment is ended or not begun', async () => {
    for (let i = 0; i < 20; i++) {
      const id = await person(`race-${i}@example.com`)
      const link = await issueSignInLink(product.services.db, product.services.service('test'), id)
      const [begun, ended] = await Promise.all([
        product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } }),
        setActive(id, false),
      ])
      expect(ended.status).toBe(200)
      const { token } = begun.json()
      await setActive(id, true)
      if (token !== undefined) expect(await status('/v1/session', { authorization: `Bearer ${token}` })).toBe(401)
    }
  })
})

describe('who is deleted', () => {
  test('is out, in no list, in no group, and leaves the name to others', async () => {
    const id = await person('gone@example.com')
    const session = await signIn(id)
    const group = await scim.send('POST', '/Groups', { displayName: 'gone-group', members: [{ value: id }] })
    expect((await scim.send('DELETE', `/Users/${id}`)).status).toBe(204)
    expect(await status('/v1/session', session)).toBe(401)
    expect((await scim.send('GET', `/Users/${id}`)).status).toBe(404)
    expect((await scim.send('GET', `/Groups/${group.body.id}`)).body.members).toBeUndefined()
    expect((await scim.send('POST', '/Users', { userName: 'GONE@example.com' })).status).toBe(201)
    const deleted = (await product.records()).find((one) => one.type === 'user.deleted')
    expect(deleted?.data).toMatchObject({ sessions: 1, groups: [group.body.id] })
  })
})

describe('an owner', () => {
  test('cannot be deactivated or deleted by provisioning', async () => {
    const id = await person('promoted@example.com')
    await product.database.pool.query(`update access_user set role = 'owner' where id = $1`, [id])
    const replies = [
      await setActive(id, false),
      await scim.send('PUT', `/Users/${id}`, { userName: 'promoted@example.com', active: false }),
      await scim.send('DELETE', `/Users/${id}`),
    ]
    expect(replies.map((one) => [one.status, one.body.scimType])).toEqual(Array(3).fill([400, 'mutability']))
    expect((await scim.send('GET', `/Users/${id}`)).body.active).toBe(true)
  })

  test('is not among the provisioned', async () => {
    const { userId } = (await product.app.inject({ url: '/v1/session', headers: await product.asOwner() })).json()
    expect((await scim.send('DELETE', `/Users/${userId}`)).status).toBe(404)
  })
})

describe('records', () => {
  test('commit to what names a person and show none of it', async () => {
    const before = (await product.records()).length
    const body = {
      userName: 'secret.name@example.com',
      displayName: 'Very Secret',
      emails: [{ value: 'hidden@example.com' }],
    }
    const { id } = (await scim.send('POST', '/Users', body)).body
    await scim.send('PATCH', `/Users/${id}`, {
      Operations: [{ op: 'replace', path: 'displayName', value: 'More Secret' }],
    })
    const records = (await product.records()).slice(before)
    expect(records.map((one) => one.type)).toEqual(['user.provisioned', 'user.changed'])
    expect(records[1]?.data).toMatchObject({ attributes: ['displayName'] })
    expect(JSON.stringify(records)).not.toMatch(/secret|hidden/i)
    expect(product.logged()).not.toMatch(/hidden@example/)
  })

  test('of many members are a few, all of one transaction', async () => {
    const ids: string[] = []
    for (let i = 0; i < 1200; i += 40)
      ids.push(...(await Promise.all(Array.from({ length: 40 }, (_, j) => person(`bulk-${i + j}@example.com`)))))
    const { id } = (await scim.send('POST', '/Groups', { displayName: 'bulk' })).body
    const before = (await product.records()).length
    const members = ids.map((value) => ({ value }))
    await scim.send('PATCH', `/Groups/${id}`, { Operations: [{ op: 'add', path: 'members', value: members }] })
    const records = (await product.records()).slice(before)
    expect(records.map((one) => one.data)).toEqual([
      { userIds: ids.slice(0, 1000), part: 1, parts: 2 },
      { userIds: ids.slice(1000), part: 2, parts: 2 },
    ])
  })

  test('what changes nothing leaves none', async () => {
    const id = await person('same@example.com')
    const before = (await product.records()).length
    const { version } = (await scim.send('GET', `/Users/${id}`)).body.meta
    await setActive(id, true)
    expect((await scim.send('GET', `/Users/${id}`)).body.meta.version).toBe(version)
    expect(await product.records()).toHaveLength(before)
  })
})

describe('identities', () => {
  const google = { issuer: 'https://idp.example.com', subject: '1234' }

  test('are found by issuer and subject, belong to one user, and end with them', async () => {
    const { db, service } = product.services
    const [one, other] = [await person('linked@example.com'), await person('other@example.com')]
    const link = (userId: string) =>
      transact(db, service('test'), (tx, record) => {
        record(noted)
        return linkIdentity(tx, record, service('test'), userId, google)
      })
    const { tokenRevoked } = await import('../events.ts')
    const noted = tokenRevoked(one, 'tok_none')
    await link(one)
    await link(one)
    await expect(link(other)).rejects.toMatchObject({ code: 'identity_taken' })
    expect(await findByIdentity(db, google)).toEqual({ userId: one, role: 'member', isActive: true })
    expect(await findByIdentity(db, { ...google, issuer: 'https://evil.example.com' })).toBeUndefined()
    expect(await findByExternalId(db, 'ext linked@example.com')).toMatchObject([{ userId: one }])
    await setActive(one, false)
    expect(await findByIdentity(db, google)).toMatchObject({ isActive: false })
    await scim.send('DELETE', `/Users/${one}`)
    expect(await findByIdentity(db, google)).toBeUndefined()
    const linked = (await product.records()).filter((record) => record.type === 'identity.linked')
    expect(linked).toHaveLength(1)
    expect(JSON.stringify(linked)).not.toContain('1234')
  })
})

describe('a SCIM client', () => {
  test('may provision and nothing else, and ends when it is revoked', async () => {
    const owner = await product.asOwner()
    const own = await scimOf(product)
    const headers = { authorization: `Bearer ${own.token}` }
    expect(own.token).toMatch(/^cst_scim_/)
    expect(await status('/v1/session', headers)).toBe(403)
    expect(await status('/v1/events/stream', headers)).toBe(403)
    expect(await status('/v1/changes', headers)).toBe(403)
    const listed = () => product.app.inject({ url: '/v1/scim/clients', headers: owner })
    await own.send('GET', '/Users')
    await vi.waitFor(async () =>
      expect((await listed()).json().items).toContainEqual(
        expect.objectContaining({ id: own.id, revokedAt: null, lastSeenAt: expect.any(String) }),
      ),
    )
    const url = `/v1/scim/clients/${own.id}`
    expect((await product.app.inject({ method: 'DELETE', url, headers: owner })).statusCode).toBe(204)
    expect((await own.send('GET', '/Users')).status).toBe(401)
    const again = await product.app.inject({ method: 'DELETE', url, headers: owner })
    expect([again.statusCode, again.json().code]).toEqual([404, 'scim_client_not_found'])
  })

  test('is not ended by the id of a person', async () => {
    const id = await person('not-a-client@example.com')
    const owner = await product.asOwner()
    const reply = await product.app.inject({ method: 'DELETE', url: `/v1/scim/clients/${id}`, headers: owner })
    expect(reply.statusCode).toBe(404)
    expect((await scim.send('GET', `/Users/${id}`)).body.active).toBe(true)
  })
})

test('a command line that was confirmed gets no token after a deactivation, also when access comes back', async () => {
  const id = await person('confirmed')
  const headers = { ...(await signIn(id)), ...localhost }
  const begun = (await product.app.inject({ url: '/v1/device-sign-in', headers: localhost })).json()
  const answer = {
    method: 'POST' as const,
    url: `/v1/device-sign-in/${begun.userCode}/answer`,
    headers,
    payload: { allow: true },
  }
  expect((await product.app.inject(answer)).statusCode).toBeLessThan(300)
  await setActive(id, false)
  await setActive(id, true)
  const payload = { deviceCode: begun.deviceCode }
  const redeemed = await product.app.inject({ method: 'POST', url: '/v1/device-sign-in', payload })
  expect(redeemed.json().token).toBeUndefined()
  expect(redeemed.json().code).toBe('device_sign_in_over')
})

test('whoever signs in where somebody else was signed in ends that session, in a record of whose it was', async () => {
  const [first, second] = [await person('here before'), await person('here after')]
  const signInHere = async (userId: string, cookie: string) => {
    const link = await issueSignInLink(product.services.db, product.services.service('test'), userId)
    const headers = {
      ...localhost,
      cookie,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }
    const payload = new URLSearchParams({ link }).toString()
    const reply = await product.app.inject({ method: 'POST', url: '/sign-in', headers, payload })
    return String(reply.headers['set-cookie']).split(';')[0] ?? ''
  }
  const cookie = await signInHere(first, '')
  expect(await status('/v1/session', { ...localhost, cookie, 'sec-fetch-site': 'same-origin' })).toBe(200)
  await signInHere(second, cookie)
  expect(await status('/v1/session', { ...localhost, cookie, 'sec-fetch-site': 'same-origin' })).toBe(401)
  const ended = (await product.records()).findLast((one) => one.type === 'session.ended')
  expect(ended?.targets).toContainEqual({ type: 'user', id: first })
  expect(ended?.actor.id).toBe(second)
})
