import type { RecordEvent } from '#kernel/ledger'
import type { ResolvedException, Verdict } from '#kernel/policy'
import type { Write } from '#platform/database.ts'

/** Approved departures from rules, which another domain keeps. */
export interface Departures {
  /** The exceptions of a repository that hold at this time. */
  exceptionsFor(repositoryId: string, nowMs: number): Promise<ResolvedException[]>
  /** Counts decisions in which exceptions stood for their rules, in the transaction that records them. */
  countUses<T>(tx: Write<T>, uses: readonly ExceptionUse[], atMs: number): Promise<void>
  /**
   * Uses up the approved override for exactly this commit that lets all of these rules through, in the transaction that records
   * the decision.
   */
  takeOverride<T>(tx: Write<T>, heldBack: HeldBack, atMs: number): Promise<TakenOverride | undefined>
}

interface HeldBack {
  readonly repositoryId: string
  readonly commit: string
  readonly rules: readonly string[]
}

interface TakenOverride {
  readonly id: string
  /** Of the record of its approval. */
  readonly recordId: string
  /** Records that it let through what this decision denied. */
  used(record: RecordEvent, decision: { readonly decisionId: string; readonly recordId: string }): Promise<void>
}

/**
 * The enforced rules that hold a change back, when an override may let them through; undefined when nothing does, when a policy
 * forbids it, and when nobody knows what does.
 */
export function heldBack({ decision, rules, authorization, errors }: Verdict): string[] | undefined {
  const isForbidden = authorization.determining.some((one) => one.effect === 'forbid')
  if (decision === 'allow' || isForbidden || errors.length > 0 || authorization.errors.length > 0) return undefined
  const held = rules.filter(({ mode, status }) => mode === 'enforce' && holding.includes(status)).map((one) => one.id)
  return held.length === 0 ? undefined : held
}

const holding = ['fail', 'unknown', 'error']

interface ExceptionUse {
  readonly exceptionId: string
  readonly decisionId: string
  /** `type:id` of what was decided about. */
  readonly target: string
}

/** Which exception stood for which rule: of the same facts under the same policy, all that may differ. */
export function exceptedBy({ rules }: Verdict): string {
  return rules.flatMap(({ id, exceptionId }) => (exceptionId === undefined ? [] : [`${id}=${exceptionId}`])).join(' ')
}

export function usesOf({ rules }: Verdict, decisionId: string, target: string): ExceptionUse[] {
  const ids = new Set(rules.flatMap(({ exceptionId }) => exceptionId ?? []))
  return [...ids].map((exceptionId) => ({ exceptionId, decisionId, target }))
}
