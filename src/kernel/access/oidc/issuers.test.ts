import { afterAll, beforeAll, expect, test } from 'vitest'
import { startForger } from '#test/forging-provider.ts'
import { formBrowser } from '#test/form-browser.ts'
import { asked, type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'

let world: OidcWorld
beforeAll(async () => {
  world = await startOidcWorld()
})
afterAll(() => world.close())

test('a secret is shown nowhere: not in answers, records, the database or the log', async () => {
  const clientSecret = 'unmistakable-secret-of-a-client'
  const { id } = await world.addIssuer('https://one.example', { clientSecret })
  const list = await call('GET', '/v1/issuers')
  expect(list.json().items[0]).toMatchObject({ id, hasSecret: true, admitsUnknown: false, matchClaim: 'sub' })
  await call('PATCH', `/v1/issuers/${id}`, { clientSecret: `${clientSecret}-2`, name: 'Other' })
  const rows = await world.product.db.selectFrom('access_issuer').selectAll().execute()
  const everywhere = JSON.stringify([list.json(), await world.product.records(), rows]) + world.product.logged()
  expect(everywhere).not.toContain('unmistakable')
  expect(rows.map((row) => row.secret?.toString('latin1').includes('unmistakable'))).toEqual([false])
  const changed = (await world.product.records()).at(-1)
  expect(changed).toMatchObject({
    type: 'issuer.changed',
    data: { changed: ['clientSecret', 'name'], hasSecret: true },
  })
  const { statusCode } = await call('DELETE', `/v1/issuers/${id}`)
  expect(statusCode).toBe(204)
})

test('what cannot be an issuer, a claim or a scope is refused, and what would match people by name or mail', async () => {
  const good = { name: 'One', issuer: 'https://two.example', clientId: 'c' }
  for (const issuer of [
    'http://two.example',
    'https://two.example?a=1',
    'https://a:b@two.example',
    'ftp://two.example',
    'x',
  ])
    expect((await call('POST', '/v1/issuers', { ...good, issuer })).json()).toMatchObject({
      code: 'issuer_address_invalid',
    })
  for (const matchClaim of ['email', 'preferred_username', 'upn', 'unique_name', 'name', 'a b', ''])
    expect((await call('POST', '/v1/issuers', { ...good, matchClaim })).json()).toMatchObject({
      code: 'request_invalid',
    })
  for (const more of [{ scopes: ['profile'] }, { clientId: 'a b' }, { clientSecret: '' }, { issuer2: 'x' }])
    expect((await call('POST', '/v1/issuers', { ...good, ...more })).json()).toMatchObject({ code: 'request_invalid' })
  expect((await call('PATCH', '/v1/issuers/idp_none', { isActive: false })).json()).toMatchObject({
    code: 'issuer_not_found',
  })
  expect((await call('PATCH', '/v1/issuers/idp_none', {})).json()).toMatchObject({ code: 'request_invalid' })
})

test('a secret whose key was erased signs nobody in, until it is given again', async () => {
  const provider = await startForger()
  const { id } = await world.addIssuer(provider.issuer)
  await world.addPerson(id, 'ada')
  await world.product.database.pool.query(
    `update ledger_key set wrapped = null, erased_at = now() where compartment = 'content'`,
  )
  await world.refusals()
  const arrive = async () => {
    const browser = formBrowser()
    const until = (url: URL) => url.pathname === '/authorize'
    const { state, nonce } = asked((await browser.go(`${world.origin}/sign-in/oidc/${id}`, { until })).url)
    provider.answer(() => provider.sign({ nonce }))
    return browser.go(`${world.origin}/sign-in/oidc/${id}/callback?code=c&state=${state}`)
  }
  expect((await arrive()).status).toBe(401)
  expect(await world.refusals()).toEqual([{ reason: 'secret_unreadable', issuer: id }])
  expect((await call('PATCH', `/v1/issuers/${id}`, { clientSecret: 'given-again' })).statusCode).toBe(200)
  expect((await arrive()).status).toBe(200)
  await provider.close()
})

test('an address that providers could not send people back to is refused with what to do', async () => {
  const { id } = await world.addIssuer('https://three.example')
  const url = `/sign-in/oidc/${id}`
  const page = await world.product.app.inject({ url, headers: { host: 'evil.example' } })
  expect(page.statusCode).toBe(401)
  expect(page.body).toContain('publicUrl')
  const headers = { ...world.owner, host: '10.0.0.1:7420' }
  const check = await world.product.app.inject({ method: 'POST', url: `/v1/issuers/${id}/check`, headers })
  expect(check.json()).toMatchObject({ code: 'sign_in_address_unusable' })
})

function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const { owner: headers } = world
  return world.product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
}

test('a token for providers alone is no way to become an owner, or whom the directory brought', async () => {
  const { app } = world.product
  const owner = await world.product.asOwner()
  const narrow = await world.product.token({ scopes: ['issuer:read', 'issuer:write'] })
  const { userId } = (await app.inject({ url: '/v1/session', headers: owner })).json()
  const ask = async (method: 'POST' | 'PATCH', url: string, payload: object) => {
    const reply = await app.inject({ method, url, headers: narrow, payload })
    return [reply.statusCode, reply.json().code]
  }
  const refused = [403, 'scope_not_held']
  const settings = { name: 'Own', issuer: 'https://own.example', clientId: 'own' }
  expect(await ask('POST', '/v1/issuers', settings)).toEqual(refused)
  const { id } = await world.addIssuer('https://four.example')
  expect(await ask('POST', `/v1/issuers/${id}/people`, { subject: 'me', userId })).toEqual(refused)
  expect(await ask('PATCH', `/v1/issuers/${id}`, { clientId: 'own' })).toEqual(refused)
  // somebody new, who may do nothing, is theirs to admit
  expect((await ask('POST', `/v1/issuers/${id}/people`, { subject: 'somebody' }))[0]).toBe(201)
  const again = {
    method: 'POST' as const,
    url: `/v1/issuers/${id}/people`,
    headers: owner,
    payload: { subject: 'me', userId },
  }
  expect((await app.inject(again)).statusCode).toBe(201)
})
