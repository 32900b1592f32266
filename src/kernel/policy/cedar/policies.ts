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
}

/** Policies that passed strict validation against a schema. */
export interface CedarPolicies {
  readonly schema: string
  readonly policies: readonly CedarPolicy[]
}
