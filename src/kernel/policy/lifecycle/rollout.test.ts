import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findRepository } from '#domains/changes'
import { createPolicySource, mergeGround } from '#domains/gates'
import {
  mildPack,
  mildTests,
  type PolicyWorld,
  percentOf,
  policyWorld,
  testedPack,
  testedTests,
} from '#test/policy-world.ts'
import { runGate } from '../../../domains/gates/service.ts'
import { createRollouts } from './rollout-face.ts'

interface Repository {
  readonly id: string
  readonly commit: string
}

let world: PolicyWorld
let repositories: Repository[]
beforeAll(async () => {
  world = await policyWorld()
  repositories = []
  // until some are below 20 % and some are not
  const below = () => repositories.filter((one) => percentOf(one.id) < 20).length
  while (repositories.length < 6 || below() < 1 || below() === repositories.length)
    repositories.push(await world.addRepository())
  for (const one of repositories) expect((await world.gate(one)).body.decision).toBe('allow')
  const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
  await world.call('POST', '/v1/policy-packs', pack)
  await world.publish('house', testedPack(), testedTests)
}, 120_000)
afterAll(() => world.close())

/** The job that every node runs each minute. */
async function settleByJob() {
  const job = world.product.modules.flatMap((one) => one.jobs).find((one) => one.name === 'policy-rollout.settle')
  if (job === undefined) throw new Error('there is no such job')
  await job.run({}, new AbortController().signal)
}

const house = (version: string) => `/v1/policy-packs/house/versions/${version}`
const easy = { minDecisions: 1, soakMinutes: 0, maxFlips: 1000 }

async function start(stages: readonly object[], version = '1.0.0') {
  const reply = await world.call('POST', `${house(version)}/rollouts`, { stages })
  expect(reply.status).toBe(201)
  return reply.body.id as string
}
const show = async (id: string) => (await world.call('GET', `/v1/policy-rollouts/${id}`)).body
const back = (id: string) => world.call('POST', `/v1/policy-rollouts/${id}/rollback`, { reason: 'over' })
const [first, other] = [() => repositories[0] as Repository, () => repositories[1] as Repository]

describe('a roll-out', () => {
  test('at 20 % changes what a real gate answers for exactly those repositories', async () => {
    const id = await start([{ mode: 'enforce', scope: { percent: 20 }, limits: easy, promotion: 'manual' }])
    for (const one of repositories) {
      const { body } = await world.gate(one)
      expect([one.id, body.decision]).toEqual([one.id, percentOf(one.id) < 20 ? 'deny' : 'allow'])
    }
    const denied = repositories.filter((one) => percentOf(one.id) < 20).length
    expect((await show(id)).stages[0].counts).toMatchObject({
      decisions: denied,
      toDeny: denied,
      toAllow: 0,
      errors: 0,
    })
    await back(id)
    for (const one of repositories) expect((await world.gate(one)).body.decision).toBe('allow')
  })

  test.each(['audit', 'warn'])(
    'in mode %s keeps the decision, and says what the version would decide',
    async (mode) => {
      const id = await start([{ mode, scope: { repositories: [first().id] }, limits: easy, promotion: 'manual' }])
      const { body } = await world.gate(first())
      expect(body).toMatchObject({ decision: 'allow', result: 'pass' })
      expect(body.candidates).toMatchObject([
        {
          rolloutId: id,
          mode,
          enforced: false,
          decision: 'deny',
          result: 'fail',
          flip: 'to_deny',
          rules: [{ id: 'house.tested' }],
        },
      ])
      expect(body.rules.some((one: { id: string }) => one.id === 'house.tested')).toBe(false)
      expect((await world.gate(other())).body.candidates).toEqual([])
      const shown = (await world.call('GET', `/v1/decisions/${body.decisionId}`)).body
      expect(shown).toMatchObject({ decision: 'allow', enforced: true })
      expect(shown.candidates).toMatchObject([{ rolloutId: id, enforced: false, decision: 'deny', flip: 'to_deny' }])
      const records = await world.product.records()
      const made = records.find((one) => one.type === 'decision.made' && one.data['decisionId'] === body.decisionId)
      expect(made?.data['candidates']).toMatchObject([
        { rolloutId: id, decision: 'deny', enforced: false, flip: 'to_deny' },
      ])
      await back(id)
    },
  )

  test('beyond its limit of flips is rolled back by the decision that goes beyond it, and the gate answers as before', async () => {
    const limits = { ...easy, minDecisions: 100, maxFlips: 2 }
    const id = await start([{ mode: 'enforce', scope: { repositories: [first().id] }, limits }])
    const decisions: string[] = []
    for (let i = 0; i < 5; i++) decisions.push((await world.gate(first())).body.decision)
    // the third flip is the one too many; it still counts for whoever asked
    expect(decisions).toEqual(['deny', 'deny', 'deny', 'allow', 'allow'])
    expect(await show(id)).toMatchObject({ state: 'rolled_back', stages: [{ counts: { decisions: 3, toDeny: 3 } }] })
    const records = await world.product.records()
    const record = records.find((one) => one.type === 'policy-rollout.rolled-back' && one.data['rolloutId'] === id)
    expect(record).toMatchObject({ actor: { id: 'svc_policy', kind: 'service' }, data: { cause: 'flips', toDeny: 3 } })
    expect((await back(id)).body).toMatchObject({ code: 'policy_rollout_over' })
  })

  test('beyond its limit when the node died right after the decision is rolled back by the job of any other', async () => {
    const limits = { ...easy, minDecisions: 100, maxFlips: 0 }
    const id = await start([{ mode: 'audit', scope: { repositories: [first().id] }, limits }])
    const { services, db } = world.product
    const { standings } = createRollouts({
      ...{ db, ledger: services.ledger, policy: services.policy, authority: services.authority, ground: mergeGround() },
      ...{ keysFolder: services.folder.keys, service: services.service },
    })
    // as a node does that dies before it looks at the limits
    const dying = { engine: services.policy, policy: createPolicySource(standings) }
    const repository = await findRepository(db, first().id)
    const question = { repositoryId: first().id, path: repository?.path ?? '', commit: first().commit }
    expect((await runGate(db, services.service('gate'), dying, question)).decision).toBe('allow')
    expect(await show(id)).toMatchObject({ state: 'running', stages: [{ counts: { toDeny: 1 } }] })
    await settleByJob()
    expect(await show(id)).toMatchObject({ state: 'rolled_back' })
  })

  test('within its limits goes on by itself, stage by stage, until the version is in force everywhere; and back', async () => {
    world.product.pass(1000)
    await world.publish('house', mildPack('1.1.0'), mildTests)
    const scope = { repositories: [first().id] }
    const limits = { minDecisions: 2, soakMinutes: 60, maxFlips: 0 }
    const id = await start(
      [
        { mode: 'audit', scope, limits },
        { mode: 'enforce', limits: { ...limits, soakMinutes: 0 } },
      ],
      '1.1.0',
    )
    await world.gate(first())
    await world.gate(first())
    expect(await show(id)).toMatchObject({ state: 'running', stage: 0 })
    world.product.pass(60 * 60_000)
    // nobody asks the gate: the job does it
    await settleByJob()
    expect(await show(id)).toMatchObject({ state: 'running', stage: 1 })
    await world.gate(first())
    const second = (await world.gate(other())).body
    expect(second.rules.find((one: { id: string }) => one.id === 'house.tested')).toMatchObject({ status: 'pass' })
    expect(await show(id)).toMatchObject({ state: 'active' })
    expect((await world.call('GET', '/v1/policy-packs/house')).body).toMatchObject({
      inForce: { version: '1.1.0' },
      rolloutId: null,
    })
    const listed = (await world.call('GET', '/v1/gates/merge/rules')).body.items
    expect(listed.find((one: { id: string }) => one.id === 'house.tested')).toMatchObject({ packVersion: '1.1.0' })
    expect((await back(id)).body).toMatchObject({ state: 'rolled_back' })
    expect((await world.call('GET', '/v1/policy-packs/house')).body).toMatchObject({ inForce: null })
  })

  test('is promoted by a person once, and superseded by the next', async () => {
    const stages = [{ mode: 'audit', scope: { repositories: [first().id] }, limits: easy, promotion: 'manual' }]
    const one = await start(stages, '1.1.0')
    const promote = (id: string, stage = 0) =>
      world.call('POST', `/v1/policy-rollouts/${id}/promote`, { reason: 'looks well', stage })
    expect((await promote(one)).body).toMatchObject({ state: 'active' })
    expect((await promote(one)).body).toMatchObject({ status: 409, code: 'policy_rollout_over' })
    world.product.pass(1000)
    await world.publish('house', mildPack('1.2.0'), mildTests)
    const two = await start(stages, '1.2.0')
    expect((await promote(two, 1)).body).toMatchObject({ code: 'policy_rollout_over' })
    expect((await promote(two)).body).toMatchObject({ state: 'active' })
    expect(await show(one)).toMatchObject({ state: 'superseded' })
    const versions = (await world.call('GET', '/v1/policy-packs/house/versions')).body.items
    expect(versions.map((each: { version: string; state: string }) => [each.version, each.state])).toEqual([
      ['1.2.0', 'in_force'],
      ['1.1.0', 'superseded'],
      ['1.0.0', 'published'],
    ])
    // what would be in force again is used
    const retire = (version: string) => world.call('POST', `${house(version)}/retire`, { reason: 'too old' })
    expect((await retire('1.2.0')).body).toMatchObject({ code: 'policy_version_used' })
    expect((await retire('1.1.0')).body).toMatchObject({ code: 'policy_version_used' })
    expect((await retire('1.0.0')).body).toMatchObject({ state: 'retired' })
    expect((await retire('1.0.0')).body).toMatchObject({ code: 'policy_version_over' })
    expect((await back(two)).body).toMatchObject({ state: 'rolled_back' })
    expect(await show(one)).toMatchObject({ state: 'active' })
    expect((await world.call('GET', '/v1/policy-packs/house')).body).toMatchObject({ inForce: { version: '1.1.0' } })
    const refused = await world.call('POST', `${house('1.0.0')}/rollouts`, { stages })
    expect(refused.body).toMatchObject({ status: 409, code: 'policy_version_over' })
  })

  test('is listed page by page, newest first, by pack and state', async () => {
    const all: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await world.call('GET', `/v1/policy-rollouts?packId=house&limit=2${query}`)
      expect(body.items.length).toBeLessThanOrEqual(2)
      all.push(...body.items.map((one: { id: string }) => one.id))
      cursor = body.next
    }
    expect(new Set(all).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(5)
    const active = (await world.call('GET', '/v1/policy-rollouts?state=active')).body.items
    expect(active.map((one: { version: string }) => one.version)).toEqual(['1.1.0'])
    expect((await world.call('GET', '/v1/policy-rollouts?cursor=nothing')).body).toMatchObject({
      code: 'cursor_invalid',
    })
    expect((await world.call('GET', '/v1/policy-rollouts/rol_nothing')).body).toMatchObject({
      code: 'policy_rollout_not_found',
    })
    for (const act of ['promote', 'rollback'] as const) {
      const body = act === 'promote' ? { reason: 'why not', stage: 0 } : { reason: 'why not' }
      const reply = await world.call('POST', `/v1/policy-rollouts/rol_nothing/${act}`, body)
      expect(reply.body).toMatchObject({ status: 404, code: 'policy_rollout_not_found' })
    }
  })
})
