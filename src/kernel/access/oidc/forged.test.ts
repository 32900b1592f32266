import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ForgingProvider, handmade, hmac, startForger } from '#test/forging-provider.ts'
import { formBrowser } from '#test/form-browser.ts'
import { asked, type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'

/** What a provider that lies, or somebody between, could send: nobody is signed in by it. */
let world: OidcWorld
let forger: ForgingProvider
let other: ForgingProvider
let id: string
let otherId: string

beforeAll(async () => {
  world = await startOidcWorld()
  forger = await startForger()
  other = await startForger()
  id = (await world.addIssuer(forger.issuer)).id
  otherId = (await world.addIssuer(other.issuer, { name: 'Another' })).id
  await world.addPerson(id, 'ada')
})
afterAll(async () => {
  await world.close()
  await forger.close()
  await other.close()
})
beforeEach(async () => {
  await world.refusals()
})

type Nonce = { readonly nonce: string | undefined }

describe('ID tokens', () => {
  test('a good one signs in, with what it says of how', async () => {
    const { status, browser } = await arriveWith(({ nonce }) =>
      forger.sign({ nonce, amr: ['pwd', 'otp'], acr: 'silver', auth_time: now() - 5 }),
    )
    expect(status).toBe(200)
    expect(await world.session(browser)).toMatchObject({
      authentication: { issuerId: id, acr: 'silver', amr: ['pwd', 'otp'], authenticatedAt: expect.any(String) },
    })
  })

  const bad: Record<string, [reason: string, token: (nonce: Nonce) => Promise<string | undefined>]> = {
    'of another issuer': ['token_issuer', (n) => forger.sign({ ...n, iss: 'https://evil.example' })],
    'without an issuer': ['token_issuer', (n) => forger.sign({ ...n, iss: undefined })],
    'for another audience': ['token_audience', (n) => forger.sign({ ...n, aud: 'another' })],
    'for us and others, without saying who may use it': [
      'token_audience',
      (n) => forger.sign({ ...n, aud: ['countersign', 'another'] }),
    ],
    'that another application may use': ['token_audience', (n) => forger.sign({ ...n, azp: 'another' })],
    'with the nonce of another sign-in': ['token_nonce', () => forger.sign({ nonce: 'A'.repeat(43) })],
    'without a nonce': ['token_nonce', () => forger.sign({})],
    'that has expired': ['token_expired', (n) => forger.sign({ ...n, iat: now() - 700, exp: now() - 400 })],
    'that never expires': ['token_expired', (n) => forger.sign({ ...n, exp: undefined })],
    'from the future': ['token_issued_at', (n) => forger.sign({ ...n, iat: now() + 400, exp: now() + 700 })],
    'that does not say when it was made': ['token_issued_at', (n) => forger.sign({ ...n, iat: undefined })],
    'without a subject': ['token_subject', (n) => forger.sign({ ...n, sub: undefined })],
    'of an access token': ['token_type', (n) => forger.sign(n, { typ: 'at+jwt' })],
    'that is a logout token': ['token_type', (n) => forger.sign({ ...n, events: {} })],
    'signed with nothing': ['token_malformed', async (n) => handmade({ alg: 'none' }, claims(n), () => '')],
    'signed with nothing, with something behind': [
      'token_algorithm',
      async (n) => handmade({ alg: 'none' }, claims(n), () => 'AAAA'),
    ],
    'signed by HS256 with the public key in PEM': [
      'token_algorithm',
      async (n) => {
        const pem = forger.publicKey.export({ type: 'spki', format: 'pem' })
        return handmade({ alg: 'HS256', kid: 'one' }, claims(n), hmac(pem))
      },
    ],
    'signed by HS256 with the public key in DER': [
      'token_algorithm',
      async (n) => {
        const der = forger.publicKey.export({ type: 'spki', format: 'der' })
        return handmade({ alg: 'HS256', kid: 'one' }, claims(n), hmac(der))
      },
    ],
    'signed by the secret that we share': [
      'token_algorithm',
      async (n) => handmade({ alg: 'HS256' }, claims(n), hmac('a-secret-of-32-characters-or-more')),
    ],
    'signed by the key of another provider': ['token_signature', (n) => other.sign({ ...n, iss: forger.issuer })],
    'of a key that nobody publishes': ['token_signature', (n) => forger.sign(n, { kid: 'two' })],
    'whose claims were changed': [
      'token_signature',
      async (n) => {
        const [header = '', , signature = ''] = (await forger.sign(n)).split('.')
        return [
          header,
          Buffer.from(JSON.stringify({ ...claims(n), sub: 'mallory' })).toString('base64url'),
          signature,
        ].join('.')
      },
    ],
    'with a space': ['token_malformed', async (n) => (await forger.sign(n)).replace('.', '. ')],
    'with a space behind': ['token_malformed', async (n) => `${await forger.sign(n)} `],
    'with padding': ['token_malformed', async (n) => `${await forger.sign(n)}=`],
    'in the other base64 alphabet': ['token_malformed', async (n) => `${(await forger.sign(n)).slice(0, -1)}+`],
    'with a critical extension that we do not know': [
      'token_algorithm',
      async (n) => handmade({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 }, claims(n), forger.rs256),
    ],
    'that is no token': ['token_malformed', async () => 'hello'],
    'that is larger than any': ['token_malformed', (n) => forger.sign({ ...n, more: 'x'.repeat(20_000) })],
    'that did not come': ['token_missing', async () => undefined],
  }

  test.each(Object.entries(bad))('one %s is refused', async (_, [reason, token]) => {
    await refused(reason, token)
  })

  test('one of a login that is older than what was asked for is refused', async () => {
    await refused('authentication_too_old', (n) => forger.sign({ ...n, auth_time: now() - 600 }), '?maxAge=60')
    await refused('authentication_too_old', (n) => forger.sign(n), '?maxAge=60')
  })
})

describe('two providers', () => {
  test('the answer of one at the address of the other is refused, and the sign-in is used up', async () => {
    const browser = formBrowser()
    const { state = '' } = await begin(browser, id)
    const page = await browser.go(`${world.origin}/sign-in/oidc/${otherId}/callback?code=c&state=${state}`)
    expect(page.status).toBe(401)
    expect(await world.refusals()).toEqual([{ reason: 'issuer_mixed_up', issuer: otherId }])
    const again = await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?code=c&state=${state}`)
    expect(again.status).toBe(401)
    expect(await world.refusals()).toEqual([{ reason: 'state_unknown', issuer: id }])
  })

  test('an answer that names another issuer is refused before its code goes anywhere (RFC 9207)', async () => {
    const used: string[] = []
    forger.answer(async () => {
      used.push('code')
      return undefined
    })
    const browser = formBrowser()
    const { state = '' } = await begin(browser, id)
    const query = new URLSearchParams({ code: 'c', state, iss: other.issuer })
    await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?${query}`)
    expect(await world.refusals()).toEqual([{ reason: 'issuer_mixed_up', issuer: id }])
    expect(used).toEqual([])
  })
})

describe('a provider that does not behave', () => {
  const misbehaving: Record<string, Parameters<ForgingProvider['serve']>[1]> = {
    'leads elsewhere': (_request, response) => response.writeHead(302, { location: `${other.issuer}/token` }).end(),
    'answers no JSON': (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
    'answers without end': (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(`{"id_token":"${'x'.repeat(300_000)}`)
    },
    'hangs up': (request) => request.socket.destroy(),
  }

  test.each(Object.entries(misbehaving))('one whose token endpoint %s signs nobody in', async (_, handler) => {
    const failing = await startForger()
    const failingId = (await world.addIssuer(failing.issuer, { name: 'Failing' })).id
    failing.serve('/token', handler)
    const browser = formBrowser()
    const { state = '' } = await begin(browser, failingId)
    const page = await browser.go(`${world.origin}/sign-in/oidc/${failingId}/callback?code=c&state=${state}`)
    expect(page.status).toBe(401)
    expect(await world.refusals()).toEqual([
      { reason: expect.stringMatching(/^(provider_unreachable|token_missing)$/), issuer: failingId },
    ])
    await remove(failingId)
    await failing.close()
  })

  const descriptions: Record<string, (own: ForgingProvider) => object> = {
    'names another issuer': () => ({ issuer: 'https://evil.example' }),
    'keeps its keys at a plain address': () => ({ jwks_uri: 'http://evil.example/keys' }),
    'has people log in by a script': () => ({ authorization_endpoint: 'javascript:alert(1)' }),
    'keeps its keys in a file': () => ({ jwks_uri: 'file:///etc/passwd' }),
    'has no token endpoint': () => ({ token_endpoint: undefined }),
  }

  test.each(Object.entries(descriptions))('one that %s is told so, and signs nobody in', async (_, members) => {
    const failing = await startForger()
    failing.describe(members(failing))
    const failingId = (await world.addIssuer(failing.issuer, { name: 'Failing' })).id
    const page = await formBrowser().go(`${world.origin}/sign-in/oidc/${failingId}`)
    expect(page.status).toBe(401)
    expect(await world.refusals()).toEqual([{ reason: 'provider_unreachable', issuer: failingId }])
    const headers = { ...world.owner, host: new URL(world.origin).host }
    const check = await world.product.app.inject({ method: 'POST', url: `/v1/issuers/${failingId}/check`, headers })
    expect(check.json()).toMatchObject({ ok: false, findings: [{ name: 'discovery', ok: false }] })
    await remove(failingId)
    await failing.close()
  })
})

test('refusals that come too fast are counted, not recorded one by one', async () => {
  const browser = formBrowser()
  world.product.pass(61_000)
  for (let i = 0; i < 130; i++) await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?state=${'B'.repeat(43)}`)
  expect(await world.refusals()).toHaveLength(120)
  world.product.pass(61_000)
  await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?state=${'B'.repeat(43)}`)
  const last = (await world.product.records()).at(-1)
  expect(last?.data).toEqual({ reason: 'state_unknown', unrecorded: 10 })
  world.product.pass(-122_000)
})

async function begin(browser: ReturnType<typeof formBrowser>, issuerId: string, query = '') {
  const { url } = await browser.go(`${world.origin}/sign-in/oidc/${issuerId}${query}`, {
    until: (one) => one.pathname === '/authorize',
  })
  return asked(url)
}

/** A whole sign-in in which the provider answers this token for the code. */
async function arriveWith(token: (nonce: Nonce) => Promise<string | undefined>, query = '') {
  const browser = formBrowser()
  const { state = '', nonce } = await begin(browser, id, query)
  forger.answer(() => token({ nonce }))
  const page = await browser.go(`${world.origin}/sign-in/oidc/${id}/callback?code=c&state=${state}`)
  return { ...page, browser }
}

async function refused(reason: string, token: (nonce: Nonce) => Promise<string | undefined>, query = '') {
  const { status, text, browser } = await arriveWith(token, query)
  expect(await world.refusals()).toEqual([{ reason, issuer: id }])
  expect(status).toBe(401)
  expect(text).toContain('role="alert"')
  expect(browser.cookie(world.origin, 'countersign')).toBeUndefined()
}

async function remove(issuerId: string): Promise<void> {
  const { owner: headers } = world
  await world.product.app.inject({ method: 'DELETE', url: `/v1/issuers/${issuerId}`, headers })
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function claims({ nonce }: Nonce): object {
  return { iss: forger.issuer, aud: 'countersign', sub: 'ada', iat: now(), exp: now() + 300, nonce }
}
