import type { PayloadRow } from './payload.ts'
import type { FramedBatch } from './recent-batches.ts'
import type { SealedRecord } from './sealer.ts'
import { asBytes, asNumber, asText, type Row, type Run, type Statement } from './sql.ts'

/**
 * Stores records with their ids and payloads in one statement, all or none of them, and answers their batch; undefined (and
 * nothing is changed) when a data key that `payloads` were encrypted under has been erased meanwhile.
 * The unique violation of an id aborts all of it.
 */
export async function storeBatch(
  run: Run,
  records: readonly SealedRecord[],
  payloads: readonly PayloadRow[],
): Promise<StoredBatch | undefined> {
  const batch = { entries: frame(records), leafHashes: pack(records, (one) => one.leafHash) }
  const rows = await run(storeStatement(records, batch, payloads))
  return rows[0] === undefined ? undefined : { id: asNumber(rows[0]['batch_id']), ...batch }
}

export interface StoredBatch extends FramedBatch {
  readonly id: number
}

function storeStatement(
  records: readonly SealedRecord[],
  { entries, leafHashes }: FramedBatch,
  payloads: readonly PayloadRow[],
): Statement {
  const macs = pack(records, (one) => one.inputMac ?? noMac)
  const batch = [packIds(records), macs, leafHashes, records.length, entries]
  if (payloads.length === 0) return { name: 'ledger-store', text: storePlain, values: batch }
  const values = [
    ...batch,
    [...new Set(payloads.map((one) => one.keyId))],
    payloads.map((one) => one.recordId),
    payloads.map((one) => one.compartment),
    payloads.map((one) => one.subject),
    payloads.map((one) => one.keyId),
    payloads.map((one) => one.sealed),
  ]
  return { name: 'ledger-store-payloads', text: storeWithPayloads, values }
}

/** What is known of each of `ids` that was recorded. */
export async function findRecorded(run: Run, ids: readonly string[]): Promise<Map<string, RecordedId>> {
  const rows = await run({
    name: 'ledger-recorded',
    text: 'select id, input_mac, leaf_hash from ledger_event_id where id = any($1::uuid[])',
    values: [ids],
  })
  return new Map(rows.map((row) => [asText(row['id']), readRecordedId(row)]))
}

/**
 * Which of `ids` were recorded, after every transaction that is writing one of them has ended: inserting an id waits for
 * those. Call it inside a transaction that is rolled back.
 */
export async function settle(run: Run, ids: readonly string[]): Promise<Map<string, RecordedId>> {
  await run({
    text: `insert into ledger_event_id (id, leaf_hash) select id, decode(repeat('00', 32), 'hex') from unnest($1::uuid[]) id
      on conflict (id) do nothing`,
    values: [ids],
  })
  const found = await findRecorded(run, ids)
  for (const [id, one] of found) if (Buffer.compare(one.leafHash, noMac) === 0) found.delete(id)
  return found
}

export interface RecordedId {
  readonly inputMac: Uint8Array | undefined
  readonly leafHash: Uint8Array
}

/** How a record stands to what is recorded under its id: this very attempt, the same event, another event. */
export function compareRecorded(record: SealedRecord, recorded: RecordedId): 'this' | 'same' | 'other' {
  if (Buffer.compare(record.leafHash, recorded.leafHash) === 0) return 'this'
  if (record.inputMac === undefined || recorded.inputMac === undefined) return 'other'
  return Buffer.compare(record.inputMac, recorded.inputMac) === 0 ? 'same' : 'other'
}

const noMac = Buffer.alloc(32)

const insertIds = `insert into ledger_event_id (id, input_mac, leaf_hash)
  select encode(substr($1::bytea, i * 16 + 1, 16), 'hex')::uuid,
    nullif(substr($2::bytea, i * 32 + 1, 32), decode(repeat('00', 32), 'hex')),
    substr($3::bytea, i * 32 + 1, 32)
  from generate_series(0, $4::int - 1) i`

const storePlain = `with ids as (${insertIds})
insert into ledger_batch (count, entries, leaf_hashes) values ($4, $5, $3) returning batch_id`

// share locks: who erases one of these keys waits for us, or we see that it is gone
const storeWithPayloads = `with live as (
  select key_id from ledger_key where key_id = any($6::uuid[]) and wrapped is not null for share
), complete as (
  select from live having count(*) = cardinality($6::uuid[])
), ids as (${insertIds} where exists (select from complete)), payloads as (
  insert into ledger_payload (record_id, compartment, subject, key_id, sealed)
  select * from unnest($7::uuid[], $8::text[], $9::text[], $10::uuid[], $11::bytea[]) where exists (select from complete)
)
insert into ledger_batch (count, entries, leaf_hashes)
select $4, $5, $3 where exists (select from complete) returning batch_id`

function packIds(records: readonly SealedRecord[]): Buffer {
  return Buffer.from(records.map((one) => one.id.replaceAll('-', '')).join(''), 'hex')
}

/** Values of 32 bytes, one after the other. */
function pack(records: readonly SealedRecord[], partOf: (one: SealedRecord) => Uint8Array): Buffer {
  const packed = Buffer.alloc(records.length * 32)
  for (const [i, one] of records.entries()) packed.set(partOf(one), i * 32)
  return packed
}

/** C2SP tlog-tiles bundle framing, of any number of entries: a bundle is cut from it without looking at the entries. */
function frame(records: readonly SealedRecord[]): Buffer {
  const framed = Buffer.allocUnsafeSlow(records.reduce((sum, one) => sum + 2 + one.entry.length, 0))
  let at = 0
  for (const { entry } of records) {
    at = framed.writeUInt16BE(entry.length, at)
    framed.set(entry, at)
    at += entry.length
  }
  return framed
}

function readRecordedId(row: Row): RecordedId {
  const mac = row['input_mac']
  return { inputMac: mac === null ? undefined : asBytes(mac), leafHash: asBytes(row['leaf_hash']) }
}
