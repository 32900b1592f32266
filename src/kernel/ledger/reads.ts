import { z } from 'zod'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { Context } from './context.ts'
import { committed, defineEvent } from './event.ts'
import { sealed } from './sealed.ts'
import { asText, type Row, type Run, runIn } from './sql.ts'
import type { LedgerTables } from './tables.ts'
import { housekeeping, type RecordEvent, transact } from './transact.ts'

const ReadFacts = z.strictObject({
  /** `name=value`, sorted; never words that somebody typed. */
  filter: z.array(z.string().max(300)).max(32),
  /** Commitment to the words that were looked for. */
  query: committed.nullable(),
  count: z.int().nonnegative(),
  /** Lowest and highest index among the records that were shown. */
  first: z.int().nonnegative().nullable(),
  last: z.int().nonnegative().nullable(),
})

export const ledgerRead = defineEvent('ledger.read', ReadFacts, {
  description: 'Somebody read audit records; recorded before the answer left.',
  na: { justification: 'no_justification_given' },
})
export const ledgerReadMore = defineEvent('ledger.read-more', z.object({ reads: z.array(ReadFacts).min(1).max(50) }), {
  description: 'What a session read within a minute of its first read, recorded when the minute was over.',
  na: { justification: 'no_justification_given' },
})

/** One read of audit records, as it was asked for and answered. */
export interface Read {
  readonly filter: readonly string[]
  readonly query: string | undefined
  readonly indexes: readonly number[]
  /** How many were shown, where `indexes` only names the first and the last. */
  readonly count?: number
}

const windowMs = 60_000
const readsMax = 50

/**
 * Makes a read durable before its answer leaves: the first of a session's minute as a record of its own, further ones in the
 * window, from where `closeReadWindows` or the next first read makes one record of them.
 */
export async function noteRead(db: Db<LedgerTables>, ctx: Context, read: Read): Promise<void> {
  const session = [ctx.organizationId, ctx.actor.id, ctx.sessionId ?? 'none'].join('|')
  const now = timestamp(ctx.clock())
  if (await addToWindow(db, session, now, read)) return
  await transact(db, ctx, async (tx, record) => {
    const run = runIn(tx)
    const closed = await takeWindow(run, session, undefined)
    if (closed !== undefined) recordMore(record, closed)
    await run({
      text: `insert into ledger_read_window (session_id, ends_at, organization_id, actor, correlation_id)
        values ($1, $2, $3, $4, $5) on conflict do nothing`,
      values: [
        session,
        timestamp(ctx.clock() + windowMs),
        ctx.organizationId,
        JSON.stringify(ctx.actor),
        ctx.correlationId,
      ],
    })
    record(ledgerRead({ data: factsOf(read) }))
  })
}

/**
 * Records what was read in minutes that are over. Run it every minute; any number of nodes may.
 *
 * @param ctx for its clock and keys; each record names the actor who read
 */
export async function closeReadWindows(db: Db<LedgerTables>, ctx: Context): Promise<number> {
  const now = timestamp(ctx.clock())
  const ended = await housekeeping(db, async (tx) => {
    const run = runIn(tx)
    await run({ text: `delete from ledger_read_window where ends_at <= $1 and reads = '[]'`, values: [now] })
    return run({ text: 'select * from ledger_read_window where ends_at <= $1 limit 1000', values: [now] })
  })
  let closed = 0
  for (const row of ended) if (await closeWindow(db, ctx, row, now)) closed++
  return closed
}

async function closeWindow(db: Db<LedgerTables>, ctx: Context, row: Row, now: string): Promise<boolean> {
  // of one object that we wrote ourselves
  const actor = row['actor'] as Context['actor']
  const reader: Context = {
    ...ctx,
    actor,
    organizationId: asText(row['organization_id']),
    correlationId: asText(row['correlation_id']),
  }
  const taken = new Error('another node closed the window')
  return transact(db, reader, async (tx, record) => {
    const closed = await takeWindow(runIn(tx), asText(row['session_id']), now)
    if (closed === undefined) throw taken
    recordMore(record, closed)
    return true
  }).catch((error) => {
    if (error === taken) return false
    throw error
  })
}

interface StoredRead extends Read {
  readonly count: number
}

async function addToWindow(db: Db<LedgerTables>, session: string, now: string, read: Read): Promise<boolean> {
  return housekeeping(db, async (tx) => {
    const rows = await runIn(tx)({
      text: `update ledger_read_window set reads = reads || $3::jsonb
        where session_id = $1 and ends_at > $2 and jsonb_array_length(reads) < ${readsMax} returning session_id`,
      values: [session, now, JSON.stringify([storedRead(read)])],
    })
    return rows.length > 0
  })
}

/** Takes the window of a session away, whole, and answers the reads in it; undefined when there are none to record. */
async function takeWindow(run: Run, session: string, endedAt: string | undefined): Promise<StoredRead[] | undefined> {
  const rows = await run({
    text: 'delete from ledger_read_window where session_id = $1 and ends_at <= coalesce($2, ends_at) returning reads',
    values: [session, endedAt ?? null],
  })
  const reads = rows[0]?.['reads']
  return Array.isArray(reads) && reads.length > 0 ? (reads as StoredRead[]) : undefined
}

function recordMore(record: RecordEvent, reads: readonly StoredRead[]): void {
  record(ledgerReadMore({ data: { reads: reads.map(factsOf) } }))
}

/** Only the ends of the range are kept of the indexes. */
function storedRead({ filter, query, indexes, count = indexes.length }: Read): StoredRead {
  const ends = indexes.length === 0 ? [] : [minOf(indexes), maxOf(indexes)]
  return { filter, query, indexes: ends, count }
}

function factsOf(read: Read) {
  const { filter, query, indexes, count = indexes.length } = read
  return {
    filter: [...filter].sort(),
    query: query === undefined ? null : sealed.text('query', query),
    count,
    first: indexes.length === 0 ? null : minOf(indexes),
    last: indexes.length === 0 ? null : maxOf(indexes),
  }
}

function minOf(indexes: readonly number[]): number {
  return indexes.reduce((a, b) => Math.min(a, b))
}

function maxOf(indexes: readonly number[]): number {
  return indexes.reduce((a, b) => Math.max(a, b))
}
