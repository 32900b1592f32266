import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { rulesInForce } from './rules-in-force.ts'
import type { GatesTables } from './store.ts'

/** What the rules of one clause said of changes that were judged in a period, by the newest verdict of each. */
export interface ClauseFigures {
  /** To which a rule of the clause applied. */
  readonly decisions: number
  /** That do not pass on account of one. */
  readonly denials: number
  /** That fail one, whatever follows from it. */
  readonly violations: number
  readonly lastDecisionAt: string | null
}

/** By clause; clauses that no built-in rule names, or of which nothing was judged, are absent. */
export async function clauseFigures(db: Db<GatesTables>, sinceMs: number): Promise<Map<string, ClauseFigures>> {
  const clauses = new Map(rulesInForce().flatMap(({ id, clause }) => (clause === null ? [] : [[id, clause] as const])))
  const kinds = db
    .selectFrom('gate_verdict')
    .select((is) => ['shape', is.fn.countAll<bigint>().as('changes'), is.fn.max<Date>('judged_at').as('last')])
    .where('judged_at', '>=', new Date(sinceMs))
    .groupBy('shape')
  const rows = await db
    .selectFrom(kinds.as('kind'))
    .innerJoin('gate_shape', 'gate_shape.digest', 'kind.shape')
    .select(['kind.changes', 'kind.last', 'gate_shape.rules'])
    .execute()
  const found = new Map<string, ClauseFigures>()
  for (const { rules, changes, last } of rows) {
    const answered = rules.filter((one) => one.status !== 'not_applicable')
    for (const clause of new Set(answered.flatMap(({ id }) => clauses.get(id) ?? []))) {
      const own = answered.filter(({ id }) => clauses.get(id) === clause)
      found.set(clause, added(found.get(clause), own, Number(changes), timestamp(last.getTime())))
    }
  }
  return found
}

function added(
  before: ClauseFigures | undefined,
  rules: readonly { readonly mode: string; readonly status: string }[],
  changes: number,
  last: string,
): ClauseFigures {
  const held = rules.some(({ mode, status }) => mode === 'enforce' && ['fail', 'unknown', 'error'].includes(status))
  const failed = rules.some(({ status }) => status === 'fail')
  const { decisions = 0, denials = 0, violations = 0, lastDecisionAt = null } = before ?? {}
  return {
    decisions: decisions + changes,
    denials: denials + (held ? changes : 0),
    violations: violations + (failed ? changes : 0),
    lastDecisionAt: lastDecisionAt === null || last > lastDecisionAt ? last : lastDecisionAt,
  }
}
