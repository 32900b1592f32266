import { type Selectable, sql } from 'kysely'
import { type RecordEvent, transact } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { defineJob, type JobDefinition, noData } from '#platform/jobs.ts'
import { type Announced, periodEnded, periodStarted } from './period-events.ts'
import { concerns } from './periods-now.ts'
import type { GrantServices, Tables } from './standing.ts'
import type { GrantsTables } from './tables.ts'

/** Recorded in one transaction. */
const batch = 100

export function followPeriodsJob(services: GrantServices): JobDefinition {
  return defineJob({
    name: 'ai-free-periods.follow',
    about: 'records when AI-free periods begin and end; that they hold does not depend on it',
    schedule: '* * * * *',
    data: noData,
    timeoutSeconds: 120,
    run: () => followPeriods(services),
  })
}

/** Records each start and each end that has come and is not recorded, once. What was cancelled in time has none. */
export async function followPeriods(services: GrantServices): Promise<void> {
  const ctx = services.service('calendar')
  const at = new Date(ctx.clock())
  for (let ids = await dueAt(services, at); ids.length > 0; ids = await dueAt(services, at)) {
    const due = ids
    await transact(services.db, ctx, (tx, record) => recordDue(tx, record, due, at)).catch((error: unknown) => {
      if (error !== nothing) throw error
    })
  }
}

async function dueAt({ db }: GrantServices, at: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('ai_free_period')
    .select('id')
    .where((is) => is.or([is('cancelled_at', 'is', null), is('cancelled_at', '>', is.ref('starts_at'))]))
    .where((is) =>
      is.or([
        is.and([is('start_recorded_at', 'is', null), is('starts_at', '<=', at)]),
        is.and([is('end_recorded_at', 'is', null), is('ends_at', '<=', at), is('cancelled_at', 'is', null)]),
      ]),
    )
    .orderBy('starts_at')
    .limit(batch)
    .execute()
  return rows.map((one) => one.id)
}

/** Thrown to write nothing: another node was faster with all of them. */
const nothing = new Error('nothing is left to record')

async function recordDue(tx: Write<Tables>, record: RecordEvent, ids: readonly string[], at: Date): Promise<void> {
  const rows = await tx
    .selectFrom('ai_free_period')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('starts_at')
    .orderBy('id')
    .forUpdate()
    .execute()
  let recorded = 0
  for (const row of rows) recorded += await recordOne(tx, record, row, at)
  if (recorded === 0) throw nothing
}

/** Answers how much there was to record. */
async function recordOne(
  tx: Write<Tables>,
  record: RecordEvent,
  row: Selectable<GrantsTables['ai_free_period']>,
  at: Date,
): Promise<number> {
  const hasBegun = row.start_recorded_at === null
  const isOver = row.ends_at <= at && row.cancelled_at === null && row.end_recorded_at === null
  if (!hasBegun && !isOver) return 0
  if (hasBegun) record(periodStarted(row, await suspendedBy(tx, row, at)))
  if (isOver) record(periodEnded(row))
  await tx
    .updateTable('ai_free_period')
    .set({ start_recorded_at: row.start_recorded_at ?? at, ...(isOver ? { end_recorded_at: at } : {}) })
    .where('id', '=', row.id)
    .execute()
  return 1
}

/** How many grants run when it begins and are its own business. */
async function suspendedBy(tx: Write<Tables>, { id }: Announced, at: Date): Promise<number> {
  const { n } = await tx
    .selectFrom('ai_grant as g')
    .innerJoin('ai_free_period as p', (join) =>
      join.on('p.id', '=', id).on(concerns(sql.ref('g.user_id'), sql.ref('g.team_id'))),
    )
    .select((is) => is.fn.countAll<bigint>().as('n'))
    .where('g.ended_at', 'is', null)
    .where('g.expires_at', '>', at)
    .where((is) => is.or([is('g.rescinded_at', 'is', null), is('g.restored_at', 'is not', null)]))
    .executeTakeFirstOrThrow()
  return Number(n)
}
