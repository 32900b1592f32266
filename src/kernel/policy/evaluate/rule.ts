import { type CelResult, type CelValue, isCelError, isCelList, isCelMap } from '@bufbuild/cel'
import type { CheckedFacts } from '../facts/validate.ts'
import { unknownPathsOf } from '../facts/values.ts'
import type { Location, Mode, RuleResult, RuleStatus, UnknownFact } from '../model.ts'
import type { Bindings, PlannedRule } from './plan.ts'
import { type FactReader, seen } from './saw.ts'

const messageCharactersMax = 2000
/** Most places that an answer names. */
export const locationsMax = 50

/** What a rule answers, before exceptions: Kleene's implication from `when` to `require`. */
export function evaluateRule(planned: PlannedRule, { names, reader, pack, mode }: Around): RuleResult {
  const { rule } = planned
  const { facts } = reader
  const answer = answerOf(planned, names)
  const status = answer.status
  const about = {
    id: rule.id,
    pack: pack.id,
    title: rule.title,
    ...(rule.clause === undefined ? {} : { clause: rule.clause }),
    controls: rule.controls.length > 0 ? rule.controls : pack.controls,
    category: pack.category,
    severity: rule.severity,
    owner: rule.owner,
    mode,
    reads: rule.reads,
  }
  const unknown = listed(answer.unknown, facts)
  const quiet = { ...about, status, message: '', saw: {}, unknown, locations: [] }
  if (status === 'not_applicable') return quiet
  const saw = seen(reader, rule.reads)
  if (status === 'pass') return { ...quiet, saw }
  const remediation = rule.remediation === undefined ? {} : { remediation: rule.remediation }
  if (status === 'error')
    return { ...quiet, ...remediation, saw, message: `the rule could not be evaluated: ${answer.reason}` }
  if (status === 'unknown') return { ...quiet, ...remediation, saw, message: notKnown(unknown) }
  const fix = planned.fix === undefined ? undefined : textOf(planned.fix(names))
  return {
    ...quiet,
    ...remediation,
    ...(fix === undefined ? {} : { fix }),
    saw,
    message: textOf(planned.message(names)) ?? rule.title,
    locations: planned.locations === undefined ? [] : locationsOf(planned.locations(names)),
  }
}

export interface Around {
  readonly names: Bindings
  readonly reader: FactReader
  readonly pack: PackWords
  readonly mode: Mode
}

export interface PackWords {
  readonly id: string
  readonly category: RuleResult['category']
  readonly controls: readonly string[]
}

interface Answer {
  readonly status: Exclude<RuleStatus, 'excepted'>
  readonly unknown: readonly string[]
  readonly reason: string
}

function answerOf({ when, require }: PlannedRule, names: Bindings): Answer {
  const condition = when === undefined ? yes : truthOf(when(names))
  if (condition.value === false) return { ...nothing, status: 'not_applicable' }
  const holds = truthOf(require(names))
  if (condition.reason !== '' || (holds.reason !== '' && holds.value === undefined))
    return { ...nothing, status: 'error', reason: condition.reason || holds.reason }
  if (holds.value === true) return { ...nothing, status: 'pass' }
  const unknown = [...condition.unknown, ...holds.unknown]
  return unknown.length > 0 ? { ...nothing, status: 'unknown', unknown } : { ...nothing, status: 'fail' }
}

const nothing = { unknown: [], reason: '' }

interface Truth {
  readonly value: boolean | undefined
  /** What it would have to know. */
  readonly unknown: readonly string[]
  /** Why there is no value, when that is not for want of facts. */
  readonly reason: string
}

const yes: Truth = { value: true, unknown: [], reason: '' }

function truthOf(result: CelResult): Truth {
  if (typeof result === 'boolean') return { ...yes, value: result }
  if (!isCelError(result)) return { value: undefined, unknown: [], reason: 'it is neither true nor false' }
  const unknown = unknownPathsOf(result)
  return { value: undefined, unknown, reason: unknown.length > 0 ? '' : bounded(result.message) }
}

function listed(paths: readonly string[], { unknown }: CheckedFacts): UnknownFact[] {
  return [...new Set(paths)].sort().flatMap((path) => unknown.get(path) ?? [])
}

function notKnown(unknown: readonly UnknownFact[]): string {
  return bounded(`not known: ${unknown.map((one) => one.what).join('; ')}`)
}

function textOf(result: CelResult): string | undefined {
  return typeof result === 'string' ? bounded(result) : undefined
}

/** Half a surrogate pair, which cutting may leave, cannot be written down. */
function bounded(text: string): string {
  const cut = text.length <= messageCharactersMax ? text : `${text.slice(0, messageCharactersMax - 1)}…`
  return cut.replace(/\p{Surrogate}/gu, '\ufffd')
}

function locationsOf(result: CelResult): Location[] {
  if (isCelError(result) || !isCelList(result)) return []
  const locations: Location[] = []
  for (const one of result) {
    if (locations.length >= locationsMax) break
    locations.push(...locationOf(one))
  }
  return locations
}

function locationOf(value: CelValue): Location[] {
  if (!isCelMap(value)) return []
  const [path, line, fingerprint] = [value.get('path'), value.get('line'), value.get('fingerprint')]
  if (typeof path !== 'string') return []
  const at = { path: bounded(path), line: typeof line === 'bigint' ? Number(line) : null }
  return [typeof fingerprint === 'string' ? { ...at, fingerprint: bounded(fingerprint) } : at]
}
