import { HASH_BYTES, leafHash } from './core/index.ts'
import { TileStoreDamaged } from './errors.ts'
import type { FramedBatch, RecentBatches } from './recent-batches.ts'
import { asBytes, asNumber, type Row, type Run } from './sql.ts'

interface Leaf {
  readonly entry: Uint8Array
  readonly hash: Uint8Array
}

/**
 * The sequenced records from index `from` up to (not including) `to`, or the first so many of them.
 *
 * @param batchesMax most batches to read at once
 * @param recent batches whose entries are in memory; those that were read are forgotten there
 * @throws TileStoreDamaged when the first of them is gone or they leave a gap; a batch that was changed is refused too
 */
export async function readSequenced(
  run: Run,
  from: number,
  to: number,
  batchesMax: number,
  recent?: RecentBatches,
): Promise<Leaf[]> {
  if (from >= to) return []
  const known: ReadonlyMap<number, FramedBatch> = recent?.known() ?? new Map()
  const rows = await run({
    name: 'ledger-sequenced',
    text: `select batch_id, first_index, count, leaf_hashes,
        case when batch_id = any($4::bigint[]) then null else entries end as entries
      from ledger_batch
      where first_index >= coalesce((select max(first_index) from ledger_batch where first_index <= $1), $1)
        and first_index < $2
      order by first_index limit $3`,
    values: [from, to, batchesMax, [...known.keys()]],
  })
  const leaves: Leaf[] = []
  for (const row of rows) {
    const first = asNumber(row['first_index'])
    const skip = from + leaves.length - first
    if (skip < 0 || skip >= asNumber(row['count'])) break
    const batchId = asNumber(row['batch_id'])
    for (const leaf of readBatch(row, known.get(batchId)).slice(skip)) leaves.push(leaf)
    recent?.forget(batchId)
  }
  if (leaves.length === 0) throw TileStoreDamaged({ problem: `record ${from} is sequenced but its batch is not there` })
  return leaves.slice(0, to - from)
}

/** Removes the batches whose full bundles are published and were read back. */
export async function dropPublished(run: Run, fullBundlesEnd: number): Promise<void> {
  await run({
    name: 'ledger-drop',
    text: 'delete from ledger_batch where first_index < $1 and first_index + count <= $1',
    values: [fullBundlesEnd],
  })
}

/** The hash of each entry is compared with what was committed; of a batch from memory it was made there. */
function readBatch(row: Row, known: FramedBatch | undefined): Leaf[] {
  const committed = asBytes(row['leaf_hashes'])
  if (known !== undefined && Buffer.compare(known.leafHashes, committed) !== 0) throw changed(row)
  const entries = unframe(known?.entries ?? asBytes(row['entries']))
  if (entries.length !== asNumber(row['count'])) throw changed(row)
  return entries.map((entry, i) => {
    const hash = committed.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
    if (known === undefined && Buffer.compare(leafHash(entry), hash) !== 0) throw changed(row)
    return { entry, hash }
  })
}

/** None when it ends inside an entry. */
function unframe(framed: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  for (let at = 0; at < framed.length; ) {
    const end = at + 2 + (((framed[at] ?? 0) << 8) | (framed[at + 1] ?? 0))
    if (end > framed.length) return []
    entries.push(framed.subarray(at + 2, end))
    at = end
  }
  return entries
}

function changed(row: Row): Error {
  return TileStoreDamaged({
    problem: `the batch of records from ${asNumber(row['first_index'])} is not what was committed`,
  })
}
