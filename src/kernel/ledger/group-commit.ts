import type { Log } from '#platform/log.ts'
import { codeOf } from './error-code.ts'
import { EventIdConflict, LedgerBusy } from './errors.ts'
import { compareRecorded, findRecorded, storeBatch } from './event-store.ts'
import { encryptPayloads } from './payload.ts'
import type { SealedRecord, Sealer } from './sealer.ts'
import { isPassing, type Run, uniqueViolation } from './sql.ts'

/** A sealed record on its way into the database. */
export interface Waiting {
  readonly record: SealedRecord
  readonly bytes: number
  /** Called once: without an error when the record is durable, or was before. */
  readonly settle: (error?: unknown) => void
}

export interface GroupCommit {
  add(one: Waiting): void
  /** Records and bytes that are in no batch yet. */
  readonly records: () => number
  readonly bytes: () => number
}

export interface GroupCommitOptions {
  readonly run: Run
  readonly sealer: Sealer
  readonly log: Log
  /** How long a batch is tried again while the database is away, before its callers are told. */
  readonly patienceMs?: number
}

const batchRecordsMax = 4096
const batchBytesMax = 1024 * 1024

/**
 * Natural group commit: while one commit is in flight arrivals collect, and all of them are the next batch. There is no
 * timer, so an idle ledger commits at once and a busy one in as large batches as it needs.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const queue = createQueue()
  let draining = false
  const drain = async () => {
    for (let batch = queue.take(); batch.length > 0; batch = queue.take()) await commit(options, batch)
    draining = false
  }
  return {
    add: (one) => {
      queue.add(one)
      if (draining) return
      draining = true
      // `commit` settles all of its batch and never throws
      queueMicrotask(() => void drain())
    },
    records: queue.records,
    bytes: queue.bytes,
  }
}

function createQueue() {
  let waiting: Waiting[] = []
  let bytes = 0
  return {
    add: (one: Waiting) => {
      waiting.push(one)
      bytes += one.bytes
    },
    /** The next batch: what waits longest, up to the limits of one batch, each id once. */
    take: (): Waiting[] => {
      const batch: Waiting[] = []
      const again: Waiting[] = []
      const ids = new Set<string>()
      let size = 0
      let next = 0
      for (const one of waiting) {
        const fits = batch.length === 0 || (batch.length < batchRecordsMax && size + one.bytes <= batchBytesMax)
        if (!fits) break
        next++
        if (ids.has(one.record.id)) again.push(one)
        else {
          batch.push(one)
          ids.add(one.record.id)
          size += one.bytes
        }
      }
      waiting = [...again, ...waiting.slice(next)]
      bytes -= size
      return batch
    },
    records: () => waiting.length,
    bytes: () => bytes,
  }
}

/** Settles all of the batch; never throws. */
async function commit(options: GroupCommitOptions, batch: readonly Waiting[]): Promise<void> {
  const { sealer, log, patienceMs = 15_000 } = options
  const giveUpAt = performance.now() + patienceMs
  let rest = batch
  for (let pauseMs = 20; rest.length > 0; pauseMs = Math.min(pauseMs * 2, 1000)) {
    try {
      rest = await commitOnce(options, rest)
    } catch (error) {
      if (!isPassing(error) || performance.now() > giveUpAt) {
        log.error({ event: 'ledger.append-failed', records: rest.length, error })
        for (const one of rest) one.settle(LedgerBusy({ retryAfterSeconds: 5 }, error))
        return
      }
      log.warn({ event: 'ledger.append-retried', records: rest.length, error })
      await pause(pauseMs)
    }
  }
  sealer.announce()
}

/**
 * Tries to commit all of `batch`; answers what must be tried again.
 *
 * Trying again is safe after a commit whose answer was lost: inserting the ids waits for the transaction that is in doubt,
 * and if it took effect they are found with our own leaf hashes.
 */
async function commitOnce(options: GroupCommitOptions, batch: readonly Waiting[]): Promise<readonly Waiting[]> {
  const { run, sealer } = options
  const records = batch.map((one) => one.record)
  try {
    const owners = records.filter((one) => one.groups.length > 0)
    const payloads = owners.length === 0 ? [] : await encryptPayloads(run, sealer.payloadKeys, owners)
    const stored = await storeBatch(run, records, payloads)
    if (stored === undefined) {
      sealer.payloadKeys.forget()
      return batch
    }
    sealer.stored(stored)
  } catch (error) {
    if (codeOf(error) !== uniqueViolation) throw error
    return answerRecorded(run, batch)
  }
  for (const one of batch) one.settle()
  return []
}

/** Some ids of the batch are recorded: answers their callers, and returns the others. */
async function answerRecorded(run: Run, batch: readonly Waiting[]): Promise<Waiting[]> {
  const recorded = await findRecorded(
    run,
    batch.map((one) => one.record.id),
  )
  return batch.filter((one) => {
    const found = recorded.get(one.record.id)
    if (found === undefined) return true
    one.settle(compareRecorded(one.record, found) === 'other' ? EventIdConflict({ id: one.record.id }) : undefined)
    return false
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
