import { z } from 'zod'
import { clauseFigures, type GatesTables, rulesInForce } from '#domains/gates'
import type { Db } from '#platform/database.ts'
import { type Charter, Clause } from './model.ts'

const windowMs = 30 * 86_400_000

/** A clause with what enforces it, and what that said lately. */
export const LiveClause = Clause.extend({
  /** Built-in rules that enforce it, with the controls that they serve. */
  rules: z.array(z.object({ id: z.string(), title: z.string(), mode: z.string(), controls: z.array(z.string()) })),
  figures: z.object({
    /** Changes that were judged by a rule of this clause in the last 30 days. */
    decisions: z.int(),
    /** Of these, those that a rule of this clause held back. */
    denials: z.int(),
    /** Of these, those that were found not to meet it. */
    violations: z.int(),
    lastDecisionAt: z.iso.datetime().nullable(),
  }),
}).meta({ id: 'LiveCharterClause' })
export type LiveClause = z.infer<typeof LiveClause>

export async function liveClauses(db: Db<GatesTables>, { clauses }: Charter, nowMs: number): Promise<LiveClause[]> {
  const rules = rulesInForce()
  const figures = await clauseFigures(db, nowMs - windowMs)
  return clauses.map((clause) => ({
    ...clause,
    rules: rules
      .filter((one) => one.clause === clause.id)
      .map(({ id, title, mode, controls }) => ({ id, title, mode, controls })),
    figures: figures.get(clause.id) ?? { decisions: 0, denials: 0, violations: 0, lastDecisionAt: null },
  }))
}

/** Clauses of the charter that built-in rules enforce. */
export function enforcedClauses(): ReadonlySet<string> {
  return new Set(rulesInForce().flatMap(({ clause }) => (clause?.startsWith('CH-') ? [clause] : [])))
}
