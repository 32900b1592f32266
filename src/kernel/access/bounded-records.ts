import { type AuditEvent, type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'

const recordsPerMinute = 120

/**
 * Records what anybody can cause as often as they like: what comes faster than two a second is counted, and the next record says how
 * many there were.
 */
export function boundedRecords(
  db: Db<LedgerTables>,
  clock: Clock,
): (ctx: Context, make: (unrecorded: number) => AuditEvent) => Promise<void> {
  const window = { startedAt: 0, recorded: 0, unrecorded: 0 }
  return async (ctx, make) => {
    const now = clock()
    if (Math.abs(now - window.startedAt) >= 60_000) Object.assign(window, { startedAt: now, recorded: 0 })
    if (window.recorded >= recordsPerMinute) {
      window.unrecorded++
      return
    }
    window.recorded++
    const { unrecorded } = window
    window.unrecorded = 0
    await transact(db, ctx, async (_tx, record) => {
      record(make(unrecorded))
    })
  }
}
