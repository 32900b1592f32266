import { type Context, type RecordEvent, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Write } from '#platform/database.ts'
import { defineJob, type JobDefinition, noData } from '#platform/jobs.ts'
import { PolicyAnswersDue, PolicyReviewDue } from './events.ts'
import type { Lifecycle, Tables } from './services.ts'
import { answerByOf, silentOf } from './steps.ts'
import { currentSteps, stepsOf, type VersionRow } from './store.ts'
import { targetsOf } from './versions.ts'

const dayMs = 86_400_000
/** Days before the day of review, and before answers are due, at which somebody is told. */
export const reviewReminders = [30, 7, 0] as const
const answerReminders = [3, 1, 0] as const
const atOnce = 200

/** The nearest reminder that has come; null before the first. */
export function reminderAt<T extends number>(days: readonly T[], dueMs: number, nowMs: number): T | null {
  return days.findLast((one) => nowMs >= dueMs - one * dayMs) ?? null
}

/** How near the day of review is. @param reviewBy `YYYY-MM-DD`, which begins in UTC */
export function reviewDueAt(reviewBy: string | null, nowMs: number): (typeof reviewReminders)[number] | null {
  return reviewBy === null ? null : reminderAt(reviewReminders, Date.parse(reviewBy), nowMs)
}

export function reminderJob(life: Lifecycle): JobDefinition {
  return defineJob({
    name: 'policy.remind',
    about: 'reminds of policy packs that are to be looked at again, and of answers about drafts that are due',
    schedule: '*/5 * * * *',
    data: noData,
    timeoutSeconds: 300,
    run: (_data, signal) => remind(life, life.service('policy'), signal),
  })
}

/** Each reminder is recorded once, whoever runs this and however often; after a pause the nearest stands for those before it. */
export async function remind(life: Lifecycle, ctx: Context, signal: AbortSignal): Promise<void> {
  await remindOfReviews(life, ctx, signal)
  await remindOfAnswers(life, ctx, signal)
}

async function remindOfReviews({ db }: Lifecycle, ctx: Context, signal: AbortSignal): Promise<void> {
  const until = timestamp(ctx.clock() + reviewReminders[0] * dayMs).slice(0, 10)
  const packs = await db
    .selectFrom('policy_pack')
    .select(['id', 'review_by'])
    .where('review_by', '<=', until)
    .orderBy('review_by')
    .limit(1000)
    .execute()
  for (const { id, review_by: reviewBy } of packs) {
    signal.throwIfAborted()
    const days = reviewDueAt(reviewBy, ctx.clock())
    if (reviewBy === null || days === null) continue
    const event = PolicyReviewDue({
      targets: [{ type: 'policy-pack', id }],
      data: { packId: id, reviewBy, days },
    })
    await once(db, ctx, { kind: 'pack', subject_id: id, due: reviewBy, days }, (record) => record(event))
  }
}

async function remindOfAnswers(life: Lifecycle, ctx: Context, signal: AbortSignal): Promise<void> {
  let after = ''
  for (;;) {
    const drafts: VersionRow[] = await life.db
      .selectFrom('policy_version')
      .selectAll()
      .where('state', '=', 'draft')
      .where('id', '>', after)
      .orderBy('id')
      .limit(atOnce)
      .execute()
    for (const row of drafts) {
      signal.throwIfAborted()
      await remindOfDraft(life, ctx, row)
    }
    const last = drafts.at(-1)
    if (last === undefined || drafts.length < atOnce) return
    after = last.id
  }
}

async function remindOfDraft({ db }: Lifecycle, ctx: Context, row: VersionRow): Promise<void> {
  const steps = currentSteps(row, await stepsOf(db, row.id))
  const answerBy = answerByOf(steps)
  const silent = silentOf(steps)
  if (answerBy === undefined || silent.length === 0) return
  const days = reminderAt(answerReminders, Date.parse(answerBy), ctx.clock())
  if (days === null) return
  const { pack_id: packId, version, digest } = row
  const event = PolicyAnswersDue({
    targets: targetsOf(row),
    data: { packId, version, digest, answerBy, days, silent: silent.slice(0, 50) },
  })
  await once(db, ctx, { kind: 'version', subject_id: row.id, due: answerBy, days }, (record) => record(event))
}

type Reminder = Omit<Tables['policy_reminder'], 'record_id'>

/** Another node may be first, or an earlier run was. */
async function once(
  db: Lifecycle['db'],
  ctx: Context,
  reminder: Reminder,
  tell: (record: RecordEvent) => string,
): Promise<void> {
  if (await isTold(db, reminder)) return
  try {
    await transact(db, ctx, async (tx, record) => {
      const record_id = tell(record)
      if (!(await keep(tx, { ...reminder, record_id }))) throw new Told()
    })
  } catch (error) {
    if (!(error instanceof Told)) throw error
  }
}

class Told extends Error {}

async function isTold(db: Lifecycle['db'], { kind, subject_id, due, days }: Reminder): Promise<boolean> {
  const row = await db
    .selectFrom('policy_reminder')
    .select('days')
    .where('kind', '=', kind)
    .where('subject_id', '=', subject_id)
    .where('due', '=', due)
    .where('days', '<=', days)
    .executeTakeFirst()
  return row !== undefined
}

async function keep(tx: Write<Tables>, row: Tables['policy_reminder']): Promise<boolean> {
  const result = await tx
    .insertInto('policy_reminder')
    .values(row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}
