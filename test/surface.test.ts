import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { issueSignInLink } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { isRaw, type Route } from '#platform/http/route.ts'
import { describeModules } from '#server'
import { decideAndRecord } from '../src/kernel/policy/testing/decided.ts'
import { sampleSet } from '../src/kernel/policy/testing/sample.ts'
import { type Approver, addOwner, addPerson, approver, giveRole } from './approver.ts'
import { createAuthenticator } from './authenticator.ts'
import { type Headers, startTestProduct, type TestProduct, type TestRepository, testRepository } from './harness.ts'
import { approvedPullRequest } from './judged-history.ts'
import { policyBundle } from './opa-wasm.ts'
import { type PolicyHands, policyHands, testedPack, testedTests } from './policy-world.ts'

/** What answers without a token. Anything more is a decision that belongs in a review, so it is written down here too. */
const publicRoutes = [
  'GET /',
  'GET /.well-known/authzen-configuration',
  'GET /.well-known/oauth-authorization-server',
  'GET /assets/{file}',
  'GET /healthz',
  'GET /readyz',
  'GET /sign-in',
  'GET /sign-in/oidc/{issuer}',
  'GET /sign-in/oidc/{issuer}/callback',
  'GET /v1/device-sign-in',
  'GET /v1/passkey-sign-in',
  'GET /v1/sign-in-providers',
  'GET /{path...}',
  'POST /oauth/revoke',
  'POST /oauth/token',
  'POST /sign-in',
  'POST /sign-in/oidc/{issuer}/back-channel-logout',
  'POST /v1/device-sign-in',
  'POST /v1/passkey-sign-in',
  'POST /v1/session',
]

/** What takes a body to answer a question, or any method to refuse it, and changes nothing. */
const questions = [
  'POST /scim/v2/Users/.search',
  'POST /scim/v2/Groups/.search',
  'POST /scim/v2/{path...}',
  'PUT /scim/v2/{path...}',
  'PATCH /scim/v2/{path...}',
  'DELETE /scim/v2/{path...}',
  'POST /v1/issuers/{id}/check',
  'POST /v1/step-up',
  'POST /v1/role-changes/preview',
  'POST /oauth/introspect',
  'POST /v1/access/explain',
  'POST /v1/policy-packs/preview',
  'POST /v1/policy-engines/{id}/check',
  'POST /v1/risk/rules/preview',
  'POST /v1/gates/merge/rules/preview',
  'POST /v1/context-checks',
]

const modules = describeModules()
const routes = modules.flatMap((one) => one.routes)
const guarded = routes.filter((one) => one.permission !== 'public')
const declaredErrors = modules.flatMap((one) => one.errors)
const declaredEvents = modules.flatMap((one) => one.events.map((event) => event.type))
const permissions = modules.flatMap((one) => one.permissions.map((permission) => permission.name))

test('the surface was looked at', () => {
  expect(modules.length).toBeGreaterThan(4)
  expect(routes.length).toBeGreaterThan(20)
  expect(guarded.length).toBeGreaterThan(15)
  expect(declaredErrors.length).toBeGreaterThan(20)
  expect(declaredEvents.length).toBeGreaterThan(10)
})

describe('declarations', () => {
  test('the public routes are the known ones', () => {
    const found = routes.filter((one) => one.permission === 'public').map(nameOf)
    expect(found.sort()).toEqual(publicRoutes)
  })

  test('every other route needs a permission that a module declares, or a signed-in caller', () => {
    const undeclared = guarded.filter((one) => one.permission !== 'signed-in' && !permissions.includes(one.permission))
    expect(undeclared.map(nameOf)).toEqual([])
  })

  test('names of permissions, events, error codes, jobs, operations and modules are used once', () => {
    expect(repeated(permissions)).toEqual([])
    expect(repeated(declaredEvents)).toEqual([])
    expect(repeated(declaredErrors.map((one) => one.code))).toEqual([])
    expect(repeated(modules.flatMap((one) => one.jobs.map((job) => job.name)))).toEqual([])
    expect(repeated(routes.map(nameOf))).toEqual([])
    expect(repeated(modules.map((one) => one.name))).toEqual([])
  })

  test('every declared permission is needed by a route', () => {
    expect(permissions.filter((name) => !routes.some((one) => one.permission === name))).toEqual([])
  })

  test('every route says in one clause what it does', () => {
    expect(routes.filter((one) => !/^[A-Za-z].{8,}[^.]$/.test(one.summary)).map(nameOf)).toEqual([])
  })

  test('every route that writes names the events it records, and every named event is declared', () => {
    const silent = routes.filter((one) => one.method !== 'GET' && one.records.length === 0).map(nameOf)
    expect(silent).toEqual(questions)
    expect(routes.flatMap((one) => one.records).filter((type) => !declaredEvents.includes(type))).toEqual([])
  })

  test('every error that a route names is declared by a module, with a stable code and a status', () => {
    const codes = new Set(declaredErrors.map((one) => one.code))
    expect(routes.flatMap((one) => one.errors).filter((one) => !codes.has(one.code))).toEqual([])
    expect(declaredErrors.filter((one) => !/^[a-z][a-z0-9_]+$/.test(one.code)).map((one) => one.code)).toEqual([])
    expect(declaredErrors.filter((one) => one.status < 400 || one.status > 599).map((one) => one.code)).toEqual([])
  })

  test('every path parameter has a schema, and every schema of parameters is in the path', () => {
    const wrong = routes.filter(
      (one) => pathParameters(one).sort().join() !== Object.keys(one.params.shape).sort().join(),
    )
    expect(wrong.map(nameOf)).toEqual([])
  })
})

describe('refusals', () => {
  let product: TestProduct
  let owner: Headers
  let unscoped: Headers
  beforeAll(async () => {
    product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
    owner = await product.asOwner()
    unscoped = await product.token({ scopes: ['metrics:read'] })
  })
  afterAll(() => product.close())

  test.each(guarded.map((one) => [nameOf(one), one] as const))('%s refuses a call without a token', async (_, one) => {
    const reply = await product.app.inject({ method: one.method, url: exampleUrl(one) })
    expect(reply.statusCode).toBe(401)
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="countersign"')
    expectRefusal(one, reply, 'not_signed_in')
  })

  const scoped = guarded.filter((one) => !['signed-in', 'metrics:read'].includes(one.permission))
  test.each(scoped.map((one) => [nameOf(one), one] as const))(
    '%s refuses a token without its scope',
    async (_, one) => {
      const reply = await product.app.inject({ method: one.method, url: exampleUrl(one), headers: unscoped })
      expect(reply.statusCode).toBe(403)
      expectRefusal(one, reply, 'forbidden')
      expect(String(reply.json().detail ?? reply.json().error_description)).toContain(`\`${one.permission}\``)
    },
  )

  const withBody = routes.filter((one) => one.body !== undefined && one.wire?.takes !== 'form')
  test.each(withBody.map((one) => [nameOf(one), one] as const))(
    '%s refuses a body that is wrong, torn, too large or of another kind',
    async (_, one) => {
      const send = (type: string, payload: string) =>
        product.app.inject({
          method: one.method,
          url: exampleUrl(one),
          headers: { ...owner, 'content-type': type },
          payload,
        })
      const wrong = await send('application/json', '{"surely":"not"}')
      expect(wrong.statusCode).toBe(400)
      expectRefusal(one, wrong, 'request_invalid')
      expectRefusal(one, await send('application/json', '{"a":'), 'request_invalid')
      expectRefusal(one, await send('application/json', '{"__proto__":{"a":1}}'), 'request_invalid')
      expectRefusal(one, await send('application/json', ''), 'request_invalid')
      const large = await send('application/json', JSON.stringify({ a: 'x'.repeat(one.bodyBytesMax) }))
      expect(large.statusCode).toBe(413)
      expectRefusal(one, large, 'body_too_large')
      expect(large.json().detail).toContain(String(one.bodyBytesMax))
      const text = await send('text/plain', 'hello')
      const [status, code] = otherKind(one)
      expect(text.statusCode).toBe(status)
      expectRefusal(one, text, code)
      expect((await send('multipart/form-data; boundary=a', '--a--')).statusCode).toBe(status)
    },
  )

  const withForm = routes.filter((one) => one.wire?.takes === 'form')
  test.each(withForm.map((one) => [nameOf(one), one] as const))(
    '%s refuses a form that is wrong, has a name twice, is too large or is of another kind',
    async (_, one) => {
      const headers = { ...owner, ...atLocalhost }
      const send = (type: string, payload: string) =>
        product.app.inject({ method: 'POST', url: one.path, headers: { ...headers, 'content-type': type }, payload })
      const form = 'application/x-www-form-urlencoded'
      const wrong = await send(form, 'surely=not')
      expect(wrong.statusCode).toBe(400)
      expectRefusal(one, wrong, 'request_invalid')
      expectRefusal(one, await send(form, 'token=a&token=b&grant_type=a&grant_type=b'), 'request_invalid')
      expectRefusal(one, await send(form, '__proto__=a'), 'request_invalid')
      const large = await send(form, `token=${'x'.repeat(one.bodyBytesMax)}`)
      expect(large.statusCode).toBe(413)
      expectRefusal(one, large, 'body_too_large')
      for (const type of ['application/json', 'text/plain']) expect((await send(type, '{}')).statusCode).toBe(415)
    },
  )

  const jsonOnly = withBody.filter((one) => !isRaw(one.reply))
  test.each(jsonOnly.map((one) => [nameOf(one), one] as const))('%s takes no form of a browser', async (_, one) => {
    const headers = { ...owner, 'content-type': 'application/x-www-form-urlencoded' }
    const reply = await product.app.inject({ method: one.method, url: exampleUrl(one), headers, payload: 'name=a' })
    const [status, code] = otherKind(one)
    expect(reply.statusCode).toBe(status)
    expectProblem(reply, code)
  })

  test('who may not call is refused before the body is read', async () => {
    expect(withBody.length).toBeGreaterThan(3)
    for (const one of withBody.filter((route) => route.permission !== 'public')) {
      const payload = JSON.stringify({ a: 'x'.repeat(one.bodyBytesMax) })
      const headers = { 'content-type': 'application/json' }
      const reply = await product.app.inject({ method: one.method, url: exampleUrl(one), headers, payload })
      expect(reply.statusCode).toBe(401)
    }
  })

  test('an unknown path, an unknown method, a torn path and a path that is too long are problems as well', async () => {
    const unknown = await product.app.inject({ url: '/v1/nothing?token=secret' })
    expect(unknown.statusCode).toBe(404)
    expectProblem(unknown, 'route_not_found')
    expect(unknown.body).not.toContain('secret')
    expectProblem(await product.app.inject({ method: 'PATCH', url: '/v1/tokens' }), 'route_not_found')
    const torn = await product.app.inject({ url: '/v1/changes/%zz' })
    expect(torn.statusCode).toBe(400)
    expectProblem(torn, 'request_invalid')
    const long = await product.app.inject({ url: `/v1/changes/${'x'.repeat(5000)}` })
    expect(long.statusCode).toBe(400)
    expectProblem(long, 'request_invalid')
    expect(long.body.length).toBeLessThan(1000)
  })

  test('every answer carries its request id and the headers that keep a browser in check', async () => {
    for (const url of ['/', '/healthz', '/v1/tokens', '/nowhere', '/v1/%zz']) {
      const { headers } = await product.app.inject({ url })
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['referrer-policy']).toBe('no-referrer')
    }
  })

  test('a fault of ours is one opaque sentence, and the log has the rest', async () => {
    const broken = await startTestProduct()
    await broken.database.pool.query('drop table change cascade')
    const headers = await broken.asOwner()
    const reply = await broken.app.inject({ url: '/v1/changes', headers })
    expect(reply.statusCode).toBe(500)
    expectProblem(reply, 'internal_error')
    expect(reply.body).not.toMatch(/relation "|select |drop /)
    expect(broken.logged()).toContain(String(reply.headers['x-request-id']))
    expect(broken.logged()).toContain('relation')
    await broken.close()
  })
})

describe('the limit of requests', () => {
  test('answers 429 with the time to wait, also to whoever has no token, and never to a health check', async () => {
    const product = await startTestProduct({ config: { requestsPerMinute: 10 } })
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) statuses.push((await product.app.inject({ url: '/v1/tokens' })).statusCode)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    const limited = await product.app.inject({ url: '/nowhere' })
    expect(limited.statusCode).toBe(429)
    expectProblem(limited, 'too_many_requests')
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    expect((await product.app.inject({ url: '/healthz' })).statusCode).toBe(200)
    expect((await product.app.inject({ url: '/v1/tokens', remoteAddress: '192.0.2.9' })).statusCode).toBe(401)
    await product.close()
  })

  test('counts the address that a trusted proxy names, and no other header', async () => {
    const from = (remoteAddress: string, client: string) => ({
      url: '/v1/tokens',
      remoteAddress,
      headers: { 'x-forwarded-for': client },
    })
    const config = { requestsPerMinute: 10, trustedProxies: ['10.0.0.0/8'] }
    const product = await startTestProduct({ config })
    for (let i = 0; i < 10; i++) await product.app.inject(from('10.1.2.3', '198.51.100.1'))
    expect((await product.app.inject(from('10.1.2.3', '198.51.100.1'))).statusCode).toBe(429)
    expect((await product.app.inject(from('10.1.2.3', '198.51.100.2'))).statusCode).toBe(401)
    for (let i = 0; i < 10; i++) await product.app.inject(from('192.0.2.1', `203.0.113.${i}`))
    expect((await product.app.inject(from('192.0.2.1', '203.0.113.99'))).statusCode).toBe(429)
    await product.close()
  })
})

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1 and covers every route with its permission', async () => {
    const product = await startTestProduct()
    const document = (await product.app.inject({ url: '/openapi.json', headers: await product.asOwner() })).json()
    const { valid, errors } = await new Validator().validate(document)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    expect(document.openapi).toMatch(/^3\.1\./)
    const operations = Object.entries<Record<string, Record<string, unknown>>>(document.paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const),
    )
    const documented = Object.fromEntries(operations.map(([name, one]) => [name, one['x-permission']]))
    const served = Object.fromEntries(routes.map((one) => [nameOf(one).replace('...', ''), one.permission]))
    expect(documented).toEqual(served)
    expect(repeated(operations.map(([, one]) => String(one['operationId'])))).toEqual([])
    await product.close()
  })
})

/** What a driven request may need: ids of things that exist. */
interface World {
  readonly product: TestProduct
  owner: Headers
  readonly repository: TestRepository
  readonly repositoryId: string
  readonly recordId: string
}

interface Drive {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: object | Buffer
  readonly status: number
  /** The events that this request leaves, when it cannot leave all that the route names. */
  readonly leaves?: readonly string[]
}

/** One valid request for every route that records something. A route without a row here fails the test. */
const drives: Readonly<Record<string, (world: World) => Promise<Drive>>> = {
  'POST /v1/session': async ({ product }) => ({
    headers: {},
    payload: { link: await product.signInLink() },
    status: 201,
  }),
  'DELETE /v1/session': async ({ product }) => ({
    headers: await product.asOwner(),
    status: 204,
    leaves: ['session.ended'],
  }),
  'POST /v1/people/{id}/recovery': async (world) => ({
    url: `/v1/people/${await recoverable(world)}/recovery`,
    headers: await world.product.asOwner(),
    status: 201,
    leaves: ['recovery.opened'],
  }),
  'POST /v1/people/{id}/recovery/approvals': async (world) => {
    const url = `/v1/people/${await recoverable(world)}/recovery`
    const who = await secondPerson(world)
    const opened = await world.product.app.inject({ method: 'POST', url, headers: who.headers })
    const { id, digest } = opened.json()
    const assertion = await who.answer({ type: 'recovery', id, digest, decision: 'reject' })
    return {
      url: `${url}/approvals`,
      headers: who.headers,
      payload: { decision: 'reject', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'recovery.rejected'],
    }
  },
  'POST /v1/charter/acknowledgement': async ({ product }) => {
    await inForce(product)
    return { headers: await product.asOwner(), payload: { version: 1 }, status: 200 }
  },
  'PUT /v1/charter/grace-period': async () => ({ payload: { days: 21 }, status: 200 }),
  'POST /v1/charter/proposals': async (world) => {
    const { id } = await charterVersionOf(world)
    await world.product.app.inject({ method: 'DELETE', url: `/v1/charter/proposals/${id}`, headers: world.owner })
    return { payload: await otherCharter(world), status: 201 }
  },
  'DELETE /v1/charter/proposals/{id}': async (world) => ({
    url: `/v1/charter/proposals/${(await charterVersionOf(world)).id}`,
    status: 200,
  }),
  'POST /v1/charter/proposals/{id}/decision': async (world) => {
    const { id, digest } = await charterVersionOf(world)
    const second = await secondPerson(world)
    const assertion = await second.answer({ type: 'charter-version', id, digest, decision: 'reject' })
    return {
      url: `/v1/charter/proposals/${id}/decision`,
      headers: second.headers,
      payload: { decision: 'reject', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'charter.rejected'],
    }
  },
  'POST /v1/tokens': async () => ({ payload: { name: 'ci', scopes: ['change:read'] }, status: 201 }),
  'DELETE /v1/tokens/{id}': async ({ product, owner }) => {
    const payload = { name: 'old', scopes: ['change:read'] }
    const minted = await product.app.inject({ method: 'POST', url: '/v1/tokens', headers: owner, payload })
    return { url: `/v1/tokens/${minted.json().id}`, status: 204 }
  },
  'POST /v1/clones': async ({ repository }) => ({ payload: { url: `file://${repository.path}` }, status: 202 }),
  'POST /v1/passkey-sign-in': async (world) => {
    const { authenticator } = await passkeyOf(world)
    const asked = await world.product.app.inject({ url: '/v1/passkey-sign-in', headers: atLocalhost })
    const cookie = String(asked.headers['set-cookie']).split(';')[0] ?? ''
    return {
      headers: { ...atLocalhost, cookie },
      payload: { response: authenticator.get(asked.json()) },
      status: 201,
    }
  },
  'POST /v1/passkeys': async (world) => {
    await firstPasskey(world)
    const authenticator = createAuthenticator('http://localhost')
    const headers = { ...world.owner, ...atLocalhost }
    const options = (await world.product.app.inject({ url: '/v1/passkeys/registration', headers })).json()
    return { headers, payload: { name: 'key', response: authenticator.create(options) }, status: 201 }
  },
  'PATCH /v1/passkeys/{id}': async (world) => {
    const { id } = await passkeyOf(world)
    return { url: `/v1/passkeys/${id}`, payload: { name: 'other' }, status: 204 }
  },
  'DELETE /v1/passkeys/{id}': async (world) => ({ url: `/v1/passkeys/${(await passkeyOf(world)).id}`, status: 204 }),
  'DELETE /v1/sessions/{id}': async ({ product, owner }) => {
    await product.asOwner()
    const { items } = (await product.app.inject({ url: '/v1/sessions', headers: owner })).json()
    const other = items.find((one: { isCurrent: boolean }) => !one.isCurrent)
    return { url: `/v1/sessions/${other.id}`, status: 204 }
  },
  // last, for it ends the sessions of the others
  'DELETE /v1/sessions': async (world) => {
    const headers = await world.product.asOwner()
    world.owner = await world.product.token({ scopes: ['*'] })
    return { headers, status: 204 }
  },
  'GET /sign-in/oidc/{issuer}': async () => ({ url: '/sign-in/oidc/idp_none', headers: atLocalhost, status: 401 }),
  'GET /sign-in/oidc/{issuer}/callback': async (world) => ({
    url: `/sign-in/oidc/${await issuerOf(world)}/callback?state=none`,
    headers: atLocalhost,
    status: 401,
  }),
  'POST /sign-in/oidc/{issuer}/back-channel-logout': async (world) => ({
    url: `/sign-in/oidc/${await issuerOf(world)}/back-channel-logout`,
    headers: {},
    payload: { logout_token: 'no token' },
    status: 400,
    leaves: ['sign-in.refused'],
  }),
  'POST /v1/device-sign-in': async (world) => {
    const { deviceCode, userCode } = await deviceOf(world)
    const url = `/v1/device-sign-in/${userCode}/answer`
    const headers = await world.product.asOwner()
    await world.product.app.inject({ method: 'POST', url, headers, payload: { allow: true } })
    return { headers: {}, payload: { deviceCode }, status: 201 }
  },
  'POST /v1/device-sign-in/{userCode}/answer': async (world) => ({
    url: `/v1/device-sign-in/${(await deviceOf(world)).userCode}/answer`,
    headers: await world.product.asOwner(),
    payload: { allow: true },
    status: 204,
    leaves: ['device-sign-in.allowed'],
  }),
  'POST /v1/issuers': async () => ({ payload: newIssuer(), status: 201 }),
  'PATCH /v1/issuers/{id}': async (world) => ({
    url: `/v1/issuers/${await issuerOf(world)}`,
    payload: { isActive: false },
    status: 200,
  }),
  'DELETE /v1/issuers/{id}': async (world) => ({ url: `/v1/issuers/${await issuerOf(world)}`, status: 204 }),
  'POST /v1/issuers/{id}/people': async (world) => ({
    url: `/v1/issuers/${await issuerOf(world)}/people`,
    payload: { subject: 'ada' },
    status: 201,
  }),
  'POST /v1/agents': async () => ({ payload: newAgent, status: 201 }),
  'PATCH /v1/agents/{id}': async (world) => ({
    url: `/v1/agents/${await agentOf(world)}`,
    payload: { purpose: 'Another', isSuspended: true },
    status: 200,
    leaves: ['agent.changed', 'agent.suspended'],
  }),
  'DELETE /v1/agents/{id}': async (world) => ({ url: `/v1/agents/${await agentOf(world)}`, status: 204 }),
  'POST /v1/agents/{id}/suspension': async (world) => ({
    url: `/v1/agents/${await agentOf(world)}/suspension`,
    payload: { reason: 'It leaks' },
    status: 201,
  }),
  'DELETE /v1/agents/{id}/suspension': async (world) => {
    const url = `/v1/agents/${await agentOf(world)}/suspension`
    await world.product.app.inject({ method: 'POST', url, headers: world.owner, payload: { reason: 'It leaks' } })
    return { url, status: 200 }
  },
  'POST /v1/agents/{id}/keys': async (world) => ({
    url: `/v1/agents/${await agentOf(world)}/keys`,
    payload: { name: 'key' },
    status: 201,
  }),
  'DELETE /v1/agents/{id}/tokens/{tokenId}': async (world) => {
    const { product, owner: headers } = world
    const url = `/v1/agents/${await agentOf(world)}`
    const made = await product.app.inject({ method: 'POST', url: `${url}/keys`, headers, payload: { name: 'key' } })
    return { url: `${url}/tokens/${made.json().id}`, status: 204 }
  },
  'POST /v1/agents/{id}/handover': async (world) => ({
    url: `/v1/agents/${await agentOf(world)}/handover`,
    payload: { userId: await provisioned(world, 'Users', { userName: 'heir' }) },
    status: 201,
  }),
  'POST /v1/agents/{id}/handover/answer': async (world) => {
    const { product, owner: headers } = world
    const heir = await provisioned(world, 'Users', { userName: 'willing' })
    const url = `/v1/agents/${await agentOf(world)}/handover`
    await product.app.inject({ method: 'POST', url, headers, payload: { userId: heir } })
    const link = await issueSignInLink(product.services.db, product.services.service('test'), heir)
    const session = await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
    await giveRole(product, heir, 'senior-developer')
    return {
      url: `${url}/answer`,
      headers: { authorization: `Bearer ${session.json().token}` },
      payload: { accept: true },
      status: 200,
      leaves: ['agent.handover-accepted'],
    }
  },
  'POST /v1/teams': async () => ({ payload: { name: 'Red' }, status: 201 }),
  'PATCH /v1/teams/{id}': async (world) => ({
    url: `/v1/teams/${await teamOf(world, 'Green')}`,
    payload: { name: 'Lime' },
    status: 200,
  }),
  'DELETE /v1/teams/{id}': async (world) => ({ url: `/v1/teams/${await teamOf(world, 'Grey')}`, status: 204 }),
  'PUT /v1/teams/{id}/repositories': async (world) => ({
    url: `/v1/teams/${await teamOf(world, 'Blue')}/repositories`,
    payload: { repositories: ['repo_other'] },
    status: 200,
  }),
  'GET /v1/teams/{id}/records': async (world) => {
    const url = `/v1/teams/${await teamOf(world, 'Teal')}`
    const payload = { repositories: [world.repositoryId] }
    const { app } = world.product
    await app.inject({ method: 'PUT', url: `${url}/repositories`, headers: world.owner, payload })
    return { url: `${url}/records`, status: 200 }
  },
  'POST /v1/role-changes': async (world) => {
    await secondPerson(world)
    const userId = await provisioned(world, 'Users', { userName: 'auditor-1' })
    return { payload: proposalFor(userId), status: 201, leaves: ['roles.proposed'] }
  },
  'POST /v1/role-changes/{id}/decision': async (world) => {
    const second = await secondPerson(world)
    const { id, digest } = await roleChangeOf(world, 'auditor-2')
    const assertion = await second.answer({ type: 'role-change', id, digest, decision: 'approve' })
    return {
      url: `/v1/role-changes/${id}/decision`,
      headers: { ...second.headers },
      payload: { decision: 'approve', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'roles.changed'],
    }
  },
  'DELETE /v1/role-changes/{id}': async (world) => {
    await secondPerson(world)
    return { url: `/v1/role-changes/${(await roleChangeOf(world, 'auditor-3')).id}`, status: 200 }
  },
  'POST /v1/exceptions': async (world) => ({ payload: await exceptionFor(world), status: 201 }),
  'POST /v1/exceptions/{id}/decision': async (world) => {
    const security = await securityPerson(world)
    const { id, digest } = await askedException(world)
    const assertion = await security.answer({ type: 'exception', id, digest, decision: 'approve' })
    return {
      url: `/v1/exceptions/${id}/decision`,
      headers: { ...security.headers },
      payload: { decision: 'approve', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'exception.approved'],
    }
  },
  'POST /v1/exceptions/{id}/revocation': async (world) => ({
    url: `/v1/exceptions/${(await askedException(world)).id}/revocation`,
    payload: { reason: 'it is mended' },
    status: 200,
    leaves: ['exception.revoked'],
  }),
  'POST /v1/gates/merge/overrides': async (world) => ({ payload: await overrideFor(world), status: 201 }),
  'POST /v1/gates/merge/overrides/{id}/decision': async (world) => {
    const { product, owner } = world
    const payload = await overrideFor(world)
    const asked = await product.app.inject({ method: 'POST', url: overrides, headers: owner, payload })
    const { id, digest } = asked.json()
    const url = `${overrides}/${id}/decision`
    const answerOf = async (by: Approver) => {
      const assertion = await by.answer({ type: 'gate-override', id, digest, decision: 'approve' })
      return { url, headers: { ...by.headers }, payload: { decision: 'approve', digest, assertion } }
    }
    await product.app.inject({ method: 'POST', ...(await answerOf(await securityPerson(world))) })
    const second = await answerOf(await leadPerson(world))
    return { ...second, status: 200, leaves: ['approval.given', 'override.approved'] }
  },
  'POST /oauth/token': async (world) => ({
    headers: { ...atLocalhost, ...formType },
    payload: Buffer.from(
      new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await apiToken(world),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }).toString(),
    ),
    status: 200,
    leaves: ['token.exchanged'],
  }),
  'POST /oauth/revoke': async (world) => ({
    headers: { ...formType },
    payload: Buffer.from(`token=${await apiToken(world)}`),
    status: 200,
    leaves: ['token.revoked'],
  }),
  'GET /v1/people/{id}/sign-ins': async (world) => ({
    url: `/v1/people/${await provisioned(world, 'Users', { userName: 'looked-at' })}/sign-ins`,
    status: 200,
  }),
  'POST /v1/ci-trusts': async () => ({ payload: newTrust, status: 201 }),
  'DELETE /v1/ci-trusts/{id}': async ({ product, owner: headers }) => {
    const added = await product.app.inject({ method: 'POST', url: '/v1/ci-trusts', headers, payload: newTrust })
    return { url: `/v1/ci-trusts/${added.json().id}`, status: 204 }
  },
  'POST /v1/ci-trusts/{id}/revocation': async ({ product, owner: headers }) => {
    const added = await product.app.inject({ method: 'POST', url: '/v1/ci-trusts', headers, payload: newTrust })
    return { url: `/v1/ci-trusts/${added.json().id}/revocation`, payload: { reason: 'moved' }, status: 204 }
  },
  'POST /v1/scim/clients': async () => ({ payload: { name: 'idp' }, status: 201 }),
  'DELETE /v1/scim/clients/{id}': async ({ product, owner }) => {
    const payload = { name: 'old' }
    const added = await product.app.inject({ method: 'POST', url: '/v1/scim/clients', headers: owner, payload })
    return { url: `/v1/scim/clients/${added.json().id}`, status: 204 }
  },
  'POST /scim/v2/Users': async () => ({ payload: { userName: 'one' }, status: 201 }),
  'PUT /scim/v2/Users/{id}': async (world) => ({
    url: `/scim/v2/Users/${await provisioned(world, 'Users', { userName: 'two' })}`,
    payload: { userName: 'two', title: 'Engineer', active: false },
    status: 200,
    leaves: ['user.changed', 'user.deactivated'],
  }),
  'PATCH /scim/v2/Users/{id}': async (world) => ({
    url: `/scim/v2/Users/${await provisioned(world, 'Users', { userName: 'three', active: false })}`,
    payload: { Operations: [{ op: 'replace', path: 'active', value: true }] },
    status: 200,
    leaves: ['user.reactivated'],
  }),
  'DELETE /scim/v2/Users/{id}': async (world) => ({
    url: `/scim/v2/Users/${await provisioned(world, 'Users', { userName: 'four' })}`,
    status: 204,
    leaves: ['user.deleted'],
  }),
  'POST /scim/v2/Groups': async (world) => ({
    payload: {
      displayName: 'one',
      members: [{ value: await provisioned(world, 'Users', { userName: 'five' }) }],
    },
    status: 201,
  }),
  'PUT /scim/v2/Groups/{id}': async (world) => ({
    url: `/scim/v2/Groups/${await provisioned(world, 'Groups', { displayName: 'two' })}`,
    payload: { displayName: 'two', externalId: '2' },
    status: 200,
    leaves: ['group.changed'],
  }),
  'PATCH /scim/v2/Groups/{id}': async (world) => {
    const members = [{ value: await provisioned(world, 'Users', { userName: 'six' }) }]
    return {
      url: `/scim/v2/Groups/${await provisioned(world, 'Groups', { displayName: 'three', members })}`,
      payload: { Operations: [{ op: 'remove', path: 'members' }] },
      status: 204,
      leaves: ['group.members-removed'],
    }
  },
  'DELETE /scim/v2/Groups/{id}': async (world) => ({
    url: `/scim/v2/Groups/${await provisioned(world, 'Groups', { displayName: 'four' })}`,
    status: 204,
    leaves: ['group.deleted'],
  }),
  'POST /v1/views': async () => ({
    payload: { page: '/changes', name: 'Of an AI', query: { ai: 'ai' } },
    status: 201,
  }),
  'PATCH /v1/views/{id}': async (world) => ({
    url: `/v1/views/${await savedView(world, 'Of this year')}`,
    payload: { name: 'Of last year' },
    status: 200,
  }),
  'DELETE /v1/views/{id}': async (world) => ({ url: `/v1/views/${await savedView(world, 'Old')}`, status: 204 }),
  'POST /v1/grants': async (world) => {
    await approvedTools(world)
    return { payload: { tool: 'tool-1', purpose: 'try it' }, status: 201, leaves: ['grant.issued'] }
  },
  'POST /v1/grants/{id}/extension': async (world) => ({
    url: `/v1/grants/${await grantOf(world, 'tool-2')}/extension`,
    status: 200,
    leaves: ['grant.extended'],
  }),
  'DELETE /v1/grants/{id}': async (world) => ({ url: `/v1/grants/${await grantOf(world, 'tool-3')}`, status: 200 }),
  'POST /v1/grants/{id}/rescission': async (world) => ({
    url: `/v1/grants/${await grantOf(world, 'tool-4')}/rescission`,
    payload: { reason: 'it leaked' },
    status: 200,
    leaves: ['grant.rescinded'],
  }),
  'POST /v1/grants/{id}/restoration': async (world) => {
    const id = await grantOf(world, 'tool-5')
    const payload = { reason: 'a mistake' }
    const { product, owner } = world
    await product.app.inject({ method: 'POST', url: `/v1/grants/${id}/rescission`, headers: owner, payload })
    // nobody restores their own: as if it were that of somebody else
    const { id: other } = await secondPerson(world)
    await product.database.pool.query('update ai_grant set user_id = $1 where id = $2', [other, id])
    return { url: `/v1/grants/${id}/restoration`, payload, status: 200, leaves: ['grant.restored'] }
  },
  'POST /v1/grant-settings-changes': async (world) => {
    await secondPerson(world)
    return { payload: await settingsFor(world), status: 201 }
  },
  'POST /v1/grant-settings-changes/{id}/decision': async (world) => {
    const second = await secondPerson(world)
    const { id, digest } = await settingsChange(world)
    const assertion = await second.answer({ type: 'grant-settings', id, digest, decision: 'approve' })
    return {
      url: `/v1/grant-settings-changes/${id}/decision`,
      headers: { ...second.headers },
      payload: { decision: 'approve', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'grant-settings.approved'],
    }
  },
  'DELETE /v1/grant-settings-changes/{id}': async (world) => {
    await secondPerson(world)
    return { url: `/v1/grant-settings-changes/${(await settingsChange(world)).id}`, status: 200 }
  },
  'POST /v1/ai-free-periods': async (world) => ({
    payload: aiFreePeriod(await teamOf(world, 'Violet')),
    status: 201,
    leaves: ['ai-free-period.planned'],
  }),
  'POST /v1/ai-free-periods/{id}/cancellation': async (world) => {
    const { product, owner } = world
    const payload = aiFreePeriod(await teamOf(world, 'Indigo'))
    const made = await product.app.inject({ method: 'POST', url: '/v1/ai-free-periods', headers: owner, payload })
    return {
      url: `/v1/ai-free-periods/${made.json().id}/cancellation`,
      payload: { reason: 'a release' },
      status: 200,
      leaves: ['ai-free-period.cancelled'],
    }
  },
  'POST /v1/architecture-decisions': async (world) => ({
    payload: architectureDecision(await teamOf(world, 'Amber')),
    status: 201,
  }),
  'POST /v1/architecture-decisions/{id}/decision': async (world) => {
    const { id, digest } = await requestedDecision(world, 'Umber')
    // nobody decides what they asked for
    const { product } = world
    const by = await approver(product, await addOwner(product, 'usr_other-owner'))
    const assertion = await by.answer({ type: 'architecture-decision', id, digest, decision: 'approve' })
    return {
      url: `/v1/architecture-decisions/${id}/decision`,
      headers: { ...by.headers },
      payload: { decision: 'approve', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'architecture-decision.approved'],
    }
  },
  'DELETE /v1/architecture-decisions/{id}': async (world) => ({
    url: `/v1/architecture-decisions/${(await requestedDecision(world, 'Ochre')).id}`,
    status: 200,
  }),
  'POST /sign-in': async ({ product }) => ({ headers: {}, payload: { link: await product.signInLink() }, status: 303 }),
  'POST /sign-out': async ({ product }) => ({
    headers: await product.asOwner(),
    status: 303,
    leaves: ['session.ended'],
  }),
  'POST /v1/repositories': async ({ repository }) => {
    const other = await testRepository(['Another history'])
    temporary.push(other, repository)
    return { payload: { path: other.path }, status: 202 }
  },
  'POST /v1/repositories/{id}/import': async ({ repository, repositoryId }) => {
    await repository.commit('One more')
    return { url: `/v1/repositories/${repositoryId}/import`, status: 202 }
  },
  'POST /v1/repositories/{id}/pack': async ({ repositoryId }) => ({
    url: `/v1/repositories/${repositoryId}/pack`,
    status: 202,
  }),
  'GET /v1/repositories/{id}/evidence-pack.zip': async ({ product, owner, repositoryId }) => {
    const report = () =>
      product.app.inject({ method: 'GET', url: `/v1/repositories/${repositoryId}/report.json`, headers: owner })
    await vi.waitFor(async () => expect((await report()).statusCode).toBe(200), { timeout: 20_000, interval: 200 })
    return { url: `/v1/repositories/${repositoryId}/evidence-pack.zip`, status: 200 }
  },
  'POST /v1/evidence': async ({ owner, repositoryId }) => ({
    url: `/v1/evidence?repositoryId=${repositoryId}&commit=${'a'.repeat(40)}`,
    headers: { ...owner, 'content-type': 'application/octet-stream' },
    payload: Buffer.from('<testsuite name="all"><testcase name="one"/></testsuite>'),
    status: 201,
  }),
  'POST /v1/gates/merge/runs': async ({ repositoryId }) => ({
    payload: { repositoryId, commit: 'HEAD' },
    status: 200,
    // the rules decided before, when the repository was read
    leaves: ['decision.made'],
  }),
  'PUT /v1/policy-settings/{scope}': async (world) => ({
    url: `/v1/policy-settings/${await teamOf(world, 'Vermilion')}`,
    payload: stricter(0),
    status: 200,
    leaves: ['policy-settings.changed'],
  }),
  'POST /v1/policy-settings/{scope}/decision': async (world) => {
    const { digest } = await looserProposal(world)
    const { headers, answer } = await secondSecurity(world)
    const assertion = await answer({ type: 'policy-settings', id: 'organization', digest, decision: 'reject' })
    return {
      url: '/v1/policy-settings/organization/decision',
      headers,
      payload: { decision: 'reject', digest, assertion },
      status: 200,
      leaves: ['approval.given', 'policy-settings.rejected'],
    }
  },
  'DELETE /v1/policy-settings/{scope}/proposal': async (world) => {
    await looserProposal(world)
    return { url: '/v1/policy-settings/organization/proposal', status: 200 }
  },
  'POST /v1/policy-packs': async () => ({
    payload: { id: 'new', title: 'New', category: 'quality', owner: 'team:new' },
    status: 201,
  }),
  'PATCH /v1/policy-packs/{id}': async () => ({
    url: '/v1/policy-packs/quality',
    payload: { reviewBy: '2027-09-01' },
    status: 200,
  }),
  'POST /v1/policy-packs/{id}/versions': async (world) => {
    await policies(world)
    const payload = { text: testedPack({ version: '0.1.0' }), tests: testedTests }
    return { url: '/v1/policy-packs/house/versions', payload, status: 201 }
  },
  ...Object.fromEntries(
    (['check', 'test', 'assess'] as const).map((step, at) => [
      `POST /v1/policy-packs/{id}/versions/{version}/${step}`,
      async (world: World) => ({
        url: `${await draft(world, `0.2.${at}`)}/${step}`,
        ...(step === 'assess' ? { payload: {} } : {}),
        status: 200 as const,
      }),
    ]),
  ),
  'POST /v1/policy-packs/{id}/versions/{version}/consultations': async (world) => {
    const { reviewers } = await policies(world)
    return { url: `${await draft(world, '0.3.0')}/consultations`, payload: { userIds: [reviewers[0].id] }, status: 200 }
  },
  'POST /v1/policy-packs/{id}/versions/{version}/answers': async (world) => {
    const { reviewers, call } = await policies(world)
    const [bob] = reviewers
    const url = await draft(world, '0.4.0')
    await call('POST', `${url}/consultations`, { userIds: [bob.id] })
    return { url: `${url}/answers`, headers: { ...bob.headers }, payload: { answer: 'agree' }, status: 200 }
  },
  'POST /v1/policy-packs/{id}/versions/{version}/reviews': async (world) => {
    const { reviewers, call, prepare } = await policies(world)
    const [bob] = reviewers
    const url = `${houseVersions}/${await prepare('house', testedPack({ version: '0.5.0' }), testedTests)}`
    const { id, digest } = (await call('GET', url)).body
    const assertion = await bob.answer({ type: 'policy-version', id, digest, decision: 'approve' })
    const payload = { decision: 'approve', digest, assertion }
    return { url: `${url}/reviews`, headers: { ...bob.headers }, payload, status: 200 }
  },
  'POST /v1/policy-packs/{id}/versions/{version}/publish': async (world) => {
    const { reviewers, prepare, review } = await policies(world)
    const version = await prepare('house', testedPack({ version: '0.6.0' }), testedTests)
    for (const one of reviewers) await review('house', version, one)
    return { url: `${houseVersions}/${version}/publish`, status: 200 }
  },
  'POST /v1/policy-packs/{id}/versions/{version}/retire': async (world) => ({
    url: `${await published(world, '0.7.0')}/retire`,
    payload: { reason: 'never needed' },
    status: 200,
  }),
  'POST /v1/policy-packs/{id}/versions/{version}/rollouts': async (world) => {
    const url = await published(world, '0.8.0')
    return { url: `${url}/rollouts`, payload: { stages: [auditStage] }, status: 201 }
  },
  'POST /v1/policy-rollouts/{id}/promote': async (world) => ({
    url: `/v1/policy-rollouts/${await runningRollout(world)}/promote`,
    payload: { reason: 'it does well', stage: 0 },
    status: 200,
    // it had one stage
    leaves: ['policy-rollout.completed'],
  }),
  'POST /v1/policy-rollouts/{id}/rollback': async (world) => {
    const { call } = await policies(world)
    const active = (await call('GET', '/v1/policy-rollouts?state=active')).body.items[0].id
    return { url: `/v1/policy-rollouts/${active}/rollback`, payload: { reason: 'it does not' }, status: 200 }
  },
  'POST /v1/trust-roots': async () => ({ payload: { name: 'ci', file: trustedKey }, status: 201 }),
  'DELETE /v1/trust-roots/{id}': async ({ product, owner }) => {
    const payload = { name: 'old', file: trustedKey }
    const added = await product.app.inject({ method: 'POST', url: '/v1/trust-roots', headers: owner, payload })
    return { url: `/v1/trust-roots/${added.json().id}`, status: 204 }
  },
  'POST /v1/packs': async ({ repositoryId }) => ({ payload: { repositoryId }, status: 202 }),
  'GET /v1/packs/{id}/evidence-pack.zip': async (world) => ({
    url: `/v1/packs/${await periodPack(world)}/evidence-pack.zip`,
    status: 200,
  }),
  'DELETE /v1/packs/{id}': async (world) => ({ url: `/v1/packs/${await periodPack(world)}`, status: 204 }),
  // the rules were put in force when the import was judged
  'GET /v1/decisions': async () => ({ status: 200 }),
  'GET /v1/decisions/export': async () => ({ status: 200 }),
  'GET /v1/decisions/{id}': async (world) => ({ url: `/v1/decisions/${await publishedDecision(world)}`, status: 200 }),
  'GET /v1/decisions/{id}/facts': async (world) => ({
    url: `/v1/decisions/${await publishedDecision(world)}/facts`,
    status: 200,
  }),
  'POST /v1/decisions/{id}/replay': async (world) => ({
    url: `/v1/decisions/${await publishedDecision(world)}/replay`,
    status: 200,
  }),
  'POST /v1/policy-bundles': async ({ owner }) => ({
    headers: { ...owner, 'content-type': 'application/gzip' },
    payload: policyBundle({ result: { allow: true } }),
    status: 201,
  }),
  'DELETE /v1/policy-bundles/{digest}': async (world) => ({
    url: `/v1/policy-bundles/${await sentBundle(world)}`,
    status: 204,
  }),
  'POST /v1/policy-engines': async () => ({ payload: newEngine('one'), status: 201 }),
  'PATCH /v1/policy-engines/{id}': async (world) => ({
    url: `/v1/policy-engines/${await boundEngine(world, 'two')}`,
    payload: { mode: 'off' },
    status: 200,
  }),
  'DELETE /v1/policy-engines/{id}': async (world) => ({
    url: `/v1/policy-engines/${await boundEngine(world, 'three')}`,
    status: 204,
  }),
  'POST /v1/policy-engines/{id}/approvals': async (world) => {
    const { product, owner } = world
    const security = await securityPerson(world)
    // of no repository that anything else here is about
    const payload = { ...newEngine('four'), mode: 'enforce', repositories: ['repo_none'] }
    const made = await product.app.inject({ method: 'POST', url: '/v1/policy-engines', headers: owner, payload })
    const { id } = made.json()
    const [url, change] = [`/v1/policy-engines/${id}`, { mode: 'off' }]
    const refused = await product.app.inject({ method: 'PATCH', url, headers: owner, payload: change })
    const digest = /sha256:[0-9a-f]{64}/.exec(refused.json().detail)?.[0] ?? ''
    const assertion = await security.answer({ type: 'policy-engine-change', id, digest, decision: 'approve' })
    const headers = { ...security.headers }
    return { url: `${url}/approvals`, headers, payload: { change, digest, assertion }, status: 204 }
  },
  'POST /access/v1/evaluation': async () => ({ payload: asked(true), status: 200 }),
  'POST /access/v1/evaluations': async () => ({ payload: { ...asked(true), evaluations: [{}] }, status: 200 }),
  'POST /access/v1/search/subject': async () => ({ payload: asked(true), status: 200 }),
  'POST /access/v1/search/resource': async () => ({ payload: asked(true), status: 200 }),
  'POST /access/v1/search/action': async () => ({ payload: asked(false), status: 200 }),
  'POST /v1/opa/logs': async ({ owner }) => ({
    headers: { ...owner, 'content-type': 'application/json' },
    payload: Buffer.from(JSON.stringify([{ decision_id: randomUUID(), timestamp: '2027-01-01T00:00:00Z' }])),
    status: 200,
  }),
  'GET /log/tile/entries/{path...}': async () => ({ url: '/log/tile/entries/000.p/1', status: 200 }),
  'GET /v1/ledger/records': async () => ({ status: 200 }),
  'GET /v1/ledger/records/{id}': async ({ recordId }) => ({ url: `/v1/ledger/records/${recordId}`, status: 200 }),
  'GET /v1/ledger/records/{id}/values': async ({ recordId }) => ({
    url: `/v1/ledger/records/${recordId}/values`,
    status: 200,
  }),
  'GET /v1/ledger/records/{id}/proof': async ({ recordId }) => ({
    url: `/v1/ledger/records/${recordId}/proof`,
    status: 200,
  }),
}
const temporary: TestRepository[] = []
const trustedKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
const atLocalhost = { host: 'localhost' }

async function provisioned({ product, owner }: World, kind: string, payload: object): Promise<string> {
  const made = await product.app.inject({ method: 'POST', url: `/scim/v2/${kind}`, headers: owner, payload })
  return made.json().id
}

/** Nobody answers there. */
function newIssuer() {
  return { name: 'provider', issuer: `https://${randomUUID()}.invalid`, clientId: 'countersign' }
}

async function deviceOf({ product }: World): Promise<{ deviceCode: string; userCode: string }> {
  return (await product.app.inject({ url: '/v1/device-sign-in', headers: atLocalhost })).json()
}

async function issuerOf({ product, owner }: World): Promise<string> {
  const payload = newIssuer()
  return (await product.app.inject({ method: 'POST', url: '/v1/issuers', headers: owner, payload })).json().id
}

const formType = { 'content-type': 'application/x-www-form-urlencoded' }
const newTrust = {
  name: 'Payments',
  provider: 'github-actions',
  issuer: 'https://token.actions.githubusercontent.com',
  audience: 'https://countersign.example',
  repository: 'acme/payments',
  ref: 'refs/heads/main',
  workflow: '**',
  scopes: ['gate:run'],
}

async function apiToken({ product, owner: headers }: World): Promise<string> {
  const payload = { name: 'ci', scopes: ['change:read'] }
  return (await product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })).json().token
}

const newAgent = { name: 'Reviewer', purpose: 'Reviews', autonomy: 'suggest', scopes: ['change:read'] }

async function agentOf({ product, owner: headers }: World): Promise<string> {
  return (await product.app.inject({ method: 'POST', url: '/v1/agents', headers, payload: newAgent })).json().id
}

/** A question of AuthZEN about nobody. */
function asked(withAction: boolean) {
  const resource = { type: 'Organization', id: 'organization' }
  return {
    subject: { type: 'user', id: 'usr_no' },
    resource,
    ...(withAction ? { action: { name: 'change:read' } } : {}),
  }
}

/** Nobody answers there, and nobody is asked while it is off. */
function newEngine(name: string) {
  return { kind: 'opa-remote', name, mode: 'off', url: 'https://opa.invalid', path: 'a/b' }
}

async function boundEngine({ product, owner }: World, name: string): Promise<string> {
  const payload = newEngine(name)
  return (await product.app.inject({ method: 'POST', url: '/v1/policy-engines', headers: owner, payload })).json().id
}

async function sentBundle({ product, owner }: World): Promise<string> {
  const headers = { ...owner, 'content-type': 'application/gzip' }
  const payload = policyBundle({ result: { allow: false } })
  return (await product.app.inject({ method: 'POST', url: '/v1/policy-bundles', headers, payload })).json().digest
}

async function savedView({ product, owner }: World, name: string): Promise<string> {
  const payload = { page: '/changes', name, query: { from: '2027-01-01' } }
  return (await product.app.inject({ method: 'POST', url: '/v1/views', headers: owner, payload })).json().id
}

let hands: Promise<PolicyHands> | undefined
function stricter(revision: number, modes: object = { 'quality.documentation': 'enforce' }) {
  return { settings: { modes }, revision, reason: 'we mean it' }
}

/** Somebody proposed to take back what the organization made stricter. */
async function looserProposal(world: World): Promise<{ digest: string }> {
  await secondSecurity(world)
  const url = '/v1/policy-settings/organization'
  const send = (payload: object) => world.product.app.inject({ method: 'PUT', url, headers: world.owner, payload })
  const read = async () => (await world.product.app.inject({ url, headers: world.owner })).json()
  await send(stricter((await read()).revision))
  await send(stricter((await read()).revision, {}))
  return (await read()).proposal
}

let secured: Promise<Approver> | undefined
function secondSecurity({ product }: World): Promise<Approver> {
  secured ??= addPerson(product, 'guard@example.com').then(async (id) => {
    await giveRole(product, id, 'security')
    return approver(product, id)
  })
  return secured
}

const houseVersions = '/v1/policy-packs/house/versions'
const auditStage = { mode: 'audit', limits: { maxFlips: 0 }, promotion: 'manual' }

/** Those who write and review policies, with a pack of their own. */
function policies({ product }: World): Promise<PolicyHands> {
  hands ??= policyHands(product).then(async (made) => {
    await made.call('POST', '/v1/policy-packs', { id: 'house', title: 'House', category: 'quality', owner: 'us' })
    return made
  })
  return hands
}

async function draft(world: World, version: string): Promise<string> {
  const { call } = await policies(world)
  await call('POST', houseVersions, { text: testedPack({ version }), tests: testedTests })
  return `${houseVersions}/${version}`
}

async function published(world: World, version: string): Promise<string> {
  const { publish } = await policies(world)
  await publish('house', testedPack({ version }), testedTests)
  return `${houseVersions}/${version}`
}

async function runningRollout(world: World): Promise<string> {
  const { call } = await policies(world)
  return (await call('GET', '/v1/policy-rollouts?state=running')).body.items[0].id
}

/** A pack of a period that is made. */
async function periodPack({ product, owner, repositoryId }: World): Promise<string> {
  const payload = { repositoryId }
  const { id } = (await product.app.inject({ method: 'POST', url: '/v1/packs', headers: owner, payload })).json()
  const made = async () => (await product.app.inject({ url: `/v1/packs/${id}`, headers: owner })).json().state
  await vi.waitFor(async () => expect(await made()).toBe('made'), { timeout: 20_000, interval: 50 })
  return id
}

async function inForce({ services }: TestProduct): Promise<void> {
  await ensureCharter(services.db, services.service('charter'))
}

async function otherCharter({ product, owner }: World) {
  await inForce(product)
  const { items } = (await product.app.inject({ url: '/v1/charter/versions', headers: owner })).json()
  return { document: { ...items[0].document, title: randomUUID() }, reason: 'it was asked for' }
}

/** The one proposal of the owner; any that was open is gone. */
async function charterVersionOf(world: World): Promise<{ id: string; digest: string }> {
  const { product, owner } = world
  const second = await secondPerson(world)
  await giveRole(product, second.id, 'compliance-officer')
  await giveRole(product, await addPerson(product, randomUUID()), 'compliance-officer')
  await product.database.pool.query(
    "update charter_version set state = 'withdrawn', decided_at = now() where state = 'proposed'",
  )
  const payload = await otherCharter(world)
  const proposed = await product.app.inject({ method: 'POST', url: '/v1/charter/proposals', headers: owner, payload })
  return proposed.json()
}

/** Somebody who can be recovered: there are two others who may approve it. */
async function recoverable(world: World): Promise<string> {
  await secondPerson(world)
  return addPerson(world.product, randomUUID())
}

/** The next one that the owner registers is as good as their first. */
async function firstPasskey({ product }: Pick<World, 'product'>): Promise<void> {
  await product.database.pool.query('update access_user set has_had_passkey = false')
}

/** A passkey of the owner, and what answers for it. */
async function teamOf({ product, owner }: World, name: string): Promise<string> {
  const made = await product.app.inject({ method: 'POST', url: '/v1/teams', headers: owner, payload: { name } })
  return made.json().id
}

let appointed: Promise<Approver> | undefined

/** Somebody besides the owner who may decide. */
function secondPerson(world: World): Promise<Approver> {
  appointed ??= appoint(world)
  return appointed
}

async function appoint({ product, owner }: World): Promise<Approver> {
  const id = await addPerson(product, 'second@example.com')
  const add = [{ kind: 'assignment', userId: id, role: 'platform-administrator' }]
  const payload = { add, reason: 'the second person' }
  await product.app.inject({ method: 'POST', url: '/v1/role-changes', headers: owner, payload })
  return approver(product, id)
}

function proposalFor(userId: string) {
  return { add: [{ kind: 'assignment', userId, role: 'auditor' }], reason: 'an audit begins' }
}

async function roleChangeOf(world: World, userName: string): Promise<{ id: string; digest: string }> {
  const { product, owner } = world
  const payload = proposalFor(await provisioned(world, 'Users', { userName }))
  return (await product.app.inject({ method: 'POST', url: '/v1/role-changes', headers: owner, payload })).json()
}

/** Settings of grants in which five tools are approved, as the next version. */
async function settingsFor({ product, owner }: World) {
  const { version, settings } = (await product.app.inject({ url: '/v1/grant-settings', headers: owner })).json()
  const tools = [1, 2, 3, 4, 5].map((n) => ({ name: `tool-${n}`, tier: 'ide-integration' }))
  return { settings: { ...settings, tools }, replaces: version, reason: 'approved' }
}

async function settingsChange(world: World): Promise<{ id: string; digest: string }> {
  const { product, owner } = world
  const payload = await settingsFor(world)
  const url = '/v1/grant-settings-changes'
  return (await product.app.inject({ method: 'POST', url, headers: owner, payload })).json()
}

async function approvedTools(world: World): Promise<void> {
  const { product, owner } = world
  await inForce(product)
  const { settings } = (await product.app.inject({ url: '/v1/grant-settings', headers: owner })).json()
  if (settings.tools.length > 0) return
  const second = await secondPerson(world)
  const { id, digest } = await settingsChange(world)
  const assertion = await second.answer({ type: 'grant-settings', id, digest, decision: 'approve' })
  const url = `/v1/grant-settings-changes/${id}/decision`
  const payload = { decision: 'approve', digest, assertion }
  await product.app.inject({ method: 'POST', url, headers: { ...second.headers }, payload })
}

async function grantOf(world: World, tool: string): Promise<string> {
  await approvedTools(world)
  const { product, owner } = world
  const payload = { tool, purpose: 'try it' }
  return (await product.app.inject({ method: 'POST', url: '/v1/grants', headers: owner, payload })).json().id
}

function aiFreePeriod(teamId: string) {
  return { teamId, startsAt: '2027-04-01T09:00:00Z', endsAt: '2027-04-01T17:00:00Z', reason: 'practice' }
}

function architectureDecision(teamId: string) {
  return { title: 'Search', scope: 'The help desk', text: 'By meaning', teamId, validUntil: '2027-06-01T00:00:00Z' }
}

async function requestedDecision(world: World, team: string): Promise<{ id: string; digest: string }> {
  const { product, owner } = world
  const payload = architectureDecision(await teamOf(world, team))
  const url = '/v1/architecture-decisions'
  return (await product.app.inject({ method: 'POST', url, headers: owner, payload })).json()
}

const holders = new Map<string, Promise<Approver>>()

/** Somebody who decides on exceptions from rules of security, and on overrides. */
const securityPerson = (world: World) => holderOf(world, 'security')
const leadPerson = (world: World) => holderOf(world, 'tech-lead')

function holderOf(world: World, role: string): Promise<Approver> {
  const known = holders.get(role) ?? appointTo(world, role)
  holders.set(role, known)
  return known
}

async function appointTo(world: World, role: string): Promise<Approver> {
  const { product, owner } = world
  const second = await secondPerson(world)
  const userId = await addPerson(product, `${role}@example.com`)
  const payload = { add: [{ kind: 'assignment', userId, role }], reason: 'somebody has to decide' }
  const proposed = await product.app.inject({ method: 'POST', url: '/v1/role-changes', headers: owner, payload })
  const { id, digest } = proposed.json()
  const assertion = await second.answer({ type: 'role-change', id, digest, decision: 'approve' })
  const url = `/v1/role-changes/${id}/decision`
  const decided = { decision: 'approve', digest, assertion }
  await product.app.inject({ method: 'POST', url, headers: second.headers, payload: decided })
  return approver(product, userId)
}

const overrides = '/v1/gates/merge/overrides'

/** A commit of its own, which the gate holds back by rules that allow it. */
async function overrideFor(world: World) {
  const { product, owner, repository, repositoryId } = world
  await securityPerson(world)
  await leadPerson(world)
  await repository.commit('Something urgent')
  const ask = async () => {
    const payload = { repositoryId, commit: 'HEAD' }
    return (await product.app.inject({ method: 'POST', url: '/v1/gates/merge/runs', headers: owner, payload })).json()
  }
  const { head: commit } = (await ask()).change
  await product.app.inject({
    method: 'POST',
    url: `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`,
    headers: { ...owner, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(approvedPullRequest(commit)),
  })
  return { repositoryId, commit, decisionId: (await ask()).decisionId, reason: 'customers wait' }
}

async function exceptionFor(world: World) {
  const owner = await secondPerson(world)
  await securityPerson(world)
  return {
    ruleId: 'security.secrets',
    repositoryId: world.repositoryId,
    reason: 'a test key is in the history',
    ownerId: owner.id,
    expiresAt: new Date(world.product.services.clock() + 86_400_000).toISOString(),
    compensatingControls: [{ kind: 'described', text: 'the key opens nothing' }],
  }
}

async function askedException(world: World): Promise<{ id: string; digest: string }> {
  const { product, owner } = world
  const payload = await exceptionFor(world)
  return (await product.app.inject({ method: 'POST', url: '/v1/exceptions', headers: owner, payload })).json()
}

async function passkeyOf({ product, owner }: World) {
  await firstPasskey({ product })
  const authenticator = createAuthenticator('http://localhost')
  const headers = { ...owner, ...atLocalhost }
  const options = (await product.app.inject({ url: '/v1/passkeys/registration', headers })).json()
  const payload = { name: 'key', response: authenticator.create(options) }
  const made = await product.app.inject({ method: 'POST', url: '/v1/passkeys', headers, payload })
  return { authenticator, id: made.json().id as string }
}

describe('the records of what was done', () => {
  const recording = routes.filter((one) => one.records.length > 0)
  let world: World
  beforeAll(async () => {
    const product = await startTestProduct({ jobs: 'run' })
    const owner = await product.asOwner()
    const repository = await testRepository()
    const payload = { path: repository.path }
    const added = await product.app.inject({ method: 'POST', url: '/v1/repositories', headers: owner, payload })
    await recorded(product, 0, ['pack.made'])
    const [record] = await product.records()
    world = { product, owner, repository, repositoryId: added.json().id, recordId: record?.id ?? '' }
  })
  afterAll(async () => {
    await world.product.close()
    for (const one of [world.repository, ...temporary]) await one.remove()
  })

  test('every route that records has a valid request here, and nothing else has', () => {
    expect(recording.length).toBeGreaterThan(8)
    expect(Object.keys(drives).sort()).toEqual(recording.map(nameOf).sort())
  })

  test.each(recording.map((one) => [nameOf(one), one] as const))('%s leaves its event', async (name, one) => {
    const { product, owner } = world
    const drive = await drives[name]?.(world)
    if (drive === undefined) throw new Error(`${name} has no valid request in this file`)
    // a session of its own: reads of one session are recorded by the minute
    const headers = drive.headers ?? (one.method === 'GET' ? await product.asOwner() : owner)
    const before = (await product.records()).length
    const reply = await product.app.inject({
      method: one.method,
      url: drive.url ?? one.path,
      headers,
      ...(drive.payload === undefined ? {} : { payload: drive.payload }),
    })
    expect(reply.statusCode, reply.body).toBe(drive.status)
    const wanted = one.method === 'GET' ? one.records.slice(0, 1) : one.records
    await recorded(product, before, drive.leaves ?? wanted)
  })
})

/** A decision whose record can be read. */
async function publishedDecision({ product }: World): Promise<string> {
  const { decisionId } = await decideAndRecord(product.services, await sampleSet())
  await product.records()
  await vi.waitFor(async () => expect((await product.ledger.follower.status()).lag).toBe(0), { timeout: 20_000 })
  return decisionId
}

/** Waits until the records after the first `before` include all of these types. */
async function recorded(product: TestProduct, before: number, types: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = (await product.records()).slice(before).map((one) => one.type)
      expect(found).toEqual(expect.arrayContaining([...types]))
    },
    { timeout: 20_000, interval: 50 },
  )
}

/** SCIM has errors of its own (RFC 7644 section 3.12), and so has OAuth (RFC 6749 section 5.2). */
function expectRefusal(one: Route<Context>, reply: Reply, code: string): void {
  if (one.wire === undefined) {
    expectProblem(reply, code)
    return
  }
  if (one.wire.takes === 'form') {
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(reply.json()).toMatchObject({
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.any(String),
    })
    return
  }
  expect(reply.headers['content-type']).toBe('application/scim+json; charset=utf-8')
  expect(reply.json()).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(reply.statusCode),
    detail: expect.stringMatching(/./),
  })
}

/** How a body of another kind is refused: the protocols of others may have no 415. */
function otherKind({ isForeign }: Route<Context>): readonly [number, string] {
  return isForeign ? [400, 'request_invalid'] : [415, 'media_type_unsupported']
}

function nameOf(one: Route<Context>): string {
  return `${one.method} ${one.path}`
}

function pathParameters(one: Route<Context>): string[] {
  return [...one.path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].map(([, name = '']) => name)
}

function exampleUrl(one: Route<Context>): string {
  return one.path.replace(/\{\w+(?:\.\.\.)?\}/g, '0')
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i)
}

interface Reply {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  json(): Record<string, unknown>
}

/** RFC 9457, of a code that a module declares. */
function expectProblem(reply: Reply, code: string): void {
  expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  const problem = reply.json()
  expect(problem).toMatchObject({ status: reply.statusCode, code, type: `urn:countersign:error:${code}` })
  expect(problem['instance']).toBe(`urn:uuid:${reply.headers['x-request-id']}`)
  expect(declaredErrors.map((one) => one.code)).toContain(code)
}
