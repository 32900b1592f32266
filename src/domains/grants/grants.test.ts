import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { type Approver, addPerson, approver, signedInAs } from '../../../test/approver.ts'
import { startTestProduct, type TestProduct } from '../../../test/harness.ts'
import { followPeriods } from './jobs.ts'
import type { GrantServices } from './standing.ts'

/**
 * The owner proposes, `security` approves. Two teams, Payments and Search; in Payments a lead, a senior and a junior developer.
 * Expected answers are those of the mission's text: juniors get assistants of the team and of the editor, seniors enterprise
 * assistants and vetted APIs, leads all approved tools; a grant lasts 8 hours.
 */
let product: TestProduct
let owner: Approver
let security: Approver
let payments: string
let search: string
type Headers = Readonly<Record<string, string>>
interface Somebody {
  readonly id: string
  readonly headers: Headers
}
let lead: Somebody
let senior: Somebody
let junior: Somebody
const hour = 3_600_000

beforeAll(async () => {
  product = await startTestProduct()
  await ensureCharter(product.services.db, product.services.service('charter'))
  const session = await product.asOwner()
  owner = await approver(product, (await product.app.inject({ url: '/v1/session', headers: session })).json().userId)
  security = await approver(product, await addPerson(product, 'security@example.com'))
  const appoint = { add: [role(security.id, 'security')], reason: 'the first' }
  await call(owner, 'POST', '/v1/role-changes', appoint)
  payments = (await call(owner, 'POST', '/v1/teams', { name: 'Payments' })).json().id
  search = (await call(owner, 'POST', '/v1/teams', { name: 'Search' })).json().id
  lead = await person('lead@example.com', 'tech-lead', payments)
  senior = await person('senior@example.com', 'senior-developer', payments)
  junior = await person('junior@example.com', 'junior-developer', payments)
})
afterAll(() => product.close())

const call = (
  by: { readonly headers: Headers },
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
) => product.app.inject({ method, url, headers: by.headers, ...(payload === undefined ? {} : { payload }) })

const role = (userId: string, name: string, teamId: string | null = null) => ({
  kind: 'assignment',
  userId,
  role: name,
  teamId,
})

async function give(items: object[], by = owner, other = security) {
  const { id, digest } = (await call(by, 'POST', '/v1/role-changes', { add: items, reason: 'they joined' })).json()
  const assertion = await other.answer({ type: 'role-change', id, digest, decision: 'approve' })
  const payload = { decision: 'approve', digest, assertion }
  expect((await call(other, 'POST', `/v1/role-changes/${id}/decision`, payload)).json().state).toBe('applied')
}

/** Time goes by, and everybody signs in again: sessions end sooner than grants. */
async function pass(ms: number) {
  product.pass(ms)
  for (const one of [owner, security, lead, senior, junior])
    Object.assign(one.headers, await signedInAs(product, one.id))
}

async function person(userName: string, name: string, teamId: string | null = null): Promise<Somebody> {
  const id = await addPerson(product, userName)
  await give([role(id, name, teamId)])
  return { id, headers: await signedInAs(product, id) }
}

const shipped = {
  grantMinutes: 480,
  unknownTool: 'deny',
  unknownTraining: 'allow-recorded',
  unknownCharter: 'allow-recorded',
  tools: [],
}
const tools = [
  { name: 'team-pair', tier: 'assistant-team' },
  { name: 'editor-help', tier: 'ide-integration' },
  { name: 'enterprise-chat', tier: 'assistant-enterprise' },
  { name: 'model-api', tier: 'vetted-api' },
  { name: 'odd-one', tier: 'other' },
]

/** Proposed by the owner and approved by security, as it is from then on. */
async function settle(change: object) {
  const { version, settings } = (await call(owner, 'GET', '/v1/grant-settings')).json()
  const payload = { settings: { ...settings, ...change }, replaces: version, reason: 'agreed' }
  const proposed = (await call(owner, 'POST', '/v1/grant-settings-changes', payload)).json()
  const decided = await decide(security, proposed)
  expect(decided.json()).toMatchObject({ state: 'approved', version: version + 1, decidedBy: security.id })
  return decided.json()
}

async function decide(by: Approver, { id, digest }: { id: string; digest: string }, decision = 'approve') {
  const subject = { type: 'grant-settings', id, digest, decision: decision as 'approve' | 'reject' }
  const payload = { decision, digest, assertion: await by.answer(subject) }
  return call(by, 'POST', `/v1/grant-settings-changes/${id}/decision`, payload)
}

const ask = (by: Somebody, tool: string, place: object = { teamId: payments }) =>
  call(by, 'POST', '/v1/grants', { tool, purpose: 'write the importer', ...place })
const check = async (by: Somebody, tool: string) => (await call(by, 'GET', `/v1/grants/check?tool=${tool}`)).json()
const codeOf = (reply: { statusCode: number; json(): { code?: string } }) => reply.json().code ?? reply.statusCode

async function since<T>(work: () => Promise<T>) {
  const before = (await product.records()).length
  const answer = await work()
  return { answer, records: (await product.records()).slice(before) }
}

describe('before anybody approved a tool', () => {
  test('none is granted, to the owner neither, and the denial says why and is recorded', async () => {
    expect((await call(junior, 'GET', '/v1/grant-settings')).json()).toEqual({ version: 0, settings: shipped })
    const { answer, records } = await since(() => ask(senior, 'enterprise-chat'))
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'tool_not_authorized' })
    expect(answer.json().detail).toContain('The tool `enterprise-chat` is not approved here.')
    expect(records.map((one) => one.type)).toEqual(['grant.denied'])
    expect(records[0]).toMatchObject({
      actor: { id: senior.id },
      targets: [{ type: 'user', id: senior.id }],
      justification: expect.stringMatching(/^hmac-sha256:/),
      data: {
        ...{ tool: 'enterprise-chat', teamId: payments, repositoryId: null, status: 'unknown', tier: 'other' },
        ...{ charter: 'grace', training: 'unknown', settingsVersion: 0 },
        ...{ codes: ['tool_not_authorized'], policies: ['grant.tool'], errors: [], missing: [] },
      },
    })
    expect(codeOf(await ask(owner, 'enterprise-chat', {}))).toBe('tool_not_authorized')
    expect(JSON.stringify(records)).not.toContain('importer')
  })

  test('only what another person approved counts, over exactly what was proposed', async () => {
    const payload = { settings: { ...shipped, tools }, replaces: 0, reason: 'the tools we know' }
    expect(codeOf(await call(senior, 'POST', '/v1/grant-settings-changes', payload))).toBe('forbidden')
    expect(codeOf(await call(owner, 'POST', '/v1/grant-settings-changes', { ...payload, replaces: 3 }))).toBe(
      'grant_settings_replaced',
    )
    const twice = { ...shipped, tools: [tools[0], tools[0]] }
    for (const settings of [twice, { ...shipped, grantMinutes: 14 }, { ...shipped, grantMinutes: 1441 }])
      expect(codeOf(await call(owner, 'POST', '/v1/grant-settings-changes', { ...payload, settings }))).toBe(
        'request_invalid',
      )
    const proposed = (await call(security, 'POST', '/v1/grant-settings-changes', payload)).json()
    expect(proposed).toMatchObject({ state: 'proposed', version: null, settings: { tools } })
    const own = await decide(security, proposed)
    expect([codeOf(own), own.json().detail]).toEqual(['access_denied', expect.stringContaining('You proposed these')])
    const other = `sha256:${'0'.repeat(64)}`
    expect(codeOf(await decide(owner, { ...proposed, digest: other }))).toBe('grant_settings_other')
    const second = (await call(owner, 'POST', '/v1/grant-settings-changes', payload)).json()
    const third = (await call(owner, 'POST', '/v1/grant-settings-changes', payload)).json()
    const { answer, records } = await since(() => decide(owner, proposed))
    expect(answer.json()).toMatchObject({ state: 'approved', version: 1 })
    expect(records.map((one) => one.type)).toEqual(['approval.given', 'grant-settings.approved'])
    expect(records[1]?.data).toMatchObject({
      version: 1,
      toolsTotal: 5,
      tools: expect.arrayContaining(['odd-one other']),
    })
    // what was proposed on the version before is late
    expect(codeOf(await decide(security, second))).toBe('grant_settings_replaced')
    expect((await decide(security, third, 'reject')).json()).toMatchObject({ state: 'rejected', version: null })
    expect(codeOf(await call(security, 'DELETE', `/v1/grant-settings-changes/${second.id}`))).toBe(
      'grant_settings_not_found',
    )
    expect((await call(owner, 'DELETE', `/v1/grant-settings-changes/${second.id}`)).json().state).toBe('withdrawn')
    expect(codeOf(await call(owner, 'DELETE', `/v1/grant-settings-changes/${second.id}`))).toBe('grant_settings_closed')
    const states = (await call(junior, 'GET', '/v1/grant-settings-changes')).json().items
    expect(states.map((one: { state: string }) => one.state).sort()).toEqual(['approved', 'rejected', 'withdrawn'])
    expect((await call(junior, 'GET', '/v1/grant-settings')).json()).toMatchObject({ version: 1, settings: { tools } })
  })
})

describe('by role', () => {
  test.each([
    ['junior', ['team-pair', 'editor-help']],
    ['senior', ['team-pair', 'editor-help', 'enterprise-chat', 'model-api']],
    ['lead', ['team-pair', 'editor-help', 'enterprise-chat', 'model-api', 'odd-one']],
    ['auditor', []],
  ])('a %s gets %j', async (name, wanted) => {
    const by = { junior, senior, lead }[name as 'junior'] ?? (await person('auditor@example.com', 'auditor'))
    const granted: string[] = []
    for (const { name: tool } of tools) {
      const reply = await ask(by, tool)
      if (reply.statusCode === 201) granted.push(tool)
      else expect([tool, codeOf(reply)]).toEqual([tool, 'tool_not_authorized'])
    }
    expect(granted).toEqual(wanted)
    for (const { id } of (await call(by, 'GET', '/v1/grants')).json().items)
      await call(by, 'DELETE', `/v1/grants/${id}`)
  })

  test('a role that is held in one team counts there and nowhere else', async () => {
    expect(codeOf(await ask(senior, 'model-api', { teamId: search }))).toBe('tool_not_authorized')
    expect(codeOf(await ask(senior, 'model-api', {}))).toBe('tool_not_authorized')
    expect(codeOf(await ask(senior, 'model-api', { teamId: 'team_none' }))).toBe('grant_place_unknown')
    expect(codeOf(await ask(senior, 'model-api', { repositoryId: 'repo_none' }))).toBe('grant_place_unknown')
    const both = { teamId: payments, repositoryId: 'repo_none' }
    expect(codeOf(await ask(senior, 'model-api', both))).toBe('request_invalid')
  })

  test('a tool has one spelling, and a purpose', async () => {
    for (const purpose of ['', ' ', 'a\u0000b', 'a\ud800', 'x'.repeat(501)])
      expect(codeOf(await call(senior, 'POST', '/v1/grants', { tool: 'model-api', purpose }))).toBe('request_invalid')
    for (const tool of ['Model-API', 'model-api ', 'mоdel-api', '', 'a'.repeat(65)])
      expect(codeOf(await ask(senior, tool))).toBe('request_invalid')
  })
})

describe('a grant', () => {
  test('lasts eight hours, runs once, is extended once and is given back', async () => {
    const { answer, records } = await since(() => ask(senior, 'model-api'))
    const grant = answer.json()
    const now = product.services.clock()
    expect(answer.statusCode).toBe(201)
    expect(grant).toMatchObject({
      ...{ userId: senior.id, tool: 'model-api', tier: 'vetted-api', state: 'running', teamName: 'Payments' },
      expiresAt: new Date(now + 8 * hour).toISOString(),
    })
    expect(records.map((one) => one.type)).toEqual(['grant.issued'])
    expect(records[0]).toMatchObject({
      targets: [
        { type: 'user', id: senior.id },
        { type: 'grant', id: grant.id },
      ],
      data: { status: 'approved', policies: ['grant.senior'], settingsVersion: 1, expiresAt: grant.expiresAt },
    })
    expect(codeOf(await ask(senior, 'model-api'))).toBe('grant_running')
    expect(await check(senior, 'model-api')).toEqual({
      ...{ decision: 'allow', code: null, reason: null, grantId: grant.id },
      ...{ repositoryId: null, teamId: payments, until: grant.expiresAt },
    })
    expect(await check(junior, 'model-api')).toMatchObject({ decision: 'deny', code: 'grant_missing' })
    await pass(hour)
    const extended = (await call(senior, 'POST', `/v1/grants/${grant.id}/extension`)).json()
    expect(extended.expiresAt).toBe(new Date(now + 9 * hour).toISOString())
    expect(codeOf(await call(senior, 'POST', `/v1/grants/${grant.id}/extension`))).toBe('grant_extended')
    expect(codeOf(await call(junior, 'POST', `/v1/grants/${grant.id}/extension`))).toBe('grant_not_found')
    expect(codeOf(await call(junior, 'DELETE', `/v1/grants/${grant.id}`))).toBe('grant_not_found')
    expect((await call(senior, 'DELETE', `/v1/grants/${grant.id}`)).json().state).toBe('revoked')
    expect(codeOf(await call(senior, 'DELETE', `/v1/grants/${grant.id}`))).toBe('grant_over')
    expect(codeOf(await call(senior, 'POST', `/v1/grants/${grant.id}/extension`))).toBe('grant_over')
    expect(await check(senior, 'model-api')).toMatchObject({ decision: 'deny', code: 'grant_missing' })
  })

  test('is over when its time is, to the millisecond', async () => {
    const grant = (await ask(senior, 'model-api')).json()
    product.pass(8 * hour - 1)
    Object.assign(senior.headers, await signedInAs(product, senior.id))
    expect((await check(senior, 'model-api')).decision).toBe('allow')
    product.pass(1)
    expect((await check(senior, 'model-api')).decision).toBe('deny')
    expect((await call(senior, 'GET', `/v1/grants/${grant.id}`)).json().state).toBe('expired')
    expect(codeOf(await call(senior, 'POST', `/v1/grants/${grant.id}/extension`))).toBe('grant_over')
  })

  test('runs once, also when it is asked for many times at once', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(senior, 'team-pair')))
    expect(replies.map(codeOf).sort()).toEqual([201, ...Array(4).fill('grant_running')])
    const [grant] = (await call(senior, 'GET', '/v1/grants?state=running')).json().items
    const twice = await Promise.all([1, 2].map(() => call(senior, 'POST', `/v1/grants/${grant.id}/extension`)))
    expect(twice.map(codeOf).sort()).toEqual([200, 'grant_extended'])
    await call(senior, 'DELETE', `/v1/grants/${grant.id}`)
  })

  test('counts for nothing once the tool is approved no more', async () => {
    await ask(senior, 'enterprise-chat')
    await settle({ tools: tools.filter((one) => one.name !== 'enterprise-chat') })
    expect(await check(senior, 'enterprise-chat')).toMatchObject({ decision: 'deny', code: 'tool_not_authorized' })
    const [grant] = (await call(senior, 'GET', '/v1/grants?state=running')).json().items
    const { answer, records } = await since(() => call(senior, 'POST', `/v1/grants/${grant.id}/extension`))
    expect(codeOf(answer)).toBe('tool_not_authorized')
    expect(records.at(-1)).toMatchObject({ type: 'grant.denied', targets: [{ id: senior.id }, { id: grant.id }] })
    await settle({ tools })
    expect((await check(senior, 'enterprise-chat')).decision).toBe('allow')
    await call(senior, 'DELETE', `/v1/grants/${grant.id}`)
  })

  test('is listed to its holder, and to whoever may read people', async () => {
    const grant = (await ask(junior, 'team-pair')).json()
    const ids = async (by: Somebody, query: string) =>
      (await call(by, 'GET', `/v1/grants?${query}`)).json().items?.map((one: { id: string }) => one.id)
    expect(await ids(junior, 'state=running')).toEqual([grant.id])
    expect(await ids(senior, 'state=running')).toEqual([])
    for (const query of ['of=all', `user=${junior.id}`])
      expect(codeOf(await call(senior, 'GET', `/v1/grants?${query}`))).toBe('forbidden')
    expect(codeOf(await call(senior, 'GET', `/v1/grants/${grant.id}`))).toBe('grant_not_found')
    expect(await ids(security, `user=${junior.id}&state=running`)).toEqual([grant.id])
    expect(await ids(lead, 'of=all&state=running&tool=team-pair')).toEqual([grant.id])
    const page = (await call(security, 'GET', '/v1/grants?of=all&limit=2')).json()
    const rest = (await call(security, 'GET', `/v1/grants?of=all&limit=200&cursor=${page.next}`)).json().items
    const all = (await call(security, 'GET', '/v1/grants?of=all&limit=200')).json().items
    expect([...page.items, ...rest]).toEqual(all)
    expect(codeOf(await call(security, 'GET', '/v1/grants?cursor=x'))).toBe('cursor_invalid')
    await call(junior, 'DELETE', `/v1/grants/${grant.id}`)
  })

  test('ends with all access of its holder, in the same records, and nothing is granted after', async () => {
    const leaver = await person('leaver@example.com', 'senior-developer', payments)
    const grant = (await ask(leaver, 'model-api')).json()
    const headers = await product.asOwner()
    const url = `/scim/v2/Users/${leaver.id}`
    const payload = { Operations: [{ op: 'replace', path: 'active', value: false }] }
    const { records } = await since(() => product.app.inject({ method: 'PATCH', url, headers, payload }))
    expect(records.map((one) => one.type)).toEqual(expect.arrayContaining(['grant.ended', 'user.deactivated']))
    const ended = records.find((one) => one.type === 'grant.ended')
    expect(ended?.targets).toContainEqual({ type: 'grant', id: grant.id })
    expect(new Set(records.map((one) => one.correlationId)).size).toBe(1)
    expect((await call(security, 'GET', `/v1/grants/${grant.id}`)).json().state).toBe('access-ended')
    expect((await ask(leaver, 'model-api')).statusCode).toBe(401)
  })
})

describe('of anybody', () => {
  const explain = async (userId: string, tool: string, teamId: string | null = payments) => {
    const resource = { type: 'AiTool', id: tool, team: teamId }
    return (await call(owner, 'POST', '/v1/access/explain', { userId, action: 'ai:useTool', resource })).json()
  }

  test('may be asked whether they may use a tool, and the answer is what they would get, with what is missing', async () => {
    expect(await explain(senior.id, 'model-api')).toMatchObject({
      decision: 'allow',
      determining: [{ id: 'grant.senior' }],
    })
    const denied = await explain(junior.id, 'model-api')
    expect(denied).toMatchObject({ decision: 'deny', determining: [] })
    expect(denied.missing.map((one: { policy: string }) => one.policy)).toContain('grant.junior')
    expect(await explain(junior.id, 'editor-help')).toMatchObject({ decision: 'allow' })
    // the role is held in the one team only
    expect(await explain(junior.id, 'editor-help', search)).toMatchObject({ decision: 'deny' })
    expect(await explain(lead.id, 'no-such-tool')).toMatchObject({
      decision: 'deny',
      determining: [{ id: 'grant.tool', reason: 'The tool `no-such-tool` is not approved here.' }],
    })
  })

  test('may be sought which tools they may use', async () => {
    const headers = { ...owner.headers }
    const payload = {
      subject: { type: 'user', id: lead.id },
      action: { name: 'ai:useTool' },
      resource: { type: 'AiTool', properties: { team: payments } },
    }
    const reply = await product.app.inject({ method: 'POST', url: '/access/v1/search/resource', headers, payload })
    const { results } = reply.json()
    expect(results.map((one: { id: string }) => one.id)).toEqual(tools.map((one) => one.name).sort())
    const other = { ...payload, subject: { type: 'user', id: junior.id } }
    const fewer = await product.app.inject({
      method: 'POST',
      url: '/access/v1/search/resource',
      headers,
      payload: other,
    })
    expect(fewer.json().results.map((one: { id: string }) => one.id)).toEqual(['editor-help', 'team-pair'])
  })
})

describe('what nobody knows', () => {
  test('is allowed and recorded, or denied, as the settings say', async () => {
    await settle({ unknownTraining: 'deny' })
    expect(codeOf(await ask(senior, 'model-api'))).toBe('training_missing')
    await settle({ unknownTraining: 'allow-recorded', unknownTool: 'allow-recorded' })
    // what nobody listed reaches as far as any: for leads only
    expect(codeOf(await ask(senior, 'new-thing'))).toBe('tool_not_authorized')
    const { answer, records } = await since(() => ask(lead, 'new-thing'))
    expect(answer.json()).toMatchObject({ tier: 'other', state: 'running' })
    expect(records.at(-1)?.data).toMatchObject({ status: 'unknown', training: 'unknown' })
    await settle({ unknownTool: 'deny' })
    expect((await check(lead, 'new-thing')).code).toBe('tool_not_authorized')
  })

  test('tells every reason at once, what is to be mended first before the others', async () => {
    await settle({ unknownTraining: 'deny' })
    const { answer, records } = await since(() => ask(junior, 'no-such-tool'))
    expect(codeOf(answer)).toBe('tool_not_authorized')
    expect(records.at(-1)?.data['codes']).toEqual(['tool_not_authorized', 'training_missing'])
    await settle({ unknownTraining: 'allow-recorded' })
  })
})

describe('security', () => {
  test('takes a grant away, and its holder gets no other of that tool until it is restored', async () => {
    const grant = (await ask(senior, 'model-api')).json()
    const rescind = (by: Somebody, reason: object = { reason: 'the key leaked' }) =>
      call(by, 'POST', `/v1/grants/${grant.id}/rescission`, reason)
    const restore = (by: Somebody) => call(by, 'POST', `/v1/grants/${grant.id}/restoration`, { reason: 'a new key' })
    expect(codeOf(await rescind(lead))).toBe('forbidden')
    expect(codeOf(await rescind(security, { reason: ' ' }))).toBe('request_invalid')
    expect(codeOf(await restore(security))).toBe('grant_rescission_other')
    const { answer, records } = await since(() => rescind(security))
    expect(answer.json()).toMatchObject({ state: 'rescinded', rescindReason: 'the key leaked' })
    expect(records.map((one) => one.type)).toEqual(['grant.rescinded'])
    expect(JSON.stringify(records)).not.toContain('leaked')
    expect(codeOf(await rescind(security))).toBe('grant_rescission_other')
    expect(await check(senior, 'model-api')).toMatchObject({ decision: 'deny', code: 'grant_rescinded' })
    expect(codeOf(await ask(senior, 'model-api'))).toBe('grant_rescinded')
    expect(codeOf(await ask(senior, 'model-api', {}))).toBe('grant_rescinded')
    expect((await ask(senior, 'editor-help')).statusCode).toBe(201)
    await pass(hour)
    expect((await restore(security)).json()).toMatchObject({ state: 'running', expiresAt: grant.expiresAt })
    expect((await check(senior, 'model-api')).decision).toBe('allow')
    // what is given back can be taken away as well: a new one is not the way out
    await call(senior, 'DELETE', `/v1/grants/${grant.id}`)
    await rescind(security)
    expect(codeOf(await ask(senior, 'model-api'))).toBe('grant_rescinded')
    const restored = await since(() => restore(security))
    expect(restored.answer.json().state).toBe('revoked')
    expect(restored.records.at(-1)?.data).toEqual({ tool: 'model-api', isRunning: false })
    expect((await ask(senior, 'model-api')).statusCode).toBe(201)
  })

  test('does not restore what was taken from itself', async () => {
    await give([role(security.id, 'senior-developer')], security, owner)
    const grant = (await ask(security, 'model-api', {})).json()
    await call(security, 'POST', `/v1/grants/${grant.id}/rescission`, { reason: 'left open' })
    const own = await call(security, 'POST', `/v1/grants/${grant.id}/restoration`, { reason: 'closed' })
    expect([codeOf(own), own.json().detail]).toEqual(['access_denied', expect.stringContaining('This grant is yours')])
    const explained = await call(owner, 'POST', '/v1/access/explain', {
      ...{ userId: security.id, action: 'grant:restore', resource: { type: 'Grant', id: grant.id } },
    })
    expect(explained.json()).toMatchObject({ decision: 'deny', determining: [{ id: 'sod.grant.restore' }] })
    expect(codeOf(await call(security, 'POST', '/v1/grants/grt_none/rescission', { reason: 'x' }))).toBe(
      'grant_not_found',
    )
  })
})

describe('an AI-free period', () => {
  const at = (hours: number) => new Date(product.services.clock() + hours * hour).toISOString()
  const plan = (by: Somebody, whom: object, from: number, to: number) =>
    call(by, 'POST', '/v1/ai-free-periods', { ...whom, startsAt: at(from), endsAt: at(to), reason: 'practice by hand' })
  const follow = () => followPeriods(product.services as unknown as GrantServices)
  const started = async () =>
    (await product.records()).filter((one) => /^ai-free-period\.(started|ended)$/.test(one.type)).length

  test('is planned by the tech lead of the team, by security and by compliance officers', async () => {
    const officer = await person('officer@example.com', 'compliance-officer')
    expect(codeOf(await plan(senior, { teamId: payments }, 1, 2))).toBe('forbidden')
    const other = await plan(lead, { teamId: search }, 1, 2)
    expect(codeOf(other)).toBe('access_denied')
    expect(codeOf(await plan(lead, { userId: officer.id }, 1, 2))).toBe('access_denied')
    for (const [by, whom] of [
      [lead, { teamId: payments }],
      [lead, { userId: junior.id }],
      [security, { teamId: search }],
      [officer, { userId: senior.id }],
    ] as const) {
      const { answer, records } = await since(() => plan(by, whom, 200, 201))
      expect(answer.json()).toMatchObject({ state: 'planned', plannedBy: by.id, ...whom })
      expect(records.map((one) => one.type)).toEqual(['ai-free-period.planned'])
      const cancelled = await call(by, 'POST', `/v1/ai-free-periods/${answer.json().id}/cancellation`, { reason: 'no' })
      expect(cancelled.json()).toMatchObject({ state: 'cancelled', cancelReason: 'no' })
    }
  })

  test.each([
    [-1, 1, 'ai_free_period_invalid'],
    [2, 2, 'ai_free_period_invalid'],
    [3, 2, 'ai_free_period_invalid'],
    [1, 1 + 31 * 24 + 0.1, 'ai_free_period_invalid'],
    [367 * 24, 367 * 24 + 1, 'ai_free_period_invalid'],
  ])('from hour %d to hour %d is not planned', async (from, to, code) => {
    expect(codeOf(await plan(security, { teamId: payments }, from, to))).toBe(code)
  })

  test('names a team or a person that is there, and not both', async () => {
    expect(codeOf(await plan(security, {}, 1, 2))).toBe('request_invalid')
    expect(codeOf(await plan(security, { teamId: payments, userId: junior.id }, 1, 2))).toBe('request_invalid')
    expect(codeOf(await plan(security, { teamId: 'team_none' }, 1, 2))).toBe('grant_place_unknown')
    expect(codeOf(await plan(security, { userId: 'usr_none' }, 1, 2))).toBe('grant_place_unknown')
    expect(codeOf(await call(security, 'POST', '/v1/ai-free-periods/afp_none/cancellation', { reason: 'x' }))).toBe(
      'ai_free_period_not_found',
    )
  })

  test('suspends grants of the team while it lasts, and no longer, and tells each start and end once', async () => {
    const grant = (await ask(junior, 'team-pair')).json()
    const period = (await plan(lead, { teamId: payments }, 1, 2)).json()
    const before = await started()
    await follow()
    expect(await started()).toBe(before)
    expect(await check(junior, 'team-pair')).toMatchObject({ decision: 'allow', until: period.startsAt })
    await pass(hour)
    await Promise.all([follow(), follow()])
    expect(await started()).toBe(before + 1)
    expect(await check(junior, 'team-pair')).toMatchObject({ decision: 'deny', code: 'ai_free_period' })
    expect((await call(junior, 'GET', `/v1/grants/${grant.id}`)).json().state).toBe('suspended')
    expect(codeOf(await ask(junior, 'editor-help'))).toBe('ai_free_period')
    expect(codeOf(await call(junior, 'POST', `/v1/grants/${grant.id}/extension`))).toBe('ai_free_period')
    const mine = (await call(junior, 'GET', '/v1/ai-free-periods?of=me')).json().items
    expect(mine).toMatchObject([{ id: period.id, state: 'running', teamName: 'Payments' }])
    const begun = (await product.records()).filter((one) => one.type === 'ai-free-period.started').at(-1)
    expect(begun?.data).toMatchObject({ teamId: payments, startsAt: period.startsAt })
    expect(begun?.data['suspended']).toBeGreaterThan(0)
    await pass(hour)
    await follow()
    await follow()
    expect(await started()).toBe(before + 2)
    expect((await check(junior, 'team-pair')).decision).toBe('allow')
    expect(codeOf(await call(lead, 'POST', `/v1/ai-free-periods/${period.id}/cancellation`, { reason: 'late' }))).toBe(
      'ai_free_period_over',
    )
    await call(junior, 'DELETE', `/v1/grants/${grant.id}`)
  })

  test('of a team holds for its people also where they ask for another team or for none', async () => {
    const roaming = await person('roaming@example.com', 'senior-developer')
    await give([role(roaming.id, 'junior-developer', search)])
    await plan(security, { teamId: search }, 0, 1)
    expect(codeOf(await ask(roaming, 'model-api', {}))).toBe('ai_free_period')
    expect(codeOf(await ask(roaming, 'model-api', { teamId: payments }))).toBe('ai_free_period')
    expect((await ask(senior, 'team-pair')).statusCode).toBe(201)
    product.pass(hour)
    expect((await ask(roaming, 'model-api', {})).statusCode).toBe(201)
  })

  test('of the team of a repository holds there for a grant that names no team', async () => {
    const roaming = await person('wandering@example.com', 'senior-developer')
    const repositoryId = 'repo_search'
    await call(owner, 'PUT', `/v1/teams/${search}/repositories`, { repositories: [repositoryId] })
    expect((await ask(roaming, 'model-api', {})).statusCode).toBe(201)
    const check = async (place: string) =>
      (await call(roaming, 'GET', `/v1/grants/check?tool=model-api${place}`)).json()
    const ahead = (await plan(security, { teamId: search }, 1, 2)).json()
    expect(await check(`&repository=${repositoryId}`)).toMatchObject({ decision: 'allow', until: ahead.startsAt })
    await call(security, 'POST', `/v1/ai-free-periods/${ahead.id}/cancellation`, { reason: 'sooner' })
    const { id } = (await plan(security, { teamId: search }, 0, 1)).json()
    expect(await check(`&repository=${repositoryId}`)).toMatchObject({ decision: 'deny', code: 'ai_free_period' })
    expect((await check('')).decision).toBe('allow')
    await call(security, 'POST', `/v1/ai-free-periods/${id}/cancellation`, { reason: 'over' })
    await call(owner, 'PUT', `/v1/teams/${search}/repositories`, { repositories: [] })
  })

  test('of one person is seen and cancelled by others, and not cancelled by that person', async () => {
    const period = (await plan(security, { userId: lead.id }, 0, 1)).json()
    const own = await call(lead, 'POST', `/v1/ai-free-periods/${period.id}/cancellation`, { reason: 'I need it' })
    expect([codeOf(own), own.json().detail]).toEqual(['access_denied', expect.stringContaining('is yours')])
    const ids = async (by: Somebody) =>
      (await call(by, 'GET', '/v1/ai-free-periods')).json().items.map((one: { id: string }) => one.id)
    expect(await ids(lead)).toContain(period.id)
    expect(await ids(security)).toContain(period.id)
    expect(await ids(senior)).not.toContain(period.id)
    expect(codeOf(await ask(lead, 'odd-one'))).toBe('ai_free_period')
    await call(security, 'POST', `/v1/ai-free-periods/${period.id}/cancellation`, { reason: 'needed' })
    expect((await ask(lead, 'odd-one')).statusCode).toBe(201)
    const past = (await call(security, 'GET', '/v1/ai-free-periods?when=past&limit=1')).json()
    expect(past.items).toHaveLength(1)
    expect((await call(security, 'GET', `/v1/ai-free-periods?when=past&cursor=${past.next}`)).statusCode).toBe(200)
    expect(codeOf(await call(security, 'GET', '/v1/ai-free-periods?cursor=x'))).toBe('cursor_invalid')
  })
})

describe('what an assistant may take in', () => {
  const reads = async (by: Somebody, repositoryId: string, files: number, classification: number) =>
    (await call(by, 'POST', '/v1/context-checks', { repositoryId, files, classification })).json()

  test('is less for juniors, and nothing of other teams', async () => {
    await product.database.pool.query(
      "insert into repository (id, path, name, added_at) values ('repo_pay', '/pay', 'pay', now()), ('repo_sea', '/sea', 'sea', now())",
    )
    for (const [team, id] of [
      [payments, 'repo_pay'],
      [search, 'repo_sea'],
    ])
      await product.database.pool.query('insert into access_team_repository (team_id, repository_id) values ($1, $2)', [
        team,
        id,
      ])
    const decisions = []
    for (const [by, repository, files, classification] of [
      [junior, 'repo_pay', 50, 1],
      [junior, 'repo_pay', 51, 1],
      [junior, 'repo_pay', 50, 2],
      [senior, 'repo_pay', 5000, 2],
      [senior, 'repo_pay', 1, 3],
      [lead, 'repo_pay', 5000, 2],
      [senior, 'repo_sea', 1, 0],
    ] as const)
      decisions.push((await reads(by, repository, files, classification)).decision)
    expect(decisions).toEqual(['allow', 'deny', 'deny', 'allow', 'deny', 'allow', 'deny'])
    const why = await reads(junior, 'repo_pay', 51, 1)
    expect(why.reasons.join()).toContain('context.files <= 50')
    expect((await reads(junior, 'repo_none', 1, 1)).code).toBe('grant_place_unknown')
    expect((await reads(junior, 'repo_pay', 1, 4)).code).toBe('request_invalid')
  })
})

describe('the charter', () => {
  test('is acknowledged within its time of grace by whoever uses AI tools, also those they were granted', async () => {
    expect((await ask(senior, 'enterprise-chat')).statusCode).toBe(201)
    // longer than the grace of 14 days that the charter is shipped with
    await pass(14 * 24 * hour)
    expect(codeOf(await ask(senior, 'model-api'))).toBe('charter_not_acknowledged')
    expect((await check(senior, 'model-api')).code).toBe('charter_not_acknowledged')
    const { version } = await settle({ unknownTraining: 'deny' })
    const { answer, records } = await since(() => ask(senior, 'no-such-tool'))
    expect(codeOf(answer)).toBe('tool_not_authorized')
    expect(records.at(-1)?.data).toMatchObject({
      charter: 'overdue',
      codes: ['tool_not_authorized', 'charter_not_acknowledged', 'training_missing'],
      settingsVersion: version,
    })
    await settle({ unknownTraining: 'allow-recorded' })
    await call(senior, 'POST', '/v1/charter/acknowledgement', { version: 1 })
    expect((await ask(senior, 'model-api')).statusCode).toBe(201)
  })
})
