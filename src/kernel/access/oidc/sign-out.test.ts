import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ForgingProvider, handmade, hmac, startForger } from '#test/forging-provider.ts'
import { type FormBrowser, formBrowser } from '#test/form-browser.ts'
import { startProvider, type TestClient, type TestProvider } from '#test/oidc-provider.ts'
import { asked, type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'

let world: OidcWorld
beforeAll(async () => {
  world = await startOidcWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.refusals()
})

describe('at a real provider', () => {
  let provider: TestProvider
  let client: TestClient
  let id: string
  beforeAll(async () => {
    provider = await startProvider()
    const added = await world.addIssuer(provider.issuer)
    client = added.client
    id = added.id
    provider.serve(client)
    await world.addPerson(id, 'ada')
  })
  afterAll(() => provider.close())

  test('signing out here leads to the provider, which signs out there and leads back', async () => {
    const browser = formBrowser()
    await world.signIn(browser, id, 'ada')
    const cookie = `countersign=${browser.cookie(world.origin, 'countersign')}`
    const headers = { cookie, host: new URL(world.origin).host, 'sec-fetch-site': 'same-origin' }
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const out = await world.product.app.inject({ method: 'POST', url: '/sign-out', headers: { ...headers, ...form } })
    expect(out.statusCode).toBe(200)
    expect(out.headers['set-cookie']).toContain('Max-Age=0')
    expect(await world.session(browser)).toMatchObject({ code: 'not_signed_in' })
    const next = new URL(unescaped(/content="0;url=([^"]*)"/.exec(out.body)?.[1] ?? ''))
    expect(next.origin).toBe(provider.issuer)
    expect(asked(next.href)).toMatchObject({
      post_logout_redirect_uri: `${world.origin}/sign-in`,
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      client_id: 'countersign',
    })
    await browser.go(next.href)
    const back = await browser.submit({ logout: 'yes' })
    expect(back.url).toBe(`${world.origin}/sign-in`)
    // there, too: it asks for the login again
    const again = await browser.go(`${world.origin}/sign-in/oidc/${id}`)
    expect(again.text).toContain('name="login"')
  })

  test('signing out at the provider ends the session here by the back channel, and no other', async () => {
    const [here, elsewhere] = [formBrowser(), formBrowser()]
    await world.signIn(here, id, 'ada')
    await world.signIn(elsewhere, id, 'ada')
    await here.go(`${provider.issuer}/session/end`)
    await here.submit({ logout: 'yes' })
    expect(await world.session(here)).toMatchObject({ code: 'not_signed_in' })
    expect(await world.session(elsewhere)).toMatchObject({ role: 'guest' })
    expect((await world.product.records()).at(-1)).toMatchObject({ type: 'session.ended' })
  })

  test('a provider that is down keeps nobody signed in', async () => {
    const browser = formBrowser()
    await world.signIn(browser, id, 'ada')
    provider.fall()
    world.product.pass(11 * 60_000)
    const headers = {
      cookie: `countersign=${browser.cookie(world.origin, 'countersign')}`,
      'sec-fetch-site': 'same-origin',
      host: new URL(world.origin).host,
    }
    const out = await world.product.app.inject({ method: 'POST', url: '/sign-out', headers })
    expect({ status: out.statusCode, to: out.headers.location }).toEqual({ status: 303, to: '/' })
    expect(await world.session(browser)).toMatchObject({ code: 'not_signed_in' })
    world.product.pass(-11 * 60_000)
  })
})

describe('logout tokens', () => {
  let forger: ForgingProvider
  let id: string
  beforeAll(async () => {
    forger = await startForger()
    id = (await world.addIssuer(forger.issuer, { name: 'Forger' })).id
    await world.addPerson(id, 'ada')
    await world.addPerson(id, 'bob')
  })
  afterAll(() => forger.close())

  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const order = (claims: object, header: object = { typ: 'logout+jwt' }) =>
    forger.sign({ events: event, jti: randomUUID(), sub: undefined, ...claims }, header)

  test('one of a sid ends that session; one of a sub ends all of that person, and of nobody else', async () => {
    const [first, second, third] = [await signIn('ada', 's1'), await signIn('ada', 's2'), await signIn('bob', 's3')]
    expect(await send(await order({ sid: 's1' }))).toBe(200)
    expect(await living(first, second, third)).toEqual([false, true, true])
    const fourth = await signIn('ada', 's4')
    expect(await send(await order({ sub: 'ada' }, {}))).toBe(200)
    expect(await living(second, third, fourth)).toEqual([false, true, false])
    expect(await send(await order({ sub: 'nobody' }))).toBe(200)
    expect(await world.refusals()).toEqual([])
  })

  test('one that is used again is refused, and ends nothing', async () => {
    const token = await order({ sub: 'ada' })
    expect(await send(token)).toBe(200)
    const browser = await signIn('ada', 's5')
    expect(await send(token)).toBe(400)
    expect(await living(browser)).toEqual([true])
    expect(await world.refusals()).toEqual([{ reason: 'token_replayed', issuer: id }])
  })

  const bad: Record<string, [reason: string, token: () => Promise<string>]> = {
    'for another application': ['token_audience', () => order({ sub: 'ada', aud: 'another' })],
    'of another issuer': ['token_issuer', () => order({ sub: 'ada', iss: 'https://evil.example' })],
    'with a nonce, as ID tokens have': ['token_type', () => order({ sub: 'ada', nonce: 'n' })],
    'without the event': ['token_type', () => order({ sub: 'ada', events: { other: {} } })],
    'that is an ID token': ['token_type', () => order({ sub: 'ada', events: undefined })],
    'that is an access token': ['token_type', () => order({ sub: 'ada' }, { typ: 'at+jwt' })],
    'of nobody': ['token_subject', () => order({})],
    'without an id': ['token_id', () => order({ sub: 'ada', jti: undefined })],
    'that is old': ['token_expired', () => order({ sub: 'ada', iat: now() - 900 })],
    'that has expired': ['token_expired', () => order({ sub: 'ada', exp: now() - 200 })],
    'from the future': ['token_issued_at', () => order({ sub: 'ada', iat: now() + 900 })],
    'of an unknown key': ['token_signature', () => order({ sub: 'ada' }, { kid: 'two' })],
    'signed with nothing': [
      'token_algorithm',
      async () => handmade({ alg: 'none' }, { iss: forger.issuer, aud: 'countersign', sub: 'ada' }, () => 'AAAA'),
    ],
    'signed by HS256 with the public key': [
      'token_algorithm',
      async () => {
        const pem = forger.publicKey.export({ type: 'spki', format: 'pem' })
        return handmade({ alg: 'HS256' }, { iss: forger.issuer, aud: 'countersign', sub: 'ada' }, hmac(pem))
      },
    ],
    'with padding': ['token_malformed', async () => `${await order({ sub: 'ada' })}==`],
  }

  test.each(Object.entries(bad))('one %s is refused, and ends nothing', async (_, [reason, token]) => {
    const browser = await signIn('ada', 's6')
    await world.refusals()
    expect(await send(await token())).toBe(400)
    expect(await living(browser)).toEqual([true])
    expect(await world.refusals()).toEqual([{ reason, issuer: id }])
  })

  test('switching a provider off, or removing it, ends the sessions that it began', async () => {
    const first = await signIn('ada', 's7')
    await act('PATCH', { isActive: false })
    expect(await living(first)).toEqual([false])
    await act('PATCH', { isActive: true })
    const second = await signIn('ada', 's8')
    await act('DELETE')
    expect(await living(second)).toEqual([false])
    expect((await world.product.records()).at(-2)?.type).toBe('session.ended')
  })

  async function act(method: 'PATCH' | 'DELETE', payload?: object) {
    const { owner: headers } = world
    const body = payload === undefined ? {} : { payload }
    const reply = await world.product.app.inject({ method, url: `/v1/issuers/${id}`, headers, ...body })
    expect(reply.statusCode).toBeLessThan(300)
  }

  async function signIn(sub: string, sid: string): Promise<FormBrowser> {
    const browser = formBrowser()
    const until = (url: URL) => url.pathname === '/authorize'
    const { nonce, state } = asked((await browser.go(`${world.origin}/sign-in/oidc/${id}`, { until })).url)
    forger.answer(() => forger.sign({ sub, sid, nonce }))
    await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?code=c&state=${state}`)
    return browser
  }

  async function living(...browsers: readonly FormBrowser[]): Promise<boolean[]> {
    const sessions = await Promise.all(browsers.map((one) => world.session(one)))
    return sessions.map((one) => one['code'] === undefined)
  }

  async function send(token: string): Promise<number> {
    const body = new URLSearchParams({ logout_token: token })
    const reply = await fetch(`${world.origin}/sign-in/oidc/${id}/back-channel-logout`, { method: 'POST', body })
    expect(reply.headers.get('cache-control')).toBe('no-store')
    return reply.status
  }
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}
