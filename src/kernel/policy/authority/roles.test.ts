import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Approver, addPerson, approver, signedInAs } from '../../../../test/approver.ts'
import { startTestProduct, type TestProduct } from '../../../../test/harness.ts'

let product: TestProduct
let owner: Approver
let admin: Approver

beforeAll(async () => {
  product = await startTestProduct()
  const session = await product.asOwner()
  const id = (await product.app.inject({ url: '/v1/session', headers: session })).json().userId
  owner = await approver(product, id)
  admin = await approver(product, await addPerson(product, 'admin@example.com'))
})
afterAll(() => product.close())

type Item = Record<string, unknown>

const call = (by: Approver, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  product.app.inject({ method, url, headers: by.headers, ...(payload === undefined ? {} : { payload }) })

async function propose(by: Approver, change: { add?: Item[]; remove?: Item[] }) {
  return call(by, 'POST', '/v1/role-changes', { ...change, reason: 'they asked for it' })
}

async function decide(
  by: Approver,
  change: { id: string; digest: string },
  decision: 'approve' | 'reject' = 'approve',
) {
  const assertion = await by.answer({ type: 'role-change', id: change.id, digest: change.digest, decision })
  return call(by, 'POST', `/v1/role-changes/${change.id}/decision`, { decision, digest: change.digest, assertion })
}

/** Proposed by one and approved by the other. */
async function give(items: Item[]) {
  const proposed = await propose(owner, { add: items })
  expect(proposed.statusCode).toBe(201)
  expect(proposed.json().state).toBe('proposed')
  const decided = await decide(admin, proposed.json())
  expect(decided.json().state).toBe('applied')
}

const assignment = (userId: string, role: string, teamId: string | null = null) => ({
  kind: 'assignment',
  userId,
  role,
  teamId,
})

describe('before there is a second person', () => {
  test('a change of roles needs one, and only the first who can approve is appointed by the owner alone', async () => {
    const developer = await addPerson(product, 'early@example.com')
    const refused = await propose(owner, { add: [assignment(developer, 'senior-developer')] })
    expect(refused.statusCode).toBe(409)
    expect(refused.json().code).toBe('second_person_required')
    const two = [assignment(admin.id, 'platform-administrator'), assignment(developer, 'security')]
    expect((await propose(owner, { add: two })).json().code).toBe('second_person_required')
    const first = await propose(owner, { add: [assignment(admin.id, 'platform-administrator')] })
    expect(first.json()).toMatchObject({ state: 'applied', decidedBy: owner.id })
    const [changed] = (await product.records()).filter((one) => one.type === 'roles.changed')
    expect(changed?.data).toMatchObject({ by: 'first', approvalId: null })
    const another = await propose(owner, { add: [assignment(developer, 'security')] })
    expect(another.json().state).toBe('proposed')
    await decide(admin, another.json(), 'reject')
  })
})

describe('a change of roles', () => {
  test('is decided by another person, over exactly what was proposed', async () => {
    const dev = await addPerson(product, 'dev@example.com')
    const proposed = (await propose(admin, { add: [assignment(dev, 'senior-developer')] })).json()
    const own = await decide(admin, proposed)
    expect(own.statusCode).toBe(403)
    expect(own.json()).toMatchObject({ code: 'access_denied' })
    expect(own.json().detail).toContain('You proposed this change of roles')
    const other = `sha256:${'0'.repeat(64)}`
    expect((await decide(owner, { ...proposed, digest: other })).json().code).toBe('role_change_other')
    const applied = await decide(owner, proposed)
    expect(applied.json()).toMatchObject({ state: 'applied', decidedBy: owner.id })
    expect((await decide(owner, proposed)).json().code).toBe('approval_repeated')
    const denied = (await product.records()).filter((one) => one.type === 'access.denied')
    expect(denied.at(-1)?.data).toMatchObject({ action: 'role-change:decide', determining: ['sod.role-change.own'] })
  })

  test('is not decided by who would gain from it', async () => {
    const proposed = (await propose(owner, { add: [assignment(admin.id, 'security')] })).json()
    const answer = await decide(admin, proposed)
    expect(answer.statusCode).toBe(403)
    expect(answer.json().detail).toContain('You would get a role by this change')
    expect((await call(owner, 'DELETE', `/v1/role-changes/${proposed.id}`)).json().state).toBe('withdrawn')
    expect((await call(owner, 'DELETE', `/v1/role-changes/${proposed.id}`)).json().code).toBe('role_change_closed')
    expect((await call(admin, 'DELETE', `/v1/role-changes/${proposed.id}`)).json().code).toBe('role_change_not_found')
  })

  test('is not decided by who would gain from it among many', async () => {
    const headers = await product.asOwner()
    const payload = { displayName: 'Everybody', members: [{ value: admin.id }] }
    const group = (await product.app.inject({ method: 'POST', url: '/scim/v2/Groups', headers, payload })).json()
    // whose ids come before that of the admin
    for (const text of [
      "insert into access_user (id, role, created_at) select 'usr_--many-' || n, 'member', now() from generate_series(1, 600) n",
      `insert into access_person (user_id, resource, search, is_active, version, created_at, modified_at)
        select 'usr_--many-' || n, '{}', jsonb_build_object('userName', n), true, 1, now(), now() from generate_series(1, 600) n`,
    ])
      await product.database.pool.query(text)
    await product.database.pool.query(
      "insert into access_group_member (group_id, user_id) select $1, 'usr_--many-' || n from generate_series(1, 600) n",
      [group.id],
    )
    const mapping = { kind: 'mapping', groupId: group.id, role: 'security', teamId: null }
    const proposed = (await propose(owner, { add: [mapping] })).json()
    const answer = await decide(admin, proposed)
    expect([answer.statusCode, answer.json().detail]).toEqual([
      403,
      expect.stringContaining('You would get a role by this change'),
    ])
    await call(owner, 'DELETE', `/v1/role-changes/${proposed.id}`)
    await product.database.pool.query("delete from access_group_member where starts_with(user_id, 'usr_--many-')")
    await product.database.pool.query("delete from access_person where starts_with(user_id, 'usr_--many-')")
    await product.database.pool.query("delete from access_user where starts_with(id, 'usr_--many-')")
  })

  test('names what is there, changes something, and says nothing twice', async () => {
    const dev = await addPerson(product, 'plain@example.com')
    const item = assignment(dev, 'auditor')
    const codes = await Promise.all(
      [
        {},
        { add: [item, item] },
        { add: [assignment('usr_nobody', 'auditor')] },
        { add: [assignment(dev, 'auditor', 'team_none')] },
        { add: [{ kind: 'mapping', groupId: 'grp_none', role: 'auditor' }] },
        { remove: [item] },
      ].map(async (change) => (await propose(owner, change)).json().code),
    )
    expect(codes).toEqual(Array(6).fill('role_change_invalid'))
    expect((await propose(owner, { add: [assignment(dev, 'king')] })).json().code).toBe('request_invalid')
  })

  test('maps a group to a role in a team, and its preview says who gains and loses what', async () => {
    const headers = owner.headers
    const [ada, bob] = [await addPerson(product, 'ada@example.com'), await addPerson(product, 'bob@example.com')]
    const payload = { displayName: 'Payments leads', members: [{ value: ada }, { value: bob }] }
    const group = (await product.app.inject({ method: 'POST', url: '/scim/v2/Groups', headers, payload })).json().id
    const team = (await call(admin, 'POST', '/v1/teams', { name: 'Payments' })).json().id
    await give([assignment(bob, 'tech-lead', team)])
    const mapping = { kind: 'mapping', groupId: group, role: 'tech-lead', teamId: team }
    const preview = await call(owner, 'POST', '/v1/role-changes/preview', { add: [mapping] })
    expect(preview.json()).toMatchObject({ total: 2, isPartial: false })
    expect(preview.json().people).toEqual([
      {
        userId: ada,
        name: 'ada@example.com',
        gains: [{ role: 'tech-lead', teamId: team, teamName: 'Payments' }],
        loses: [],
        permissionsGained: expect.arrayContaining(['change:read', 'gate:run', 'people:read']),
        permissionsLost: [],
      },
    ])
    await give([mapping])
    const session = await signedInAs(product, ada)
    const told = (await product.app.inject({ url: '/v1/session', headers: session })).json()
    expect(told).toMatchObject({ role: 'tech-lead', roles: ['member', 'tech-lead'] })
    expect(told.scopes).toContain('people:read')
    // out of the group in the directory, out of the role with the next request
    const path = `members[value eq "${ada}"]`
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
    await product.app.inject({
      method: 'PATCH',
      url: `/scim/v2/Groups/${group}`,
      headers,
      payload: { schemas, Operations: [{ op: 'remove', path }] },
    })
    expect((await product.app.inject({ url: '/v1/people', headers: session })).statusCode).toBe(403)
    expect((await call(admin, 'DELETE', `/v1/teams/${team}`)).json().code).toBe('team_in_use')
  })
})

describe("a team's audit records", () => {
  test('are open to its leads, and to whoever reads them all; each read is recorded', async () => {
    const made = async (name: string) => (await call(admin, 'POST', '/v1/teams', { name })).json().id as string
    const [own, other] = [await made('Checkout'), await made('Stock')]
    const lead = await addPerson(product, 'lead@example.com')
    await give([assignment(lead, 'tech-lead', own)])
    await call(admin, 'PUT', `/v1/teams/${own}/repositories`, { repositories: ['repo_checkout'] })
    const headers = await signedInAs(product, lead)
    const read = (team: string) => product.app.inject({ url: `/v1/teams/${team}/records`, headers })
    expect((await read(own)).json()).toEqual({ items: [], next: null })
    expect((await read(other)).json().code).toBe('access_denied')
    expect((await read('team_none')).json().code).toBe('team_not_found')
    expect((await product.app.inject({ url: '/v1/ledger/records', headers })).statusCode).toBe(403)
    expect((await call(owner, 'GET', `/v1/teams/${other}/records`)).statusCode).toBe(200)
  })
})

describe('an API token', () => {
  test('may what it was given while the roles behind it permit that', async () => {
    const id = await addPerson(product, 'auditor@example.com')
    await give([assignment(id, 'auditor')])
    const headers = await signedInAs(product, id)
    const payload = { name: 'reads', scopes: ['ledger:read'] }
    const made = await product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })
    const token = { authorization: `Bearer ${made.json().token}` }
    const read = () => product.app.inject({ url: '/v1/ledger/records', headers: token })
    expect((await read()).statusCode).toBe(200)
    const proposed = (await propose(owner, { remove: [assignment(id, 'auditor')] })).json()
    await decide(admin, proposed)
    expect((await read()).statusCode).toBe(403)
    const beyond = { name: 'more', scopes: ['ledger:read'] }
    const refused = await product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload: beyond })
    expect(refused.json().code).toBe('scope_not_held')
  })
})

describe('an API token that makes another', () => {
  test('makes none that lives longer than itself', async () => {
    const mint = async (headers: Record<string, string>, expiresInDays: number) => {
      const payload = { name: 'more', scopes: ['token:write'], expiresInDays }
      return (await product.app.inject({ method: 'POST', url: '/v1/tokens', headers, payload })).json()
    }
    const short = await mint({ ...admin.headers }, 1)
    const child = await mint({ authorization: `Bearer ${short.token}` }, 365)
    expect(child.expiresAt).toBe(short.expiresAt)
  })
})

describe('why', () => {
  test('says which policy permits, which forbids, and what is missing', async () => {
    const junior = await addPerson(product, 'junior@example.com')
    await give([assignment(junior, 'junior-developer')])
    const explain = async (body: object) => (await call(owner, 'POST', '/v1/access/explain', body)).json()
    expect(await explain({ userId: junior, action: 'change:read' })).toMatchObject({
      decision: 'allow',
      determining: [{ id: 'role.change.read', effect: 'permit' }],
      roles: [{ role: 'junior-developer', teamId: null }],
    })
    const denied = await explain({ userId: junior, action: 'ledger:read' })
    expect(denied).toMatchObject({ decision: 'deny', determining: [], errors: [] })
    expect(denied.missing).toContainEqual({
      policy: 'role.ledger.read',
      title: 'Read and search audit records, their proofs and the log; each read is recorded',
      unmet: ['one of the roles security, compliance-officer, auditor'],
    })
    const proposed = (await propose(owner, { add: [assignment(junior, 'senior-developer')] })).json()
    const resource = { type: 'RoleChange', id: proposed.id }
    expect(await explain({ userId: owner.id, action: 'role-change:decide', resource })).toMatchObject({
      decision: 'deny',
      determining: [{ id: 'sod.role-change.own', effect: 'forbid', severity: 'critical' }],
    })
    expect(await explain({ userId: admin.id, action: 'role-change:decide', resource })).toMatchObject({
      decision: 'allow',
      determining: [{ id: 'role-change.decide' }],
    })
    expect((await explain({ action: 'role-change:decide' })).code).toBe('access_question_invalid')
    expect((await explain({ action: 'dance:wildly' })).code).toBe('access_question_invalid')
    expect((await explain({ action: 'change:read', userId: 'usr_nobody' })).code).toBe('access_question_invalid')
  })

  test('a junior deploys nothing to production, and an AI nothing without a person', async () => {
    const junior = await addPerson(product, 'deploys@example.com')
    await give([assignment(junior, 'junior-developer')])
    const ask = async (userId: string, production: boolean, context = {}) => {
      const resource = { type: 'Environment', id: 'somewhere', attrs: { production } }
      const body = { userId, action: 'deployment:request', resource, context }
      return (await call(owner, 'POST', '/v1/access/explain', body)).json()
    }
    expect((await ask(junior, false)).decision).toBe('allow')
    expect(await ask(junior, true)).toMatchObject({
      decision: 'deny',
      determining: [{ id: 'deployment.junior.production', effect: 'forbid' }],
    })
    expect((await ask(owner.id, true)).decision).toBe('allow')
    expect((await ask(owner.id, true, { aiInitiated: true })).determining).toMatchObject([{ id: 'deployment.ai' }])
    expect((await ask(owner.id, true, { aiInitiated: true, humanApproval: true })).decision).toBe('allow')
    const odd = await ask(owner.id, true, { aiInitiated: 'perhaps' })
    expect(odd).toMatchObject({ decision: 'deny', errors: [expect.stringContaining('evaluation_error')] })
  })

  test('the engine answers each plain question as the routes do, for every role', async () => {
    const matrix = (await call(owner, 'GET', '/v1/roles')).json()
    const { authority } = product.services
    for (const [at, role] of matrix.roles.entries()) {
      const permitted = await authority.permissionsOf([role])
      for (const action of matrix.actions.filter((one: { resourceType: unknown }) => one.resourceType === null)) {
        const isHeld = permitted.includes('*') || permitted.includes(action.name)
        expect(`${role} ${action.name} ${action.cells[at]}`).toBe(`${role} ${action.name} ${isHeld ? 'allow' : 'deny'}`)
      }
    }
  })
})
