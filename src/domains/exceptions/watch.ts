import { type Context, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import { defineJob, type JobDefinition, noData } from '#platform/jobs.ts'
import { exceptionExpired, exceptionExpiring } from './events.ts'
import { dayMs, warningDays } from './model.ts'
import type { ExceptionServices } from './services.ts'
import { dueExceptions, type ExceptionRow, markWarned, moveException } from './store.ts'
import { recordedOf, stateAt, warningAt } from './view.ts'

const atOnce = 200

export function watchJob(options: ExceptionServices): JobDefinition {
  return defineJob({
    name: 'exception.watch',
    about: 'warns before exceptions end, records their end, and has judged again what they excepted',
    schedule: '* * * * *',
    data: noData,
    timeoutSeconds: 600,
    run: (_data, signal) => watchExceptions(options, options.service('exceptions'), signal),
  })
}

/** Each warning and each end is recorded once, whoever runs this and however often. */
export async function watchExceptions(options: ExceptionServices, ctx: Context, signal?: AbortSignal): Promise<void> {
  const now = ctx.clock()
  for (;;) {
    const due = await dueExceptions(options.db, new Date(now), new Date(now + warningDays[0] * dayMs), atOnce)
    for (const row of due) {
      signal?.throwIfAborted()
      if (stateAt(row, now) === 'ended') await end(options, ctx, row)
      else await warn(options, ctx, row, now)
    }
    if (due.length < atOnce) return
  }
}

async function end({ db, afterChange }: ExceptionServices, ctx: Context, row: ExceptionRow): Promise<void> {
  const wasApproved = row.state === 'approved'
  await unlessDone(() =>
    transact(db, ctx, async (tx, record) => {
      const at = row.expires_at
      if (!(await moveException(tx, row.id, row.state, { state: 'ended', ended_at: at }))) throw new Done()
      record(exceptionExpired(recordedOf(row), wasApproved, Number(row.uses)))
      if (wasApproved) await afterChange(tx, ctx, row.repository_id)
    }),
  )
}

/** After a time in which nothing ran, the nearest warning stands for those before it. */
async function warn({ db }: ExceptionServices, ctx: Context, row: ExceptionRow, nowMs: number): Promise<void> {
  const days = warningAt(row, nowMs)
  if (days === null) return
  await unlessDone(() =>
    transact(db, ctx, async (tx, record) => {
      if (!(await markWarned(tx, row.id, days))) throw new Done()
      record(exceptionExpiring(recordedOf(row), days, timestamp(row.expires_at.getTime())))
    }),
  )
}

/** Another node was first. */
class Done extends Error {}

async function unlessDone(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Done)) throw error
  }
}
