import { type ExpressionBuilder, expressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { Place } from './facets.ts'
import type { ChangesTables } from './store.ts'

/** Where a change stands in lists: by time, within a second by the order of the history, between repositories by id. */
export interface ChangePlace {
  readonly mergedAtMs: number
  readonly position: number
  readonly id: string
}

/** Which statement about their lines changes must have. */
export type GradeFilter = 'ai' | 'attested' | 'declared' | 'hinted' | 'human' | 'unknown'

export interface ChangeFilter {
  readonly repositoryId?: string | undefined
  /** Words of title or author, each from its start; or the start of an id or a commit. */
  readonly words?: string | undefined
  readonly grade?: GradeFilter | undefined
  readonly fromMs?: number | undefined
  readonly untilMs?: number | undefined
  /** Only changes that are in each of these. */
  readonly among?: readonly RawBuilder<Place>[]
}

export interface ChangePage {
  readonly order: 'newest' | 'oldest'
  readonly after?: ChangePlace | undefined
  readonly limit: number
}

/** Without the files; one more than the limit tells that there are more. */
export async function listChanges(db: Db<ChangesTables>, filter: ChangeFilter, page: ChangePage) {
  const [first, ...others] = filter.among ?? []
  if (first !== undefined) return listAmong(db, { ...filter, among: others }, page, first)
  const { order, after, limit } = page
  const direction = order === 'newest' ? 'desc' : 'asc'
  let query = db
    .selectFrom('change')
    .select(listed)
    .where(conditions(filter))
    .orderBy('merged_at', direction)
    .orderBy('position', direction)
    .orderBy('id', direction)
    .limit(limit + 1)
  if (after !== undefined) {
    query = query.where((is) =>
      is(
        is.refTuple('merged_at', 'position', 'id'),
        order === 'newest' ? '<' : '>',
        is.tuple(new Date(after.mergedAtMs), BigInt(after.position), after.id),
      ),
    )
  }
  return query.execute()
}

const listed = [
  'change.id',
  'repository_id',
  'position',
  'title',
  'merged_at',
  'author_name',
  'detail',
  'record_id',
] as const

/** Those of `places`, along its index: their order is the same, and what is asked of time is said of it. */
async function listAmong(
  db: Db<ChangesTables>,
  { among = [], fromMs, untilMs, ...filter }: ChangeFilter,
  { order, after, limit }: ChangePage,
  places: RawBuilder<Place>,
) {
  const place = sql.ref('known.place')
  let query = db
    .selectFrom('change')
    .innerJoin(sql<Place>`(${places})`.as('known'), 'known.change_id', 'change.id')
    .select(listed)
    .where(conditions(filter))
    .orderBy('known.place', order === 'newest' ? 'desc' : 'asc')
    .limit(limit + 1)
  for (const other of among) query = query.where(sql<boolean>`${place} in (select place from (${other}) as other)`)
  if (fromMs !== undefined) query = query.where('known.place', '>=', placeOf({ mergedAtMs: fromMs }))
  if (untilMs !== undefined) query = query.where('known.place', '<', placeOf({ mergedAtMs: untilMs }))
  if (after !== undefined) query = query.where('known.place', order === 'newest' ? '<' : '>', placeOf(after))
  return query.execute()
}

/** As the database makes it of a change; without the rest, what is before all changes of that moment. */
function placeOf({ mergedAtMs, position, id }: Pick<ChangePlace, 'mergedAtMs'> & Partial<ChangePlace>): string {
  const time = String(mergedAtMs + 1e15).padStart(16, '0')
  return id === undefined ? time : `${time}.${String(position).padStart(12, '0')}.${id}`
}

/** Sums by month of merging (UTC), oldest first. */
export async function sumChanges(db: Db<ChangesTables>, filter: ChangeFilter) {
  // the months are written once each: to write every time takes most of the time of the whole query
  const month = sql`date_trunc('month', merged_at at time zone 'UTC')`
  const rows = await db
    .selectFrom('change')
    .select((is) => [
      sql<string>`to_char(${month}, 'YYYY-MM')`.as('month'),
      is.fn.countAll<bigint>().as('changes'),
      is.fn.sum<bigint>('lines_counted').as('total'),
      is.fn.sum<bigint>('lines_attested').as('attested'),
      is.fn.sum<bigint>('lines_declared').as('declared'),
      is.fn.sum<bigint>('lines_human').as('human'),
      is.fn.sum<bigint>('lines_hinted').as('hinted'),
      sql<bigint>`count(*) filter (where ${unknownLines} > 0)`.as('silent'),
      sql<bigint>`count(*) filter (where lines_hinted > 0)`.as('hinting'),
      sql<bigint>`count(*) filter (where lines_declared > 0)`.as('declaring'),
    ])
    .where(conditions(filter))
    .groupBy(month)
    .orderBy(month)
    .execute()
  return rows.map((row) => ({
    month: row.month,
    changes: Number(row.changes),
    lines: {
      attested: Number(row.attested),
      declared: Number(row.declared),
      hinted: Number(row.hinted),
      humanAttested: Number(row.human),
      unknown: Number(row.total) - Number(row.attested) - Number(row.declared) - Number(row.human) - Number(row.hinted),
      total: Number(row.total),
    },
    silent: Number(row.silent),
    hinting: Number(row.hinting),
    declaring: Number(row.declaring),
  }))
}

const unknownLines = sql`(lines_counted - lines_attested - lines_declared - lines_human - lines_hinted)`

type Is = ExpressionBuilder<ChangesTables, 'change'>

function conditions(filter: ChangeFilter) {
  const is = expressionBuilder<ChangesTables, 'change'>()
  const { repositoryId, words, grade, fromMs, untilMs, among = [] } = filter
  return is.and([
    ...(repositoryId === undefined ? [] : [is('repository_id', '=', repositoryId)]),
    ...(fromMs === undefined ? [] : [is('merged_at', '>=', new Date(fromMs))]),
    ...(untilMs === undefined ? [] : [is('merged_at', '<', new Date(untilMs))]),
    ...(grade === undefined ? [] : [graded(grade)]),
    ...(words === undefined ? [] : [named(is, words)]),
    ...among.map((places) => sql<boolean>`change.id in (select change_id from (${places}) as other)`),
  ])
}

function graded(grade: GradeFilter) {
  const lines = {
    ai: sql`lines_attested + lines_declared`,
    attested: sql`lines_attested`,
    declared: sql`lines_declared`,
    hinted: sql`lines_hinted`,
    human: sql`lines_human`,
    unknown: unknownLines,
  }[grade]
  return sql<boolean>`${lines} > 0`
}

function named(is: Is, text: string) {
  const query = (text.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 12).map((word) => `'${word}':*`)
  const found =
    query.length === 0 ? sql<boolean>`false` : sql<boolean>`words @@ to_tsquery('simple', ${query.join(' & ')})`
  if (/^[0-9a-f]{4,64}$/.test(text)) return is.or([found, is('head_oid', 'like', `${text}%`)])
  return text.startsWith('chg_') ? is('id', '=', text) : found
}
