import { sql } from 'kysely'
import type { AccessTables } from '#kernel/access'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { AcknowledgementState } from './model.ts'
import type { CharterTables } from './store.ts'

type Tables = CharterTables & AccessTables
type Read = Pick<Db<Tables>, 'selectFrom'>

const dayMs = 86_400_000
/** Where nobody has set another. */
const defaultGraceDays = 14

/** A version whose acknowledgement is asked about, and for how long people have. */
export interface Due {
  readonly number: number
  readonly adoptedAtMs: number
  readonly graceDays: number
}

/** What a person sees of it: the time runs from the adoption, or from when they came. */
export function dueAtMs(due: Due, createdAtMs: number): number {
  return Math.max(due.adoptedAtMs, createdAtMs) + due.graceDays * dayMs
}

export async function graceDays(db: Read): Promise<number> {
  const row = await db.selectFrom('charter_grace').select('days').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.days ?? defaultGraceDays
}

/** How long it was, newest first. */
export async function graceHistory(db: Read): Promise<{ days: number; setBy: string; setAt: string }[]> {
  const rows = await db.selectFrom('charter_grace').selectAll().orderBy('seq', 'desc').limit(100).execute()
  return rows.map((row) => ({ days: row.days, setBy: row.set_by, setAt: timestamp(row.set_at.getTime()) }))
}

export async function insertGrace(tx: Write<Tables>, days: number, by: string, atMs: number): Promise<void> {
  await tx
    .insertInto('charter_grace')
    .values({ days, set_by: by, set_at: new Date(atMs) })
    .execute()
}

/** A person with what they have acknowledged of a version; undefined for whoever is deactivated or is no person. */
export async function findStanding(
  db: Read,
  userId: string,
  number: number,
): Promise<{ createdAtMs: number; acknowledgedAt: string | null } | undefined> {
  const row = await standings(db, number).where('user.id', '=', userId).executeTakeFirst()
  if (row === undefined) return undefined
  const { acknowledged_at: at } = row
  return {
    createdAtMs: row.created_at.getTime(),
    acknowledgedAt: at === null ? null : timestamp(at.getTime()),
  }
}

/** Active people with what they have acknowledged of a version. */
function standings(db: Read, number: number) {
  return db
    .selectFrom('access_user as user')
    .leftJoin('charter_acknowledgement as given', (join) =>
      join.onRef('given.user_id', '=', 'user.id').on('given.number', '=', number),
    )
    .select(['user.id', 'user.created_at', 'given.acknowledged_at'])
    .where('user.disabled_at', 'is', null)
    .where('user.role', 'not in', ['agent', 'service'])
}

/** False when the person has acknowledged it before. */
export async function insertAcknowledgement(
  tx: Write<Tables>,
  row: { userId: string; number: number; atMs: number; recordId: string },
): Promise<boolean> {
  const result = await tx
    .insertInto('charter_acknowledgement')
    .values({
      user_id: row.userId,
      number: row.number,
      acknowledged_at: new Date(row.atMs),
      record_id: row.recordId,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'number']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

interface Listing {
  readonly due: Due
  readonly state: AcknowledgementState | 'missing' | undefined
  readonly nowMs: number
  readonly limit: number
  readonly after: { readonly at: Date; readonly id: string } | undefined
}

/** People by when they came, the newest first; one more than the limit tells that there are more. */
export async function listStandings(db: Read, { due, state, nowMs, limit, after }: Listing) {
  // who came since then still has time
  const graceStart = new Date(nowMs - due.graceDays * dayMs)
  const isInTime = due.adoptedAtMs > graceStart.getTime()
  let query = standings(db, due.number)
    .leftJoin('access_person as person', 'person.user_id', 'user.id')
    .select(sql<string | null>`coalesce(person.resource ->> 'displayName', person.resource ->> 'userName')`.as('name'))
  if (state === 'acknowledged') query = query.where('given.acknowledged_at', 'is not', null)
  else if (state !== undefined) query = query.where('given.acknowledged_at', 'is', null)
  if (state === 'grace' && !isInTime) query = query.where('user.created_at', '>', graceStart)
  if (state === 'overdue')
    query = isInTime ? query.where(sql<boolean>`false`) : query.where('user.created_at', '<=', graceStart)
  if (after !== undefined)
    query = query.where((is) => is(is.refTuple('user.created_at', 'user.id'), '<', is.tuple(after.at, after.id)))
  return query
    .orderBy('user.created_at', 'desc')
    .orderBy('user.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** How many active people have acknowledged a version, and how many there are. */
export async function countStandings(db: Read, number: number): Promise<{ people: number; acknowledged: number }> {
  const row = await db
    .selectFrom(standings(db, number).as('one'))
    .select((is) => [
      is.fn.countAll<bigint>().as('people'),
      is.fn.count<bigint>('one.acknowledged_at').as('acknowledged'),
    ])
    .executeTakeFirstOrThrow()
  return { people: Number(row.people), acknowledged: Number(row.acknowledged) }
}

/**
 * People who are to be reminded: their time for a version is half over, or over, and they were not told so yet. Who is at the end
 * is not told of the half any more.
 */
export async function findToRemind(
  db: Read,
  { due, stage, nowMs, limit }: { due: Due; stage: 'half' | 'end'; nowMs: number; limit: number },
): Promise<{ id: string; createdAtMs: number }[]> {
  const wholeMs = due.graceDays * dayMs
  const passedMs = stage === 'end' ? wholeMs : wholeMs / 2
  const startedBefore = nowMs - passedMs
  if (due.adoptedAtMs > startedBefore) return []
  let query = standings(db, due.number)
    .where('given.acknowledged_at', 'is', null)
    .where('user.created_at', '<=', new Date(startedBefore))
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('charter_reminder as told')
            .select('told.user_id')
            .whereRef('told.user_id', '=', 'user.id')
            .where('told.number', '=', due.number)
            .where('told.stage', '=', stage),
        ),
      ),
    )
  if (stage === 'half' && due.adoptedAtMs <= nowMs - wholeMs)
    query = query.where('user.created_at', '>', new Date(nowMs - wholeMs))
  const rows = await query.orderBy('user.id').limit(limit).execute()
  return rows.map((row) => ({ id: row.id, createdAtMs: row.created_at.getTime() }))
}

/** False when the person was told before. */
export async function insertReminder(
  tx: Write<Tables>,
  row: { userId: string; number: number; stage: 'half' | 'end'; atMs: number },
): Promise<boolean> {
  const result = await tx
    .insertInto('charter_reminder')
    .values({ user_id: row.userId, number: row.number, stage: row.stage, reminded_at: new Date(row.atMs) })
    .onConflict((conflict) => conflict.columns(['user_id', 'number', 'stage']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}
