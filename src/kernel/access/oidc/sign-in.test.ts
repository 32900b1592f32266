import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FormBrowser, formBrowser } from '#test/form-browser.ts'
import { startProvider, type TestClient, type TestProvider } from '#test/oidc-provider.ts'
import { asked, type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'

let world: OidcWorld
let provider: TestProvider
let client: TestClient
let id: string

beforeAll(async () => {
  world = await startOidcWorld()
  provider = await startProvider((sub) => ({ sub, oid: `oid-${sub}`, email: 'owner@example.com' }))
  const added = await world.addIssuer(provider.issuer)
  client = added.client
  id = added.id
  provider.serve(client)
  await world.addPerson(id, 'ada')
})
afterAll(async () => {
  await world.close()
  await provider.close()
})
beforeEach(async () => void (await world.refusals()))

describe('sign-in at a real provider', () => {
  test('starts a session of somebody who is known by issuer and subject, where they were going', async () => {
    const browser = formBrowser()
    const arrived = await world.signIn(browser, id, 'ada', '/ledger?type=session.started')
    expect(arrived.url).toBe(`${world.origin}/ledger?type=session.started`)
    expect(await world.session(browser)).toMatchObject({
      role: 'guest',
      scopes: [],
      authentication: { issuerId: id, authenticatedAt: expect.any(String), acr: null, amr: [] },
    })
    expect(browser.cookie(world.origin, 'countersign-oidc')).toBeUndefined()
    const started = (await world.product.records()).findLast((one) => one.type === 'session.started')
    expect(started).toMatchObject({ data: { method: 'oidc', issuerId: id }, actor: { role: 'guest' } })
  })

  test('asks for a code with PKCE, state and nonce, and keeps none of them readable', async () => {
    const browser = formBrowser()
    const { url } = await browser.go(`${world.origin}/sign-in/oidc/${id}?maxAge=60`, { until: atProvider })
    const { state, nonce, code_challenge: challenge, ...rest } = asked(url)
    expect(rest).toEqual({
      client_id: 'countersign',
      response_type: 'code',
      redirect_uri: client.redirectUri,
      scope: 'openid',
      code_challenge_method: 'S256',
      max_age: '60',
    })
    for (const one of [state, nonce, challenge]) expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const rows = await world.product.db.selectFrom('access_sign_in').selectAll().execute()
    const kept = JSON.stringify(rows)
    for (const one of [state, nonce, challenge, browser.cookie(world.origin, 'countersign-oidc')])
      expect(kept).not.toContain(one)
  })

  test('never goes on to another address than a page of ours', async () => {
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const browser = formBrowser()
      const arrived = await world.signIn(browser, id, 'ada', to)
      expect(arrived.url).toBe(`${world.origin}/`)
    }
  })

  test('signing in again in the same browser ends the session before', async () => {
    const browser = formBrowser()
    await world.signIn(browser, id, 'ada')
    const first = browser.cookie(world.origin, 'countersign') ?? ''
    await browser.go(`${world.origin}/sign-in/oidc/${id}`)
    expect(browser.cookie(world.origin, 'countersign')).not.toBe(first)
    const headers = { cookie: `countersign=${first}`, 'sec-fetch-site': 'same-origin' }
    expect((await world.product.app.inject({ url: '/v1/session', headers })).statusCode).toBe(401)
  })

  test('keys that were rotated sign people in', async () => {
    provider.rotate(client)
    world.product.pass(6000)
    const browser = formBrowser()
    expect((await world.signIn(browser, id, 'ada')).url).toBe(`${world.origin}/`)
    expect(await world.session(browser)).toMatchObject({ role: 'guest' })
  })
})

describe('refused, with a page that says what to do, a record and no session', () => {
  test('a callback that is used again', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'ada')
    const cookie = browser.cookie(world.origin, 'countersign-oidc') ?? ''
    expect((await browser.go(url)).url).toBe(`${world.origin}/`)
    const again = formBrowser()
    again.setCookie(world.origin, 'countersign-oidc', cookie)
    await refused(again, url, 'state_unknown')
  })

  test('the callback of another browser, which leaves the right one its own', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'ada')
    await refused(formBrowser(), url, 'browser_other')
    expect((await browser.go(url)).url).toBe(`${world.origin}/`)
  })

  test('a state that was never given, or none', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'ada')
    const other = new URL(url)
    other.searchParams.set('state', 'A'.repeat(43))
    await refused(browser, other.href, 'state_unknown')
    other.searchParams.delete('state')
    await refused(browser, other.href, 'state_unknown')
  })

  test('one that took longer than ten minutes', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'ada')
    world.product.pass(600_001)
    await refused(browser, url, 'state_unknown')
    world.product.pass(-600_001)
  })

  test('a code that was used before', async () => {
    const browser = formBrowser()
    const first = await world.signInUntilCallback(browser, id, 'ada')
    await browser.go(first)
    const second = new URL(await again(browser))
    second.searchParams.set('code', new URL(first).searchParams.get('code') ?? '')
    await refused(browser, second.href, 'code_refused', true)
  })

  test('a code without the verifier of this browser', async () => {
    // the code of ada's browser, put into the sign-in of somebody else's
    const [ada, mallory] = [formBrowser(), formBrowser()]
    const stolen = new URL(await world.signInUntilCallback(ada, id, 'ada')).searchParams.get('code') ?? ''
    const own = new URL(await world.signInUntilCallback(mallory, id, 'mallory'))
    own.searchParams.set('code', stolen)
    await refused(mallory, own.href, 'code_refused')
  })

  test('who said no at the provider', async () => {
    const browser = formBrowser()
    const { url } = await browser.go(`${world.origin}/sign-in/oidc/${id}`, { until: atProvider })
    const { state } = asked(url)
    const query = new URLSearchParams({ error: 'access_denied', iss: provider.issuer, state: state ?? '' })
    await refused(browser, `${client.redirectUri}?${query}`, 'provider_refused')
  })

  test('somebody whom nobody brought, whatever their mail address', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'stranger')
    const page = await refused(browser, url, 'person_unknown')
    expect(page).toContain('ask the owner to provision you')
    const before = JSON.stringify(await world.product.records())
    expect(before).not.toContain('stranger')
    expect(before).not.toContain('owner@example.com')
  })

  test('somebody who was switched off, whose sessions ended as well', async () => {
    const userId = await world.addPerson(id, 'leaver')
    const browser = formBrowser()
    await world.signIn(browser, id, 'leaver')
    await world.product.database.pool.query('update access_user set disabled_at = now() where id = $1', [userId])
    expect(await world.session(browser)).toMatchObject({ code: 'not_signed_in' })
    const other = formBrowser()
    const url = await world.signInUntilCallback(other, id, 'leaver')
    expect(await refused(other, url, 'person_disabled')).toContain('switched off')
  })

  test('a provider that is not there, or is switched off', async () => {
    await refused(formBrowser(), `${world.origin}/sign-in/oidc/idp_none`, undefined)
    expect(await world.refusals()).toEqual([{ reason: 'provider_unknown', issuer: undefined }])
    await change({ isActive: false })
    const choices = (await world.product.app.inject({ url: '/v1/sign-in-providers' })).json()
    expect(choices).toEqual({ items: [], next: null })
    await refused(formBrowser(), `${world.origin}/sign-in/oidc/${id}`, 'provider_inactive')
    await change({ isActive: true })
  })

  test('a provider that is down: a clear sentence, and nothing else breaks', async () => {
    const browser = formBrowser()
    const url = await world.signInUntilCallback(browser, id, 'ada')
    provider.fall()
    const page = await refused(browser, url, 'provider_unreachable')
    expect(page).toContain('a passkey or sign-in link works')
    const check = await world.product.app.inject({
      method: 'POST',
      url: `/v1/issuers/${id}/check`,
      headers: { ...world.owner, host: new URL(world.origin).host },
    })
    expect(check.json()).toMatchObject({ ok: false, findings: [{ name: 'discovery', ok: false }] })
    expect((await world.product.app.inject({ url: '/v1/session', headers: world.owner })).statusCode).toBe(200)
    expect(await world.product.asOwner()).toMatchObject({ authorization: expect.any(String) })
    provider.serve(client)
    world.product.pass(6000)
    expect((await world.signIn(formBrowser(), id, 'ada')).url).toBe(`${world.origin}/`)
  })
})

describe('whom a directory brought', () => {
  test('is found at the first sign-in by the claim that is the external id, and from then on by subject', async () => {
    await change({ matchClaim: 'oid' })
    const userId = await provision('grace', 'oid-grace-at-idp')
    const browser = formBrowser()
    const signedIn = await world.signIn(browser, id, 'grace-at-idp')
    expect(signedIn.url).toBe(`${world.origin}/`)
    expect(await world.session(browser)).toMatchObject({ userId, role: 'member' })
    await change({ matchClaim: null })
    const later = formBrowser()
    await world.signIn(later, id, 'grace-at-idp')
    expect(await world.session(later)).toMatchObject({ userId })
  })

  test('is not taken over by a second provider that says the same external id', async () => {
    const second = await startProvider((sub) => ({ sub, oid: 'oid-grace-at-idp' }))
    const added = await world.addIssuer(second.issuer, { name: 'Another', matchClaim: 'oid' })
    second.serve(added.client)
    // not even where it says the same subject
    for (const login of ['mallory', 'grace-at-idp']) {
      const browser = formBrowser()
      const url = await world.signInUntilCallback(browser, added.id, login)
      await refused(browser, url, 'person_taken', false, added.id)
    }
    await second.close()
  })

  test('whoever nobody brought is somebody at once where the owner wants it, and may do nothing', async () => {
    await change({ admitsUnknown: true })
    const browser = formBrowser()
    await world.signIn(browser, id, 'newcomer')
    expect(await world.session(browser)).toMatchObject({ role: 'guest', scopes: [] })
    await change({ admitsUnknown: false })
    const later = formBrowser()
    await world.signIn(later, id, 'newcomer')
    expect(await world.session(later)).toMatchObject({ role: 'guest' })
  })
})

const atProvider = (url: URL) => url.href.startsWith(provider.issuer)

/** The address that a browser with a session at the provider comes back to. */
async function again(browser: FormBrowser): Promise<string> {
  const until = (url: URL) => url.pathname.endsWith('/callback')
  return (await browser.go(`${world.origin}/sign-in/oidc/${id}`, { until })).url
}

async function change(payload: object): Promise<void> {
  const { owner: headers } = world
  const reply = await world.product.app.inject({ method: 'PATCH', url: `/v1/issuers/${id}`, headers, payload })
  expect(reply.statusCode).toBe(200)
}

async function provision(userName: string, externalId: string): Promise<string> {
  const { app } = world.product
  const payload = { name: 'directory' }
  const made = await app.inject({ method: 'POST', url: '/v1/scim/clients', headers: world.owner, payload })
  const headers = { authorization: `Bearer ${made.json().token}` }
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, externalId, active: true }
  const reply = await app.inject({ method: 'POST', url: '/scim/v2/Users', headers, payload: user })
  return reply.json().id
}

/** Goes there and expects a page with the reason's sentence, no session, and one record with the reason. */
async function refused(
  browser: FormBrowser,
  url: string,
  reason: string | undefined,
  hadSession = false,
  issuer = id,
): Promise<string> {
  await world.refusals()
  const before = browser.cookie(world.origin, 'countersign')
  const page = await browser.go(url)
  expect({ status: page.status, text: page.text }).toEqual({
    status: 401,
    text: expect.stringContaining('role="alert"'),
  })
  expect(page.text).toContain('href="/sign-in"')
  expect(browser.cookie(world.origin, 'countersign')).toBe(hadSession ? before : undefined)
  if (reason !== undefined) expect(await world.refusals()).toEqual([{ reason, issuer }])
  return page.text
}
