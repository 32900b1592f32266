import { type ColumnType, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Assessment } from './model.ts'

export interface RiskTables {
  risk_assessment: {
    id: string
    change_id: string
    repository_id: string
    number: number
    assessed_at: Date
    inputs: string
    score_hundredths: number
    level: string
    detail: ColumnType<Assessment, string, string>
    record_id: string
  }
  risk_now: {
    change_id: string
    repository_id: string
    assessment_id: string
    number: number
    score_hundredths: number
    level: string
    place: string
  }
}

/** An assessment as it was recorded. */
export interface StoredAssessment {
  readonly id: string
  readonly changeId: string
  /** 1 for the first of the change. */
  readonly number: number
  readonly assessedAtMs: number
  /** Digest of what it rests on. */
  readonly inputs: string
  readonly assessment: Assessment
  readonly recordId: string
}

/** The newest assessment of each of these changes that has one. */
export async function latestAssessments(
  db: Db<RiskTables>,
  changeIds: readonly string[],
): Promise<Map<string, StoredAssessment>> {
  if (changeIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('risk_now')
    .innerJoin('risk_assessment', 'risk_assessment.id', 'risk_now.assessment_id')
    .selectAll('risk_assessment')
    .where('risk_now.change_id', '=', sql<string>`any(${[...changeIds]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.change_id, fromRow(row)]))
}

/** Level and score of those of the changes that were assessed, by their newest assessment. */
export async function risksNow(
  db: Db<RiskTables>,
  changeIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly level: string; readonly score: number }>> {
  const rows = await db
    .selectFrom('risk_now')
    .select(['change_id', 'level', 'score_hundredths'])
    .where('change_id', '=', sql<string>`any(${[...changeIds]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.change_id, { level: row.level, score: row.score_hundredths / 100 }]))
}

/** Records of every assessment of these changes. */
export async function assessmentRecords(db: Db<RiskTables>, changeIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('risk_assessment')
    .select('record_id')
    .where('change_id', '=', sql<string>`any(${[...changeIds]}::text[])`)
    .execute()
  return rows.map((row) => row.record_id)
}

/** How many changes have each level by their newest assessment. */
export async function levelCounts(db: Db<RiskTables>): Promise<Record<Assessment['level'], number>> {
  const rows = await db
    .selectFrom('risk_now')
    .select((is) => ['level', is.fn.countAll<bigint>().as('changes')])
    .groupBy('level')
    .execute()
  const counts = { low: 0, medium: 0, high: 0, critical: 0 }
  for (const { level, changes } of rows) counts[level as Assessment['level']] = Number(changes)
  return counts
}

/** The newest assessment of each change, the highest score first; one more than the limit tells that there are more. */
export async function highestAssessments(
  db: Db<RiskTables>,
  { level, after, limit }: HighestPage,
): Promise<StoredAssessment[]> {
  let query = db
    .selectFrom('risk_now')
    .innerJoin('risk_assessment', 'risk_assessment.id', 'risk_now.assessment_id')
    .selectAll('risk_assessment')
    .orderBy('risk_now.score_hundredths', 'desc')
    .orderBy('risk_now.change_id')
    .limit(limit + 1)
  if (level !== undefined) query = query.where('risk_now.level', '=', level)
  if (after !== undefined) {
    const { hundredths, changeId } = after
    query = query.where((is) =>
      is.and([
        // said apart, so that an index begins there
        is('risk_now.score_hundredths', '<=', hundredths),
        is.or([is('risk_now.score_hundredths', '<', hundredths), is('risk_now.change_id', '>', changeId)]),
      ]),
    )
  }
  return (await query.execute()).map(fromRow)
}

interface HighestPage {
  readonly level: Assessment['level'] | undefined
  /** The last one of the page before. */
  readonly after: { readonly hundredths: number; readonly changeId: string } | undefined
  readonly limit: number
}

/** The assessments of a change, newest first, older than number `before`. */
export async function assessmentsOf(
  db: Db<RiskTables>,
  changeId: string,
  page: { before: number | undefined; limit: number },
): Promise<StoredAssessment[]> {
  const query = db.selectFrom('risk_assessment').selectAll().where('change_id', '=', changeId)
  const older = page.before === undefined ? query : query.where('number', '<', page.before)
  const rows = await older.orderBy('number', 'desc').limit(page.limit).execute()
  return rows.map(fromRow)
}

/**
 * Adds them, and makes each the newest one of its change. As one parameter: a list of thousands of them takes longer to
 * write and to read than the rows themselves.
 */
export async function insertAssessments(
  tx: Write<RiskTables>,
  repositoryId: string,
  assessments: readonly StoredAssessment[],
): Promise<void> {
  const rows = JSON.stringify(
    assessments.map((one) => ({
      id: one.id,
      change_id: one.changeId,
      number: one.number,
      assessed_at: new Date(one.assessedAtMs).toISOString(),
      inputs: one.inputs,
      score_hundredths: Math.round(one.assessment.score.used * 100),
      level: one.assessment.level,
      detail: one.assessment,
      record_id: one.recordId,
    })),
  )
  await sql`with added as (insert into risk_assessment
      (id, change_id, repository_id, number, assessed_at, inputs, score_hundredths, level, detail, record_id)
    select id, change_id, ${repositoryId}, number, assessed_at, inputs, score_hundredths, level, detail, record_id
    from json_to_recordset(${rows}::json) as one (id text, change_id text, number integer, assessed_at timestamptz,
      inputs text, score_hundredths integer, level text, detail jsonb, record_id uuid)
    returning change_id, repository_id, id, number, score_hundredths, level)
    insert into risk_now (change_id, repository_id, assessment_id, number, score_hundredths, level, place)
    select added.*, change.place from added join change on change.id = added.change_id
    on conflict (change_id) do update set assessment_id = excluded.assessment_id, number = excluded.number,
      score_hundredths = excluded.score_hundredths, level = excluded.level`.execute(tx)
}

function fromRow(row: {
  id: string
  change_id: string
  number: number
  assessed_at: Date
  inputs: string
  detail: Assessment
  record_id: string
}): StoredAssessment {
  return {
    id: row.id,
    changeId: row.change_id,
    number: row.number,
    assessedAtMs: row.assessed_at.getTime(),
    inputs: row.inputs,
    assessment: row.detail,
    recordId: row.record_id,
  }
}
