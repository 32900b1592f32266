import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PolicyWorld, policyWorld, testedPack, testedTests } from '#test/policy-world.ts'

let world: PolicyWorld
let repository: { readonly id: string; readonly commit: string }
beforeAll(async () => {
  world = await policyWorld()
  repository = await world.addRepository()
})
afterAll(() => world.close())

const limits = { minDecisions: 1, soakMinutes: 0, maxFlips: 100 }
const house = '/v1/policy-packs/house/versions/1.0.0'

describe('a policy', () => {
  test('goes from a draft to being enforced for one repository, and back', async () => {
    const { call, gate } = world
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', result: 'pass', candidates: [] })
    const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
    expect((await call('POST', '/v1/policy-packs', pack)).status).toBe(201)
    await world.publish('house', testedPack(), testedTests)
    expect((await call('GET', house)).body).toMatchObject({ state: 'published', missing: [] })
    // published is not in force
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', candidates: [] })

    const scope = { repositories: [repository.id] }
    const stages = [{ mode: 'enforce', scope, limits, promotion: 'manual' }]
    const started = await call('POST', `${house}/rollouts`, { stages })
    expect(started).toMatchObject({ status: 201, body: { state: 'running', stage: 0 } })
    const denied = (await gate(repository)).body
    expect(denied).toMatchObject({ decision: 'deny', result: 'fail' })
    expect(denied.candidates).toMatchObject([
      {
        packId: 'house',
        version: '1.0.0',
        mode: 'enforce',
        enforced: true,
        decision: 'deny',
        flip: 'to_deny',
        baseline: { decision: 'allow' },
      },
    ])
    expect(denied.rules.find((one: { id: string }) => one.id === 'house.tested')).toMatchObject({ status: 'fail' })

    const back = await call('POST', `/v1/policy-rollouts/${started.body.id}/rollback`, { reason: 'it holds people up' })
    expect(back).toMatchObject({ status: 200, body: { state: 'rolled_back' } })
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', candidates: [] })
  })
})
