import type { ClientConfig, Pool } from 'pg'
import { openDb } from '#platform/database.ts'
import type { Log } from '#platform/log.ts'
import { type Appender, createAppender } from './append.ts'
import { createBeside } from './beside.ts'
import { EMPTY_ROOT, openCheckpoint, sameBytes } from './core/index.ts'
import type { Disk } from './disk.ts'
import { LedgerKeysMismatch, NotPublishedInTime } from './errors.ts'
import { createFollower, type Follower } from './follower.ts'
import { ensureHead, findHead, type Head } from './head.ts'
import { createHighWater } from './high-water.ts'
import { keyCheck, type LedgerKeys } from './keys.ts'
import { type OpenedValue, openPayload, readPayloads } from './open-payload.ts'
import { createPayloadKeys } from './payload-keys.ts'
import { createPublishedLog, type PublishedLog } from './published-log.ts'
import { createRecentBatches } from './recent-batches.ts'
import { createRecords, type Records } from './records.ts'
import { recoverEdge, refuseRollback } from './recover.ts'
import { createSealer, type Sealer } from './sealer.ts'
import { asNumber, type Run, runOn } from './sql.ts'
import type { TileStore } from './tile-store.ts'
import { startWriterLoop, type WriterLoop, type WriterStatus, wakeChannel } from './writer-loop.ts'

export interface LedgerOptions {
  readonly pool: Pool
  /** To PostgreSQL itself, not to a pooler: the writer listens and its session is its life. */
  readonly connection: ClientConfig
  readonly store: TileStore
  readonly keys: LedgerKeys
  readonly log: Log
  /** A file outside of the database and the tile store that remembers the largest checkpoint. */
  readonly highWater?: { readonly disk: Disk; readonly path: string }
  /** `leave`: nobody will search here, such as in the ledger of one audit; `follow` unless said. */
  readonly searchIndex?: 'follow' | 'leave'
  readonly leaseMs?: number
  readonly publishEveryMs?: number
  readonly pollMs?: number
}

export interface Ledger {
  readonly sealer: Sealer
  readonly appender: Appender
  readonly store: TileStore
  readonly keys: LedgerKeys
  /** What is public of the log. */
  readonly published: PublishedLog
  readonly records: Records
  readonly follower: Follower
  /** Opens the values behind a record's commitments that were not erased. */
  openPayload(organizationId: string, id: string): Promise<OpenedValue[]>
  /**
   * The values of many records by record and field, without a look at the log: for whoever checks them by a digest that a
   * record holds. Erased ones are left out.
   */
  readPayloads(
    organizationId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>>
  /** Lets this node write the log whenever no other does, and index what is published. */
  startWriter(): void
  /** Refuses new events, makes those it has durable, publishes nothing more. */
  stop(): Promise<void>
  status(): Promise<LedgerStatus>
  /**
   * Waits until everything that was durable at the call is published, and answers the signed checkpoint.
   *
   * @throws NotPublishedInTime
   */
  waitPublished(timeoutMs: number): Promise<string>
}

export interface LedgerStatus {
  readonly origin: string
  /** Records with an index. */
  readonly sequenced: number
  /** Records that the published checkpoint covers. */
  readonly published: number
  readonly root: Uint8Array
  readonly checkpoint: string | undefined
  readonly publishedAt: string | undefined
  readonly writer: WriterStatus
  readonly queued: { readonly records: number; readonly bytes: number }
}

/**
 * Opens the log of this database, or begins it.
 *
 * @throws LedgerKeysMismatch, and what `refuseRollback` throws: nothing is served and nothing recorded on a log that was set
 * back or has another history elsewhere
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { pool, store, keys, log } = options
  const run = runOn(pool)
  const highWater = createHighWater(options.highWater)
  await checkOutside(run, options, highWater)

  let loop: WriterLoop | undefined
  const hint = createHint(run, log)
  const announce = () => {
    loop?.wake()
    if (loop?.status().state !== 'leading') hint()
  }
  const payloadKeys = createPayloadKeys(keys.kek)
  const beside = createBeside(run, payloadKeys)
  const recent = createRecentBatches()
  const sealer = createSealer({
    keys,
    payloadKeys,
    beside,
    stored: (batch) => recent.keep(batch.id, batch),
    announce,
  })
  const appender = createAppender({ run, sealer, log })
  const published = createPublishedLog(store, keys.verifier, keys.log.name)
  const follower = createFollower({
    db: openDb(pool),
    run,
    published,
    payloadKeys,
    log,
    pollMs: options.pollMs ?? 1000,
  })
  const records = createRecords({ pool, run, published, follower })
  return {
    sealer,
    appender,
    store,
    keys,
    published,
    records,
    follower,
    openPayload: (organizationId, id) => openPayload(run, payloadKeys, records, organizationId, id),
    readPayloads: (organizationId, ids) => readPayloads(run, payloadKeys, organizationId, ids),
    startWriter: () => {
      if (options.searchIndex !== 'leave') follower.start()
      loop ??= startWriterLoop({
        ...options,
        signer: keys.log,
        verifier: keys.verifier,
        recent,
        outside: async () => [{ where: 'the high-water file', note: await highWater.read() }],
        beforePublish: highWater.write,
        afterPublish: follower.wake,
        leaseMs: options.leaseMs ?? 6000,
        publishEveryMs: options.publishEveryMs ?? 200,
        pollMs: options.pollMs ?? 1000,
      })
    },
    stop: async () => {
      await appender.stop()
      await loop?.stop()
      await follower.stop()
    },
    status: () => readStatus(run, appender, loop),
    waitPublished: (timeoutMs) => waitPublished(options, run, timeoutMs),
  }
}

/** What is public is read first: the database is always ahead of it. */
async function checkOutside(
  run: Run,
  { store, keys }: LedgerOptions,
  highWater: ReturnType<typeof createHighWater>,
): Promise<void> {
  const publicNote = await store.readCheckpoint()
  const markedNote = await highWater.read()
  const head = await ensureHead(run, headIdentity(keys))
  refuseOtherKeys(head, keys)
  await refuseRollback(head, publicNote, 'the tile store', keys.verifier, store)
  await refuseRollback(head, markedNote, 'the high-water file', keys.verifier, store)
  await refuseDamage(run, head, store)
}

function headIdentity(keys: LedgerKeys) {
  const { vkey, record } = keys
  return { origin: keys.log.name, vkey, recordKid: record.kid, keyCheck: keyCheck(keys), root: EMPTY_ROOT }
}

function refuseOtherKeys(head: Head, keys: LedgerKeys): void {
  if (head.origin !== keys.log.name) throw LedgerKeysMismatch({ which: 'name of the log' })
  if (head.vkey !== keys.vkey) throw LedgerKeysMismatch({ which: 'checkpoint key' })
  if (head.recordKid !== keys.record.kid) throw LedgerKeysMismatch({ which: 'record key' })
  if (!sameBytes(head.keyCheck, keyCheck(keys))) throw LedgerKeysMismatch({ which: 'payload key' })
}

/** Checks the right edge of the tree, which leads to the signed root; while another node writes, that of its newest one. */
async function refuseDamage(run: Run, head: Head, store: TileStore): Promise<void> {
  try {
    await recoverEdge(run, head, store)
  } catch (error) {
    const now = await findHead(run)
    if (now === undefined || now.size === head.size) throw error
    await refuseDamage(run, now, store)
  }
}

/** Tells a writer on another node that there is work, at most one statement at a time. It is a hint: writers also look. */
function createHint(run: Run, log: Log): () => void {
  const state = { busy: false, again: false }
  const send = async () => {
    state.busy = true
    do {
      state.again = false
      await run({ name: 'ledger-hint', text: `select pg_notify($1, '')`, values: [wakeChannel] })
    } while (state.again)
  }
  return () => {
    state.again = true
    if (state.busy) return
    send()
      .catch((error) => log.debug({ event: 'ledger.hint-failed', error }))
      .finally(() => {
        state.busy = false
      })
  }
}

async function readStatus(run: Run, appender: Appender, loop: WriterLoop | undefined): Promise<LedgerStatus> {
  const head = await findHead(run)
  if (head === undefined) throw new Error('the head of the log is gone')
  return {
    origin: head.origin,
    sequenced: head.nextIndex,
    published: head.size,
    root: head.root,
    checkpoint: head.checkpoint,
    publishedAt: head.publishedAt,
    writer: loop?.status() ?? { state: 'stopped', problem: undefined },
    queued: appender.queued(),
  }
}

async function waitPublished({ store, keys }: LedgerOptions, run: Run, timeoutMs: number): Promise<string> {
  const giveUpAt = performance.now() + timeoutMs
  const newest = await run({ text: 'select coalesce(max(batch_id), 0) as id from ledger_batch', values: [] })
  const batchId = asNumber(newest[0]?.['id'])
  let end: number | undefined
  for (;;) {
    end ??= await sequencedEnd(run, batchId)
    const note = end === undefined ? undefined : await store.readCheckpoint()
    if (note !== undefined && end !== undefined) {
      const checkpoint = await openCheckpoint(note, [keys.verifier], keys.log.name)
      if (checkpoint.size >= end) return note
    }
    if (performance.now() > giveUpAt) throw NotPublishedInTime({ timeoutMs })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** An index that all batches up to `batchId` are below; undefined while one of them has none. */
async function sequencedEnd(run: Run, batchId: number): Promise<number | undefined> {
  const rows = await run({
    text: `select next_index, exists (select from ledger_batch where first_index is null and batch_id <= $1) as waiting
      from ledger_head`,
    values: [batchId],
  })
  return rows[0]?.['waiting'] === false ? asNumber(rows[0]['next_index']) : undefined
}
