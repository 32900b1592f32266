/** One Cedar policy, parsed and validated, with its annotations. */
export interface CedarPolicy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly title: string
  /** May name facts of the request: `{{context.gate.result}}`. Empty for a permit that has none. */
  readonly reason: string
  readonly severity: string | null
  readonly text: string
  /** Full names of the actions it can apply to. */
  readonly actions: readonly string[]
  /** What a permit asks for, one by one; only where somebody is told what is missing. */
  readonly parts?: readonly PermitPart[]
}

/** One condition of a permit, as words and as a policy that permits when it is met. */
export interface PermitPart {
  readonly says: string
  /** Given where it asks for a role, whichever of these. */
  readonly roles?: readonly string[]
  readonly text: string
}

/** Policies that passed strict validation against a schema. */
export interface CedarPolicies {
  readonly schema: string
  readonly policies: readonly CedarPolicy[]
}
