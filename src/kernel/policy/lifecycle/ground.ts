import type { Json } from '#platform/canonical-json.ts'
import type { CedarPolicies } from '../cedar/policies.ts'
import type { Gate, JsonSchema } from '../model.ts'
import type { Pack } from '../pack/pack.ts'

/** What the rules of a gate stand on; the capability that has the gate knows it. */
export interface GateGround {
  readonly gate: Gate
  /** The packs that the product ships. */
  builtIns(): readonly Pack[]
  factsSchema(): JsonSchema
  /** Facts that every built-in rule passes, for tests of rules. */
  exampleFacts(): Json
  cedar(): Promise<{ readonly schema: string; readonly policies: CedarPolicies }>
}

export function builtInOf(ground: GateGround, packId: string): Pack | undefined {
  return ground.builtIns().find((one) => one.id === packId)
}
