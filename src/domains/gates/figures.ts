import { sql } from 'kysely'
import { z } from 'zod'
import { answersOf, type PolicyTables } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import type { GatesTables } from './store.ts'
import { summaryOf } from './summary.ts'

export const GateFigures = z
  .object({
    /** Changes that were judged. */
    judged: z.int(),
    /** Of their newest verdicts. */
    results: z.object({ pass: z.int(), fail: z.int(), unknown: z.int(), error: z.int() }),
    /** Facts that enforced rules wait for, those of most changes first. */
    missing: z.array(z.object({ what: z.string(), changes: z.int(), howToKnow: z.string() })),
  })
  .meta({ id: 'GateFigures' })

/** What the merge gate says now of all changes together. */
export async function gateFigures(db: Db<GatesTables & PolicyTables>): Promise<z.infer<typeof GateFigures>> {
  const results = { pass: 0, fail: 0, unknown: 0, error: 0 }
  const missing = new Map<string, { what: string; changes: number; howToKnow: string }>()
  // most changes of a history have equal answers, which are kept once
  const kinds = await db
    .selectFrom('gate_verdict')
    .innerJoin('decision', 'decision.id', 'gate_verdict.decision_id')
    .select((is) => [
      'gate_verdict.result',
      sql<string>`min(decision.id)`.as('one'),
      is.fn.countAll<bigint>().as('changes'),
    ])
    .groupBy(['gate_verdict.result', 'decision.answers_digest'])
    .execute()
  const answers = await answersOf(
    db,
    kinds.map((kind) => kind.one),
  )
  for (const { result, one, changes } of kinds) {
    results[result as keyof typeof results] += Number(changes)
    for (const { what, howToKnow } of summaryOf(answers.get(one) ?? []).missing) {
      const before = missing.get(what)?.changes ?? 0
      missing.set(what, { what, howToKnow, changes: before + Number(changes) })
    }
  }
  return {
    judged: results.pass + results.fail + results.unknown + results.error,
    results,
    missing: [...missing.values()].sort((a, b) => b.changes - a.changes || (a.what < b.what ? -1 : 1)),
  }
}
