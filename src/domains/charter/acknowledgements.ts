import { type Context, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import * as store from './acknowledgement-store.ts'
import { momentOf, readMoment } from './cursors.ts'
import { CharterVersionOther } from './errors.ts'
import { acknowledgementDue, charterAcknowledged, graceSet } from './events.ts'
import type { Acknowledgement, AcknowledgementState, CharterVersion } from './model.ts'
import { findInForce } from './store.ts'
import { type Tables, versionInForce } from './versions.ts'

type Read = Pick<Db<Tables>, 'selectFrom'>

/**
 * Whether a person has acknowledged the charter in force, or still has time to. `overdue` also where there is no charter or no
 * such active person: who asks denies then.
 */
export async function acknowledgementOf(db: Read, userId: string, atMs: number): Promise<AcknowledgementState> {
  return (await standingOf(db, userId, atMs))?.state ?? 'overdue'
}

/** The same with its times; undefined where there is no charter or no such active person, as for an agent. */
export async function standingOf(db: Read, userId: string, atMs: number): Promise<Acknowledgement | undefined> {
  const due = await dueNow(db)
  const person = due && (await store.findStanding(db, userId, due.number))
  if (due === undefined || person === undefined) return undefined
  return toAcknowledgement(due, person, atMs)
}

async function dueNow(db: Read): Promise<store.Due | undefined> {
  const version = await findInForce(db)
  if (version === undefined) return undefined
  return {
    number: version.number,
    adoptedAtMs: Date.parse(version.adoptedAt),
    graceDays: await store.graceDays(db),
  }
}

function toAcknowledgement(
  due: store.Due,
  person: { readonly createdAtMs: number; readonly acknowledgedAt: string | null },
  atMs: number,
): Acknowledgement {
  const dueAtMs = store.dueAtMs(due, person.createdAtMs)
  const { acknowledgedAt } = person
  const late = atMs < dueAtMs ? 'grace' : 'overdue'
  return { state: acknowledgedAt === null ? late : 'acknowledged', dueAt: timestamp(dueAtMs), acknowledgedAt }
}

/**
 * Notes that whoever acts has read the version in force. A second time changes nothing.
 *
 * @throws charter_missing, charter_version_other
 */
export async function acknowledge(db: Db<Tables>, ctx: Context, number: number): Promise<Acknowledgement> {
  const userId = ctx.actor.id
  const inForce = await versionInForce(db)
  if (number !== inForce.number) throw CharterVersionOther({ number: inForce.number })
  const before = await store.findStanding(db, userId, number)
  if (before?.acknowledgedAt === null) await note(db, ctx, userId, inForce)
  const standing = await standingOf(db, userId, ctx.clock())
  if (standing === undefined) throw new Error('who acknowledges is no active person')
  return standing
}

async function note(db: Db<Tables>, ctx: Context, userId: string, inForce: CharterVersion): Promise<void> {
  const again = new Error('it was acknowledged before')
  await transact(db, ctx, async (tx, record) => {
    const { number, digest } = inForce
    const recordId = record(charterAcknowledged(userId, number, digest))
    if (!(await store.insertAcknowledgement(tx, { userId, number, atMs: ctx.clock(), recordId }))) throw again
  }).catch((error: unknown) => {
    if (error !== again) throw error
  })
}

export interface Standing extends Acknowledgement {
  readonly userId: string
  readonly name: string | null
}

/** Active people with how they stand to the version in force, who came last first. @throws charter_missing, cursor_invalid */
export async function listStandings(
  db: Db<Tables>,
  nowMs: number,
  asked: {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly state?: AcknowledgementState | 'missing' | undefined
  },
): Promise<{ items: Standing[]; next: string | null; people: number; acknowledged: number }> {
  const { limit, cursor, state } = asked
  await versionInForce(db)
  const due = await dueNow(db)
  if (due === undefined) throw new Error('the charter is gone')
  const after = cursor === undefined ? undefined : readMoment(cursor)
  const rows = await store.listStandings(db, { due, state, nowMs, limit, after })
  const { items, next } = toPage(rows, limit, (row) => momentOf({ at: row.created_at, id: row.id }))
  const counts = await store.countStandings(db, due.number)
  return {
    items: items.map(({ id, name, created_at, acknowledged_at: at }) => ({
      userId: id,
      name,
      ...toAcknowledgement(
        due,
        { createdAtMs: created_at.getTime(), acknowledgedAt: at === null ? null : timestamp(at.getTime()) },
        nowMs,
      ),
    })),
    next,
    ...counts,
  }
}

/** Sets how many days people have, from now on, for the version in force as well. */
export async function setGrace(db: Db<Tables>, ctx: Context, days: number): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const before = await store.graceDays(tx)
    await store.insertGrace(tx, days, ctx.actor.id, ctx.clock())
    record(graceSet(days, before))
  })
}

const batch = 200

/** Tells, once each, whose time for the version in force is half over, and whose is over. Answers how many were told. */
export async function remind(db: Db<Tables>, ctx: Context, signal: AbortSignal): Promise<number> {
  const due = await dueNow(db)
  if (due === undefined) return 0
  let told = 0
  for (const stage of ['end', 'half'] as const) {
    for (let more = true; more && !signal.aborted; ) {
      const people = await store.findToRemind(db, { due, stage, nowMs: ctx.clock(), limit: batch })
      if (people.length > 0) await tell(db, ctx, due, stage, people)
      told += people.length
      more = people.length === batch
    }
  }
  return told
}

async function tell(
  db: Db<Tables>,
  ctx: Context,
  due: store.Due,
  stage: 'half' | 'end',
  people: readonly { readonly id: string; readonly createdAtMs: number }[],
): Promise<void> {
  const atMs = ctx.clock()
  const { number } = due
  await transact(db, ctx, async (tx, record) => {
    for (const { id, createdAtMs } of people) {
      if (!(await store.insertReminder(tx, { userId: id, number, stage, atMs }))) continue
      record(acknowledgementDue(id, { version: number, stage, dueAt: timestamp(store.dueAtMs(due, createdAtMs)) }))
    }
  })
}
