import { leafHash } from './core/index.ts'
import { TileStoreDamaged } from './errors.ts'
import { asBytes, asNumber, type Row, type Run } from './sql.ts'

export interface Leaf {
  readonly entry: Uint8Array
  readonly hash: Uint8Array
}

/**
 * The sequenced records from index `from` up to (not including) `to`, or the first so many of them.
 *
 * @param batchesMax most batches to read at once
 * @throws TileStoreDamaged when the first of them is gone or they leave a gap; a batch that was changed is refused too
 */
export async function readSequenced(run: Run, from: number, to: number, batchesMax: number): Promise<Leaf[]> {
  if (from >= to) return []
  const rows = await run({
    name: 'ledger-sequenced',
    text: `select first_index, count, entries, leaf_hashes from ledger_batch
      where first_index >= coalesce((select max(first_index) from ledger_batch where first_index <= $1), $1)
        and first_index < $2
      order by first_index limit $3`,
    values: [from, to, batchesMax],
  })
  const leaves: Leaf[] = []
  for (const row of rows) {
    const first = asNumber(row['first_index'])
    const skip = from + leaves.length - first
    if (skip < 0 || skip >= asNumber(row['count'])) break
    for (const leaf of readBatch(row).slice(skip)) leaves.push(leaf)
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

function readBatch(row: Row): Leaf[] {
  const framed = asBytes(row['entries'])
  const hashes = asBytes(row['leaf_hashes'])
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength)
  const leaves: Leaf[] = []
  for (let at = 0; at < framed.length; ) {
    const end = at + 2 + view.getUint16(at)
    const entry = framed.subarray(at + 2, end)
    const hash = leafHash(entry)
    const committed = hashes.subarray(leaves.length * 32, leaves.length * 32 + 32)
    if (end > framed.length || Buffer.compare(hash, committed) !== 0) throw changed(row)
    leaves.push({ entry, hash })
    at = end
  }
  if (leaves.length !== asNumber(row['count'])) throw changed(row)
  return leaves
}

function changed(row: Row): Error {
  return TileStoreDamaged({
    problem: `the batch of records from ${asNumber(row['first_index'])} is not what was committed`,
  })
}
