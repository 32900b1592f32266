import { type ColumnType, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Shape, ShapeRule } from './shape.ts'

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
    /** `rule=exception`, of the exceptions that stood for rules. */
    excepted_by: string
    judged_at: Date
    /** Of the change, as in its own table. */
    merged_at: Date
    place: string
    /** Null where the rules gave no answers. */
    shape: string | null
  }
  gate_shape: {
    digest: string
    rules: ColumnType<readonly ShapeRule[], string, never>
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
  /** Which exception stood for which rule. */
  readonly exceptedBy: string
  readonly judgedAtMs: number
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
        exceptedBy: row.excepted_by,
        judgedAtMs: row.judged_at.getTime(),
      },
    ]),
  )
}

/** Only what the gate said of those of the changes that were judged. */
export async function resultsOf(
  db: Db<GatesTables>,
  changeIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly result: string }>> {
  const rows = await db
    .selectFrom('gate_verdict')
    .select(['change_id', 'result'])
    .where('change_id', '=', sql<string>`any(${[...changeIds]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.change_id, { result: row.result }]))
}

/** As one parameter, which is quicker to write and read than thousands. */
export async function saveVerdicts(
  tx: Write<GatesTables>,
  repositoryId: string,
  verdicts: readonly (StoredVerdict & { readonly shape: Shape })[],
): Promise<void> {
  // rows in one order: of two who judge at once neither waits for the other
  const shapes = JSON.stringify([...new Map(verdicts.map(({ shape }) => [shape.digest, shape])).values()])
  await sql`insert into gate_shape (digest, rules)
    select digest, rules from json_to_recordset(${shapes}::json) as one (digest text, rules jsonb)
    order by digest
    on conflict (digest) do nothing`.execute(tx)
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
      excepted_by: one.exceptedBy,
      judged_at: new Date(one.judgedAtMs).toISOString(),
      shape: one.shape.digest,
    })),
  )
  await sql`insert into gate_verdict (change_id, repository_id, decision_id, decision_record_id, assessment_id, result,
      decision, policy_revision, facts_digest, excepted_by, judged_at, merged_at, place, shape)
    select change_id, ${repositoryId}, decision_id, decision_record_id, assessment_id, result, decision, policy_revision,
      facts_digest, excepted_by, judged_at, change.merged_at, change.place, shape
    from json_to_recordset(${rows}::json) as one (change_id text, decision_id text, decision_record_id uuid,
      assessment_id text, result text, decision text, policy_revision text, facts_digest text, excepted_by text, judged_at timestamptz,
      shape text)
      join change on change.id = one.change_id
    order by one.change_id
    on conflict (change_id) do update set decision_id = excluded.decision_id,
      decision_record_id = excluded.decision_record_id, assessment_id = excluded.assessment_id, result = excluded.result,
      decision = excluded.decision, policy_revision = excluded.policy_revision, facts_digest = excluded.facts_digest, excepted_by = excluded.excepted_by,
      judged_at = excluded.judged_at, shape = excluded.shape`.execute(tx)
}

export interface CountedShape {
  readonly result: StoredVerdict['result']
  readonly rules: readonly ShapeRule[]
  readonly changes: number
}

/** How many changes of a repository, or of all, have each result and shape by their newest verdict. */
export async function countedShapes(db: Db<GatesTables>, repositoryId: string | undefined): Promise<CountedShape[]> {
  const kinds = db
    .selectFrom('gate_verdict')
    .select((is) => ['result', 'shape', is.fn.countAll<bigint>().as('changes')])
    .$if(repositoryId !== undefined, (query) => query.where('repository_id', '=', repositoryId ?? ''))
    .groupBy(['result', 'shape'])
  const rows = await db
    .selectFrom(kinds.as('kind'))
    .leftJoin('gate_shape', 'gate_shape.digest', 'kind.shape')
    .select(['kind.result', 'kind.changes', 'gate_shape.rules'])
    .execute()
  return rows.map(({ result, changes, rules }) => ({
    result: result as StoredVerdict['result'],
    rules: rules ?? [],
    changes: Number(changes),
  }))
}
