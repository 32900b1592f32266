import { type Generated, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { ExceptionOrder, ExceptionState } from './model.ts'

export interface ExceptionsTables {
  exception: {
    id: string
    proposal: string
    digest: string
    rule_id: string
    category: string
    repository_id: string
    fingerprint: string | null
    requester: string
    owner_id: string
    asked_at: Date
    expires_at: Date
    state: ExceptionState
    decided_by: Generated<string | null>
    decided_at: Generated<Date | null>
    ended_by: Generated<string | null>
    ended_at: Generated<Date | null>
    end_reason: Generated<string | null>
    renews: string | null
    warned_days: Generated<number | null>
    uses: Generated<bigint>
    last_used_at: Generated<Date | null>
  }
  exception_use: {
    exception_id: string
    decision_id: string
    target: string
    used_at: Date
  }
}

type Given<T> = T extends Generated<infer S> ? S : T
export type ExceptionRow = { [K in keyof ExceptionsTables['exception']]: Given<ExceptionsTables['exception'][K]> }

type Reads = Pick<Db<ExceptionsTables>, 'selectFrom'>

export async function findException(db: Reads, id: string): Promise<ExceptionRow | undefined> {
  return db.selectFrom('exception').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Until the transaction ends nobody else asks for exceptions of this repository: what is counted stays true. */
export async function lockRepository(tx: Write<ExceptionsTables>, repositoryId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`exception ${repositoryId}`}, 0))`.execute(tx)
}

export async function countOpen(db: Reads, repositoryId: string, now: Date): Promise<number> {
  const { count } = await db
    .selectFrom('exception')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('state', 'in', ['asked', 'approved'])
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Those that hold now, in an order that does not change: what ends last first. */
export async function holding(db: Reads, repositoryId: string, now: Date, limit: number): Promise<ExceptionRow[]> {
  return db
    .selectFrom('exception')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('state', '=', 'approved')
    .where('expires_at', '>', now)
    .orderBy('expires_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
}

export interface ExceptionFilter {
  readonly state?: ExceptionState | undefined
  readonly rule?: string | undefined
  readonly repositoryId?: string | undefined
  readonly use?: 'never' | 'some' | undefined
  /** Holding, and over before. */
  readonly endsBefore?: Date | undefined
  readonly order: ExceptionOrder
  readonly after?: { readonly value: number; readonly id: string } | undefined
  readonly limit: number
  readonly now: Date
}

const sorts = {
  newest: { column: 'asked_at', direction: 'desc' },
  oldest: { column: 'asked_at', direction: 'asc' },
  ending: { column: 'expires_at', direction: 'asc' },
  'most-used': { column: 'uses', direction: 'desc' },
} as const

/** By what a list of this order continues after a row. */
export function placeOf(row: ExceptionRow, order: ExceptionOrder): string {
  const value = row[sorts[order].column]
  return `${typeof value === 'bigint' ? value : value.getTime()}.${row.id}`
}

/** One more than the limit tells that there are more. */
export async function listExceptions(db: Reads, filter: ExceptionFilter): Promise<ExceptionRow[]> {
  const { order, after, now } = filter
  const { column, direction } = sorts[order]
  let query = db.selectFrom('exception').selectAll()
  if (filter.state !== undefined) query = query.where(inState(filter.state, now))
  if (filter.rule !== undefined) query = query.where('rule_id', '=', filter.rule)
  if (filter.repositoryId !== undefined) query = query.where('repository_id', '=', filter.repositoryId)
  if (filter.use !== undefined) query = query.where('uses', filter.use === 'never' ? '=' : '>', 0n)
  if (filter.endsBefore !== undefined)
    query = query.where(inState('approved', now)).where('expires_at', '<=', filter.endsBefore)
  if (after !== undefined) {
    const value = column === 'uses' ? BigInt(after.value) : new Date(after.value)
    const compare = direction === 'desc' ? sql`<` : sql`>`
    query = query.where(sql<boolean>`(${sql.ref(column)}, id) ${compare} (${value}, ${after.id})`)
  }
  return query
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(filter.limit + 1)
    .execute()
}

/** What has come to its end is `ended`, whether that is recorded yet or not. */
function inState(state: ExceptionState, now: Date) {
  if (state === 'ended')
    return sql<boolean>`(state = 'ended' or (state in ('asked', 'approved') and expires_at <= ${now}))`
  if (state === 'asked' || state === 'approved') return sql<boolean>`(state = ${state} and expires_at > ${now})`
  return sql<boolean>`state = ${state}`
}

export async function listUses(
  db: Reads,
  exceptionId: string,
  { after, limit }: { readonly after?: { at: Date; id: string } | undefined; readonly limit: number },
) {
  let query = db.selectFrom('exception_use').selectAll().where('exception_id', '=', exceptionId)
  if (after !== undefined)
    query = query.where((is) => is(is.refTuple('used_at', 'decision_id'), '<', is.tuple(after.at, after.id)))
  return query
    .orderBy('used_at', 'desc')
    .orderBy('decision_id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** Changes it from one state to another; false when it is in another by now. */
export async function moveException(
  tx: Write<ExceptionsTables>,
  id: string,
  from: ExceptionState,
  set: {
    readonly state: ExceptionState
    readonly decided_by?: string
    readonly decided_at?: Date
    readonly warned_days?: number | null
    readonly ended_by?: string
    readonly ended_at?: Date
    readonly end_reason?: string
  },
): Promise<boolean> {
  const moved = await tx
    .updateTable('exception')
    .set(set)
    .where('id', '=', id)
    .where('state', '=', from)
    .returning('id')
    .executeTakeFirst()
  return moved !== undefined
}

/** Of those that wait or hold: what is past its end, or is nearer to it than its last warning told. */
export async function dueExceptions(db: Reads, now: Date, soon: Date, limit: number): Promise<ExceptionRow[]> {
  return db
    .selectFrom('exception')
    .selectAll()
    .where('state', 'in', ['asked', 'approved'])
    .where('expires_at', '<=', soon)
    .where(
      sql<boolean>`(expires_at <= ${now} or (state = 'approved' and expires_at <= ${now}::timestamptz + case
        when warned_days is null then interval '14 days' when warned_days > 7 then interval '7 days'
        when warned_days > 1 then interval '1 day' else interval '0' end))`,
    )
    .orderBy('expires_at')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** False when it was warned of that already, or holds no more. */
export async function markWarned(tx: Write<ExceptionsTables>, id: string, days: number): Promise<boolean> {
  const marked = await tx
    .updateTable('exception')
    .set({ warned_days: days })
    .where('id', '=', id)
    .where('state', '=', 'approved')
    .where((is) => is.or([is('warned_days', 'is', null), is('warned_days', '>', days)]))
    .returning('id')
    .executeTakeFirst()
  return marked !== undefined
}

export interface Use {
  readonly exceptionId: string
  readonly decisionId: string
  /** `type:id`. */
  readonly target: string
}

/** As one parameter, because a history has thousands. Counted in one order, so that of two who judge at once neither waits for the other. */
export async function insertUses<T>(tx: Write<T>, uses: readonly Use[], at: Date): Promise<void> {
  const rows = JSON.stringify(
    uses.map((one) => ({ exception_id: one.exceptionId, decision_id: one.decisionId, target: one.target })),
  )
  await sql`select id from exception where id in (select exception_id from json_to_recordset(${rows}::json)
      as one (exception_id text)) order by id for no key update`.execute(tx)
  await sql`with used as (
      insert into exception_use (exception_id, decision_id, target, used_at)
      select exception_id, decision_id, target, ${at} from json_to_recordset(${rows}::json)
        as one (exception_id text, decision_id text, target text)
      on conflict do nothing returning exception_id
    )
    update exception set uses = uses + counted.n, last_used_at = ${at}
    from (select exception_id, count(*) as n from used group by exception_id) as counted
    where exception.id = counted.exception_id`.execute(tx)
}
