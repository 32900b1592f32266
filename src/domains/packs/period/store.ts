import { type Selectable, sql } from 'kysely'
import type { Period } from '#domains/changes'
import type { Db, Write } from '#platform/database.ts'

export interface PeriodPackTables {
  period_pack: {
    id: string
    repository_id: string
    period_from: Date | null
    period_to: Date | null
    people: 'omit' | 'include'
    asked_by: string
    asked_at: Date
    problem: string | null
    made_at: Date | null
    sha256: string | null
    bytes: bigint | null
    headline: string | null
    changes: number | null
    records: number | null
    first_index: bigint | null
    last_index: bigint | null
    tree_size: bigint | null
    record_id: string | null
  }
  period_pack_progress: { pack_id: string; what: string; done: number; total: number; updated_at: Date }
}

export type PeriodPackRow = Selectable<PeriodPackTables['period_pack']>

export interface NewPeriodPack {
  readonly id: string
  readonly repositoryId: string
  readonly period: Period
  readonly people: 'omit' | 'include'
  readonly askedBy: string
  readonly askedAtMs: number
}

/** What is known of a pack when it was made. */
export interface MadePeriodPack {
  readonly madeAtMs: number
  readonly sha256: string
  readonly bytes: number
  readonly headline: string
  readonly changes: number
  /** Ascending. */
  readonly indexes: readonly number[]
  readonly treeSize: number
  readonly recordId: string
}

/** How far a pack is: `total` is 0 where it is not known yet. */
export interface PackProgress {
  readonly what: 'collecting' | 'proving' | 'writing'
  readonly done: number
  readonly total: number
}

export async function insertPeriodPack(tx: Write<PeriodPackTables>, one: NewPeriodPack): Promise<void> {
  const { from, to } = one.period
  await tx
    .insertInto('period_pack')
    .values({
      id: one.id,
      repository_id: one.repositoryId,
      period_from: from === null ? null : new Date(from),
      period_to: to === null ? null : new Date(to),
      people: one.people,
      asked_by: one.askedBy,
      asked_at: new Date(one.askedAtMs),
    })
    .execute()
}

/** Packs of a repository that are neither made nor failed, the newest; who asks for them is the only one who adds any. */
export async function unfinishedPacks(tx: Write<PeriodPackTables>, repositoryId: string): Promise<string[]> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`period_pack ${repositoryId}`}, 0))`.execute(tx)
  const rows = await tx
    .selectFrom('period_pack')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('made_at', 'is', null)
    .where('problem', 'is', null)
    .orderBy('asked_at', 'desc')
    .limit(unfinishedMax)
    .execute()
  return rows.map((row) => row.id)
}

/** Far more than may wait: whose making was given up stays among them until it is removed. */
const unfinishedMax = 100

export async function findPeriodPack(db: Db<PeriodPackTables>, id: string): Promise<PeriodPackRow | undefined> {
  return db.selectFrom('period_pack').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first; one more than the limit tells that there are more. */
export async function listPeriodPacks(
  db: Db<PeriodPackTables>,
  page: {
    readonly repositoryId: string | undefined
    readonly after: Pick<PeriodPackRow, 'asked_at' | 'id'> | undefined
    readonly limit: number
  },
): Promise<PeriodPackRow[]> {
  const { repositoryId, after, limit } = page
  let query = db
    .selectFrom('period_pack')
    .selectAll()
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (repositoryId !== undefined) query = query.where('repository_id', '=', repositoryId)
  if (after !== undefined)
    query = query.where((is) => is(is.refTuple('asked_at', 'id'), '<', is.tuple(after.asked_at, after.id)))
  return query.execute()
}

/** Ids of all packs of a repository. */
export async function idsOfRepository(db: Db<PeriodPackTables>, repositoryId: string): Promise<string[]> {
  const rows = await db.selectFrom('period_pack').select('id').where('repository_id', '=', repositoryId).execute()
  return rows.map((row) => row.id)
}

/** @returns false when it was removed meanwhile */
export async function notePackMade(tx: Write<PeriodPackTables>, id: string, made: MadePeriodPack): Promise<boolean> {
  const { indexes } = made
  const changed = await tx
    .updateTable('period_pack')
    .set({
      problem: null,
      made_at: new Date(made.madeAtMs),
      sha256: made.sha256,
      bytes: BigInt(made.bytes),
      headline: made.headline,
      changes: made.changes,
      records: indexes.length,
      first_index: BigInt(indexes[0] ?? 0),
      last_index: BigInt(indexes.at(-1) ?? 0),
      tree_size: BigInt(made.treeSize),
      record_id: made.recordId,
    })
    .where('id', '=', id)
    .returning('id')
    .execute()
  return changed.length > 0
}

/** @returns false when it was removed meanwhile */
export async function notePackFailed(tx: Write<PeriodPackTables>, id: string, problem: string): Promise<boolean> {
  const changed = await tx.updateTable('period_pack').set({ problem }).where('id', '=', id).returning('id').execute()
  return changed.length > 0
}

export type RemovedPack = Pick<PeriodPackRow, 'id' | 'repository_id' | 'sha256'>

export async function deletePeriodPack(tx: Write<PeriodPackTables>, id: string): Promise<RemovedPack | undefined> {
  return tx
    .deleteFrom('period_pack')
    .where('id', '=', id)
    .returning(['id', 'repository_id', 'sha256'])
    .executeTakeFirst()
}

/** Takes away all finished packs of a repository but the newest `keep`. */
export async function deleteOlderPacks(
  tx: Write<PeriodPackTables>,
  repositoryId: string,
  keep: number,
): Promise<RemovedPack[]> {
  const older = tx
    .selectFrom('period_pack')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where((is) => is.or([is('made_at', 'is not', null), is('problem', 'is not', null)]))
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .offset(keep)
  return tx.deleteFrom('period_pack').where('id', 'in', older).returning(['id', 'repository_id', 'sha256']).execute()
}

export async function saveProgress(
  tx: Write<PeriodPackTables>,
  packId: string,
  { what, done, total }: PackProgress,
  atMs: number,
): Promise<void> {
  const values = { what, done, total, updated_at: new Date(atMs) }
  await tx
    .insertInto('period_pack_progress')
    .values({ pack_id: packId, ...values })
    .onConflict((conflict) => conflict.column('pack_id').doUpdateSet(values))
    .execute()
}

export async function progressOf(db: Db<PeriodPackTables>, packId: string): Promise<PackProgress | undefined> {
  const row = await db
    .selectFrom('period_pack_progress')
    .select(['what', 'done', 'total'])
    .where('pack_id', '=', packId)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, what: row.what as PackProgress['what'] }
}
