import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { GatesTables, StoredVerdict } from './store.ts'

type Month = { readonly month: string } & Record<StoredVerdict['result'], number>

const monthsMax = 24

/**
 * The newest verdicts by the month (UTC) in which their change was merged: each month from the first to the last that has
 * one, at most 24, oldest first. What claims to be merged after the month of `nowMs` is left out.
 */
export async function verdictMonths(db: Db<GatesTables>, nowMs: number): Promise<Month[]> {
  const newest = await newestBefore(db, monthStart(nowMs, 1))
  if (newest === undefined) return []
  const starts = Array.from({ length: monthsMax + 1 }, (_, at) => monthStart(newest, at + 1 - monthsMax))
  const months = starts.slice(0, -1).map((start) => ({ month: nameOf(start), pass: 0, fail: 0, unknown: 0, error: 0 }))
  const bounds = sql<Date[]>`${starts.map((start) => new Date(start).toISOString())}::timestamptz[]`
  const rows = await db
    .selectFrom('gate_verdict')
    .select((is) => [
      // by searching the bounds: to write each time as a month takes most of the time of this query
      sql<number>`width_bucket(merged_at, ${bounds})`.as('bucket'),
      'result',
      is.fn.countAll<bigint>().as('changes'),
    ])
    .where('merged_at', '>=', new Date(starts[0] ?? 0))
    .where('merged_at', '<', new Date(starts.at(-1) ?? 0))
    .groupBy(['bucket', 'result'])
    .execute()
  for (const { bucket, result, changes } of rows) {
    const month = months[bucket - 1]
    if (month !== undefined) month[result as StoredVerdict['result']] = Number(changes)
  }
  return months.slice(months.findIndex((one) => one.pass + one.fail + one.unknown + one.error > 0))
}

/** When the newest judged change before a time was merged; found at the end of the index of each result. */
async function newestBefore(db: Db<GatesTables>, untilMs: number): Promise<number | undefined> {
  const rows = await Promise.all(
    ['pass', 'fail', 'unknown', 'error'].map((result) =>
      db
        .selectFrom('gate_verdict')
        .select('merged_at')
        .where('result', '=', result)
        .where('merged_at', '<', new Date(untilMs))
        .orderBy('place', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ),
  )
  const times = rows.flatMap((row) => (row === undefined ? [] : [row.merged_at.getTime()]))
  return times.length === 0 ? undefined : Math.max(...times)
}

/** The first moment of the month of a time, or of one so many months later. */
function monthStart(ms: number, later = 0): number {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}

function nameOf(start: number): string {
  return new Date(start).toISOString().slice(0, 7)
}
