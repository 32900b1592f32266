import { type PolicyJson, policyToJson, policyToText } from '@cedar-policy/cedar-wasm/nodejs'
import type { CedarPolicy, PermitPart } from './policies.ts'

type Condition = PolicyJson['conditions'][number]
type Expression = Condition['body']

/** A permit with what it asks for beside its action: its scope, and each of its conditions that `&&` joins. A forbid as it is. */
export function withPartsOf(policy: CedarPolicy): CedarPolicy {
  if (policy.effect === 'forbid') return policy
  const answer = policyToJson(policy.text)
  if (answer.type === 'failure') return policy
  const { principal, resource, conditions } = answer.json
  const bare: PolicyJson = {
    ...{ effect: 'permit', annotations: {}, conditions: [] },
    ...{ principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' } },
  }
  const drafts: PolicyJson[] = [
    ...(principal.op === 'All' ? [] : [{ ...bare, principal }]),
    ...(resource.op === 'All' ? [] : [{ ...bare, resource }]),
    ...conditions
      .flatMap(({ kind, body }) => (kind === 'when' ? conjuncts(body) : [body]).map((one) => ({ kind, body: one })))
      .map((one) => ({ ...bare, conditions: [one] })),
  ]
  return { ...policy, parts: drafts.flatMap(toPart) }
}

function conjuncts(body: Expression): Expression[] {
  if (!('&&' in body)) return [body]
  const { left, right } = (body as { '&&': { left: Expression; right: Expression } })['&&']
  return [...conjuncts(left), ...conjuncts(right)]
}

function toPart(draft: PolicyJson): PermitPart[] {
  const answer = policyToText(draft)
  return answer.type === 'failure' ? [] : [{ ...say(answer.text), text: answer.text }]
}

/** What stands between the braces or in the scope, in words where it is a role. */
function say(text: string): Omit<PermitPart, 'text'> {
  const [, kind, condition] = /\) (when|unless) \{ (.*) \};?$/s.exec(text) ?? []
  const [, principal, resource] = /^permit\s*\((principal.*?), action, (resource.*?)\)/s.exec(text) ?? []
  const scope = principal === 'principal' ? resource : principal
  const plain = (condition ?? scope ?? text).replaceAll('Countersign::', '').replace(/^\((.*)\)$/s, '$1')
  const roles = /^principal in (\[|Role::)/.test(plain)
    ? [...plain.matchAll(/Role::"([^"]*)"/g)].map((one) => one[1] ?? '')
    : []
  if (kind !== 'unless' && roles.length > 0)
    return { says: roles.length === 1 ? `the role ${roles[0]}` : `one of the roles ${roles.join(', ')}`, roles }
  return { says: kind === 'unless' ? `not: ${plain}` : plain }
}
