import { parse, plan } from '@bufbuild/cel'
import type { Json } from '#platform/canonical-json.ts'
import { createBudget } from '../cel/budget.ts'
import { createEnvironment } from '../cel/functions.ts'
import { type PlannedPack, planPack } from '../evaluate/plan.ts'
import { evaluateRule } from '../evaluate/rule.ts'
import { createFactReader, type FactReader } from '../evaluate/saw.ts'
import { readShape } from '../facts/shape.ts'
import { checkFacts } from '../facts/validate.ts'
import type { JsonSchema, RuleResult } from '../model.ts'
import { compilePack, type Pack } from '../pack/pack.ts'
import { type Mutant, mutantsOf } from './mutate.ts'
import { readTests, type TestCase, type Tests } from './read-tests.ts'
import { failedRun, type TestReport } from './report.ts'

export interface TestInput {
  readonly text: string
  readonly tests: string
  readonly factsSchema: JsonSchema
  readonly example: Json
}

const mutantsMax = 2000
const survivorsMax = 100
/** Of one case. */
const wrongMax = 20
const messageCharactersMax = 300

/** Runs the tests of a pack in this thread; a hostile pack can keep it busy for as long as whoever started it lets it. */
export function runTestsHere({ text, tests, factsSchema, example }: TestInput): TestReport {
  const { pack } = compilePack(text, { source: 'pack', factsSchema })
  if (pack === undefined) return failedRun('the pack has mistakes')
  const read = readTests(tests, pack, example)
  if (typeof read === 'string') return failedRun(read)
  const shape = readShape(factsSchema)
  const asked: Asked[] = []
  for (const one of read.cases) {
    const checked = checkFacts(one.facts, shape)
    if ('reason' in checked)
      return failedRun(`the facts of case \`${one.name}\` are wrong: \`${checked.path || 'facts'}\` ${checked.reason}`)
    asked.push({ ...one, reader: createFactReader(checked) })
  }
  const planOf = (changed: Pack) => planPack(changed, shape, {})
  return report(pack, read, asked, planOf)
}

interface Asked extends TestCase {
  readonly reader: FactReader
}

type Plan = (pack: Pack) => PlannedPack

function report(pack: Pack, tests: Tests, asked: readonly Asked[], planOf: Plan): TestReport {
  const planned = planOf(pack)
  const matches = createMatcher()
  const answered = asked.map((one) => ({ one, answers: answersTo(planned, one) }))
  const cases = answered.map(({ one, answers }) => {
    const wrong = wrongOf(one, answers, matches).slice(0, wrongMax)
    return { name: one.name, ok: wrong.length === 0, wrong }
  })
  const seen = (rule: string, status: string) =>
    answered.some(({ one, answers }) => one.expect.get(rule) === status && answers.get(rule)?.status === status)
  const untested = pack.rules.flatMap(({ id }) =>
    (['pass', 'fail'] as const).filter((status) => !seen(id, status)).map((missing) => ({ rule: id, missing })),
  )
  // a mutant tells nothing where the cases do not even hold for the pack itself
  const holds = cases.every((one) => one.ok)
  const mutants = holds ? tryMutants(pack, tests, asked, planOf) : { total: 0, survived: [], isLimited: false }
  return {
    ok: holds && untested.length === 0 && mutants.survived.length === 0,
    problem: null,
    cases,
    untested,
    mutants,
  }
}

function tryMutants(pack: Pack, tests: Tests, asked: readonly Asked[], planOf: Plan): TestReport['mutants'] {
  const survived: string[] = []
  let total = 0
  for (const mutant of mutantsOf(pack)) {
    if (total >= mutantsMax) return { total, survived, isLimited: true }
    total++
    const isKilled = tests.equivalent.has(mutant.name) || isToldApart(mutant, asked, planOf)
    if (!isKilled && survived.length < survivorsMax) survived.push(mutant.name)
  }
  return { total, survived, isLimited: false }
}

function isToldApart({ pack, rule }: Mutant, asked: readonly Asked[], planOf: Plan): boolean {
  const concerned = rule === null ? asked : asked.filter((one) => one.expect.has(rule))
  // planning the rules that were not changed again would be most of the work
  const planned = planOf(rule === null ? pack : { ...pack, rules: pack.rules.filter((one) => one.id === rule) })
  return concerned.some((one) => {
    const answers = answersTo(planned, one)
    return [...one.expect].some(([id, status]) => (rule === null || rule === id) && answers.get(id)?.status !== status)
  })
}

function answersTo(planned: PlannedPack, { expect, reader }: Asked): Map<string, RuleResult> {
  const names = planned.bind(reader.facts)
  const { pack } = planned
  return new Map(
    planned.rules
      .filter(({ rule }) => expect.has(rule.id))
      .map((one) => [one.rule.id, evaluateRule(one, { names, reader, pack, mode: one.rule.mode })]),
  )
}

type Wrong = TestReport['cases'][number]['wrong']

function wrongOf(one: Asked, answers: ReadonlyMap<string, RuleResult>, matches: Matcher): Wrong {
  return [...one.expect].flatMap(([rule, expected]): Wrong => {
    const { status = 'error', message: whole = '' } = answers.get(rule) ?? {}
    const message = whole.slice(0, messageCharactersMax)
    if (status !== expected) return [{ rule, expected, got: status, message }]
    const pattern = one.message.get(rule)
    return pattern === undefined || matches(whole, pattern)
      ? []
      : [{ rule, expected: `a message that matches ${pattern}`, got: status, message }]
  })
}

type Matcher = (text: string, pattern: string) => boolean

/** RE2, as rules have it: a pattern cannot take longer than the text is long. */
function createMatcher(): Matcher {
  const run = plan(createEnvironment(createBudget()), parse('text.matches(pattern)'))
  return (text, pattern) => run({ text, pattern } as never) === true
}
