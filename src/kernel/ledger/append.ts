import type { Context } from './context.ts'
import { LedgerBusy, LedgerStopped } from './errors.ts'
import type { AuditEvent } from './event.ts'
import { createGroupCommit, type GroupCommitOptions, type Waiting } from './group-commit.ts'
import type { SealedRecord, Sealer, UnsealedRecord } from './sealer.ts'

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

export interface AppenderOptions extends GroupCommitOptions {
  /** Most records and bytes that wait; beyond it `append` refuses. */
  readonly queueMax?: { readonly records: number; readonly bytes: number }
}

/** Events of one long list that are signed at once. */
const chunk = 256
/** Records that are being signed when long lists wait with their next. */
const signingMax = 4 * chunk

export function createAppender(options: AppenderOptions): Appender {
  const { sealer, queueMax = { records: 32_768, bytes: 64 * 1024 * 1024 } } = options
  const commits = createGroupCommit(options)
  const line = createSigningLine(sealer, commits.add)
  const taken = createTaken()
  let stopped = false
  const isFull = () =>
    commits.records() + line.records() >= queueMax.records || commits.bytes() + line.bytes() >= queueMax.bytes
  const isBusy = () => isFull() || line.records() >= signingMax
  const hasRoom = (list: List) => (list.chunk() === 0 ? !isBusy() : list.chunk() < chunk && !isFull())
  /** Sends a chunk that is whole, or what there is of it when there is no room for more, and then waits for room. */
  const makeRoom = async (list: List) => {
    list.send()
    while (isBusy()) await pause(1)
  }
  const appendMany = async (events: Iterable<AuditEvent>, ctx: Context) => {
    const list = createList(line)
    for (const event of events) {
      if (!hasRoom(list)) await makeRoom(list)
      if (stopped) {
        list.fail(LedgerStopped({}))
        break
      }
      list.add(event, ctx)
    }
    list.send()
    return list.ids()
  }
  return {
    append: async (event, ctx) => {
      if (stopped) throw LedgerStopped({})
      if (isFull()) throw LedgerBusy({ retryAfterSeconds: 1 })
      return taken.track(line.one(event, ctx))
    },
    appendMany: (events, ctx) => taken.track(appendMany(events, ctx)),
    stop: async () => {
      stopped = true
      await taken.settled()
    },
    queued: () => ({ records: commits.records(), bytes: commits.bytes() }),
  }
}

type SigningLine = ReturnType<typeof createSigningLine>

/**
 * Hands records to the database in the order in which they were submitted, whichever is signed first: one alone is signed at
 * once and here, long lists by the chunk and on another thread.
 */
function createSigningLine(sealer: Sealer, add: (one: Waiting) => void) {
  let records = 0
  let bytes = 0
  let previous: Promise<unknown> = Promise.resolve()
  const count = (one: UnsealedRecord, sign: 1 | -1) => {
    records += sign
    bytes += sign * bytesOf(one, one.unsigned.buffer)
  }
  const begin = (event: AuditEvent, ctx: Context): UnsealedRecord => {
    const unsealed = sealer.prepare(event, ctx)
    count(unsealed, 1)
    return unsealed
  }
  const enter = (record: SealedRecord, settle: Waiting['settle']) =>
    add({ record, bytes: bytesOf(record, record.entry), settle })
  const send = (unsealed: readonly UnsealedRecord[], settle: Waiting['settle']) => {
    const sealed = sealer.sign(unsealed)
    // it is looked at in its turn
    sealed.catch(() => undefined)
    const inTurn = previous.then(() => sealed)
    previous = inTurn.then(
      (records) => {
        for (const one of unsealed) count(one, -1)
        for (const record of records) enter(record, settle)
      },
      (error) => {
        for (const one of unsealed) count(one, -1)
        for (const _ of unsealed) settle(LedgerBusy({ retryAfterSeconds: 5 }, error))
      },
    )
  }
  return {
    begin,
    /** `settle` is called once for each. */
    send,
    one: (event: AuditEvent, ctx: Context) =>
      new Promise<{ readonly id: string }>((resolve, reject) => {
        const answer = (id: string) => (error?: unknown) => (error === undefined ? resolve({ id }) : reject(error))
        if (records > 0) {
          const unsealed = begin(event, ctx)
          send([unsealed], answer(unsealed.id))
        } else {
          const record = sealer.seal(event, ctx)
          enter(record, answer(record.id))
        }
      }),
    /** That are being signed. */
    records: () => records,
    bytes: () => bytes,
  }
}

type List = ReturnType<typeof createList>

/** One long list: its events go down the line by the chunk, and their answers are awaited as one. */
function createList(line: SigningLine) {
  const ids: string[] = []
  let unsealed: UnsealedRecord[] = []
  let open = 0
  let failed: { readonly error: unknown } | undefined
  let wakeUp: (() => void) | undefined
  const fail = (error: unknown) => {
    failed ??= { error }
  }
  const settle = (error?: unknown) => {
    if (error !== undefined) fail(error)
    open--
    if (open === 0) wakeUp?.()
  }
  return {
    fail,
    /** An event that is not valid fails the list and none of its others. */
    add: (event: AuditEvent, ctx: Context) => {
      try {
        const one = line.begin(event, ctx)
        unsealed.push(one)
        ids.push(one.id)
        open++
      } catch (error) {
        fail(error)
      }
    },
    /** Events that were added and not sent. */
    chunk: () => unsealed.length,
    send: () => {
      if (unsealed.length > 0) line.send(unsealed, settle)
      unsealed = []
    },
    /**
     * Of all, when all are settled.
     *
     * @throws the first error
     */
    ids: async (): Promise<string[]> => {
      if (open > 0)
        await new Promise<void>((resolve) => {
          wakeUp = resolve
        })
      if (failed !== undefined) throw failed.error
      return ids
    },
  }
}

/** What was taken and has no answer yet. */
function createTaken() {
  const open = new Set<Promise<unknown>>()
  return {
    track: <R>(answer: Promise<R>): Promise<R> => {
      open.add(answer)
      const forget = () => open.delete(answer)
      answer.then(forget, forget)
      return answer
    },
    settled: () => Promise.allSettled(open),
  }
}

function bytesOf(one: UnsealedRecord | SealedRecord, text: Uint8Array): number {
  let bytes = text.length
  for (const group of one.groups) for (const value of group.values) bytes += value.bytes.length
  return bytes
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
