import { getCedarSDKVersion } from '@cedar-policy/cedar-wasm/nodejs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '#package' with { type: 'json' }
import { type Json, JsonInvalid } from '#platform/canonical-json.ts'
import { createLog, silentLog } from '#platform/log.ts'
import { engines } from '../engines.ts'
import { createPolicySet, openPolicySet, type PolicySet } from '../policy-set.ts'
import { ask, cedarSchema, goodFacts, packFrom, rulePack, sampleSet } from '../testing/sample.ts'
import { verdictBytes } from '../verdict.ts'
import { createPolicyEngine, type PolicyEngine } from './engine.ts'

let set: PolicySet
beforeAll(async () => {
  set = await sampleSet()
})

const { change, evidence } = goodFacts

/** Facts over which three loops in each other take for ever. */
const files = Array.from({ length: 5000 }, (_, line) => ({ path: `src/${line}.ts`, line }))
const endless = { ...goodFacts, change: { ...change, files } }

function hotSet(): PolicySet {
  const hot = 'change.files.all(a, change.files.all(b, change.files.all(c, a.line + b.line + c.line >= 0)))'
  const text = rulePack.replace("'true'", `"${hot}"`)
  return createPolicySet({ packs: [packFrom(text)], cedar: { schema: cedarSchema, policies: set.cedar } })
}

describe('the engine', () => {
  const engine = createPolicyEngine({ workers: 2, timeoutMs: 5000, log: silentLog })
  afterAll(() => engine.close())

  test('allows what passes and denies what does not, with Cedar having the last word', async () => {
    expect(await engine.decide(set, ask())).toMatchObject({
      decision: 'allow',
      result: 'pass',
      authorization: { decision: 'allow', determining: [{ id: 'merge.base' }] },
      revision: set.revision,
      errors: [],
    })
    const bad = { ...goodFacts, evidence: { ...evidence, coverage: 1 } }
    expect(await engine.decide(set, ask(bad))).toMatchObject({
      decision: 'deny',
      result: 'fail',
      authorization: { determining: [{ id: 'merge.gate', reason: 'The gate says fail: sample.coverage.' }] },
    })
    const request = { ...ask().request, principal: { type: 'Agent', id: 'bot' } }
    expect(await engine.decide(set, ask(goodFacts, { request }))).toMatchObject({
      decision: 'deny',
      result: 'pass',
      authorization: { decision: 'deny', determining: [] },
    })
  })

  test('answers many questions in their order, the same as one by one', async () => {
    const questions = Array.from({ length: 300 }, (_, lines) =>
      ask({ ...goodFacts, change: { ...change, lines }, evidence: { ...evidence, coverage: lines % 100 } }),
    )
    const many = await engine.decideMany(set, questions)
    expect(many.map((one) => one.result)).toEqual(questions.map((_, i) => (i % 100 >= 80 ? 'pass' : 'fail')))
    const fresh = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
    for (const i of [0, 79, 80, 299]) {
      const question = questions[i]
      if (question === undefined) throw new Error('there is no such question')
      const one = await fresh.decide(openPolicySet(set.snapshot), question)
      expect(verdictBytes(one)).toBe(verdictBytes(many[i] ?? one))
    }
    await fresh.close()
  })

  test('refuses facts that JSON cannot hold', async () => {
    await expect(engine.decide(set, ask({ ...goodFacts, change: { ...change, lines: Number.NaN } }))).rejects.toThrow(
      'not finite',
    )
    expect(JsonInvalid.code).toBe('json_invalid')
  })

  test('denies over a policy set that it cannot open', async () => {
    const broken = { ...set, snapshot: '{}', revision: 'sha256:0' }
    const verdict = await engine.decide(broken, ask())
    expect(verdict).toMatchObject({
      decision: 'deny',
      result: 'error',
      errors: [expect.stringMatching(/^engine_set_unusable: /)],
    })
    expect((await engine.decide(set, ask())).decision).toBe('allow')
  })

  test('goes on being right when its memory of answers turns over', async () => {
    // the rule's answer is the same for all, and its text names each head
    const asked = (at: number): Json => ({
      ...goodFacts,
      change: { ...change, head: `h${at}` },
      evidence: { ...evidence, coverage: 1 },
    })
    const fixed = (at: number) => `countersign evidence add coverage for h${at}`
    for (let from = 0; from < 12_000; from += 3000) {
      const verdicts = await engine.decideMany(
        set,
        Array.from({ length: 3000 }, (_, i) => ask(asked(from + i))),
      )
      expect(verdicts.map((one) => one.rules[0]?.fix)).toEqual(verdicts.map((_, i) => fixed(from + i)))
    }
    expect((await engine.decide(set, ask(asked(7)))).rules[0]?.fix).toBe(fixed(7))
  })

  test('says whether it is well, and which versions decide', async () => {
    expect(await engine.isWell()).toBe(true)
    const pinned = manifest.dependencies
    expect(engines.cel).toBe(`@bufbuild/cel ${pinned['@bufbuild/cel']}`)
    expect(engines.cedar).toBe(`@cedar-policy/cedar-wasm ${pinned['@cedar-policy/cedar-wasm']}`)
    expect(engines.cedar.endsWith(getCedarSDKVersion())).toBe(true)
  })
})

describe('an engine whose thread fails', () => {
  const engines: PolicyEngine[] = []
  const open = (options: Partial<Parameters<typeof createPolicyEngine>[0]> = {}) => {
    const engine = createPolicyEngine({ workers: 1, timeoutMs: 1500, log: silentLog, ...options })
    engines.push(engine)
    return engine
  }
  afterAll(async () => {
    for (const one of engines) await one.close()
  })

  // trap 7: neither CEL nor its macros have a budget
  test('denies the question that hangs, and answers those around it', async () => {
    const hot = hotSet()
    const lines: string[] = []
    const log = { ...createLog('silent'), warn: (facts: object) => void lines.push(JSON.stringify(facts)) }
    const engine = open({ log })
    const before = engine.decideMany(set, [ask(), ask()])
    const hanging = engine.decide(hot, ask(endless))
    const after = engine.decideMany(set, [ask(), ask()])
    expect((await before).map((one) => one.decision)).toEqual(['allow', 'allow'])
    expect(await hanging).toMatchObject({ decision: 'deny', result: 'error', rules: [], errors: ['engine_timeout'] })
    expect((await after).map((one) => one.decision)).toEqual(['allow', 'allow'])
    expect(engine.figures()).toMatchObject({ answered: 4, unanswered: 1, timeouts: 2, restarts: 2, queued: 0 })
    expect(lines.join()).toContain('policy-thread.ended')
  })

  test('denies what waits when it is closed, and everything after', async () => {
    const engine = open()
    const waiting = engine.decide(set, ask())
    await engine.close()
    expect(await waiting).toMatchObject({ decision: 'deny', errors: ['engine_closed'] })
    expect(await engine.decide(set, ask())).toMatchObject({ decision: 'deny', errors: ['engine_closed'] })
  })
})

describe('a policy set', () => {
  test('opens from its snapshot as the same set', () => {
    const again = openPolicySet(set.snapshot)
    expect(again.revision).toBe(set.revision)
    expect(again.snapshot).toBe(set.snapshot)
  })

  test('has another revision when anything that decides is another', async () => {
    const others = [
      await sampleSet({ params: { sample: { minCoverage: 81 } } }),
      await sampleSet({ modes: { 'sample.ticket': 'enforce' } }),
      await sampleSet({}, set.packs[0]?.text.replace('no ticket', 'no ticket at all')),
    ]
    expect(new Set([set, ...others].map((one) => one.revision)).size).toBe(4)
    expect((await sampleSet()).revision).toBe(set.revision)
  })

  test.each([
    [
      'of other engines',
      (text: string) => text.replace('countersign 1', 'countersign 0'),
      'was decided by rules `countersign 0`',
    ],
    [
      'with a pack that does not compile',
      (text: string) => text.replaceAll('change.risk', 'change.rsk'),
      'pack `sample`',
    ],
    ['that is not canonical', (text: string) => ` ${text}`, 'not in canonical form'],
    [
      'with another digest of a pack',
      (text: string) => text.replace(/"digest":"sha256:..../, '"digest":"sha256:0000'),
      'not in canonical form',
    ],
    [
      'with policies nested without end',
      (text: string) => text.replace('resource);', `resource) when {${'('.repeat(99)}`),
      'nested deeper than 32',
    ],
    ['that is something else', () => '{"v":2}', 'is not what it should be'],
    ['that is no JSON', () => '{', 'the JSON is not acceptable'],
  ])('does not open from a snapshot %s', (_, change, reason) => {
    expect(() => openPolicySet(change(set.snapshot))).toThrow(reason)
  })
})
