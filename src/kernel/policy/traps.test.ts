import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '#platform/log.ts'
import { createPolicyEngine } from './engine/engine.ts'
import type { ResolvedException } from './model.ts'
import type { BoundAnswer } from './opa/answer.ts'
import type { PolicySet } from './policy-set.ts'
import { ask, goodFacts, sampleSet } from './testing/sample.ts'

/** What others fell into with these engines, and the tests that would tell of it here. */
const traps: readonly (readonly [trap: string, file: string, tests: readonly string[]])[] = [
  [
    'Cedar allows where a forbid cannot be evaluated',
    'cedar/cedar.test.ts',
    ['whose forbid cannot be evaluated is denied'],
  ],
  [
    'half a kilobyte of nesting breaks an instance of Cedar for good',
    'cedar/cedar.test.ts',
    [
      'nested 200 deep in %s never reach the parser, and the next ones compile',
      'that break an instance break it for every later call, so its thread has to end',
    ],
  ],
  [
    'Cedar only warns of a policy that can never apply',
    'cedar/cedar.test.ts',
    ['a policy that can never hold', 'an action that the principal never has'],
  ],
  ['integers beyond 2^53 and fractions', 'cedar/cedar.test.ts', ['an integer beyond 2^53', 'a fraction']],
  [
    'Cedar throws where it could answer',
    'cedar/cedar.test.ts',
    ['with %s is denied, and the next one is answered', 'nesting beyond all bounds'],
  ],
  [
    'caches of Cedar evict nothing',
    'cedar/cedar.test.ts',
    ['is answered by its own policies, however many sets came before'],
  ],
  ['rules have no budget', 'engine/engine.test.ts', ['denies the question that hangs, and answers those around it']],
  ['regular expressions that explode', 'evaluate/evaluate.test.ts', ['regular expressions take linear time']],
  [
    'JSON has one kind of number and no times',
    'evaluate/evaluate.test.ts',
    ['an integer has integer arithmetic', 'a time is compared as one'],
  ],
  [
    'the runner of OPA lacks functions of OPA',
    'opa-bundle/bundle.test.ts',
    [
      'needs a function that is not here',
      'holds so many bundles and no more, and loads one anew that made room',
      'replaces a thread in which a policy trapped',
    ],
  ],
  [
    'the end of an exception is looked at in several places',
    'evaluate/evaluate.test.ts',
    ['has ended', 'that counts makes a failing rule excepted'],
  ],
]

test.each(traps)('%s: there are tests for it', (_, file, names) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  expect(names.filter((name) => !text.includes(`'${name}`))).toEqual([])
})

describe('the end of an exception', () => {
  const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
  let set: PolicySet
  beforeAll(async () => {
    set = await sampleSet()
  })
  afterAll(() => engine.close())

  const answer: BoundAnswer = {
    ...{ engine: 'corp', kind: 'opa-remote', mode: 'enforce', category: 'security', owner: 'author', path: 'a' },
    ...{ digest: null, revision: null, decisionId: null, runner: null, error: null, isAllowed: false },
    violations: [{ id: 'freeze', message: 'm', severity: 'high', isWarning: false }],
  }
  const exception: ResolvedException = {
    id: 'exc_1',
    rule: 'opa.corp.freeze',
    fingerprint: null,
    requester: 'usr_a',
    approver: 'usr_b',
    expiresAt: '2026-11-25T12:00:01Z',
    compensatingControls: ['waf'],
  }

  test.each([
    ['2026-11-25T12:00:00Z', 'excepted', 'allow'],
    ['2026-11-25T12:00:01Z', 'fail', 'deny'],
  ])('is the same for what another engine finds: at %s it is %s', async (now, status, decision) => {
    const question = ask({ ...goodFacts, now }, { opa: [answer], exceptions: [exception] })
    const verdict = await engine.decide(set, question)
    expect(verdict.rules.find((one) => one.id === 'opa.corp.freeze')?.status).toBe(status)
    expect(verdict.decision).toBe(decision)
  })

  test('changes nothing of a question to which no engine is bound', async () => {
    const [without, empty] = await Promise.all([
      engine.decide(set, ask()),
      engine.decide(set, ask(goodFacts, { opa: [] })),
    ])
    expect(empty).toEqual(without)
  })
})
