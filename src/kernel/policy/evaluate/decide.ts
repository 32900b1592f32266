import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { noAnswer } from '../cedar/answer.ts'
import type { Authorizer, LoadedPolicies } from '../cedar/authorize.ts'
import { readShape, type Shape } from '../facts/shape.ts'
import { checkFacts, type JsonObject } from '../facts/validate.ts'
import type { Authorization, GateResult, Missing, Question, RuleResult } from '../model.ts'
import type { PolicySet } from '../policy-set.ts'
import { applyExceptions } from './exceptions.ts'
import { createMemo, type Memo, type Numbered } from './memo.ts'
import { type PlannedPack, type PlannedRule, planPack } from './plan.ts'
import { evaluateRule } from './rule.ts'
import { createFactReader, type FactReader } from './saw.ts'

/** A policy set made ready to answer. */
export interface LoadedSet {
  readonly set: PolicySet
  readonly shape: Shape
  readonly packs: readonly PlannedPack[]
  readonly policies: LoadedPolicies
  /** Distinguishes it from other sets in the keys of memos. */
  readonly number: number
}

/** A verdict in the form in which it travels: what was said before goes as its number. */
export interface Answer {
  readonly decision: 'allow' | 'deny'
  readonly result: GateResult
  readonly rules: readonly Part<RuleResult>[]
  readonly authorization: Part<Authorization>
  readonly errors: readonly string[]
  /** Of a question of who may do what; absent in a verdict on facts. */
  readonly missing?: readonly Missing[]
}

/** A value that is new with its number, one that is known by its number, or one that is not kept. */
export type Part<T> = { readonly number: number; readonly value?: T } | { readonly value: T }

export interface Decider {
  load(set: PolicySet): LoadedSet
  unload(loaded: LoadedSet): void
  decide(loaded: LoadedSet, question: Question): Answer
  /** Numbers of rules and of authorizations below which nothing is known any more. */
  readonly forgotten: { readonly rules: number; readonly authorizations: number }
}

const memoEntriesMax = 10_000

export function createDecider(authorizer: Authorizer): Decider {
  const rules = createMemo<RuleResult>(memoEntriesMax)
  const authorizations = createMemo<Authorization>(memoEntriesMax)
  const told = new Map<string, boolean>()
  let sets = 0
  return {
    load: (set) => {
      const shape = readShape(set.factsSchema)
      const packs = set.packs.map((pack) => planPack(pack, shape, set.settings.params[pack.id] ?? {}))
      return { set, shape, packs, policies: authorizer.load(set.cedar), number: sets++ }
    },
    unload: (loaded) => authorizer.unload(loaded.policies),
    decide: (loaded, question) => decide({ rules, told, authorizations, authorizer }, loaded, question),
    get forgotten() {
      return { rules: rules.forgottenBelow, authorizations: authorizations.forgottenBelow }
    },
  }
}

interface Parts {
  readonly rules: Memo<RuleResult>
  /** Whether a rule that read this tells its texts. */
  readonly told: Map<string, boolean>
  readonly authorizations: Memo<Authorization>
  readonly authorizer: Authorizer
}

function decide(parts: Parts, loaded: LoadedSet, question: Question): Answer {
  const checked = checkFacts(question.facts, loaded.shape)
  if ('reason' in checked)
    return refused(`facts_invalid: \`${checked.path === '' ? 'facts' : checked.path}\` ${checked.reason}`)
  const reader = createFactReader(checked)
  const answered = excepting(
    loaded.packs
      .filter(({ pack }) => pack.gate === question.gate)
      .flatMap((planned) => answerPack(parts, loaded, planned, reader)),
    question.exceptions,
    checked.facts,
  )
  const results = answered.map((one) => one.final)
  const result = worst(results)
  const authorization = authorize(parts, loaded, question, results, result)
  const isAllowed = result === 'pass' && authorization.value.decision === 'allow'
  return {
    decision: isAllowed ? 'allow' : 'deny',
    result,
    rules: answered.map(({ answer, final }) => (final === answer.value ? partOf(answer) : { value: final })),
    authorization: partOf(authorization),
    errors: [],
  }
}

interface Answered {
  readonly answer: Numbered<RuleResult>
  /** No exception sets it aside. */
  readonly never: boolean
}

/** What the rules say once exceptions are seen to. */
function excepting(
  answers: readonly Answered[],
  exceptions: Question['exceptions'],
  facts: JsonObject,
): { readonly answer: Numbered<RuleResult>; readonly final: RuleResult }[] {
  const values = exceptions.length === 0 ? [] : answers.map((one) => one.answer.value)
  const passed = new Set(values.filter((one) => one.status === 'pass').map((one) => one.id))
  return answers.map(({ answer, never }) => ({
    answer,
    final: never ? answer.value : applyExceptions(answer.value, exceptions, facts, passed),
  }))
}

function answerPack(parts: Parts, loaded: LoadedSet, planned: PlannedPack, reader: FactReader): Answered[] {
  const { pack } = planned
  let names: ReturnType<PlannedPack['bind']> | undefined
  return planned.rules.map((one) => {
    const { rule } = one
    const mode = loaded.set.settings.modes[rule.id] ?? rule.mode
    const evaluate = () => {
      if (mode === 'off') return turnedOff(one, pack)
      names ??= planned.bind(reader.facts)
      return evaluateRule(one, { names, reader, pack, mode })
    }
    const prints = (paths: readonly string[]) => paths.map((path) => reader.print(path)).join('\u0001')
    const key = `${loaded.number} ${rule.id} ${prints(rule.reads)}`
    return { answer: answerFor(parts, key, () => prints(rule.tells), evaluate), never: rule.exception === 'never' }
  })
}

/**
 * What the rule reads decides its status, and with that whether its texts are told at all: only then do the facts that they
 * name make another answer.
 */
function answerFor(
  { rules, told }: Parts,
  key: string,
  tells: () => string,
  evaluate: () => RuleResult,
): Numbered<RuleResult> {
  let first: RuleResult | undefined
  let isTold = told.get(key)
  if (isTold === undefined) {
    first = evaluate()
    isTold = first.status === 'fail'
    if (told.size >= memoEntriesMax) told.clear()
    told.set(key, isTold)
  }
  return rules.get(isTold ? `${key}\u0002${tells()}` : key, () => first ?? evaluate())
}

function turnedOff({ rule }: PlannedRule, pack: PlannedPack['pack']): RuleResult {
  const { id, title, clause, severity, owner, reads } = rule
  const controls = rule.controls.length > 0 ? rule.controls : pack.controls
  const words = {
    id,
    pack: pack.id,
    title,
    ...(clause === undefined ? {} : { clause }),
    controls,
    severity,
    owner,
    reads,
  }
  return {
    ...words,
    category: pack.category,
    mode: 'off',
    status: 'not_applicable',
    message: '',
    saw: {},
    unknown: [],
    locations: [],
  }
}

/** The worst of what is enforced: error, then fail, then unknown. */
function worst(results: readonly RuleResult[]): GateResult {
  const enforced = results.filter((one) => one.mode === 'enforce').map((one) => one.status)
  return (['error', 'fail', 'unknown'] as const).find((status) => enforced.includes(status)) ?? 'pass'
}

function authorize(
  { authorizations, authorizer }: Parts,
  loaded: LoadedSet,
  { request }: Question,
  results: readonly RuleResult[],
  result: GateResult,
): Numbered<Authorization> {
  const context = { ...request.context, gate: gateContext(results, result) }
  const asked = { ...request, context }
  const key = `${loaded.number} ${canonicalize(asked as unknown as Json)}`
  return authorizations.get(key, () => authorizer.authorize(loaded.policies, asked))
}

/** What Cedar sees of the rules, as `context.gate`. */
function gateContext(results: readonly RuleResult[], result: GateResult) {
  const enforced = results.filter((one) => one.mode === 'enforce')
  const idsOf = (...statuses: readonly string[]) =>
    enforced.filter((one) => statuses.includes(one.status)).map((one) => one.id)
  return { result, failed: idsOf('fail', 'error'), unknown: idsOf('unknown') }
}

function refused(error: string): Answer {
  return { decision: 'deny', result: 'error', rules: [], authorization: { value: noAnswer }, errors: [error] }
}

function partOf<T>(answer: Numbered<T>): Part<T> {
  const { number, value } = answer
  if (answer.isSent) return { number }
  answer.isSent = true
  return { number, value }
}
