import type { RuleAnswer } from '#kernel/policy'
import { supplyOf } from './facts/howto.ts'
import { type ShapeRule, shapeOf } from './shape.ts'

/** What reports show of a verdict. */
export interface VerdictSummary {
  /** Rules that apply; those that pass, and those that only lack facts, have neither message nor fix. */
  readonly rules: readonly {
    readonly id: string
    readonly status: string
    readonly message: string
    readonly fix: string | null
  }[]
  /** Facts that an enforced rule waits for. */
  readonly missing: readonly { readonly what: string; readonly howToKnow: string }[]
}

const messageMax = 300

/** Equal answers come as the same list, and most changes of a history have the same. */
const summaries = new WeakMap<readonly RuleAnswer[], VerdictSummary>()

export function summaryOf(answers: readonly RuleAnswer[]): VerdictSummary {
  const known = summaries.get(answers)
  if (known !== undefined) return known
  const summary = {
    rules: answers.filter((one) => one.status !== 'not_applicable' && one.mode !== 'off').map(shown),
    missing: missingOf(shapeOf(answers).rules),
  }
  summaries.set(answers, summary)
  return summary
}

/** Facts that an enforced rule waits for, each with the step that makes it known. */
export function missingOf(rules: readonly ShapeRule[]): VerdictSummary['missing'] {
  const waiting = rules.filter((one) => one.status === 'unknown' && one.mode === 'enforce')
  const paths = new Set(waiting.flatMap((one) => one.unknown))
  return [...paths].sort().flatMap((path) => supplyOf(path) ?? [])
}

/** What is missing is named once, under `missing`. */
function shown({ id, status, message = '', fix }: RuleAnswer): VerdictSummary['rules'][number] {
  const isTold = status === 'fail' || status === 'excepted' || status === 'error'
  if (!isTold) return { id, status, message: '', fix: null }
  return { id, status, message: message.slice(0, messageMax).replace(/\p{Surrogate}/gu, '\ufffd'), fix: fix ?? null }
}
