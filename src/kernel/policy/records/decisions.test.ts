import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '#kernel/ledger'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import type { PolicySet } from '../policy-set.ts'
import { ask, goodFacts, sampleSet } from '../testing/sample.ts'
import { recordDecision } from './record.ts'
import { replayDecision } from './replay.ts'

let product: TestProduct
let set: PolicySet
beforeAll(async () => {
  product = await startTestProduct()
  set = await sampleSet()
})
afterAll(() => product.close())

async function decide(facts = goodFacts) {
  const { services } = product
  const question = ask(facts)
  const verdict = await services.policy.decide(set, question)
  const ctx = services.service('gate')
  return transact(services.db, ctx, (tx, record) =>
    recordDecision(tx, record, ctx.clock(), {
      set,
      question,
      verdict,
      mode: 'enforce',
      targets: [{ type: 'change', id: 'chg_1' }],
      refs: [],
    }),
  )
}

test('a decision is recorded and made again', async () => {
  const { decisionId } = await decide()
  await product.records()
  const again = await replayDecision({ ...product.services, engine: product.services.policy }, 'org_test', decisionId)
  expect(again).toMatchObject({ same: true, reason: undefined })
})
