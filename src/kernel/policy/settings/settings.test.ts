import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importRepository } from '#domains/changes'
import { type Approver, addPerson, approver, giveRole } from '#test/approver.ts'
import { startTestProduct } from '#test/harness.ts'
import { type PolicyWorld, policyWorld, testedPack, testedTests } from '#test/policy-world.ts'

interface Repository {
  readonly id: string
  readonly commit: string
}

let world: PolicyWorld
let ours: Repository
let theirs: Repository
let free: Repository
let [payments, search] = ['', '']
let lead: Approver
let otherLead: Approver
let security: Approver

beforeAll(async () => {
  world = await policyWorld()
  ours = await world.addRepository()
  theirs = await world.addRepository()
  free = await world.addRepository()
  payments = (await world.call('POST', '/v1/teams', { name: 'Payments' }, world.owner)).body.id
  search = (await world.call('POST', '/v1/teams', { name: 'Search' }, world.owner)).body.id
  const ctx = world.product.services.service('test')
  for (const one of [ours, theirs, free])
    await importRepository(world.product.db, ctx, one.id, { signal: new AbortController().signal })
  await own(payments, ours)
  await own(search, theirs)
  lead = await person('lead', 'tech-lead', payments)
  otherLead = await person('other-lead', 'tech-lead', search)
  security = await person('guard', 'security', null)
}, 120_000)
afterAll(() => world.close())

async function own(team: string, repository: Repository) {
  const url = `/v1/teams/${team}/repositories`
  const payload = { repositories: [repository.id] }
  const reply = await world.product.app.inject({ method: 'PUT', url, headers: { ...world.owner }, payload })
  expect(reply.statusCode).toBe(200)
}

async function person(name: string, role: string, team: string | null): Promise<Approver> {
  const id = await addPerson(world.product, name)
  if (team === null) await giveRole(world.product, id, role)
  else
    await world.product.database.pool.query(
      `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, $4, 'rch_test', now())`,
      [`ras_${id}_${role}`, id, role, team],
    )
  return approver(world.product, id)
}

const show = async (scope: string) => (await world.call('GET', `/v1/policy-settings/${scope}`)).body
async function put(scope: string, settings: object, by: Approver, revision?: number) {
  const payload = { settings, revision: revision ?? (await show(scope)).revision, reason: 'we mean it' }
  const reply = await world.product.app.inject({
    method: 'PUT',
    url: `/v1/policy-settings/${scope}`,
    headers: by.headers,
    payload,
  })
  return { status: reply.statusCode, body: reply.json() }
}
const gate = async (repository: Repository) => {
  return (await world.gate(repository)).body
}
const rulesOf = async (repository: Repository, rule: string) => {
  const { body } = await world.call(
    'GET',
    `/v1/gates/merge/rules?repositoryId=${repository.id}`,
    undefined,
    world.owner,
  )
  return body.items.find((one: { id: string }) => one.id === rule)
}
const settingsRecords = async (scope: string) =>
  (await world.product.records()).filter(
    (one) => one.type.startsWith('policy-settings.') && one.targets.some((target) => target.id === scope),
  )

describe('a team', () => {
  test('is made stricter by its lead, and the gate answers so for exactly its repositories', async () => {
    for (const one of [ours, theirs, free]) expect((await gate(one)).decision).toBe('allow')
    const before = (await gate(ours)).decisionId
    // nobody scanned for secrets, which this repository only warns about
    const reply = await put(payments, { modes: { 'security.secrets': 'enforce' } }, lead)
    expect(reply).toMatchObject({ status: 200, body: { revision: 1, teamName: 'Payments', mayChange: true } })
    expect(await gate(ours)).toMatchObject({ decision: 'deny', result: 'unknown' })
    for (const one of [theirs, free]) expect(await gate(one)).toMatchObject({ decision: 'allow', notices: [] })
    const records = await settingsRecords(payments)
    expect(records.at(-1)).toMatchObject({
      type: 'policy-settings.changed',
      actor: { id: lead.id },
      data: {
        scope: payments,
        revision: 1,
        changes: [{ setting: 'security.secrets', before: null, after: 'enforce' }],
        changesTotal: 1,
        approvalId: null,
      },
    })
    // decisions of before are made again as they were, and those of now as they are
    for (const id of [before, (await gate(ours)).decisionId]) {
      const replay = async () => (await world.call('POST', `/v1/decisions/${id}/replay`, undefined, world.owner)).body
      await expect.poll(replay, { timeout: 20_000 }).toMatchObject({ same: true, replayable: true })
    }
  })

  test('tells the repository what its file asks for and does not get', async () => {
    expect((await gate(ours)).notices).toEqual([
      '.countersign.yaml sets security.secrets to warn; enforce holds by the policy settings of team Payments',
    ])
    expect(await rulesOf(ours, 'security.secrets')).toMatchObject({
      mode: 'enforce',
      lowered: { asked: 'warn', by: { scope: payments, teamName: 'Payments' } },
    })
    expect(await rulesOf(theirs, 'security.secrets')).toMatchObject({ mode: 'warn', lowered: null })
  })

  test('is changed by nobody who leads another, nor by who leads none', async () => {
    const settings = { modes: { 'quality.documentation': 'enforce' } }
    expect(await put(payments, settings, otherLead)).toMatchObject({ status: 403, body: { code: 'access_denied' } })
    expect(await put('organization', settings, lead)).toMatchObject({ status: 403, body: { code: 'access_denied' } })
    const nobody = await person('nobody', 'senior-developer', payments)
    expect(await put(payments, settings, nobody)).toMatchObject({ status: 403 })
    expect(
      (await world.call('GET', `/v1/policy-settings/${payments}`, undefined, otherLead.headers)).body.mayChange,
    ).toBe(false)
    expect((await show(payments)).revision).toBe(1)
  })

  test.each([
    [
      { modes: { 'quality.tests': 'warn' } },
      'policy_setting_looser',
      '`quality.tests` would be looser: warn was asked, and enforce is in force by the pack',
    ],
    [
      { params: { quality: { minCoverage: 70 } } },
      'policy_setting_looser',
      '70 was asked, and 80 is in force by the pack; higher is stricter',
    ],
    [
      { params: { quality: { allowedComplexity: ['simple', 'wild'] } } },
      'policy_setting_invalid',
      'quality.allowedComplexity',
    ],
    [{ params: { quality: { minCoverage: 101 } } }, 'policy_setting_invalid', 'is above 100'],
    [{ modes: { 'quality.beauty': 'enforce' } }, 'policy_setting_invalid', 'there is no such rule'],
    [{ params: { beauty: { minAll: 1 } } }, 'policy_setting_invalid', 'there is no such pack'],
    [{ params: { quality: { constructor: 1 } } }, 'policy_setting_invalid', 'the pack has no such parameter'],
    [{ repositoriesMayLower: false }, 'policy_setting_not_here', 'repositoriesMayLower'],
  ])('is not made looser, nor by what is not there: %j', async (settings, code, why) => {
    const { status, body } = await put(payments, settings, lead)
    expect([status, body.code]).toEqual([422, code])
    expect(body.detail).toContain(why)
  })

  test('is not changed by who read an earlier revision, and a scope that is none is not there', async () => {
    const reply = await put(payments, { modes: {} }, lead, 0)
    expect(reply).toMatchObject({ status: 409, body: { code: 'policy_settings_changed' } })
    expect(await put('team_none', { modes: {} }, lead, 0)).toMatchObject({
      status: 404,
      body: { code: 'policy_settings_scope_not_found' },
    })
    expect((await world.call('GET', '/v1/policy-settings/team_none')).status).toBe(404)
  })

  test('takes its own settings back, which is recorded, and the gate answers as before', async () => {
    expect(await put(payments, { modes: {} }, lead)).toMatchObject({ status: 200, body: { revision: 2 } })
    expect(await gate(ours)).toMatchObject({ decision: 'allow', notices: [] })
    expect((await settingsRecords(payments)).at(-1)?.data['changes']).toEqual([
      { setting: 'security.secrets', before: 'enforce', after: null },
    ])
    const count = (await settingsRecords(payments)).length
    expect((await put(payments, { modes: {} }, lead)).body.revision).toBe(2)
    expect((await settingsRecords(payments)).length).toBe(count)
  })

  test('has its own settings beside those of the organization, and a repository belongs to one team only', async () => {
    const url = `/v1/teams/${search}/repositories`
    const payload = { repositories: [ours.id, theirs.id] }
    const reply = await world.product.app.inject({ method: 'PUT', url, headers: { ...world.owner }, payload })
    expect(reply.statusCode).toBe(409)
  })

  test('that is removed takes its settings with it', async () => {
    const { id } = (await world.call('POST', '/v1/teams', { name: 'Gone' }, world.owner)).body
    await put(id, { modes: { 'quality.tests': 'enforce' } }, security)
    const list = async () => (await world.call('GET', '/v1/policy-settings')).body.items
    expect(await list()).toContainEqual(expect.objectContaining({ scope: id, rules: 1, revision: 1 }))
    await world.product.app.inject({ method: 'DELETE', url: `/v1/teams/${id}`, headers: { ...world.owner } })
    expect((await list()).map((one: { scope: string }) => one.scope)).not.toContain(id)
    expect((await list())[0]).toMatchObject({ scope: 'organization', teamName: null })
  })
})

describe('under a pack that changes', () => {
  const house = (version: string) => `/v1/policy-packs/house/versions/${version}`
  const limits = { minDecisions: 1, soakMinutes: 0, maxFlips: 1000 }
  const countOf = async (repository: Repository, query: string) =>
    (await world.call('GET', `/v1/decisions?repositoryId=${repository.id}&limit=200&${query}`)).body.items.length

  test('a setting is asked with it and without it, holds where the pack becomes stricter, and no longer where it is gone', async () => {
    // without a recorded decision nobody would know what it changes
    for (const one of [ours, theirs]) expect((await gate(one)).decision).toBe('allow')
    const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
    await world.call('POST', '/v1/policy-packs', pack)
    await world.publish('house', testedPack({ mode: 'warn' }), testedTests)
    const stages = [{ mode: 'enforce', scope: {}, limits, promotion: 'manual' }]
    const first = (await world.call('POST', `${house('1.0.0')}/rollouts`, { stages })).body.id
    await world.call('POST', `/v1/policy-rollouts/${first}/promote`, { stage: 0, reason: 'it holds' })
    expect((await gate(ours)).decision).toBe('allow')
    expect((await put(payments, { modes: { 'house.tested': 'enforce' } }, lead)).status).toBe(200)
    expect(await gate(ours)).toMatchObject({ decision: 'deny', result: 'fail' })
    expect((await gate(theirs)).decision).toBe('allow')

    // a version that enforces it for everybody changes nothing for whom it is enforced already
    await world.prepare('house', testedPack({ version: '2.0.0' }), testedTests)
    const impact = (await world.call('POST', `${house('2.0.0')}/assess`, { days: 90 })).body
    const ofOurs = impact.byRepository.find((one: { repositoryId: string }) => one.repositoryId === ours.id)
    // what was denied for another reason, before there was the rule, would be denied for this one as well
    const byOthers = (await countOf(ours, 'decision=deny')) - (await countOf(ours, 'decision=deny&rule=house.tested'))
    expect(byOthers).toBe(3)
    expect(ofOurs).toMatchObject({ toDeny: await countOf(ours, 'decision=allow'), toAllow: 0, otherReasons: byOthers })
    for (const reviewer of world.reviewers) await world.review('house', '2.0.0', reviewer)
    expect((await world.call('POST', `${house('2.0.0')}/publish`)).status).toBe(200)
    const trial = [{ mode: 'audit', scope: {}, limits, promotion: 'manual' }]
    const second = (await world.call('POST', `${house('2.0.0')}/rollouts`, { stages: trial })).body.id
    expect((await gate(ours)).candidates).toMatchObject([{ decision: 'deny', flip: 'none' }])
    expect((await gate(theirs)).candidates).toMatchObject([{ decision: 'deny', flip: 'to_deny' }])
    await world.call('POST', `/v1/policy-rollouts/${second}/promote`, { stage: 0, reason: 'it holds' })
    expect((await gate(theirs)).decision).toBe('deny')
    const stricter = await put(search, { modes: { 'house.tested': 'warn' } }, otherLead)
    expect(stricter.body).toMatchObject({ code: 'policy_setting_looser' })

    for (const id of [second, first])
      await world.call('POST', `/v1/policy-rollouts/${id}/rollback`, { reason: 'it does not hold' })
    for (const one of [ours, theirs]) expect((await gate(one)).decision).toBe('allow')
    expect((await show(payments)).idle).toEqual([
      { setting: 'house.tested', why: 'no longer applies: no pack in force has such a rule' },
    ])
    // what stays as it was does not keep its lead from setting something else
    const more = { modes: { 'house.tested': 'enforce', 'quality.tests': 'enforce' } }
    expect((await put(payments, more, lead)).status).toBe(200)
    expect((await put(payments, {}, lead)).status).toBe(200)
  })
})

describe('the organization', () => {
  test('is made stricter at once, for every repository; a team is not looser than it', async () => {
    const reply = await put('organization', { modes: { 'security.secrets': 'enforce' } }, security)
    expect(reply).toMatchObject({ status: 200, body: { revision: 1, proposal: null } })
    for (const one of [ours, theirs, free]) expect((await gate(one)).decision).toBe('deny')
    const looser = await put(payments, { modes: { 'security.secrets': 'warn' } }, lead)
    expect(looser.body.code).toBe('policy_setting_looser')
  })

  test('is loosened by two only: one proposes, another with the role security approves by passkey', async () => {
    const second = await person('guard-two', 'security', null)
    const { body } = await put('organization', { modes: {} }, security)
    expect(body).toMatchObject({
      revision: 1,
      proposal: { proposer: security.id, loosens: ['security.secrets: enforce → not set'] },
    })
    expect((await gate(free)).decision).toBe('deny')
    const { digest } = body.proposal
    const decide = async (by: Approver, decision: 'approve' | 'reject', of = digest) => {
      const assertion = await by.answer({ type: 'policy-settings', id: 'organization', digest: of, decision })
      const payload = { decision, digest: of, assertion }
      return world.call('POST', '/v1/policy-settings/organization/decision', payload, by.headers)
    }
    expect(await decide(security, 'approve')).toMatchObject({ status: 403, body: { code: 'access_denied' } })
    expect(await decide(lead, 'approve')).toMatchObject({ status: 403 })
    const other = `sha256:${'0'.repeat(64)}`
    expect((await decide(second, 'approve', other)).body.code).toBe('policy_settings_not_proposed')
    expect(await decide(second, 'approve')).toMatchObject({ status: 200, body: { revision: 2, proposal: null } })
    expect((await gate(free)).decision).toBe('allow')
    expect((await settingsRecords('organization')).map((one) => one.type)).toEqual([
      'policy-settings.changed',
      'policy-settings.proposed',
      'policy-settings.changed',
    ])
  })

  test('of one person is not loosened', async () => {
    const product = await startTestProduct()
    const headers = await product.asOwner()
    const url = '/v1/policy-settings/organization'
    const send = (settings: object, revision: number) =>
      product.app.inject({ method: 'PUT', url, headers, payload: { settings, revision, reason: 'alone' } })
    expect((await send({ repositoriesMayLower: false }, 0)).statusCode).toBe(200)
    const refused = await send({}, 1)
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'second_person_required'])
    await product.close()
  })

  test('keeps repositories from lowering anything, and lets them again only by two; a proposal is withdrawn by its maker', async () => {
    expect((await put('organization', { repositoriesMayLower: false }, security)).status).toBe(200)
    const held = await gate(free)
    expect(held.decision).toBe('deny')
    expect(held.notices).toContain(
      '.countersign.yaml sets security.secrets to warn; enforce holds by the policy settings of the organization',
    )
    expect(await rulesOf(free, 'quality.tests')).toMatchObject({ mode: 'enforce', lowered: { asked: 'warn' } })
    const { body } = await put('organization', {}, security)
    expect(body.proposal.loosens).toEqual(['repositoriesMayLower: false → not set'])
    const withdraw = async (by: Approver) => {
      const url = '/v1/policy-settings/organization/proposal'
      return (await world.product.app.inject({ method: 'DELETE', url, headers: by.headers })).json()
    }
    expect((await withdraw(world.author)).code).toBe('policy_settings_not_proposed')
    expect(await withdraw(security)).toMatchObject({ proposal: null, settings: { repositoriesMayLower: false } })
  })
})
