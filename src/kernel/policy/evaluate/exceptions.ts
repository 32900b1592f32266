import type { JsonObject } from '../facts/validate.ts'
import type { ResolvedException, RuleResult } from '../model.ts'
import { locationsMax } from './rule.ts'

/**
 * A failing rule under the exceptions of the question. One counts when it is for this rule, has not ended at `facts.now`, was
 * approved by somebody else than who asked for it, and has compensating controls, of which those that are rules all pass here.
 * It is for the whole rule, or for single findings; then every finding that the rule tells needs one.
 *
 * @param passed full ids of the rules that pass by themselves, not by an exception
 */
export function applyExceptions(
  result: RuleResult,
  exceptions: readonly ResolvedException[],
  facts: JsonObject,
  passed: ReadonlySet<string>,
): RuleResult {
  if (result.status !== 'fail') return result
  const counting = exceptions.filter((one) => one.rule === result.id && counts(one, String(facts['now']), passed))
  const covering = covers(counting, result)
  return covering === undefined
    ? result
    : { ...result, status: 'excepted', underlying: 'fail', exceptionId: covering.id }
}

function counts(
  { expiresAt, requester, approver, compensatingControls }: ResolvedException,
  now: string,
  passed: ReadonlySet<string>,
): boolean {
  const isMadeUpFor =
    compensatingControls.length > 0 &&
    compensatingControls.every((one) => typeof one === 'string' || passed.has(one.rule))
  // a time that cannot be read compares as false
  return Date.parse(expiresAt) > Date.parse(now) && approver !== requester && isMadeUpFor
}

function covers(counting: readonly ResolvedException[], { locations }: RuleResult): ResolvedException | undefined {
  const whole = counting.find((one) => one.fingerprint === null)
  if (whole !== undefined) return whole
  // of findings that were left out nobody knows whether they are covered
  if (locations.length >= locationsMax) return undefined
  const each = locations.map((at) => counting.find((one) => one.fingerprint === at.fingerprint))
  return each.includes(undefined) ? undefined : each[0]
}
