import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { recordKeys, verifyLog } from '#kernel/ledger'
import { createMetrics } from '#platform/http/metrics.ts'
import { createModules } from '#server'
import { createApp } from '../../src/server/app.ts'
import { type Approver, addPerson, approver, giveRole } from '../approver.ts'
import { type FormBrowser, formBrowser } from '../form-browser.ts'
import { startProvider, type TestProvider } from '../oidc-provider.ts'
import { type OidcWorld, startOidcWorld } from '../oidc-world.ts'
import { stsOf, textOf } from '../sts.ts'

/**
 * An enterprise of ten thousand, as its directory provisions it: everybody comes, is changed and leaves, by SCIM over HTTP as
 * Entra sends it. One of them has everything that lets somebody in, on two nodes, and is out everywhere with the one request.
 */
const peopleMax = Number(process.env['LEAVERS'] ?? 10_000)
/** Which of them has everything that lets somebody in. */
const leaverAt = Math.floor(peopleMax / 2)
/** As many requests at once as a provisioning client sends. */
const atOnce = 4

let world: OidcWorld
let provider: TestProvider
let issuer: string
let other: { readonly origin: string; close(): Promise<void> }
let scimToken: string
let ids: string[]

beforeAll(async () => {
  world = await startOidcWorld()
  const { product } = world
  await ensureCharter(product.services.db, product.services.service('charter'))
  provider = await startProvider()
  const added = await world.addIssuer(provider.issuer, { matchClaim: 'sub' })
  provider.serve(added.client)
  issuer = added.id
  other = await startOtherNode()
  scimToken = (await call('POST', '/v1/scim/clients', world.owner, { name: 'directory' })).body.token
})
afterAll(async () => {
  await other.close()
  await world.close()
  await provider.close()
})

/** A second node of the same installation. */
async function startOtherNode() {
  const { services, ledger } = world.product
  const routes = createModules(services).flatMap((one) => one.routes)
  const options = { ...services, routes, sealer: ledger.sealer, organizationId: 'org_test', metrics: createMetrics() }
  const app = await createApp(options)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin: `http://localhost:${(app.server.address() as AddressInfo).port}`, close: () => app.close() }
}

type Sent = Readonly<Record<string, string>>

async function call(method: string, url: string, headers: Sent, payload?: object, origin = world.origin) {
  const type: Sent = payload === undefined ? {} : { 'content-type': 'application/json' }
  const body = payload === undefined ? {} : { body: JSON.stringify(payload) }
  const reply = await fetch(`${origin}${url}`, { method, headers: { ...type, ...headers }, ...body })
  const text = await reply.text()
  return { status: reply.status, body: text === '' ? {} : JSON.parse(text) }
}

const scim = (method: string, path: string, payload?: object) =>
  call(method, `/scim/v2${path}`, { authorization: `Bearer ${scimToken}` }, payload)

/** As Entra sends it: the operation begins with a capital, and `False` is a text. */
const entra = (path: string, value: unknown) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'Replace', path, value }],
})

async function forAll(count: number, status: number, work: (i: number) => ReturnType<typeof call>) {
  const bodies: { readonly id: string }[] = []
  const startedAt = performance.now()
  let next = 0
  const lane = async () => {
    for (let i = next++; i < count; i = next++) {
      const reply = await work(i)
      if (reply.status !== status) throw new Error(`${i} was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
      bodies[i] = reply.body
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { bodies, seconds: (performance.now() - startedAt) / 1000 }
}

/** Ends when the server closes it. */
function streamOn(origin: string, headers: Sent): Promise<{ readonly ended: Promise<number> }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/v1/events/stream`, { headers }, (reply) => {
      const ended = new Promise<number>((done) => reply.once('close', () => done(performance.now())))
      reply.resume()
      resolve({ ended })
    })
    asked.once('error', reject)
    asked.end()
  })
}

const sessionOf = (browser: FormBrowser): Sent => ({
  cookie: `countersign=${browser.cookie(world.origin, 'countersign')}`,
  'sec-fetch-site': 'same-origin',
})

test('ten thousand people come and are changed', async () => {
  const made = await forAll(peopleMax, 201, (i) =>
    scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `person-${i}@example.com`,
      externalId: `ext-${i}`,
      displayName: `Person ${i}`,
      active: true,
    }),
  )
  ids = made.bodies.map((one) => one.id)
  const changed = await forAll(peopleMax, 200, (i) => scim('PATCH', `/Users/${ids[i]}`, entra('title', `Title ${i}`)))
  process.stdout.write(
    `${peopleMax} people made in ${made.seconds.toFixed(0)} s, changed in ${changed.seconds.toFixed(0)} s\n`,
  )
  expect(new Set(ids).size).toBe(peopleMax)
  expect((await scim('GET', '/Users?count=1')).body.totalResults).toBe(peopleMax)
})

test('one leaves: all that let them in is dead on every node with the next request, and the ledger tells each', async () => {
  const { product } = world
  const leaver = ids[leaverAt] ?? ''
  await giveRole(product, leaver, 'tech-lead')
  // minutes went by, and the provider is of the time of this machine
  product.pass(Date.now() - product.services.clock())
  const browser = formBrowser()
  await world.signIn(browser, issuer, `ext-${leaverAt}`)
  const cookies = sessionOf(browser)
  const session = (await call('GET', '/v1/session', cookies)).body
  expect(session).toMatchObject({ userId: leaver, role: 'tech-lead' })
  const signedIn = { ...cookies, 'x-csrf-token': session.csrfToken }

  const token = bearer((await call('POST', '/v1/tokens', signedIn, { name: 'ci', scopes: ['change:read'] })).body.token)
  const agent = await agentOf(signedIn)
  const grant = await grantOf(signedIn)
  const approval = await pendingApproval(leaver)
  const streams = [await streamOn(world.origin, signedIn), await streamOn(other.origin, signedIn)]
  const doors = { session: signedIn, token, agentKey: agent.key, agentToken: agent.exchanged }
  expect(await answers(doors)).toEqual(Array.from({ length: 8 }, () => 200))
  expect(await approval.given()).toEqual([leaver])
  const before = (await product.records()).length

  const sentAt = performance.now()
  expect((await scim('PATCH', `/Users/${leaver}`, entra('active', 'False'))).status).toBe(200)
  expect(await answers(doors)).toEqual([401, 401, 401, 401, 403, 403, 403, 403])
  expect(await approval.given()).toEqual([])
  const deadAt = Math.max(performance.now(), ...(await Promise.all(streams.map((one) => one.ended))))
  process.stdout.write(`the leaver was out everywhere after ${(deadAt - sentAt).toFixed(0)} ms\n`)
  expect((await call('GET', `/v1/grants/${grant}`, { ...approval.by.headers })).body.state).toBe('access-ended')

  const records = (await product.records()).slice(before)
  const told = (type: string) => records.filter((one) => one.type === type)
  // two sessions: of the browser, and of the passkey
  expect(told('session.ended')).toHaveLength(2)
  expect(told('token.revoked').map((one) => one.targets.map((target) => target.type))).toEqual([['user', 'token']])
  expect(told('agent.suspended')).toMatchObject([
    // its key, and what was exchanged for it
    { targets: [{ type: 'agent', id: agent.id }], data: { why: 'sponsor-left', tokens: 2 } },
  ])
  expect(told('grant.ended')[0]?.targets).toContainEqual({ type: 'grant', id: grant })
  expect(told('user.deactivated').map((one) => one.data)).toEqual([
    expect.objectContaining({ sessions: 2, tokens: 1, approvals: 1, agents: 1 }),
  ])
  const cause = told('user.deactivated')[0]?.correlationId
  const all = ['session.ended', 'token.revoked', 'agent.suspended', 'grant.ended', 'user.deactivated']
  expect(records.filter((one) => all.includes(one.type)).every((one) => one.correlationId === cause)).toBe(true)
  // nor does the provider let them in again
  const refused = await world.signIn(formBrowser(), issuer, `ext-${leaverAt}`)
  expect(refused.status).toBe(401)
})

test('the others leave as well, and the log that tells it of each holds', async () => {
  const { ledger } = world.product
  const rest = ids.filter((_, i) => i !== leaverAt)
  const left = await forAll(rest.length, 200, (i) => scim('PATCH', `/Users/${rest[i]}`, entra('active', 'False')))
  process.stdout.write(`${rest.length} people deactivated in ${left.seconds.toFixed(0)} s\n`)
  const records = await world.product.records()
  const whom = (type: string) =>
    new Set(records.filter((one) => one.type === type).flatMap((one) => one.targets.map((target) => target.id)))
  for (const type of ['user.provisioned', 'user.changed', 'user.deactivated']) {
    const told = whom(type)
    expect([type, ids.filter((id) => !told.has(id)).length]).toEqual([type, 0])
  }
  const { problems, checked } = await verifyLog(ledger.store, {
    origin: ledger.keys.log.name,
    verifiers: [ledger.keys.verifier],
    recordKeys: recordKeys([ledger.keys.record.publicKey]),
    signatures: 'all',
  })
  expect(problems).toEqual([])
  expect(checked.signatures).toBe(checked.entries)
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What both nodes say to each of them. */
async function answers(doors: Readonly<Record<string, Sent>>): Promise<number[]> {
  const asked = Object.values(doors).flatMap((headers) =>
    [world.origin, other.origin].map((origin) => call('GET', '/v1/session', headers, undefined, origin)),
  )
  return (await Promise.all(asked)).map((one) => one.status)
}

async function agentOf(sponsor: Sent) {
  const payload = { name: 'Bot', purpose: 'Reviews', autonomy: 'suggest', scopes: ['change:read'] }
  const registered = await call('POST', '/v1/agents', sponsor, payload)
  expect(registered).toMatchObject({ status: 201, body: { state: 'active' } })
  const { id } = registered.body
  const key = bearer((await call('POST', `/v1/agents/${id}/keys`, sponsor, { name: 'key' })).body.key)
  const sts = stsOf(world.product, world.owner)
  const exchanged = await sts.exchanged({ subject_token: textOf(key) })
  return { id: String(id), key, exchanged }
}

/** A tool is approved by two, and granted to whoever asks. */
async function grantOf(by: Sent): Promise<string> {
  const owner = await approver(world.product, (await call('GET', '/v1/session', world.owner)).body.userId)
  const security = await somebody('security')
  const { version, settings } = (await call('GET', '/v1/grant-settings', world.owner)).body
  const changed = { ...settings, tools: [{ name: 'editor-help', tier: 'ide-integration' }] }
  const payload = { settings: changed, replaces: version, reason: 'agreed' }
  const { id, digest } = (await call('POST', '/v1/grant-settings-changes', { ...owner.headers }, payload)).body
  const assertion = await security.answer({ type: 'grant-settings', id, digest, decision: 'approve' })
  const decision = { decision: 'approve', digest, assertion }
  const headers = { authorization: security.headers['authorization'] ?? '' }
  const decided = await product().inject({
    method: 'POST',
    url: `/v1/grant-settings-changes/${id}/decision`,
    headers: security.headers,
    payload: decision,
  })
  expect({ decided: decided.json(), headers }).toMatchObject({ decided: { state: 'approved' } })
  const grant = await call('POST', '/v1/grants', by, { tool: 'editor-help', purpose: 'write it' })
  expect(grant).toMatchObject({ status: 201, body: { state: 'running' } })
  return grant.body.id
}

const product = () => world.product.app

async function somebody(role: string): Promise<Approver> {
  const id = await addPerson(world.product, `${role}@elsewhere.example`)
  await giveRole(world.product, id, role)
  return approver(world.product, id)
}

/** A new charter that waits for its second approval; who gave one so far. */
async function pendingApproval(approvedBy: string) {
  const by = await somebody('compliance-officer')
  const send = (method: 'GET' | 'POST', url: string, who: Approver, payload?: object) =>
    product().inject({ method, url, headers: who.headers, ...(payload === undefined ? {} : { payload }) })
  const { title, clauses } = (await send('GET', '/v1/charter/versions', by)).json().items[0].document
  const document = {
    title,
    clauses: [{ ...clauses[0], text: 'A named human remains accountable.' }, ...clauses.slice(1)],
  }
  const proposal = (await send('POST', '/v1/charter/proposals', by, { document, reason: 'It was asked for.' })).json()
  const { id, digest } = proposal
  const leaver = await approver(world.product, approvedBy)
  const assertion = await leaver.answer({ type: 'charter-version', id, digest, decision: 'approve' })
  const payload = { decision: 'approve', digest, assertion }
  const decided = await send('POST', `/v1/charter/proposals/${id}/decision`, leaver, payload)
  expect(decided.statusCode).toBe(200)
  const given = async (): Promise<string[]> => {
    const { approvals } = (await send('GET', `/v1/charter/proposals/${id}`, by)).json()
    return approvals.map((one: { userId: string }) => one.userId)
  }
  return { by, given }
}
