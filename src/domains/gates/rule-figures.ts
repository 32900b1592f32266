import { sql } from 'kysely'
import { z } from 'zod'
import type { ChangesTables } from '#domains/changes'
import type { RuleStatus } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import { countedShapes, type GatesTables } from './store.ts'

export const ruleStatuses = [
  'pass',
  'fail',
  'excepted',
  'unknown',
  'not_applicable',
  'error',
] as const satisfies RuleStatus[]

const counts = z.object({
  pass: z.int(),
  fail: z.int(),
  excepted: z.int(),
  unknown: z.int(),
  not_applicable: z.int(),
  error: z.int(),
  /** That do not pass on account of it: it fails, lacks facts or cannot be answered, where it was enforced. */
  held: z.int(),
})

/** What a rule said of changes, by the newest verdict of each. */
export const RuleFigures = counts.meta({ id: 'GateRuleFigures' })
export type RuleFigures = z.infer<typeof counts>

type Tables = GatesTables & ChangesTables

/** What each rule says now of the changes of a repository, or of all. */
export async function ruleFigures(
  db: Db<GatesTables>,
  repositoryId: string | undefined,
): Promise<Map<string, RuleFigures>> {
  const found = new Map<string, RuleFigures>()
  for (const { rules, changes } of await countedShapes(db, repositoryId)) {
    for (const { id, status, mode } of rules) {
      const figures = found.get(id) ?? noFigures()
      found.set(id, figures)
      figures[status as RuleStatus] += changes
      if (mode === 'enforce' && isHolding(status)) figures.held += changes
    }
  }
  return found
}

export function noFigures(): RuleFigures {
  return { pass: 0, fail: 0, excepted: 0, unknown: 0, not_applicable: 0, error: 0, held: 0 }
}

function isHolding(status: string): boolean {
  return status === 'fail' || status === 'unknown' || status === 'error'
}

/** Changes of which a rule said that, the newest first; one more than the limit tells that there are more. */
export async function changesByRule(
  db: Db<Tables>,
  asked: {
    readonly rule: string
    readonly status: RuleStatus
    readonly repositoryId: string | undefined
    /** The `place` of the last one of the page before. */
    readonly after: string | undefined
    readonly limit: number
  },
) {
  const { rule, status, repositoryId, after, limit } = asked
  const said = JSON.stringify([{ id: rule, status }])
  // found first: how many there are decides how their changes are best found
  const shapes = await db
    .selectFrom('gate_shape')
    .select('digest')
    .where(sql<boolean>`rules @> ${said}::jsonb`)
    .execute()
  if (shapes.length === 0) return []
  const digests = shapes.map((one) => one.digest)
  return db
    .selectFrom('gate_verdict')
    .innerJoin('change', 'change.id', 'gate_verdict.change_id')
    .select(['change.id', 'change.repository_id', 'change.title', 'change.merged_at'])
    .select(['gate_verdict.decision_id', 'gate_verdict.place'])
    .where('gate_verdict.shape', '=', sql<string>`any(${digests}::text[])`)
    .$if(repositoryId !== undefined, (query) => query.where('gate_verdict.repository_id', '=', repositoryId ?? ''))
    .$if(after !== undefined, (query) => query.where('gate_verdict.place', '<', after ?? ''))
    .orderBy('gate_verdict.place', 'desc')
    .limit(limit + 1)
    .execute()
}
