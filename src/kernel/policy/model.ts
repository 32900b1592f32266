import type { Json } from '#platform/canonical-json.ts'

/** A JSON Schema (draft 2020-12) as zod writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Something to mend in a pack or a policy, where it stands. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly help?: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** The file or other name that the text was given under. */
  readonly source: string
}

export type Mode = 'off' | 'audit' | 'warn' | 'enforce'
export type Severity = 'critical' | 'high' | 'medium' | 'low'
export type Owner = 'author' | 'reviewer' | 'security' | 'platform' | 'legal'
export type Category = 'security' | 'quality' | 'compliance' | 'charter'
export type Gate = 'merge' | 'deploy'
export type RuleStatus = 'pass' | 'fail' | 'excepted' | 'unknown' | 'not_applicable' | 'error'
export type GateResult = 'pass' | 'fail' | 'unknown' | 'error'

/** A fact that is not known: its dotted path, what it is, and the sentence with the command that supplies it. */
export interface UnknownFact {
  readonly path: string
  readonly what: string
  readonly howToKnow: string
}

/** An approved departure, looked up by the host; the engine decides whether it counts at `facts.now`. */
export interface ResolvedException {
  readonly id: string
  /** Full id of the rule: `<pack>.<rule>`. */
  readonly rule: string
  /** The one finding it is for; null when it is for the whole rule. */
  readonly fingerprint: string | null
  readonly requester: string
  readonly approver: string
  readonly expiresAt: string
  readonly compensatingControls: readonly CompensatingControl[]
}

/** What makes up for an exception: something told in words, or a rule that has to pass on the same facts. */
export type CompensatingControl = string | { readonly rule: string }

export interface EntityRef {
  readonly type: string
  readonly id: string
}

/** An entity as Cedar's JSON has it. */
export interface CedarEntity {
  readonly uid: EntityRef
  readonly attrs: { readonly [name: string]: Json }
  readonly parents: readonly EntityRef[]
}

/** What is asked of the engine; everything that the answer depends on is in here and in the policy set. */
export interface Question {
  readonly gate: Gate
  /** Has `now` and `unknown`; checked against the schema in the set. */
  readonly facts: Json
  readonly exceptions: readonly ResolvedException[]
  readonly request: {
    readonly principal: EntityRef
    /** Full name, such as `Countersign::Action::"change:merge"`. */
    readonly action: string
    readonly resource: EntityRef
    readonly entities: readonly CedarEntity[]
    /** The engine adds `gate: {result, failed, unknown}`. */
    readonly context: { readonly [name: string]: Json }
  }
}

export interface Location {
  readonly path: string
  readonly line: number | null
  /** Of the finding there, when the rule tells it: what an exception for one finding names. */
  readonly fingerprint?: string
}

export interface RuleResult {
  /** `<pack>.<rule>`. */
  readonly id: string
  readonly pack: string
  readonly title: string
  readonly clause?: string
  readonly controls: readonly string[]
  readonly category: Category
  readonly severity: Severity
  readonly owner: Owner
  readonly mode: Mode
  readonly status: RuleStatus
  /** What stays true under an exception. */
  readonly underlying?: 'fail'
  /** What is wrong; empty for `pass` and `not_applicable`. */
  readonly message: string
  readonly remediation?: string
  /** The command that mends it. */
  readonly fix?: string
  readonly exceptionId?: string
  /** Paths of the facts that the rule reads, also through variables. */
  readonly reads: readonly string[]
  /** Values at those paths, together at most 1 KB; larger ones are told by their size. */
  readonly saw: { readonly [path: string]: Json }
  readonly unknown: readonly UnknownFact[]
  readonly locations: readonly Location[]
}

export interface DeterminingPolicy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly reason: string
  readonly severity: string | null
}

export interface Authorization {
  readonly decision: 'allow' | 'deny'
  readonly determining: readonly DeterminingPolicy[]
  readonly errors: readonly string[]
}

/** A permit that nearly applied, and which of its conditions are not met. */
export interface Missing {
  readonly policy: string
  readonly title: string
  readonly unmet: readonly string[]
}

/** Whether somebody may do something; a denial that no policy forbids says what is missing. */
export interface AccessVerdict extends Authorization {
  readonly missing: readonly Missing[]
}

/** The answer to a question. The same question to the same policy set has the same verdict, byte for byte. */
export interface Verdict {
  readonly decision: 'allow' | 'deny'
  readonly result: GateResult
  readonly rules: readonly RuleResult[]
  readonly authorization: Authorization
  /** `sha256:…` of the snapshot of the policy set. */
  readonly revision: string
  /** `sha256:…` of the canonical facts. */
  readonly factsDigest: string
  /** Why no rule could be asked: wrong facts, or an engine that did not answer. Empty for a verdict that can be replayed. */
  readonly errors: readonly string[]
}
