import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Approver, addPerson, approver, giveRole } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

/** What a role, or a moment, must not make of somebody. */
let product: TestProduct
let owner: Approver
let admin: Approver
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  const session = await product.asOwner()
  owner = await approver(product, (await product.app.inject({ url: '/v1/session', headers: session })).json().userId)
  admin = await approver(product, await addPerson(product, 'admin@example.com'))
  await giveRole(product, admin.id, 'platform-administrator')
})
afterAll(() => product.close())

async function post(by: Approver, url: string, payload: object) {
  const reply = await product.app.inject({ method: 'POST', url, headers: by.headers, payload })
  return { status: reply.statusCode, body: reply.json() }
}

const proposed = async (items: object[], by = owner) =>
  (await post(by, '/v1/role-changes', { add: items, reason: 'they joined' })).body
const assignment = (userId: string, role: string, teamId: string | null = null) => ({
  ...{ kind: 'assignment', userId, role, teamId },
})

test('platform administrators make no program that puts them into groups that roles are mapped to', async () => {
  expect(await post(admin, '/v1/scim/clients', { name: 'mine' })).toMatchObject({
    status: 403,
    body: { code: 'scope_not_held' },
  })
  expect((await post(owner, '/v1/scim/clients', { name: 'directory' })).status).toBe(201)
})

test('platform administrators let no account of theirs sign in as somebody who is there', async () => {
  const settings = { name: 'One', issuer: 'https://one.example', clientId: 'one', matchClaim: null }
  const { id } = (await post(admin, '/v1/issuers', settings)).body
  const other = await addPerson(product, 'other@example.com')
  await giveRole(product, other, 'platform-administrator')
  // neither as an equal, nor as somebody who gets more later
  for (const userId of [other, await addPerson(product, 'later@example.com')])
    expect(await post(admin, `/v1/issuers/${id}/people`, { subject: userId, userId })).toMatchObject({
      status: 403,
      body: { code: 'scope_not_held' },
    })
  expect((await post(admin, `/v1/issuers/${id}/people`, { subject: 'new' })).status).toBe(201)
  expect((await post(owner, `/v1/issuers/${id}/people`, { subject: 'other', userId: other })).status).toBe(201)
})

test('a role that counts for the whole organisation is not given in a team', async () => {
  const team = (await post(owner, '/v1/teams', { name: 'Payments' })).body.id
  const dev = await addPerson(product, 'dev@example.com')
  for (const role of ['platform-administrator', 'security', 'compliance-officer', 'auditor'])
    expect(await proposed([assignment(dev, role, team)])).toMatchObject({
      code: 'role_change_invalid',
      detail: expect.stringContaining('whole organisation'),
    })
  for (const role of ['tech-lead', 'senior-developer', 'junior-developer'])
    expect((await proposed([assignment(dev, role, team)])).state).toBe('proposed')
})

test('nobody decides a change of roles who lost the role for it while they waited', async () => {
  const leaving = await approver(product, await addPerson(product, 'leaving@example.com'))
  await giveRole(product, leaving.id, 'security')
  const { id, digest } = await proposed([assignment(await addPerson(product, 'next@example.com'), 'auditor')])
  const assertion = await leaving.answer({ type: 'role-change', id, digest, decision: 'approve' })
  const holder = await product.database.pool.connect()
  await holder.query('begin')
  await holder.query("select id from access_user where role = 'owner' for no key update")
  const decided = post(leaving, `/v1/role-changes/${id}/decision`, { decision: 'approve', digest, assertion })
  const waiting = `select count(*)::int as n from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`
  await expect
    .poll(async () => (await product.database.pool.query(waiting)).rows[0].n, { timeout: 20_000 })
    .toBeGreaterThan(0)
    .finally(async () => {
      await holder.query('delete from access_role_assignment where user_id = $1', [leaving.id])
      await holder.query('commit')
      holder.release()
    })
  expect(await decided).toMatchObject({ status: 403, body: { code: 'access_denied' } })
  const change = await product.app.inject({ url: `/v1/role-changes/${id}`, headers: owner.headers })
  expect(change.json().state).toBe('proposed')
})
