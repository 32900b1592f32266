import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson, signedInAs } from '#test/approver.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let gateway: Headers
let owner: string
let member: string
/** A proposal of roles: what the only action about a thing is about. */
let changeId: string
let admin: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000, publicUrl: 'https://pdp.example.com' } })
  const session = await product.asOwner()
  owner = (await product.app.inject({ url: '/v1/session', headers: session })).json().userId
  member = await addPerson(product, 'ada@example.com')
  gateway = await product.token({ scopes: ['authzen:evaluate'] })
})
afterAll(() => product.close())

const organization = { type: 'Organization', id: 'organization' }
const user = (id: string, more: object = {}) => ({ type: 'user', id, ...more })
const question = (id: string, name = 'change:read') => ({
  subject: user(id),
  action: { name },
  resource: organization,
})

async function ask(path: string, payload: object, headers: object = {}) {
  const reply = await product.app.inject({
    method: 'POST',
    url: `/access/v1/${path}`,
    headers: { ...gateway, ...headers },
    payload,
  })
  return { status: reply.statusCode, body: reply.json(), headers: reply.headers }
}

describe('an evaluation', () => {
  test('answers for whom it is about, not for who asks, and is recorded', async () => {
    expect(await ask('evaluation', question(owner))).toMatchObject({ status: 200, body: { decision: true } })
    const denied = await ask('evaluation', question(member, 'repository:write'))
    expect(denied.body).toEqual({
      decision: false,
      context: { reasons: expect.any(Array), policies: [] },
    })
    expect(denied.body.context.reasons.length).toBeGreaterThan(0)
    const told = (await product.records()).filter((one) => one.type === 'authzen.decided')
    expect(told.map((one) => [one.data['action'], one.data['decision'], one.targets[0]?.id])).toEqual([
      ['change:read', 'allow', owner],
      ['repository:write', 'deny', member],
    ])
    expect(told[0]?.data['policyRevision']).toMatch(/^sha256:/)
  })

  test('takes what it does not know, and believes nothing that is said of the subject', async () => {
    const said = { ...question(member, 'repository:write'), future: 1, context: { time: 'now' } }
    const subject = user(member, { properties: { role: 'owner', roles: ['owner'] }, more: [] })
    expect((await ask('evaluation', { ...said, subject })).body.decision).toBe(false)
    expect((await ask('evaluation', { ...question(owner), context: { gate: 'x' }, more: {} })).body).toEqual({
      decision: true,
    })
  })

  test.each([
    ['nobody', () => ({ ...question('usr_nobody') })],
    ['somebody as an agent', () => ({ ...question(owner), subject: { type: 'agent', id: owner } })],
    ['a subject of another kind', () => ({ ...question(owner), subject: { type: 'robot', id: owner } })],
    ['an action that there is not', () => question(owner, 'world:rule')],
    [
      'another thing than the action is about',
      () => ({ ...question(owner), resource: { type: 'RoleChange', id: 'x' } }),
    ],
    ['another organization', () => ({ ...question(owner), resource: { ...organization, id: 'acme' } })],
    [
      'a thing that is not there',
      () => ({ ...question(owner, 'role-change:decide'), resource: { type: 'RoleChange', id: 'rch_no' } }),
    ],
  ])('about %s is denied, and says why', async (_, payload) => {
    const { status, body } = await ask('evaluation', payload())
    expect(status).toBe(200)
    expect(body).toMatchObject({ decision: false, context: { error: { status: 404, message: expect.any(String) } } })
  })

  // the certification scenario of the working group, chapter on errors
  test.each([
    ['without a subject', { subject: undefined }],
    ['without an action', { action: undefined }],
    ['without a resource', { resource: undefined }],
    ['with a subject without a type', { subject: { id: 'a' } }],
    ['with a subject without an id', { subject: { type: 'user' } }],
    ['with an action without a name', { action: {} }],
    ['with a resource without an id', { resource: { type: 'a' } }],
    ['with a subject that is a text', { subject: 'alice' }],
    ['with an action that is a number', { action: { name: 123 } }],
  ])('%s is a bad request', async (_, change) => {
    expect((await ask('evaluation', { ...question(owner), ...change })).status).toBe(400)
  })

  test.each([
    ['text/plain', '{}'],
    ['application/json', '{'],
    ['application/json', ''],
  ])('of the type %s with the body %j is a bad request', async (type, payload) => {
    const headers = { ...gateway, 'content-type': type }
    const reply = await product.app.inject({ method: 'POST', url: '/access/v1/evaluation', headers, payload })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
  })

  test('gives the id of the request back, also where it is refused', async () => {
    const id = { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' }
    for (const payload of [question(owner), {}])
      expect((await ask('evaluation', payload, id)).headers['x-request-id']).toBe(id['x-request-id'])
    const unsigned = await product.app.inject({ method: 'POST', url: '/access/v1/evaluation', headers: id })
    expect([unsigned.statusCode, unsigned.headers['x-request-id']]).toEqual([401, id['x-request-id']])
    expect((await ask('evaluation', question(owner))).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    const torn = await ask('evaluation', question(owner), { 'x-request-id': 'a b' })
    expect(torn.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is about a thing as its own policies see it', async () => {
    const session = await signedInAs(product, owner)
    admin = await addPerson(product, 'admin@example.com')
    const propose = (userId: string, role: string) =>
      product.app.inject({
        method: 'POST',
        url: '/v1/role-changes',
        headers: session,
        payload: { add: [{ kind: 'assignment', userId, role, teamId: null }], reason: 'needed' },
      })
    await propose(admin, 'platform-administrator')
    changeId = (await propose(member, 'auditor')).json().id
    const about = (id: string) => ({
      ...question(id, 'role-change:decide'),
      resource: { type: 'RoleChange', id: changeId },
    })
    expect((await ask('evaluation', about(admin))).body.decision).toBe(true)
    expect((await ask('evaluation', about(owner))).body).toMatchObject({
      decision: false,
      context: { policies: ['sod.role-change.own'], reasons: [expect.stringMatching(/proposed this change/)] },
    })
  })
})

describe('a thing that is kept elsewhere', () => {
  const about = (more: object, context: object = {}) => ({
    subject: user(owner),
    action: { name: 'deployment:request' },
    resource: { type: 'Environment', id: 'shop', ...more },
    context,
  })
  const production = { properties: { production: true, colour: 'green' } }

  test('is as the gateway says, and so is what goes on, as far as policies look at it', async () => {
    const human = { aiInitiated: true, humanApproval: true, now: '1999-01-01T00:00:00Z', ip: '203.0.113.7' }
    expect((await ask('evaluation', about(production, human))).body).toEqual({ decision: true })
    const alone = await ask('evaluation', about(production, { ...human, humanApproval: false }))
    expect(alone.body).toMatchObject({ decision: false, context: { policies: ['deployment.ai'] } })
  })

  test('of which too little or something else is said is denied', async () => {
    for (const resource of [{}, { properties: { production: 'yes' } }, { properties: { production: { a: 1 } } }])
      expect((await ask('evaluation', about(resource))).body.decision).toBe(false)
  })
})

describe('several evaluations', () => {
  const three = () => [
    { action: { name: 'change:read' } },
    { subject: user(member), action: { name: 'repository:write' } },
    { action: { name: 'change:read' } },
  ]
  const batch = (semantic?: string) =>
    ask('evaluations', {
      subject: user(owner),
      resource: organization,
      evaluations: three(),
      ...(semantic === undefined ? {} : { options: { evaluations_semantic: semantic, other: 1 } }),
    })
  const decisions = (body: { evaluations: { decision: boolean }[] }) => body.evaluations.map((one) => one.decision)

  test('are answered in their order with the defaults above them, all or until one is as the semantics say', async () => {
    expect(decisions((await batch()).body)).toEqual([true, false, true])
    expect(decisions((await batch('execute_all')).body)).toEqual([true, false, true])
    expect(decisions((await batch('deny_on_first_deny')).body)).toEqual([true, false])
    expect(decisions((await batch('permit_on_first_permit')).body)).toEqual([true])
    expect((await batch('another')).status).toBe(400)
  })

  test('without a list, or with an empty one, are one evaluation', async () => {
    expect((await ask('evaluations', question(owner))).body).toEqual({ decision: true })
    expect((await ask('evaluations', { ...question(owner), evaluations: [] })).body).toEqual({ decision: true })
    expect((await ask('evaluations', { evaluations: [] })).status).toBe(400)
  })

  test('deny the one in which something is missing, and answer the others', async () => {
    const { resource, ...rest } = question(owner)
    const { status, body } = await ask('evaluations', { ...rest, evaluations: [{ resource }, {}, { resource: 'x' }] })
    expect(status).toBe(200)
    expect(decisions(body)).toEqual([true, false, false])
    expect(body.evaluations[1].context.error).toEqual({
      status: 400,
      message: '`resource` is missing or not what it should be',
    })
    expect(decisions((await ask('evaluations', { evaluations: [{}] })).body)).toEqual([false])
    const many = Array.from({ length: 101 }, () => ({}))
    expect((await ask('evaluations', { ...question(owner), evaluations: many })).status).toBe(400)
  })
})

describe('a search', () => {
  test('finds who may, a page at a time, and takes no token of another question', async () => {
    const all = { subject: user('ignored'), action: { name: 'session:none' }, resource: organization }
    expect((await ask('search/subject', all)).body).toEqual({ page: { next_token: '', count: 0 }, results: [] })
    const asked = { subject: { type: 'user' }, action: { name: 'change:read' }, resource: organization }
    const whole = (await ask('search/subject', asked)).body
    expect(whole.results).toContainEqual({ type: 'user', id: owner })
    expect(whole.page).toEqual({ next_token: '', count: whole.results.length })
    const found: unknown[] = []
    let token: string | undefined
    do {
      const page = { limit: 1, ...(token === undefined ? {} : { token }) }
      const { body } = await ask('search/subject', { ...asked, page })
      found.push(...body.results)
      expect(body.results.length).toBeLessThan(2)
      token = body.page.next_token
      if (token !== '') {
        const other = { ...asked, action: { name: 'repository:write' }, page: { token } }
        expect(await ask('search/subject', other)).toMatchObject({
          status: 400,
          body: { code: 'authzen_token_invalid' },
        })
      }
    } while (token !== '')
    expect(found).toEqual(whole.results)
    for (const result of whole.results)
      expect((await ask('evaluation', { ...asked, subject: result })).body.decision).toBe(true)
    expect((await ask('search/subject', { ...asked, page: { token: 'x' } })).status).toBe(400)
    expect((await ask('search/subject', { ...asked, page: { limit: -1 } })).status).toBe(400)
  })

  test('finds which actions somebody may do, and each is then allowed', async () => {
    const asked = { subject: user(owner), resource: organization }
    const { body } = await ask('search/action', { ...asked, page: { limit: 100 } })
    expect(body.results).toContainEqual({ name: 'change:read' })
    expect(body.results.length).toBeGreaterThan(20)
    const [first] = body.results
    expect((await ask('evaluation', { ...asked, action: first })).body.decision).toBe(true)
    const about = { subject: user(owner), resource: { type: 'RoleChange', id: changeId } }
    expect((await ask('search/action', about)).body.results).toEqual([])
  })

  test('finds the resource of what a role alone decides, and lists nothing that it cannot', async () => {
    const asked = { ...question(owner), resource: { type: 'Organization' } }
    expect((await ask('search/resource', asked)).body.results).toEqual([organization])
    const denied = { ...question(member, 'repository:write'), resource: { type: 'Organization' } }
    expect((await ask('search/resource', denied)).body.results).toEqual([])
    // what is not said of an environment is not known, so nobody is found
    const environment = { subject: { type: 'user' }, action: { name: 'deployment:request' } }
    const unstated = { ...environment, resource: { type: 'Environment', id: 'shop' } }
    expect((await ask('search/subject', unstated)).body.results).toEqual([])
    for (const [path, payload] of [
      ['search/resource', { ...environment, subject: user(owner), resource: { type: 'Environment' } }],
      ['search/subject', { ...question(owner), subject: { type: 'robot' } }],
    ] as const)
      expect(await ask(path, payload)).toMatchObject({ status: 400, body: { code: 'authzen_search_unsupported' } })
  })

  test('finds the things of domains that somebody may act on, and only those', async () => {
    const decide = (id: string) => ({ ...question(id, 'role-change:decide'), resource: { type: 'RoleChange' } })
    const change = { type: 'RoleChange', id: changeId }
    expect((await ask('search/resource', decide(admin))).body.results).toContainEqual(change)
    // who proposed it may not decide it
    expect((await ask('search/resource', decide(owner))).body.results).toEqual([])
    expect((await ask('search/resource', decide(member))).body.results).toEqual([])
  })

  test('is recorded by what was sought and how much was found', async () => {
    const told = (await product.records()).filter((one) => one.type === 'authzen.searched')
    expect(told.map((one) => one.data['what'])).toEqual(expect.arrayContaining(['subject', 'resource', 'action']))
  })
})

describe('the discovery document', () => {
  test('is public, and names the endpoints under the address that is set', async () => {
    const reply = await product.app.inject({ url: '/.well-known/authzen-configuration' })
    expect(reply.headers['content-type']).toMatch(/^application\/json/)
    expect(reply.json()).toEqual({
      policy_decision_point: 'https://pdp.example.com',
      access_evaluation_endpoint: 'https://pdp.example.com/access/v1/evaluation',
      access_evaluations_endpoint: 'https://pdp.example.com/access/v1/evaluations',
      search_subject_endpoint: 'https://pdp.example.com/access/v1/search/subject',
      search_resource_endpoint: 'https://pdp.example.com/access/v1/search/resource',
      search_action_endpoint: 'https://pdp.example.com/access/v1/search/action',
    })
  })

  test('without an address that is set tells this machine its own, and nobody one that they named', async () => {
    const bare = await startTestProduct()
    const from = (host: string) => bare.app.inject({ url: '/.well-known/authzen-configuration', headers: { host } })
    expect((await from('127.0.0.1:7420')).json().policy_decision_point).toBe('http://127.0.0.1:7420')
    const refused = await from('evil.example')
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'authzen_address_unknown'])
    await bare.close()
  })
})
