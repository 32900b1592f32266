import type { Db } from '#platform/database.ts'
import type { Log } from '#platform/log.ts'
import { parseEntry } from './core/index.ts'
import { decryptPayloads } from './payload.ts'
import type { PayloadKeys } from './payload-keys.ts'
import type { PublishedLog } from './published-log.ts'
import { searchDocument } from './search-document.ts'
import { asNumber, type Run, runIn } from './sql.ts'
import type { LedgerTables } from './tables.ts'
import { housekeeping } from './transact.ts'

/** Makes the search index from the published log; it can be stopped, killed or rebuilt at any time. */
export interface Follower {
  start(): void
  /** Something was published: look now. */
  wake(): void
  stop(): Promise<void>
  /** Makes the whole index again, from the first record. */
  rebuild(): Promise<void>
  status(): Promise<FollowerStatus>
  /** Waits until the first `size` records were looked at; false when that takes longer. */
  waitFor(size: number, timeoutMs: number): Promise<boolean>
}

export interface FollowerStatus {
  /** Published records that are not in the index yet. */
  readonly lag: number
  /** Published records that could not be indexed. */
  readonly deadLetters: number
}

export interface FollowerOptions {
  readonly db: Db<LedgerTables>
  readonly run: Run
  readonly published: PublishedLog
  readonly payloadKeys: PayloadKeys
  readonly log: Log
  readonly pollMs: number
}

interface Document {
  readonly idx: number
  readonly id: string
  readonly at: string
  readonly organizationId: string
  readonly tags: readonly string[]
  readonly words: string
}

const name = 'search'
/** Bundles of one transaction. */
const bundlesAtOnce = 4
/** Records that are read at once; after them whoever waits for this thread has a turn. */
const slice = 32
/** Sealed text of one record that is searchable. */
const openedTextMax = 100_000
/** log2 of the records of a partition; the migration has the same. */
const partitionBits = 18

export function createFollower(options: FollowerOptions): Follower {
  const life: Life = { stopping: false, wake: undefined }
  let running: Promise<void> | undefined
  return {
    start: () => {
      running ??= live(options, life)
    },
    wake: () => life.wake?.(),
    stop: async () => {
      life.stopping = true
      life.wake?.()
      await running
    },
    rebuild: () => rebuild(options),
    status: () => readStatus(options),
    waitFor: (size, timeoutMs) => waitFor(options, size, timeoutMs),
  }
}

interface Life {
  stopping: boolean
  wake: (() => void) | undefined
}

async function live(options: FollowerOptions, life: Life): Promise<void> {
  while (!life.stopping) {
    const more = await step(options).catch((error) => {
      options.log.warn({ event: 'ledger.index-failed', error })
      return false
    })
    if (!more) await pause(options.pollMs, life)
  }
}

function pause(ms: number, life: Life): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    life.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}

/** Indexes the next records and moves the cursor in one transaction. Answers whether there may be more. */
async function step({ db, published, payloadKeys, log }: FollowerOptions): Promise<boolean> {
  const { size } = await published.checkpoint()
  return housekeeping(db, async (tx) => {
    const run = runIn(tx)
    const from = await lockCursor(run)
    if (from === undefined || from >= size) return false
    const { documents, dead, next } = await readDocuments(published, from)
    for (const one of dead) {
      log.error({ event: 'ledger.index-dead-letter', index: one.idx, reason: one.reason })
      await noteDead(run, one.idx, one.reason)
    }
    await makePartitions(run, from, next)
    await insertAll(run, documents, await openedTexts(run, payloadKeys, documents), log)
    await run({
      text: 'update ledger_follower set next_index = $2, updated_at = now() where name = $1',
      values: [name, next],
    })
    return next < size
  })
}

/**
 * Where to go on; undefined while another node is at it. The transaction is not worth a sync, which commits of records would
 * wait for: when it is lost, cursor and rows are lost together and made again.
 */
async function lockCursor(run: Run): Promise<number | undefined> {
  await run({ text: `select set_config('synchronous_commit', 'off', true)`, values: [] })
  await run({ text: 'insert into ledger_follower (name) values ($1) on conflict do nothing', values: [name] })
  const rows = await run({
    text: 'select next_index from ledger_follower where name = $1 for update skip locked',
    values: [name],
  })
  return rows[0] === undefined ? undefined : asNumber(rows[0]['next_index'])
}

interface Dead {
  readonly idx: number
  readonly reason: string
}

async function readDocuments(published: PublishedLog, from: number) {
  const documents: Document[] = []
  const dead: Dead[] = []
  let next = from
  for (let bundle = 0; bundle < bundlesAtOnce; bundle++) {
    const entries = await published.entriesFrom(next)
    if (entries.length === 0) break
    for (const entry of entries) {
      if (next % slice === 0) await nextTurn()
      const read = readDocument(entry, next)
      if ('reason' in read) dead.push(read)
      else documents.push(read)
      next++
    }
  }
  return { documents, dead, next }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function readDocument(entry: Uint8Array, idx: number): Document | Dead {
  try {
    const { p } = parseEntry(entry)
    return { idx, id: p.id, at: p.at, organizationId: p.organizationId, ...searchDocument(p) }
  } catch (error) {
    return { idx, reason: error instanceof Error ? error.message : 'unreadable' }
  }
}

async function openedTexts(
  run: Run,
  keys: PayloadKeys,
  documents: readonly Document[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const organizationId of new Set(documents.map((one) => one.organizationId))) {
    const ids = documents.filter((one) => one.organizationId === organizationId).map((one) => one.id)
    for (const [id, groups] of await decryptPayloads(run, keys, organizationId, ids)) {
      const values = groups.filter((group) => group.compartment === 'text').flatMap((group) => group.values)
      const text = values.map((one) => Buffer.from(one.bytes).toString('utf8')).join('\n')
      if (text !== '') texts.set(id, text.slice(0, openedTextMax).replaceAll('\0', ' '))
    }
  }
  return texts
}

async function makePartitions(run: Run, from: number, next: number): Promise<void> {
  const width = 2 ** partitionBits
  for (let number = Math.floor(from / width); number <= Math.floor((next - 1) / width); number++)
    await run({ text: 'select ledger_search_partition($1)', values: [number] })
}

/** All at once; when the database refuses one of them, one by one, so that only that one is left out. */
async function insertAll(
  run: Run,
  documents: readonly Document[],
  texts: ReadonlyMap<string, string>,
  log: Log,
): Promise<void> {
  if (await insertInside(run, documents, texts)) return
  for (const one of documents) {
    if (await insertInside(run, [one], texts)) continue
    log.error({ event: 'ledger.index-dead-letter', index: one.idx, reason: 'refused by the database' })
    await noteDead(run, one.idx, 'refused by the database')
  }
}

async function insertInside(
  run: Run,
  documents: readonly Document[],
  texts: ReadonlyMap<string, string>,
): Promise<boolean> {
  await run({ text: 'savepoint documents', values: [] })
  try {
    await run(insertStatement(documents, texts))
    await run({ text: 'release savepoint documents', values: [] })
    return true
  } catch {
    await run({ text: 'rollback to savepoint documents', values: [] })
    return false
  }
}

function insertStatement(documents: readonly Document[], texts: ReadonlyMap<string, string>) {
  const rows = documents.map(({ idx, id, at, tags, words }) => ({
    idx,
    id,
    at,
    tags,
    words,
    opened: texts.get(id) ?? null,
  }))
  return {
    name: 'ledger-index',
    text: `insert into ledger_search (idx, id, at, tags, words, all_words)
      select idx, id, at, tags, to_tsvector('simple', words), to_tsvector('simple', words || E'\\n' || opened)
      from json_to_recordset($1::json) as one (idx bigint, id uuid, at timestamptz, tags text[], words text, opened text)
      on conflict (idx) do nothing`,
    values: [JSON.stringify(rows)],
  }
}

async function noteDead(run: Run, idx: number, reason: string): Promise<void> {
  await run({
    text: `insert into ledger_dead_letter (follower, idx, reason) values ($1, $2, $3) on conflict do nothing`,
    values: [name, idx, reason.slice(0, 500)],
  })
}

async function rebuild({ db }: FollowerOptions): Promise<void> {
  await housekeeping(db, async (tx) => {
    const run = runIn(tx)
    await run({ text: 'select from ledger_follower where name = $1 for update', values: [name] })
    await run({ text: 'truncate ledger_search', values: [] })
    await run({ text: 'delete from ledger_dead_letter where follower = $1', values: [name] })
    await run({ text: 'update ledger_follower set next_index = 0, updated_at = now() where name = $1', values: [name] })
  })
}

async function readStatus({ run, published }: FollowerOptions): Promise<FollowerStatus> {
  const { size } = await published.checkpoint()
  const rows = await run({
    text: `select coalesce((select next_index from ledger_follower where name = $1), 0) as next,
      (select count(*) from ledger_dead_letter where follower = $1) as dead`,
    values: [name],
  })
  return { lag: Math.max(0, size - asNumber(rows[0]?.['next'])), deadLetters: asNumber(rows[0]?.['dead']) }
}

async function waitFor({ run }: FollowerOptions, size: number, timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const rows = await run({ text: 'select next_index from ledger_follower where name = $1', values: [name] })
    if (asNumber(rows[0]?.['next_index'] ?? 0) >= size) return true
    if (performance.now() > giveUpAt) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
