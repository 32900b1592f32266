import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { FormBrowser } from './form-browser.ts'
import { type Headers, startTestProduct, type TestProduct } from './harness.ts'
import type { TestClient } from './oidc-provider.ts'

/** The product over HTTP, in the time of this machine, with what tests of identity providers do again and again. */
export interface OidcWorld {
  readonly product: TestProduct
  readonly owner: Headers
  readonly origin: string
  addIssuer(issuer: string, more?: object): Promise<{ id: string; client: TestClient }>
  addPerson(issuerId: string, subject: string): Promise<string>
  /** Goes to a real provider, logs in there and comes back. */
  signIn(
    browser: FormBrowser,
    issuerId: string,
    login: string,
    to?: string,
  ): Promise<{ url: string; status: number; text: string }>
  /** The same, up to the address that the provider sends the browser back to, which is not gone to. */
  signInUntilCallback(browser: FormBrowser, issuerId: string, login: string): Promise<string>
  /** The session of the browser; its problem when there is none. */
  session(browser: FormBrowser): Promise<Record<string, unknown>>
  /** The refusals recorded since the last time. */
  refusals(): Promise<{ reason: unknown; issuer: unknown }[]>
  close(): Promise<void>
}

export async function startOidcWorld(): Promise<OidcWorld> {
  const product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  product.pass(Date.now() - product.services.clock())
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://localhost:${(product.app.server.address() as AddressInfo).port}`
  const owner = await product.asOwner()
  const seen = { records: 0 }
  const isCallback = (url: URL) => url.origin === origin && url.pathname.endsWith('/callback')
  const logIn = async (
    browser: FormBrowser,
    issuerId: string,
    login: string,
    to: string,
    until: (url: URL) => boolean,
  ) => {
    await browser.go(`${origin}/sign-in/oidc/${issuerId}?to=${encodeURIComponent(to)}`)
    const after = await browser.submit({ prompt: 'login', login, password: 'x' }, { until })
    return after.url.startsWith(origin) ? after : browser.submit({ prompt: 'consent' }, { until })
  }
  return {
    product,
    owner,
    origin,
    addIssuer: async (issuer, more = {}) => {
      const payload = { name: 'Our provider', issuer, clientId: 'countersign', clientSecret: secret, ...more }
      const added = await product.app.inject({ method: 'POST', url: '/v1/issuers', headers: owner, payload })
      expect(added.json()).toMatchObject({ id: expect.stringMatching(/^idp_/) })
      const id: string = added.json().id
      const base = `${origin}/sign-in/oidc/${id}`
      const client = {
        id: 'countersign',
        secret,
        redirectUri: `${base}/callback`,
        signedOutUri: `${origin}/sign-in`,
        backChannelLogoutUri: `${base}/back-channel-logout`,
      }
      return { id, client }
    },
    addPerson: async (issuerId, subject) => {
      const url = `/v1/issuers/${issuerId}/people`
      const reply = await product.app.inject({ method: 'POST', url, headers: owner, payload: { subject } })
      expect(reply.statusCode).toBe(201)
      return reply.json().userId
    },
    signIn: (browser, issuerId, login, to = '/') => logIn(browser, issuerId, login, to, () => false),
    signInUntilCallback: async (browser, issuerId, login) =>
      (await logIn(browser, issuerId, login, '/', isCallback)).url,
    session: async (browser) => {
      const cookie = `countersign=${browser.cookie(origin, 'countersign')}`
      const headers = { cookie, 'sec-fetch-site': 'same-origin' }
      return (await product.app.inject({ url: '/v1/session', headers })).json()
    },
    refusals: async () => {
      const records = await product.records()
      const fresh = records.slice(seen.records).filter((one) => one.type === 'sign-in.refused')
      seen.records = records.length
      return fresh.map((one) => ({ reason: one.data['reason'], issuer: one.targets[0]?.id }))
    },
    close: () => product.close(),
  }
}

const secret = 'a-secret-of-32-characters-or-more'

/** What the address of an authorization request asks for. */
export function asked(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams)
}
