import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PolicyWorld, policyWorld, testedPack, testedTests } from '#test/policy-world.ts'

let world: PolicyWorld
beforeAll(async () => {
  world = await policyWorld()
})
afterAll(() => world.close())

const dayMs = 86_400_000

/** The job that runs every few minutes. */
async function remind(): Promise<void> {
  const job = world.product.modules.flatMap((one) => one.jobs).find((one) => one.name === 'policy.remind')
  if (job === undefined) throw new Error('there is no such job')
  await job.run({}, new AbortController().signal)
}

async function recorded(type: string) {
  return (await world.product.records()).filter((one) => one.type === type).map((one) => one.data)
}

const owner = () => world.product.asOwner()

describe('a pack with a day of review', () => {
  // the clock begins at 2027-03-01T09:00:00Z
  const change = async (reviewBy: string | null) =>
    (await world.call('PATCH', '/v1/policy-packs/security', { reviewBy }, await owner())).body
  const listed = async () =>
    (await world.call('GET', '/v1/policy-packs', undefined, await owner())).body.items.find(
      (one: { id: string }) => one.id === 'security',
    ).reviewDue
  const of = (reviewBy: string, days: number) => ({ packId: 'security', reviewBy, days })
  const type = 'policy-pack.review-due'

  test('is reminded of 30 and 7 days before it and when it comes, once each', async () => {
    expect((await change('2027-04-01')).reviewDue).toBe(null)
    await remind()
    expect(await recorded(type)).toEqual([])
    // 2027-03-02T09:00, of which the 30th day before began at midnight
    world.product.pass(dayMs)
    expect(await listed()).toBe(30)
    await Promise.all([remind(), remind()])
    await remind()
    expect(await recorded(type)).toEqual([of('2027-04-01', 30)])
    world.product.pass(23 * dayMs)
    expect(await listed()).toBe(7)
    await remind()
    world.product.pass(7 * dayMs)
    expect(await listed()).toBe(0)
    await remind()
    await remind()
    expect(await recorded(type)).toEqual([of('2027-04-01', 30), of('2027-04-01', 7), of('2027-04-01', 0)])
  })

  test('that gets another day is reminded of anew, and of the nearest alone; without a day of none', async () => {
    const before = (await recorded(type)).length
    expect((await change(null)).reviewDue).toBe(null)
    await remind()
    expect(await recorded(type)).toHaveLength(before)
    // it is 2027-04-01
    expect((await change('2027-04-05')).reviewDue).toBe(7)
    await remind()
    expect((await recorded(type)).slice(before)).toEqual([of('2027-04-05', 7)])
  })
})

describe('answers about a draft that are due', () => {
  const type = 'policy-version.answers-due'

  test('are reminded of with who has not answered, once each, and not when all have', async () => {
    const { call, author, reviewers, product } = world
    const [bob, cleo] = reviewers
    const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
    await call('POST', '/v1/policy-packs', pack, await owner())
    const versions = '/v1/policy-packs/house/versions'
    await call('POST', versions, { text: testedPack(), tests: testedTests }, await owner())
    const answerBy = new Date(product.services.clock() + 5 * dayMs).toISOString()
    const ask = async (body: object) => call('POST', `${versions}/1.0.0/consultations`, body, await owner())
    expect(await ask({ userIds: [author.id], answerBy: 'soon' })).toMatchObject({ status: 400 })
    const asked = await ask({ userIds: [bob.id, cleo.id], answerBy })
    expect(asked.status).toBe(200)
    expect(asked.body.steps.at(0)).toMatchObject({ kind: 'asked', detail: { answerBy } })
    await remind()
    expect(await recorded(type)).toEqual([])
    product.pass(2 * dayMs)
    await remind()
    await remind()
    const { digest } = asked.body
    const of = (days: number, silent: string[]) => ({
      packId: 'house',
      version: '1.0.0',
      digest,
      answerBy,
      days,
      silent,
    })
    expect(await recorded(type)).toEqual([of(3, [bob.id, cleo.id])])
    await product.database.pool.query(
      `insert into policy_step (id, version_id, digest, kind, outcome, by_id, at, detail, record_id)
       select 'stp_answer', version_id, digest, 'answered', 'agree', $1, at, '{}', record_id from policy_step where kind = 'asked'`,
      [bob.id],
    )
    product.pass(3 * dayMs)
    await remind()
    expect((await recorded(type)).slice(1)).toEqual([of(0, [cleo.id])])
  })
})
