import type { Log } from '#platform/log.ts'
import type { Context } from './context.ts'
import { codeOf } from './error-code.ts'
import { EventIdConflict, LedgerBusy, LedgerStopped } from './errors.ts'
import type { AuditEvent } from './event.ts'
import { compareRecorded, findRecorded, storeStatement } from './event-store.ts'
import { encryptPayloads } from './payload.ts'
import type { SealedRecord, Sealer } from './sealer.ts'
import { isPassing, type Run, uniqueViolation } from './sql.ts'

/** Records events that belong to no transaction. One per process; it commits by the batch. */
export interface Appender {
  /**
   * Resolves when the event is durable. Sending an event again under its id is the same event.
   *
   * @throws EventInvalid, EventIdConflict, LedgerBusy (nothing is dropped: what is refused was not taken), LedgerStopped
   */
  append(event: AuditEvent, ctx: Context): Promise<{ readonly id: string }>
  /** The same for many, waiting for room instead of refusing. Ids in the order of the events. */
  appendMany(events: Iterable<AuditEvent>, ctx: Context): Promise<string[]>
  /** Refuses new events and resolves when all that were taken are durable or failed. */
  stop(): Promise<void>
  readonly queued: () => { readonly records: number; readonly bytes: number }
}

export interface AppenderOptions {
  readonly run: Run
  readonly sealer: Sealer
  readonly log: Log
  /** Most records and bytes that wait; beyond it `append` refuses. */
  readonly queueMax?: { readonly records: number; readonly bytes: number }
  /** How long a batch is tried again while the database is away, before its callers are told. */
  readonly patienceMs?: number
}

interface Waiting {
  readonly record: SealedRecord
  readonly bytes: number
  readonly resolve: (answer: { readonly id: string }) => void
  readonly reject: (error: unknown) => void
}

const batchRecordsMax = 4096
const batchBytesMax = 1024 * 1024
/** Events of one long list that are signed at once. */
const chunk = 256

/**
 * Natural group commit: while one commit is in flight arrivals collect, and all of them are the next batch. There is no
 * timer, so an idle ledger commits at once and a busy one in as large batches as it needs.
 */
export function createAppender(options: AppenderOptions): Appender {
  const { sealer, queueMax = { records: 32_768, bytes: 64 * 1024 * 1024 } } = options
  const queue = createQueue()
  let draining = false
  let stopped = false
  const taken = new Set<Promise<unknown>>()
  const track = <R>(answer: Promise<R>): Promise<R> => {
    taken.add(answer)
    const forget = () => taken.delete(answer)
    answer.then(forget, forget)
    return answer
  }
  const drain = async () => {
    for (let batch = queue.take(); batch.length > 0; batch = queue.take()) await commit(options, batch)
    draining = false
  }
  const enqueue = (record: SealedRecord) =>
    new Promise<{ readonly id: string }>((resolve, reject) => {
      queue.add({ record, bytes: bytesOf(record), resolve, reject })
      if (draining) return
      draining = true
      // `commit` settles every promise of its batch and never throws
      queueMicrotask(() => void drain())
    })
  let sealing = 0
  let previous: Promise<unknown> = Promise.resolve()
  const room: (() => void)[] = []
  const isFull = () => queue.records() + sealing >= queueMax.records || queue.bytes() >= queueMax.bytes
  const take = async (event: AuditEvent, ctx: Context) => {
    sealing++
    const sealed = sealer.sealApart(event, ctx).finally(() => {
      sealing--
      if (sealing <= chunk / 2) for (const goOn of room.splice(0)) goOn()
    })
    // threads finish in any order; records stand in the order in which they were submitted
    const turn = Promise.allSettled([previous, sealed]).then(() => undefined)
    previous = turn
    await turn
    return enqueue(await sealed)
  }
  const append = async (event: AuditEvent, ctx: Context) => {
    if (stopped) throw LedgerStopped({})
    if (isFull()) throw LedgerBusy({ retryAfterSeconds: 1 })
    return track(take(event, ctx))
  }
  const appendMany = async (events: Iterable<AuditEvent>, ctx: Context) => {
    const answers: Promise<{ readonly id: string }>[] = []
    for (const event of events) {
      while (sealing >= chunk) await new Promise<void>((goOn) => room.push(goOn))
      while (isFull()) await pause(1)
      if (stopped) throw LedgerStopped({})
      answers.push(track(take(event, ctx)))
    }
    return (await Promise.all(answers)).map((answer) => answer.id)
  }
  return {
    append,
    appendMany,
    stop: async () => {
      stopped = true
      await Promise.allSettled(taken)
    },
    queued: () => ({ records: queue.records(), bytes: queue.bytes() }),
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
    /** The next batch: everything that waits, up to the limits of one batch, each id once. */
    take: (): Waiting[] => {
      const batch: Waiting[] = []
      const later: Waiting[] = []
      const ids = new Set<string>()
      let size = 0
      for (const one of waiting) {
        const fits = batch.length === 0 || (batch.length < batchRecordsMax && size + one.bytes <= batchBytesMax)
        if (!fits || ids.has(one.record.id)) later.push(one)
        else {
          batch.push(one)
          ids.add(one.record.id)
          size += one.bytes
        }
      }
      waiting = later
      bytes -= size
      return batch
    },
    records: () => waiting.length,
    bytes: () => bytes,
  }
}

/** Settles every promise of the batch; never throws. */
async function commit(options: AppenderOptions, batch: readonly Waiting[]): Promise<void> {
  const { sealer, log, patienceMs = 15_000 } = options
  const giveUpAt = performance.now() + patienceMs
  let rest = batch
  for (let pauseMs = 20; rest.length > 0; pauseMs = Math.min(pauseMs * 2, 1000)) {
    try {
      rest = await commitOnce(options, rest)
    } catch (error) {
      if (!isPassing(error) || performance.now() > giveUpAt) {
        log.error({ event: 'ledger.append-failed', records: rest.length, error })
        for (const one of rest) one.reject(LedgerBusy({ retryAfterSeconds: 5 }, error))
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
async function commitOnce(options: AppenderOptions, batch: readonly Waiting[]): Promise<readonly Waiting[]> {
  const { run, sealer } = options
  const records = batch.map((one) => one.record)
  try {
    const owners = records.filter((one) => one.groups.length > 0)
    const payloads = owners.length === 0 ? [] : await encryptPayloads(run, sealer.payloadKeys, owners)
    const rows = await run(storeStatement(records, payloads))
    if (rows.length === 0) {
      sealer.payloadKeys.forget()
      return batch
    }
  } catch (error) {
    if (codeOf(error) !== uniqueViolation) throw error
    return answerRecorded(run, batch)
  }
  for (const one of batch) one.resolve({ id: one.record.id })
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
    if (compareRecorded(one.record, found) === 'other') one.reject(EventIdConflict({ id: one.record.id }))
    else one.resolve({ id: one.record.id })
    return false
  })
}

function bytesOf(record: SealedRecord): number {
  const values = record.groups.flatMap((group) => group.values)
  return values.reduce((sum, one) => sum + one.bytes.length, record.entry.length)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
