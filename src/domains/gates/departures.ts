import type { ResolvedException, Verdict } from '#kernel/policy'
import type { Write } from '#platform/database.ts'

/** Approved departures from rules, which another domain keeps. */
export interface Departures {
  /** The exceptions of a repository that hold at this time. */
  exceptionsFor(repositoryId: string, nowMs: number): Promise<ResolvedException[]>
  /** Counts decisions in which exceptions stood for their rules, in the transaction that records them. */
  countUses<T>(tx: Write<T>, uses: readonly ExceptionUse[], atMs: number): Promise<void>
}

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
