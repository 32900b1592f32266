import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addPerson, giveRole, signedInAs, takeRoles } from '#test/approver.ts'
import { createAuthenticator } from '#test/authenticator.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

/** Who signed in when, and what happens to whoever guesses. */
let product: TestProduct
beforeEach(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
})
afterEach(() => product.close())

const get = async (url: string, headers: object) => {
  const reply = await product.app.inject({ url, headers: { ...headers } })
  return { status: reply.statusCode, body: reply.json() }
}

describe('the history of sign-ins', () => {
  test('tells when, how and in what, newest first, and when each ended', async () => {
    const first = await product.asOwner()
    product.pass(60_000)
    const signedIn = await product.app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `link=${await product.signInLink()}`,
    })
    expect(signedIn.statusCode).toBe(303)
    product.pass(60_000)
    const second = await product.asOwner()
    await product.app.inject({ method: 'DELETE', url: '/v1/session', headers: first })
    const { body } = await get('/v1/sign-ins', second)
    expect(body).toMatchObject({
      next: null,
      items: [
        { at: '2027-03-01T09:02:00.000Z', method: 'link', kind: 'token', endedAt: null },
        {
          at: '2027-03-01T09:01:00.000Z',
          method: 'link',
          kind: 'browser',
          endedAt: null,
          passkeyId: null,
          issuerId: null,
        },
        { at: '2027-03-01T09:00:00.000Z', kind: 'token', endedAt: '2027-03-01T09:02:00.000Z' },
      ],
    })
    const page = (await get('/v1/sign-ins?limit=2', second)).body
    const rest = (await get(`/v1/sign-ins?limit=2&cursor=${page.next}`, second)).body
    expect([page.items.length, rest.items.length, rest.next]).toEqual([2, 1, null])
    expect((await get('/v1/sign-ins?cursor=x', second)).body).toMatchObject({ code: 'cursor_invalid' })
  })

  test('of another person takes a permission, and reading it is recorded', async () => {
    const ada = await addPerson(product, 'ada')
    const { authorization = '' } = await signedInAs(product, ada)
    const owner = await product.asOwner()
    const before = (await product.records()).length
    const { body } = await get(`/v1/people/${ada}/sign-ins`, owner)
    expect(body.items).toMatchObject([{ method: 'link', kind: 'token' }])
    const [read] = (await product.records()).slice(before)
    expect(read).toMatchObject({ type: 'sign-ins.read', targets: [{ type: 'user', id: ada }], data: { count: 1 } })
    expect((await get(`/v1/people/${ada}/sign-ins`, { authorization })).body).toMatchObject({ code: 'forbidden' })
    // a tech lead reads who there is, and not how others sign in
    await giveRole(product, ada, 'tech-lead')
    expect((await get(`/v1/people/${ada}`, { authorization })).status).toBe(200)
    expect((await get(`/v1/people/${ada}/sign-ins`, { authorization })).body).toMatchObject({ code: 'forbidden' })
    await takeRoles(product, ada)
    expect((await get('/v1/people/usr_nobody/sign-ins', owner)).body).toMatchObject({ code: 'person_not_found' })
    expect((await get('/v1/sign-ins', { authorization })).body.items).toHaveLength(1)
  })

  test('is not told to an API token', async () => {
    const token = await product.token({ scopes: ['change:read'] })
    expect((await get('/v1/sign-ins', token)).body).toMatchObject({ code: 'session_needed' })
  })
})

describe('whoever guesses', () => {
  const trade = (link: string, from: { readonly address?: string; readonly cookie?: string } = {}) =>
    product.app.inject({
      method: 'POST',
      url: '/v1/session',
      remoteAddress: from.address ?? '192.0.2.1',
      headers: from.cookie === undefined ? {} : { cookie: from.cookie, 'sec-fetch-site': 'same-origin' },
      payload: { link },
    })
  const guess = (from?: { readonly address?: string; readonly cookie?: string }) => trade('cst_link_wrong', from)

  async function guessUntilSlow(from?: { readonly address?: string; readonly cookie?: string }): Promise<number> {
    for (let failed = 0; ; failed++) if ((await guess(from)).statusCode === 429) return failed
  }

  test('waits twice as long after each failure beyond ten, a minute at most, and then goes on', async () => {
    expect(await guessUntilSlow()).toBe(10)
    const refused = await guess()
    expect(refused.json()).toMatchObject({ status: 429, code: 'sign_in_slowed' })
    const waits: number[] = [Number(refused.headers['retry-after'])]
    for (let i = 0; i < 8; i++) {
      product.pass(1000 * (waits.at(-1) ?? 0))
      expect((await guess()).statusCode).toBe(401)
      waits.push(Number((await guess()).headers['retry-after']))
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    product.pass(60_000)
    expect((await trade(await product.signInLink())).statusCode).toBe(201)
    expect((await guess()).statusCode).toBe(401)
    expect((await guess()).statusCode).toBe(401)
  })

  test('has no more tries by trying all at once', async () => {
    const address = '192.0.2.77'
    const replies = await Promise.all(Array.from({ length: 40 }, () => guess({ address })))
    expect(replies.filter((one) => one.statusCode === 401)).toHaveLength(10)
    expect(replies.filter((one) => one.statusCode === 429)).toHaveLength(30)
  })

  test('slows nobody down at another address, and no account', async () => {
    await guessUntilSlow()
    expect((await guess()).statusCode).toBe(429)
    expect((await trade(await product.signInLink(), { address: '192.0.2.2' })).statusCode).toBe(201)
  })

  test('slows nobody down who signed in there before, in a browser that is known', async () => {
    const signedIn = await trade(await product.signInLink())
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
    expect(cookie).toMatch(/^countersign-browser=[A-Za-z0-9_-]{43}$/)
    await guessUntilSlow()
    const known = await trade(await product.signInLink(), { cookie })
    expect(known.statusCode).toBe(201)
    expect(known.headers['set-cookie']).toBeUndefined()
    const forged = `countersign-browser=${'A'.repeat(43)}`
    expect((await trade(await product.signInLink(), { cookie: forged })).statusCode).toBe(429)
    // a cookie that was stolen gets no more guesses than an address
    expect(await guessUntilSlow({ cookie })).toBe(10)
  })

  test('has the addresses of one customer for one: /64 of IPv6', async () => {
    await guessUntilSlow({ address: '2001:db8:1:2::1' })
    expect((await guess({ address: '2001:db8:1:2:ffff::7' })).statusCode).toBe(429)
    expect((await guess({ address: '2001:db8:1:3::1' })).statusCode).toBe(401)
  })

  test('with many accounts is slowed down for all of them after thirty', async () => {
    const headers = { host: 'localhost' }
    const owner = await product.asOwner()
    const key = createAuthenticator('http://localhost')
    const options = (
      await product.app.inject({ url: '/v1/passkeys/registration', headers: { ...owner, ...headers } })
    ).json()
    const payload = { name: 'key', response: key.create(options) }
    await product.app.inject({ method: 'POST', url: '/v1/passkeys', headers: { ...owner, ...headers }, payload })
    const attempt = async (id?: string) => {
      const asked = await product.app.inject({ url: '/v1/passkey-sign-in', headers })
      const cookie = String(asked.headers['set-cookie']).split(';')[0] ?? ''
      const response = { ...key.get(asked.json()), ...(id === undefined ? {} : { id, rawId: id }) }
      return product.app.inject({
        method: 'POST',
        url: '/v1/passkey-sign-in',
        headers: { ...headers, cookie },
        payload: { response },
      })
    }
    for (let i = 0; i < 30; i++) expect((await attempt(`unknown${i}`)).statusCode).toBe(401)
    expect((await attempt()).json()).toMatchObject({ code: 'sign_in_slowed' })
    product.pass(1000)
    expect((await attempt()).statusCode).toBe(201)
  })

  test('on the page of the link is told so in words', async () => {
    const post = (link: string) =>
      product.app.inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: `link=${link}`,
      })
    for (let i = 0; i < 10; i++) await post('cst_link_wrong')
    const reply = await post('cst_link_wrong')
    expect([reply.statusCode, reply.body]).toEqual([401, expect.stringContaining('no account is locked')])
  })
})
