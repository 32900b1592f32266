import type { JsonObject } from '../facts/validate.ts'
import type { ResolvedException, RuleResult } from '../model.ts'
import { locationsMax } from './rule.ts'

/**
 * A failing rule under the exceptions of the question. One counts when it is for this rule, has not ended at `facts.now`, has
 * a compensating control, and was approved by somebody else than who asked for it. It is for the whole rule, or for single
 * findings; then every finding that the rule tells needs one.
 */
export function applyExceptions(
  result: RuleResult,
  exceptions: readonly ResolvedException[],
  facts: JsonObject,
): RuleResult {
  if (result.status !== 'fail') return result
  const counting = exceptions.filter((one) => one.rule === result.id && counts(one, String(facts['now'])))
  const covering = covers(counting, result)
  return covering === undefined
    ? result
    : { ...result, status: 'excepted', underlying: 'fail', exceptionId: covering.id }
}

function counts({ expiresAt, requester, approver, compensatingControls }: ResolvedException, now: string): boolean {
  // a time that cannot be read compares as false
  return Date.parse(expiresAt) > Date.parse(now) && approver !== requester && compensatingControls.length > 0
}

function covers(counting: readonly ResolvedException[], { locations }: RuleResult): ResolvedException | undefined {
  const whole = counting.find((one) => one.fingerprint === null)
  if (whole !== undefined) return whole
  // of findings that were left out nobody knows whether they are covered
  if (locations.length >= locationsMax) return undefined
  const each = locations.map((at) => counting.find((one) => one.fingerprint === at.fingerprint))
  return each.includes(undefined) ? undefined : each[0]
}
