import { sql } from 'kysely'
import { z } from 'zod'
import type { ChangesTables } from '#domains/changes'
import type { PolicyTables, RuleStatus } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import type { GatesTables } from './store.ts'

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

type Tables = GatesTables & PolicyTables & ChangesTables

/** What each rule says now of the changes of a repository, or of all. */
export async function ruleFigures(db: Db<Tables>, repositoryId: string | undefined): Promise<Map<string, RuleFigures>> {
  // equal answers are kept once: changes are counted by them, and only then are they taken apart
  const kinds = db
    .selectFrom('gate_verdict')
    .innerJoin('decision', 'decision.id', 'gate_verdict.decision_id')
    .select((is) => ['decision.answers_digest as digest', is.fn.countAll<bigint>().as('changes')])
    .$if(repositoryId !== undefined, (query) => query.where('gate_verdict.repository_id', '=', repositoryId ?? ''))
    .groupBy('decision.answers_digest')
  const rows = await db
    .selectFrom(kinds.as('kind'))
    .innerJoin('decision_answers', 'decision_answers.digest', 'kind.digest')
    .innerJoinLateral(
      sql<{ id: string; status: string; mode: string }>`jsonb_to_recordset(decision_answers.rules)`.as<'rule'>(
        sql`rule (id text, status text, mode text)`,
      ),
      (join) => join.onTrue(),
    )
    .select((is) => ['rule.id', 'rule.status', 'rule.mode', is.fn.sum<string>('kind.changes').as('changes')])
    .groupBy(['rule.id', 'rule.status', 'rule.mode'])
    .execute()
  const found = new Map<string, RuleFigures>()
  for (const { id, status, mode, changes } of rows) {
    const figures = found.get(id) ?? noFigures()
    found.set(id, figures)
    figures[status as RuleStatus] += Number(changes)
    if (mode === 'enforce' && isHolding(status)) figures.held += Number(changes)
  }
  return found
}

export function noFigures(): RuleFigures {
  return { pass: 0, fail: 0, excepted: 0, unknown: 0, not_applicable: 0, error: 0, held: 0 }
}

function isHolding(status: string): boolean {
  return status === 'fail' || status === 'unknown' || status === 'error'
}

/** Where a change stands in the list, as in that of all changes. */
export interface Place {
  readonly mergedAtMs: number
  readonly position: number
  readonly id: string
}

/** Changes of which a rule said that, the newest first; one more than the limit tells that there are more. */
export async function changesByRule(
  db: Db<Tables>,
  asked: {
    readonly rule: string
    readonly status: RuleStatus
    readonly repositoryId: string | undefined
    readonly after: Place | undefined
    readonly limit: number
  },
) {
  const { rule, status, repositoryId, after, limit } = asked
  const answer = JSON.stringify([{ id: rule, status }])
  // found first: the answers are looked at once each, and how many there are decides how their changes are best found
  const kinds = await db
    .selectFrom('decision_answers')
    .select('digest')
    .where(sql<boolean>`rules @> ${answer}::jsonb`)
    .execute()
  if (kinds.length === 0) return []
  const digests = kinds.map((one) => one.digest)
  return db
    .selectFrom('change')
    .innerJoin('gate_verdict', 'gate_verdict.change_id', 'change.id')
    .innerJoin('decision', 'decision.id', 'gate_verdict.decision_id')
    .select(['change.id', 'change.repository_id', 'change.title', 'change.merged_at', 'change.position'])
    .select('gate_verdict.decision_id')
    .where('decision.answers_digest', '=', sql<string>`any(${digests}::text[])`)
    .$if(repositoryId !== undefined, (query) => query.where('change.repository_id', '=', repositoryId ?? ''))
    .$if(after !== undefined, (query) =>
      query.where((is) =>
        is(
          is.refTuple('change.merged_at', 'change.position', 'change.id'),
          '<',
          is.tuple(new Date(after?.mergedAtMs ?? 0), BigInt(after?.position ?? 0), after?.id ?? ''),
        ),
      ),
    )
    .orderBy('change.merged_at', 'desc')
    .orderBy('change.position', 'desc')
    .orderBy('change.id', 'desc')
    .limit(limit + 1)
    .execute()
}
