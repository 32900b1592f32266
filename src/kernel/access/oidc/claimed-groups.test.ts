import { afterAll, beforeAll, expect, test } from 'vitest'
import { approver } from '#test/approver.ts'
import { formBrowser } from '#test/form-browser.ts'
import { startProvider, type TestProvider } from '#test/oidc-provider.ts'
import { type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'

let world: OidcWorld
let provider: TestProvider
let issuer: string
let groups: unknown = ['payments', 'payments', 7, '', 'x'.repeat(201)]

beforeAll(async () => {
  world = await startOidcWorld()
  provider = await startProvider((sub) => ({ sub, groups }) as never)
  const added = await world.addIssuer(provider.issuer, { groupsClaim: 'groups', admitsUnknown: true })
  provider.serve(added.client)
  issuer = added.id
})
afterAll(async () => {
  await world.close()
  await provider.close()
})

const call = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object, headers = world.owner) =>
  (await world.product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).json()

async function signedIn() {
  const browser = formBrowser()
  await world.signIn(browser, issuer, 'ada')
  return browser
}

/** The owner appoints a second person, and both of them map the group. */
async function map(groupId: string) {
  const { product } = world
  const ownerId = (await call('GET', '/v1/session')).userId
  const second = (await call('POST', '/scim/v2/Users', { userName: 'second@example.com' })).id
  const first = { kind: 'assignment', userId: second, role: 'security' }
  await call('POST', '/v1/role-changes', { add: [first], reason: 'the second person' })
  const owner = await approver(product, ownerId)
  const add = [{ kind: 'mapping', groupId, role: 'auditor' }]
  const by = await approver(product, second)
  const proposed = await call('POST', '/v1/role-changes', { add, reason: 'they audit' }, { ...by.headers } as never)
  const subject = { type: 'role-change', id: proposed.id, digest: proposed.digest, decision: 'approve' as const }
  const payload = { decision: 'approve', digest: proposed.digest, assertion: await owner.answer(subject) }
  const done = await call('POST', `/v1/role-changes/${proposed.id}/decision`, payload, { ...owner.headers } as never)
  expect(done.state).toBe('applied')
  return { second: { ...by.headers } as never }
}

test('a group that a provider names at sign-in is mapped to a role, for as long as it is named', async () => {
  await signedIn()
  const { items } = await call('GET', '/v1/claimed-groups')
  expect(items).toEqual([
    { id: expect.stringMatching(/^clm_/), issuerId: issuer, issuerName: 'Our provider', value: 'payments', members: 1 },
  ])
  const { second } = await map(items[0].id)
  const browser = await signedIn()
  expect(await world.session(browser)).toMatchObject({ role: 'auditor', roles: ['guest', 'auditor'] })
  // whoever may set up providers and no more does not make auditors by another claim
  const token = await call('POST', '/v1/tokens', { name: 'idp', scopes: ['issuer:write'] })
  const headers = { authorization: `Bearer ${token.token}` }
  expect((await call('PATCH', `/v1/issuers/${issuer}`, { groupsClaim: 'nickname' }, headers)).code).toBe(
    'scope_not_held',
  )
  groups = 'payments'
  expect(await world.session(await signedIn())).toMatchObject({ role: 'guest', roles: ['guest'] })
  expect(await world.session(browser)).toMatchObject({ role: 'guest' })
  groups = ['payments']
  const again = await signedIn()
  expect(await world.session(again)).toMatchObject({ role: 'auditor' })
  // what was said lasts as long as a session may, whatever token is used
  await world.product.database.pool.query("update access_claimed_member set until = now() - interval '1 second'")
  expect(await world.session(again)).toMatchObject({ role: 'guest' })
  expect((await call('GET', '/v1/role-holdings', undefined, second)).items).toContainEqual(
    expect.objectContaining({ kind: 'mapping', name: 'payments', role: 'auditor' }),
  )
})

test('a provider that is switched off says nothing about groups any more', async () => {
  groups = ['payments']
  await signedIn()
  await call('PATCH', `/v1/issuers/${issuer}`, { isActive: false })
  const { items } = await call('GET', '/v1/claimed-groups')
  expect(items).toMatchObject([{ value: 'payments', members: 0 }])
})
