import { z } from 'zod'
import type { Db } from '#platform/database.ts'
import { verdictMonths } from './months.ts'
import { countedShapes, type GatesTables } from './store.ts'
import { missingOf } from './summary.ts'

const counts = { pass: z.int(), fail: z.int(), unknown: z.int(), error: z.int() }

export const GateFigures = z
  .object({
    /** Changes that were judged. */
    judged: z.int(),
    /** Of their newest verdicts. */
    results: z.object(counts),
    /** Facts that enforced rules wait for, those of most changes first. */
    missing: z.array(z.object({ what: z.string(), changes: z.int(), howToKnow: z.string() })),
    /** The same verdicts by the month (UTC) in which the change was merged: the last 24 there are, oldest first, without a gap. */
    months: z.array(z.object({ month: z.string(), ...counts })),
  })
  .meta({ id: 'GateFigures' })

type Figures = z.infer<typeof GateFigures>

/** What the merge gate says now of all changes together. */
export async function gateFigures(db: Db<GatesTables>, nowMs: number): Promise<Figures> {
  const [now, months] = await Promise.all([verdictsNow(db), verdictMonths(db, nowMs)])
  return { ...now, months }
}

async function verdictsNow(db: Db<GatesTables>): Promise<Omit<Figures, 'months'>> {
  const results = { pass: 0, fail: 0, unknown: 0, error: 0 }
  const missing = new Map<string, { what: string; changes: number; howToKnow: string }>()
  for (const { result, rules, changes } of await countedShapes(db, undefined)) {
    results[result] += changes
    for (const { what, howToKnow } of missingOf(rules)) {
      const before = missing.get(what)?.changes ?? 0
      missing.set(what, { what, howToKnow, changes: before + changes })
    }
  }
  return {
    judged: results.pass + results.fail + results.unknown + results.error,
    results,
    missing: [...missing.values()].sort((a, b) => b.changes - a.changes || (a.what < b.what ? -1 : 1)),
  }
}
