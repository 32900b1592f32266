import type { Candidate } from '../lifecycle/rollout-model.ts'
import type { Authorization } from '../model.ts'
import type { StoredRule } from './store.ts'

interface Explained {
  readonly gate: string
  readonly decision: string
  readonly enforced: boolean
  readonly rules: readonly StoredRule[]
  readonly authorized: Authorization
  readonly errors: readonly string[]
  readonly candidates: readonly Candidate[] | null
}

/** A decision in sentences: what it was, what held it back, who can mend that, and what rules to come say of it. */
export function explain(decision: Explained): string[] {
  const { rules, authorized, errors, candidates } = decision
  const holding = rules.filter((one) => one.mode === 'enforce' && isWanting(one))
  const telling = rules.filter((one) => one.mode !== 'enforce' && isWanting(one))
  return [
    outcomeOf(decision, holding.length),
    ...errors.map((one) => `No rule could be asked: ${one}.`),
    ...holding.map((one) => sentenceOf(one, '')),
    ...telling.map((one) => sentenceOf(one, ' only tells, and')),
    ...authorized.determining
      .filter((one) => one.effect === 'forbid')
      .map((one) => `It is forbidden by \`${one.id}\`: ${one.reason}`),
    ...(candidates ?? []).map(candidateSentence),
  ]
}

function isWanting({ status }: StoredRule): boolean {
  return status === 'fail' || status === 'unknown' || status === 'error'
}

function outcomeOf({ gate, decision, enforced, rules }: Explained, holding: number): string {
  const all = rules.filter((one) => one.mode === 'enforce').length
  const acted = enforced ? '' : '; that was only told, and held nothing back'
  if (decision === 'allow')
    return `The ${gate} gate allowed it: all ${all} rules that are enforced passed or did not apply${acted}.`
  if (holding === 0) return `The ${gate} gate denied it${acted}.`
  const were = holding === 1 ? 'was' : 'were'
  return `The ${gate} gate denied it, because ${holding} of ${all} rules that are enforced ${were} not met${acted}.`
}

function sentenceOf(rule: StoredRule, mode: string): string {
  const { id, title, status, message, owner, remediation, unknown } = rule
  const why = message === '' ? '' : `: ${message}`
  const mend = remediation === undefined ? '' : ` For the ${owner}: ${remediation}`
  const know =
    status === 'unknown'
      ? unknown.flatMap((one) => (one.howToKnow === '' ? [] : [` To know it: ${one.howToKnow}`]))
      : []
  const answer = { fail: 'is not met', unknown: 'cannot be told yet', error: 'could not be evaluated' }[
    status as 'fail' | 'unknown' | 'error'
  ]
  return `\`${id}\` (${title})${mode} ${answer}${why}.${mend}${know.join('')}`
}

function candidateSentence({ packId, version, mode, enforced, decision, flip, baseline }: Candidate): string {
  const named = `Version ${version} of \`${packId}\`, which was being rolled out here in mode ${mode},`
  const said = decision === 'deny' ? 'denies it' : 'allows it'
  if (enforced)
    return `${named} decided: with it the gate ${said}, without it ${baseline.decision === 'deny' ? 'it would be denied' : 'it would be allowed'}.`
  return `${named} only told: it ${said}${flip === 'none' ? ', for the same reasons' : ''}.`
}
