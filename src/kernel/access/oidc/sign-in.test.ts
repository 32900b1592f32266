import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FormBrowser, formBrowser } from '#test/form-browser.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { startProvider, type TestClient, type TestProvider } from '#test/oidc-provider.ts'

let product: TestProduct
let owner: Headers
let origin: string
let provider: TestProvider
let issuerId: string

beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  // providers live in the time of this machine
  product.pass(Date.now() - product.services.clock())
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  origin = `http://localhost:${(product.app.server.address() as AddressInfo).port}`
  owner = await product.asOwner()
  provider = await startProvider((sub) => ({ sub, amr: ['pwd', 'otp'], oid: `oid-${sub}` }))
  issuerId = (await addIssuer(provider, { clientSecret: 'a-secret-of-32-characters-or-more' })).issuerId
})
afterAll(async () => {
  await product.close()
  await provider.close()
})

describe('sign-in at a real provider', () => {
  test('an account that the owner added gets a session, bound to nothing but issuer and subject', async () => {
    const { userId } = await addPerson('ada')
    const browser = formBrowser()
    const arrived = await signInAs(browser, 'ada', '/ledger')
    expect(arrived.url).toBe(`${origin}/ledger`)
    const session = await sessionOf(browser)
    expect(session).toMatchObject({
      userId,
      role: 'guest',
      scopes: [],
      authentication: { issuerId, amr: ['pwd', 'otp'], authenticatedAt: expect.any(String) },
    })
    const started = (await product.records()).findLast((one) => one.type === 'session.started')
    expect(started).toMatchObject({ data: { method: 'oidc', issuerId, amr: ['pwd', 'otp'] } })
  })
})

async function addIssuer(at: TestProvider, more: object = {}) {
  const payload = { name: 'Our provider', issuer: at.issuer, clientId: 'countersign', ...more }
  const added = await product.app.inject({ method: 'POST', url: '/v1/issuers', headers: owner, payload })
  expect(added.statusCode).toBe(201)
  const id: string = added.json().id
  const base = `${origin}/sign-in/oidc/${id}`
  const secret = (payload as { clientSecret?: string }).clientSecret
  const made: TestClient = {
    id: 'countersign',
    ...(secret === undefined ? {} : { secret }),
    redirectUri: `${base}/callback`,
    signedOutUri: `${origin}/sign-in`,
    backChannelLogoutUri: `${base}/back-channel-logout`,
  }
  at.serve(made)
  return { issuerId: id, client: made }
}

async function addPerson(subject: string, to = issuerId): Promise<{ userId: string }> {
  const reply = await product.app.inject({
    method: 'POST',
    url: `/v1/issuers/${to}/people`,
    headers: owner,
    payload: { subject },
  })
  expect(reply.statusCode).toBe(201)
  return reply.json()
}

async function signInAs(browser: FormBrowser, login: string, to = '/', id = issuerId) {
  await browser.go(`${origin}/sign-in/oidc/${id}?to=${encodeURIComponent(to)}`)
  const afterLogin = await browser.submit({ prompt: 'login', login, password: 'x' })
  if (afterLogin.url.startsWith(origin)) return afterLogin
  return browser.submit({ prompt: 'consent' })
}

async function sessionOf(browser: FormBrowser) {
  const cookie = `countersign=${browser.cookie(origin, 'countersign')}`
  const reply = await product.app.inject({ url: '/v1/session', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  return reply.json()
}
