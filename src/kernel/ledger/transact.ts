import type { Kysely } from 'kysely'
import { type Db, engine, type Write } from '#platform/database.ts'
import type { Context } from './context.ts'
import { codeOf } from './error-code.ts'
import { EventAlreadyRecorded, EventIdConflict } from './errors.ts'
import type { AuditEvent } from './event.ts'
import { compareRecorded, type RecordedId, settle, storeBatch } from './event-store.ts'
import { encryptPayloads } from './payload.ts'
import type { SealedRecord, UnsealedRecord } from './sealer.ts'
import { isPassing, type Run, runIn, uniqueViolation } from './sql.ts'
import { refuseUndeclaredWrites, writesSoFar } from './technical-tables.ts'

/**
 * Adds an event to the transaction and answers the id of its record.
 *
 * @throws EventInvalid
 */
export type RecordEvent = (event: AuditEvent) => string

/**
 * Runs `work` in one transaction and makes the events it records durable in that same transaction.
 * With `housekeeping` this is the only source of a writable handle, so nothing changes without a record of it.
 *
 * @throws Error when `work` records no event: that is a fault in our code, not the caller's
 * @throws EventAlreadyRecorded when an event that carries an id was recorded before, EventIdConflict when another event has
 * its id; nothing is changed then
 */
export async function transact<T, R>(
  db: Db<T>,
  ctx: Context,
  work: (tx: Write<T>, record: RecordEvent) => Promise<R>,
): Promise<R> {
  const kysely = engine(db)
  const unsealed: UnsealedRecord[] = []
  const record: RecordEvent = (event) => {
    const one = ctx.sealer.prepare(event, ctx)
    unsealed.push(one)
    return one.id
  }
  let signing: Promise<SealedRecord[]> | undefined
  const sign = () => {
    signing ??= ctx.sealer.sign(unsealed)
    return signing
  }
  const done: { result?: R } = {}
  try {
    await kysely.transaction().execute(async (tx) => {
      done.result = await work(tx, record)
      if (unsealed.length === 0) throw new Error('a change was made without recording an event')
      await store(runIn(tx), ctx, await sign())
    })
  } catch (error) {
    await explain(kysely, await sign(), error)
  }
  ctx.sealer.announce()
  return done.result as R
}

/**
 * Runs `work` in a transaction that may write only tables declared technical: cursors, caches, indexes, job rows. A table is
 * declared by a comment in its migration that begins with `technical:` and says what it can be derived from.
 *
 * @throws Error, and changes nothing, when `work` wrote another table
 */
export async function housekeeping<T, R>(db: Db<T>, work: (tx: Write<T>) => Promise<R>): Promise<R> {
  return engine(db)
    .transaction()
    .execute(async (tx) => {
      const run = runIn(tx)
      const before = await writesSoFar(run)
      const result = await work(tx)
      await refuseUndeclaredWrites(run, before)
      return result
    })
}

async function store(run: Run, ctx: Context, records: readonly SealedRecord[]): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const payloads = await encryptPayloads(run, ctx.sealer.payloadKeys, records)
    const batch = await storeBatch(run, records, payloads)
    if (batch !== undefined) return ctx.sealer.stored(batch)
    ctx.sealer.payloadKeys.forget()
  }
  throw new Error('data keys were erased again and again while their payloads were written')
}

/**
 * Ends normally when the transaction took effect although its answer was lost, and throws what the caller should see when
 * it did not.
 */
async function explain<T>(kysely: Kysely<T>, records: readonly SealedRecord[], error: unknown): Promise<void> {
  const mayBeOurs = codeOf(error) === uniqueViolation || isPassing(error)
  if (!mayBeOurs || records.length === 0) throw error
  const recorded = await settleApart(kysely, records).catch(() => undefined)
  for (const one of records) refuseUnlessOurs(one, recorded?.get(one.id), error)
}

function refuseUnlessOurs(record: SealedRecord, recorded: RecordedId | undefined, error: unknown): void {
  if (recorded === undefined) throw error
  const standing = compareRecorded(record, recorded)
  if (standing === 'same') throw EventAlreadyRecorded({ id: record.id }, error)
  if (standing === 'other') throw EventIdConflict({ id: record.id }, error)
}

async function settleApart<T>(kysely: Kysely<T>, records: readonly SealedRecord[]) {
  const answer: { recorded?: Awaited<ReturnType<typeof settle>> } = {}
  const undo = new Error('rolled back on purpose')
  await kysely
    .transaction()
    .execute(async (tx) => {
      answer.recorded = await settle(
        runIn(tx),
        records.map((one) => one.id),
      )
      throw undo
    })
    .catch((error) => {
      if (error !== undo) throw error
    })
  return answer.recorded
}
