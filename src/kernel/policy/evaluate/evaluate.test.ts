import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '#platform/canonical-json.ts'
import { silentLog } from '#platform/log.ts'
import { createPolicyEngine } from '../engine/engine.ts'
import type { ResolvedException, RuleResult, Verdict } from '../model.ts'
import { createPolicySet, type PolicySet } from '../policy-set.ts'
import { questionText, readQuestion } from '../question.ts'
import {
  ask,
  cedarSchema,
  goodFacts,
  noCoverage,
  noScan,
  packFrom,
  policiesFrom,
  samplePack,
} from '../testing/sample.ts'

const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
let policies: Awaited<ReturnType<typeof policiesFrom>>
beforeAll(async () => {
  policies = await policiesFrom()
})
afterAll(() => engine.close())

const { change, evidence } = goodFacts

function setOf(text: string, settings: Parameters<typeof createPolicySet>[0]['settings'] = {}): PolicySet {
  return createPolicySet({ packs: [packFrom(text)], cedar: { schema: cedarSchema, policies }, settings })
}

/** A pack of one rule `one.only`. */
function rule(body: string, head = ''): string {
  return `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: one, title: One, owner: team:security, controls: [C1] }
spec:
  gate: merge
${head}
  rules:
    - id: only
      title: The title
      severity: low
${body
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`
}

async function answer(
  body: string,
  facts: Json = goodFacts,
  exceptions: ResolvedException[] = [],
): Promise<RuleResult> {
  const { verdict } = await verdictOf(rule(body), facts, exceptions)
  const [only] = verdict.rules
  if (only === undefined) throw new Error(JSON.stringify(verdict))
  return only
}

async function verdictOf(
  text: string,
  facts: Json,
  exceptions: ResolvedException[] = [],
): Promise<{ verdict: Verdict }> {
  return { verdict: await engine.decide(setOf(text), ask(facts, { exceptions })) }
}

const unknownCoverage = { ...goodFacts, unknown: [noCoverage], evidence: { scan: evidence.scan } }
const unknownBoth = { ...goodFacts, unknown: [noCoverage, noScan], evidence: {} }
const message = `message: "'wrong'"`
const isKnown = 'evidence.coverage > 0.0'

describe('a rule answers', () => {
  const yes = 'change.lines > 0'
  const no = 'change.lines < 0'
  const broken = 'change.files[9].line > 0'
  // Kleene's implication; the fourth value stands for what is no value at all
  test.each([
    [yes, yes, 'pass'],
    [yes, no, 'fail'],
    [yes, isKnown, 'unknown'],
    [yes, broken, 'error'],
    [no, yes, 'not_applicable'],
    [no, no, 'not_applicable'],
    [no, isKnown, 'not_applicable'],
    [no, broken, 'not_applicable'],
    [isKnown, yes, 'pass'],
    [isKnown, no, 'unknown'],
    [isKnown, isKnown, 'unknown'],
    [isKnown, broken, 'error'],
    [broken, yes, 'error'],
    [broken, no, 'error'],
  ])('when %s, require %s: %#', async (when, require, status) => {
    const found = await answer(`when: ${when}\nrequire: ${require}\n${message}`, unknownCoverage)
    expect(found.status).toBe(status)
  })

  test.each([
    ['false && unknown', `${no} && ${isKnown}`, 'fail'],
    ['unknown && false', `${isKnown} && ${no}`, 'fail'],
    ['true || unknown', `${yes} || ${isKnown}`, 'pass'],
    ['unknown || true', `${isKnown} || ${yes}`, 'pass'],
    ['true && unknown', `${yes} && ${isKnown}`, 'unknown'],
    ['false || unknown', `${no} || ${isKnown}`, 'unknown'],
    ['not unknown', `!(${isKnown})`, 'unknown'],
    ['a choice that does not need it', `${yes} ? ${yes} : ${isKnown}`, 'pass'],
    ['a choice that needs it', `${no} ? ${yes} : ${isKnown}`, 'unknown'],
    ['one element that is enough', `change.files.exists(f, f.line == 3 || ${isKnown})`, 'pass'],
    ['elements that all need it', `change.files.all(f, ${isKnown} && f.line > 0)`, 'unknown'],
    ['a filter that needs it', `size(change.files.filter(f, ${isKnown})) >= 0`, 'unknown'],
    ['equality with it', 'evidence.coverage == 1.0 || evidence.coverage != 1.0', 'unknown'],
  ])('unknown is absorbed as Kleene has it: %s', async (_, require, status) => {
    expect((await answer(`require: "${require}"\n${message}`, unknownCoverage)).status).toBe(status)
  })

  test('unknown with the entries that it would need, and what to do in them', async () => {
    const found = await answer(
      `require: evidence.coverage > 0.0 && evidence.scan.critical == 0\n${message}`,
      unknownBoth,
    )
    expect(found).toMatchObject({
      status: 'unknown',
      unknown: [noCoverage, noScan],
      message: 'not known: coverage of the changed lines; a security scan',
    })
  })

  test('unknown also through a variable, and has() below what is unknown', async () => {
    const text = rule(
      `require: vars.few\n${message}`,
      '  variables:\n    - { name: few, expression: evidence.scan.critical < 3 }',
    )
    expect((await verdictOf(text, unknownBoth)).verdict.rules[0]).toMatchObject({
      status: 'unknown',
      unknown: [noScan],
    })
    expect((await answer(`require: has(evidence.scan.at)\n${message}`, unknownBoth)).status).toBe('unknown')
    expect((await answer(`require: has(evidence.scan.at)\n${message}`)).status).toBe('pass')
  })

  test('error when an optional member is absent and not asked for with has()', async () => {
    const without = { ...goodFacts, change: { ...change, ticket: null } }
    const found = await answer(`require: change.ticket != ''\n${message}`, without)
    expect(found).toMatchObject({ status: 'error', unknown: [] })
    expect(found.message).toContain('could not be evaluated')
    expect((await answer(`require: has(change.ticket) && change.ticket != ''\n${message}`, without)).status).toBe(
      'fail',
    )
  })

  test('fail with its words, what it saw, and where', async () => {
    const body = `require: change.lines > 99
clause: CH-1
owner: reviewer
controls: [C2]
message: "'only ' + string(change.lines) + ' lines'"
remediation: Write more.
fix: "'more ' + change.head"
locations: "change.files.map(f, {'path': f.path, 'line': f.line})"`
    expect(await answer(body)).toEqual({
      id: 'one.only',
      pack: 'one',
      title: 'The title',
      clause: 'CH-1',
      controls: ['C2'],
      category: 'compliance',
      severity: 'low',
      owner: 'reviewer',
      mode: 'enforce',
      status: 'fail',
      message: 'only 10 lines',
      remediation: 'Write more.',
      fix: 'more c0ffee',
      reads: ['change.lines'],
      saw: { 'change.lines': 10 },
      unknown: [],
      locations: [{ path: 'src/a.ts', line: 3 }],
    })
  })

  test('its title when the message itself needs what is not known', async () => {
    const found = await answer(`require: change.lines > 99\nmessage: "string(evidence.coverage)"`, unknownCoverage)
    expect(found).toMatchObject({ status: 'fail', message: 'The title' })
  })

  test('with what it saw kept small', async () => {
    const files = Array.from({ length: 400 }, (_, line) => ({ path: `src/${line}.ts`, line }))
    const found = await answer(`require: size(change.files) == 0\n${message}`, {
      ...goodFacts,
      change: { ...change, files },
    })
    expect(found.saw).toEqual({ 'change.files': '400 items' })
  })
})

describe('values', () => {
  // trap 8: JSON has one kind of number and no times
  test.each([
    ['an integer has integer arithmetic', 'change.lines + 1 == 11 && change.lines / 3 == 3'],
    ['a double stays one, also when it is whole', 'evidence.coverage * 2.0 == 200.0'],
    ['a time is compared as one', "evidence.scan.at < now && now - evidence.scan.at == duration('1h')"],
    ['timestamp() takes a time as well', "timestamp(evidence.scan.at) == timestamp('2026-11-25T11:00:00Z')"],
    ['the parts of a time are UTC', 'now.getHours() == 12 && now.getDayOfYear() == 328 && now.getDayOfWeek() == 3'],
    ['glob()', "glob('src/a/b.ts', 'src/**') && !glob('lib/b.ts', ['src/**', 'test/*'])"],
    ['join()', "change.files.map(f, f.path).join(', ') == 'src/a.ts'"],
    ['math', 'math.max(change.lines, 3) == 10 && math.min([4, 2, 3]) == 2 && math.max(1, 2.5) == 2.5'],
    ['regular expressions take linear time', "!('a' + 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!').matches('(a+)+$')"],
  ])('%s', async (_, require) => {
    const facts = { ...goodFacts, evidence: { ...evidence, coverage: 100 } }
    expect(await answer(`require: "${require}"\n${message}`, facts)).toMatchObject({ status: 'pass' })
  })

  test('of 5,000 elements are filtered in one go', async () => {
    const files = Array.from({ length: 5000 }, (_, line) => ({ path: `src/${line}.ts`, line }))
    const found = await answer(
      `require: size(change.files.filter(f, f.line > 0).map(f, f.path).filter(p, p != '')) == 4999\n${message}`,
      { ...goodFacts, change: { ...change, files } },
    )
    expect(found.status).toBe('pass')
  })
})

describe('what a rule builds', () => {
  const files = Array.from({ length: 5000 }, (_, line) => ({ path: `src/${line}.ts`, line }))
  const large = { ...goodFacts, change: { ...change, files } }
  const doubling = (first: string) =>
    Array.from(
      { length: 40 },
      (_, i) => `    - { name: v${i}, expression: "${i === 0 ? first : `vars.v${i - 1} + vars.v${i - 1}`}" }`,
    )

  test.each([
    ['lists that double', doubling('change.files.map(f, [f.path, f.path])'), 'size(vars.v39) > 0'],
    ['texts that double', doubling("change.files.map(f, f.path).join(', ')"), 'size(vars.v39) > 0'],
    ['lists of lists of lists', [], "change.files.map(a, change.files.map(b, [[a.path, b.path], ['', '']])) != []"],
    [
      'a text put into itself',
      [],
      "'aaaaaaaaaaaaaaaa'.replace('a', change.files.map(f, f.path).join('')).replace('s', change.files.map(f, f.path).join('')) != ''",
    ],
  ])('is bounded: %s', async (_, variables, require) => {
    const head = variables.length === 0 ? '' : `  variables:\n${variables.join('\n')}`
    const { verdict } = await verdictOf(rule(`require: "${require}"\n${message}`, head), large)
    expect(verdict).toMatchObject({ decision: 'deny', errors: [] })
    expect(verdict.rules[0]?.message).toBe(
      'the rule could not be evaluated: it builds more than 1000000 characters and elements',
    )
  })
})

describe('an exception', () => {
  const valid: ResolvedException = {
    id: 'exc_1',
    rule: 'one.only',
    fingerprint: null,
    requester: 'usr_a',
    approver: 'usr_b',
    expiresAt: '2026-11-25T12:00:01Z',
    compensatingControls: ['waf'],
  }
  const failing = `require: change.lines > 99\n${message}`

  test('that counts makes a failing rule excepted, and the failure stays visible', async () => {
    const { verdict } = await verdictOf(rule(failing), goodFacts, [valid])
    expect(verdict.rules[0]).toMatchObject({
      status: 'excepted',
      underlying: 'fail',
      exceptionId: 'exc_1',
      message: 'wrong',
    })
    expect(verdict).toMatchObject({ decision: 'allow', result: 'pass' })
  })

  test.each([
    ['has ended', { expiresAt: '2026-11-25T12:00:00Z' }],
    ['has a time that is none', { expiresAt: 'soon' }],
    ['was approved by who asked for it', { approver: 'usr_a' }],
    ['has no compensating control', { compensatingControls: [] }],
    ['is for another rule', { rule: 'one.other' }],
    ['is for one finding of a rule that names none', { fingerprint: 'f1' }],
  ])('that %s does not count', async (_, other) => {
    const { verdict } = await verdictOf(rule(failing), goodFacts, [{ ...valid, ...other }])
    expect(verdict.rules[0]?.status).toBe('fail')
    expect(verdict.decision).toBe('deny')
  })

  test('never helps a rule that takes none, nor one whose facts are missing', async () => {
    expect((await answer(`exception: never\n${failing}`, goodFacts, [valid])).status).toBe('fail')
    expect((await answer(`require: ${isKnown}\n${message}`, unknownCoverage, [valid])).status).toBe('unknown')
  })

  test('for single findings counts when every finding has one', async () => {
    const body = `${failing}\nlocations: "change.files.map(f, {'path': f.path, 'line': f.line, 'fingerprint': f.path})"`
    const files = [
      { path: 'a', line: 1 },
      { path: 'b', line: 2 },
    ]
    const facts = { ...goodFacts, change: { ...change, files } }
    const forOne = { ...valid, fingerprint: 'a' }
    const forOther = { ...valid, id: 'exc_2', fingerprint: 'b' }
    expect((await answer(body, facts, [forOne])).status).toBe('fail')
    expect((await answer(body, facts, [forOne, forOther])).status).toBe('excepted')
  })

  test.each([
    ['passes', 'change.lines > 0', {}, [], 'excepted'],
    ['fails', 'change.lines < 0', {}, [], 'fail'],
    ['is unknown', isKnown, {}, [], 'fail'],
    ['does not apply', `'true'\n      when: change.lines < 0`, {}, [], 'fail'],
    ['is off', 'change.lines > 0', { 'one.control': 'off' }, [], 'fail'],
    ['is only excepted itself', 'change.lines < 0', {}, ['one.control'], 'fail'],
  ] as const)('that rests on a rule that %s', async (_, control, modes, excepted, status) => {
    const text = `${rule(failing)}    - id: control\n      title: The control\n      severity: low
      require: ${control}\n      ${message}\n`
    const onControl = { ...valid, compensatingControls: ['waf', { rule: 'one.control' }] }
    const exceptions = [onControl, ...excepted.map((id) => ({ ...valid, id: 'exc_2', rule: id }))]
    const verdict = await engine.decide(setOf(text, { modes }), ask(unknownCoverage, { exceptions }))
    expect(verdict.errors).toEqual([])
    expect(verdict.rules[0]?.status).toBe(status)
  })

  test('that rests on a rule that is not there does not count', async () => {
    const onNothing = { ...valid, compensatingControls: [{ rule: 'one.gone' }] }
    expect((await answer(failing, goodFacts, [onNothing])).status).toBe('fail')
  })

  test('goes into the question as it came, and comes out of its text the same', () => {
    const both = { ...valid, compensatingControls: ['waf', { rule: 'one.control' }] }
    const question = ask(goodFacts, { exceptions: [both] })
    expect(readQuestion(questionText(question).text)).toEqual(question)
  })
})

describe('the result of a gate', () => {
  const bad = { ...goodFacts, evidence: { ...evidence, coverage: 1 } }

  test('is the worst of what is enforced', async () => {
    const decide = async (facts: Json) => (await engine.decide(setOf(samplePack), ask(facts))).result
    expect(await decide(goodFacts)).toBe('pass')
    expect(await decide(bad)).toBe('fail')
    expect(await decide(unknownCoverage)).toBe('unknown')
    expect(await decide({ ...unknownBoth, change: { ...change, risk: 'high' } })).toBe('unknown')
    // a rule in `warn` fails and is not enforced
    expect(await decide({ ...goodFacts, change: { ...change, ticket: null } })).toBe('pass')
  })

  test('goes by the modes and parameters of the settings', async () => {
    const decide = async (settings: Parameters<typeof createPolicySet>[0]['settings'], facts: Json) =>
      engine.decide(setOf(samplePack, settings), ask(facts))
    expect((await decide({ modes: { 'sample.coverage': 'audit' } }, bad)).result).toBe('pass')
    expect(
      (await decide({ modes: { 'sample.ticket': 'enforce' } }, { ...goodFacts, change: { ...change, ticket: null } }))
        .result,
    ).toBe('fail')
    expect((await decide({ params: { sample: { minCoverage: 1 } } }, bad)).result).toBe('pass')
    const off = await decide({ modes: { 'sample.coverage': 'off' } }, bad)
    expect(off.rules[0]).toMatchObject({ mode: 'off', status: 'not_applicable', saw: {} })
  })

  test.each([
    [{ params: { other: {} } }, 'there is no such pack'],
    [{ params: { sample: { no: 1 } } }, 'the pack has no such parameter'],
    [{ params: { sample: { minCoverage: 101 } } }, 'is above 100'],
    [{ params: { sample: { minCoverage: '80' } } }, 'is not a number'],
    [{ params: { sample: { maxCritical: 1.5 } } }, 'is not an integer'],
    [{ modes: { 'sample.no': 'off' as const } }, 'there is no such rule'],
  ])('cannot have the settings %j', (settings, reason) => {
    expect(() => setOf(samplePack, settings)).toThrow(reason)
  })

  test('is an error when the facts are wrong, and Cedar is not asked', async () => {
    const verdict = await engine.decide(setOf(samplePack), ask({ ...goodFacts, now: 'today' }))
    expect(verdict).toMatchObject({
      decision: 'deny',
      result: 'error',
      rules: [],
      authorization: { decision: 'deny', determining: [], errors: [] },
      errors: ['facts_invalid: `now` is not a time as RFC 3339 writes it'],
    })
  })

  test('comes from the packs of its gate only', async () => {
    const verdict = await engine.decide(setOf(samplePack), ask(goodFacts, { gate: 'deploy' }))
    expect(verdict.rules).toEqual([])
  })
})
