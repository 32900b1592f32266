import { type ColumnType, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { VerdictSummary } from './summary.ts'

export interface GatesTables {
  gate_verdict: {
    change_id: string
    repository_id: string
    decision_id: string
    decision_record_id: string
    assessment_id: string
    result: string
    decision: string
    policy_revision: string
    facts_digest: string
    judged_at: Date
    summary: ColumnType<VerdictSummary, string, string>
  }
}

/** What the merge gate said last of a change. */
export interface StoredVerdict {
  readonly changeId: string
  readonly decisionId: string
  readonly decisionRecordId: string
  readonly assessmentId: string
  readonly result: 'pass' | 'fail' | 'unknown' | 'error'
  readonly decision: 'allow' | 'deny'
  readonly policyRevision: string
  readonly factsDigest: string
  readonly judgedAtMs: number
  readonly summary: VerdictSummary
}

/** The newest verdict of each of these changes that has one. */
export async function verdictsOf(
  db: Db<GatesTables>,
  changeIds: readonly string[],
): Promise<Map<string, StoredVerdict>> {
  if (changeIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('gate_verdict')
    .selectAll()
    .where('change_id', '=', sql<string>`any(${[...changeIds]}::text[])`)
    .execute()
  return new Map(
    rows.map((row) => [
      row.change_id,
      {
        changeId: row.change_id,
        decisionId: row.decision_id,
        decisionRecordId: row.decision_record_id,
        assessmentId: row.assessment_id,
        result: row.result as StoredVerdict['result'],
        decision: row.decision as StoredVerdict['decision'],
        policyRevision: row.policy_revision,
        factsDigest: row.facts_digest,
        judgedAtMs: row.judged_at.getTime(),
        summary: row.summary,
      },
    ]),
  )
}

/** As one parameter, which is quicker to write and read than thousands. */
export async function saveVerdicts(
  tx: Write<GatesTables>,
  repositoryId: string,
  verdicts: readonly StoredVerdict[],
): Promise<void> {
  const rows = JSON.stringify(
    verdicts.map((one) => ({
      change_id: one.changeId,
      decision_id: one.decisionId,
      decision_record_id: one.decisionRecordId,
      assessment_id: one.assessmentId,
      result: one.result,
      decision: one.decision,
      policy_revision: one.policyRevision,
      facts_digest: one.factsDigest,
      judged_at: new Date(one.judgedAtMs).toISOString(),
      summary: one.summary,
    })),
  )
  await sql`insert into gate_verdict (change_id, repository_id, decision_id, decision_record_id, assessment_id, result,
      decision, policy_revision, facts_digest, judged_at, summary)
    select change_id, ${repositoryId}, decision_id, decision_record_id, assessment_id, result, decision, policy_revision,
      facts_digest, judged_at, summary
    from json_to_recordset(${withoutNul(rows)}::json) as one (change_id text, decision_id text, decision_record_id uuid,
      assessment_id text, result text, decision text, policy_revision text, facts_digest text, judged_at timestamptz,
      summary jsonb)
    on conflict (change_id) do update set decision_id = excluded.decision_id,
      decision_record_id = excluded.decision_record_id, assessment_id = excluded.assessment_id, result = excluded.result,
      decision = excluded.decision, policy_revision = excluded.policy_revision, facts_digest = excluded.facts_digest,
      judged_at = excluded.judged_at, summary = excluded.summary`.execute(tx)
}

/** PostgreSQL's text has no U+0000, which a hostile path may have. */
function withoutNul(json: string): string {
  return json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd')
}
