import { sql } from 'kysely'
import { rolesOf } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { GrantPlaceUnknown, PeriodInvalid, PeriodLimit, PeriodNotFound, PeriodOver } from './errors.ts'
import { maySeeOthers } from './grants.ts'
import { periodCancelled, periodPlanned } from './period-events.ts'
import { aheadDaysMax, type Period, type PlanPeriod, periodDaysMax, periodsMax } from './period-model.ts'
import { concerns } from './periods-now.ts'
import type { GrantServices, Tables } from './standing.ts'

const dayMs = 86_400_000

/**
 * Plans time in which a team or a person works without AI tools.
 *
 * @throws ai_free_period_invalid, grant_place_unknown, ai_free_period_limit, access_denied
 */
export async function planPeriod(services: GrantServices, ctx: Context, body: PlanPeriod): Promise<Period> {
  const { db, authority } = services
  const id = newId('afp')
  const whom = { teamId: body.teamId ?? null, userId: body.userId ?? null }
  const time = timeOf(body, ctx.clock())
  await refuseUnknown(db, whom)
  const row = { id, team_id: whom.teamId, user_id: whom.userId, ...time }
  await authority.act(db, ctx, acting('ai-free-period:plan', ctx, id, whom), async (tx, record) => {
    await lockPeriods(tx, whom)
    await refuseMany(tx, whom, ctx.clock())
    await tx
      .insertInto('ai_free_period')
      .values({ ...row, reason: body.reason, planned_by: ctx.actor.id, planned_at: new Date(ctx.clock()) })
      .execute()
    record(periodPlanned(row, body.reason))
  })
  return readPeriod(db, ctx, id)
}

/** @throws ai_free_period_invalid */
function timeOf({ startsAt, endsAt }: PlanPeriod, nowMs: number) {
  const start = startsAt === undefined ? nowMs : Date.parse(startsAt)
  const end = Date.parse(endsAt)
  if (start < nowMs) throw PeriodInvalid({ reason: 'it would begin in the past' })
  if (end <= start) throw PeriodInvalid({ reason: 'it would end before it begins' })
  if (end - start > periodDaysMax * dayMs)
    throw PeriodInvalid({ reason: `it would last more than ${periodDaysMax} days` })
  if (start > nowMs + aheadDaysMax * dayMs)
    throw PeriodInvalid({ reason: `it would begin in more than ${aheadDaysMax} days` })
  return { starts_at: new Date(start), ends_at: new Date(end) }
}

interface Whom {
  readonly teamId: string | null
  readonly userId: string | null
}

/** @throws grant_place_unknown */
async function refuseUnknown(db: Db<Tables>, { teamId, userId }: Whom): Promise<void> {
  if (teamId !== null) {
    const team = await db.selectFrom('access_team').select('id').where('id', '=', teamId).executeTakeFirst()
    if (team === undefined) throw GrantPlaceUnknown({ what: 'team', id: teamId })
    return
  }
  const person = await db
    .selectFrom('access_user')
    .select('id')
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .where('role', 'not in', ['agent', 'service'])
    .executeTakeFirst()
  if (person === undefined) throw GrantPlaceUnknown({ what: 'person', id: userId ?? '' })
}

function acting(action: string, { actor }: Context, id: string, whom: Whom) {
  const resource = async (tx: Write<Tables>) => ({
    type: 'AiFreePeriod',
    id,
    ...(await periodResource(tx, whom, actor.id)),
  })
  return { action, resource }
}

/** A period as policies see it. That of a person is in a team of theirs: one in which the asker holds a role, where there is one. */
export async function periodResource(db: Pick<Db<Tables>, 'selectFrom'>, { teamId, userId }: Whom, askerId: string) {
  const team = userId === null ? teamId : await sharedTeam(db, userId, askerId)
  return { team, attrs: { person: userId ?? '' } }
}

/** A team of the person's in which the asker holds a role, as tech lead before any other. */
async function sharedTeam(db: Pick<Db<Tables>, 'selectFrom'>, userId: string, askerId: string): Promise<string | null> {
  const theirs = new Set((await rolesOf(db, userId)).map((one) => one.teamId))
  const shared = (await rolesOf(db, askerId)).filter(({ teamId }) => teamId !== null && theirs.has(teamId))
  return (shared.find((one) => one.role === 'tech-lead') ?? shared[0])?.teamId ?? null
}

async function lockPeriods(tx: Write<Tables>, { teamId, userId }: Whom): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`ai_free_period ${teamId ?? userId}`}, 0))`.execute(tx)
}

async function refuseMany(tx: Write<Tables>, { teamId, userId }: Whom, nowMs: number): Promise<void> {
  const { n } = await tx
    .selectFrom('ai_free_period')
    .select((is) => is.fn.countAll<bigint>().as('n'))
    .where('team_id', 'is not distinct from', teamId)
    .where('user_id', 'is not distinct from', userId)
    .where('cancelled_at', 'is', null)
    .where('ends_at', '>', new Date(nowMs))
    .executeTakeFirstOrThrow()
  if (Number(n) >= periodsMax) throw PeriodLimit({ max: periodsMax })
}

/**
 * Cancels a period that is not over: one that runs ends with that.
 *
 * @throws ai_free_period_not_found, ai_free_period_over, access_denied
 */
export async function cancelPeriod(
  { db, authority }: GrantServices,
  ctx: Context,
  id: string,
  reason: string,
): Promise<Period> {
  const row = await periods(db).where('p.id', '=', id).executeTakeFirst()
  if (row === undefined) throw PeriodNotFound({ periodId: id })
  const whom = { teamId: row.team_id, userId: row.user_id }
  await authority.act(db, ctx, acting('ai-free-period:cancel', ctx, id, whom), async (tx, record) => {
    const at = new Date(ctx.clock())
    const cancelled = await tx
      .updateTable('ai_free_period')
      .set({ cancelled_at: at, cancelled_by: ctx.actor.id, cancel_reason: reason })
      .where('id', '=', id)
      .where('cancelled_at', 'is', null)
      .where('ends_at', '>', at)
      .returning('id')
      .executeTakeFirst()
    if (cancelled === undefined) throw PeriodOver({ state: row.cancelled_at === null ? 'over' : 'cancelled' })
    record(periodCancelled(row, reason))
  })
  return readPeriod(db, ctx, id)
}

function periods(db: Db<Tables>) {
  return db
    .selectFrom('ai_free_period as p')
    .leftJoin('access_team as t', 't.id', 'p.team_id')
    .leftJoin('access_person as person', 'person.user_id', 'p.user_id')
    .selectAll('p')
    .select('t.name as team_name')
    .select(
      sql<string | null>`coalesce(person.resource ->> 'displayName', person.resource ->> 'userName')`.as('user_name'),
    )
}

type Row = Awaited<ReturnType<ReturnType<typeof periods>['executeTakeFirstOrThrow']>>

async function readPeriod(db: Db<Tables>, ctx: Context, id: string): Promise<Period> {
  const row = await periods(db).where('p.id', '=', id).executeTakeFirst()
  if (row === undefined) throw PeriodNotFound({ periodId: id })
  return toPeriod(row, ctx.clock())
}

/** For the policies' own questions. */
export async function findPeriod(db: Db<Tables>, id: string): Promise<Whom | undefined> {
  const row = await periods(db).where('p.id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : { teamId: row.team_id, userId: row.user_id }
}

interface Listing {
  readonly when: 'coming' | 'past'
  /** Only what concerns whoever asks. */
  readonly of: 'me' | 'all'
  readonly team?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * The calendar: what runs and comes, the next first, or what is over or cancelled, the last first. Those of single persons are shown
 * to them, and to whoever may read people. @throws cursor_invalid
 */
export async function listPeriods(
  { db }: GrantServices,
  ctx: Context,
  { when, of, team, limit, cursor }: Listing,
): Promise<{ items: Period[]; next: string | null }> {
  const at = new Date(ctx.clock())
  const isComing = when === 'coming'
  let query = isComing
    ? periods(db).where('p.cancelled_at', 'is', null).where('p.ends_at', '>', at)
    : periods(db).where((is) => is.or([is('p.cancelled_at', 'is not', null), is('p.ends_at', '<=', at)]))
  const me = ctx.actor.id
  if (of === 'me') query = query.where(concerns(sql`${me}::text`, sql`null::text`))
  else if (!maySeeOthers(ctx))
    query = query.where((is) => is.or([is('p.user_id', 'is', null), is('p.user_id', '=', me)]))
  if (team !== undefined) query = query.where('p.team_id', '=', team)
  if (cursor !== undefined) {
    const from = readPlace(cursor)
    query = query.where((is) =>
      is(is.refTuple('p.starts_at', 'p.id'), isComing ? '>' : '<', is.tuple(from.at, from.id)),
    )
  }
  const direction = isComing ? 'asc' : 'desc'
  const rows = await query
    .orderBy('p.starts_at', direction)
    .orderBy('p.id', direction)
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.starts_at.getTime()}.${row.id}`)
  return { items: items.map((row) => toPeriod(row, ctx.clock())), next }
}

function readPlace(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(afp_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}

function toPeriod(row: Row, nowMs: number): Period {
  return {
    ...{ id: row.id, teamId: row.team_id, teamName: row.team_name, userId: row.user_id, userName: row.user_name },
    ...{ startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString(), reason: row.reason },
    state: stateOf(row, nowMs),
    ...{ plannedBy: row.planned_by, plannedAt: row.planned_at.toISOString() },
    ...{ cancelledAt: row.cancelled_at?.toISOString() ?? null, cancelReason: row.cancel_reason },
  }
}

function stateOf(row: Row, nowMs: number): Period['state'] {
  if (row.cancelled_at !== null) return 'cancelled'
  if (row.ends_at.getTime() <= nowMs) return 'over'
  return row.starts_at.getTime() <= nowMs ? 'running' : 'planned'
}
