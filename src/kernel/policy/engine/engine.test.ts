import { afterAll, expect, test } from 'vitest'
import { silentLog } from '#platform/log.ts'
import { ask, goodFacts, sampleSet } from '../testing/sample.ts'
import { createPolicyEngine } from './engine.ts'

const engine = createPolicyEngine({ workers: 1, timeoutMs: 2000, log: silentLog })
afterAll(() => engine.close())

test('a good change is allowed', async () => {
  const verdict = await engine.decide(await sampleSet(), ask())
  console.log(JSON.stringify(verdict, null, 1))
  console.log(
    JSON.stringify(
      await engine.decide(await sampleSet(), ask({ ...goodFacts, evidence: { ...goodFacts.evidence, coverage: 3.5 } })),
      null,
      1,
    ),
  )
})
