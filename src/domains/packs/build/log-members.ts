import {
  decodeBundle,
  formatProofFile,
  inclusionProof,
  parseEntry,
  pathOf,
  readBundle,
  TILE_WIDTH,
  TileCache,
  type TileReader,
  tilesForSize,
  tileWidth,
  utf8,
} from '#kernel/ledger/core'
import { type PackMember, packMember, readAgain, readTwice } from './pack-member.ts'

/** The log as C2SP tlog-tiles serves it, at exactly `size`: every tile and bundle of that size, and its checkpoint. */
export async function wholeLogMembers(log: TileReader, size: number, checkpoint: string): Promise<PackMember[]> {
  const members = [packMember('log/checkpoint', utf8(checkpoint))]
  for (const { level, n, width } of tilesForSize(size)) {
    const read = () => (level === 'entries' ? log.readEntries(n, width) : log.readTile(level, n, width))
    members.push(await readTwice(`log/${pathOf({ level, n, width })}`, read))
  }
  return members
}

export interface ChosenRecord {
  readonly index: number
  /** The record that must stand there. */
  readonly id: string
}

export interface Selection {
  readonly log: TileReader
  readonly size: number
  readonly checkpoint: string
  readonly records: readonly ChosenRecord[]
  /** After each record. */
  readonly onProved?: (done: number, total: number) => void
}

/** Bundles that are kept: names are written in the order of their text, which jumps between a few places of the log. */
const bundlesKept = 16

/**
 * The exact bytes of each chosen record's entry, and its proof file (C2SP tlog-proof). Neither is kept between the manifest and
 * the archive; each bundle is read once for the manifest, and proofs share the tiles that they have in common.
 *
 * @throws Error when another record stands at an index
 */
export async function selectionMembers({ log, size, checkpoint, records, onProved }: Selection): Promise<PackMember[]> {
  const tiles = new TileCache(log)
  const entryAt = createEntryReader(log, size)
  const proofAt = async (index: number) =>
    utf8(formatProofFile({ index, proof: await inclusionProof(tiles, index, size), checkpoint }))
  const chosen = [...new Map(records.map((one) => [one.index, one])).values()].sort((a, b) => a.index - b.index)
  const members: PackMember[] = []
  for (const [done, { index, id }] of chosen.entries()) {
    const entry = await entryAt(index)
    if (parseEntry(entry).p.id !== id) throw new Error(`record ${index} of the log is not the one with the id ${id}`)
    members.push(readAgain(`entries/${index}.json`, entry, () => entryAt(index)))
    members.push(await readTwice(`proofs/${index}.tlog-proof`, () => proofAt(index)))
    onProved?.(done + 1, chosen.length)
  }
  return members
}

function createEntryReader(log: TileReader, size: number) {
  const bundles = new Map<number, readonly Uint8Array[]>()
  return async (index: number): Promise<Uint8Array> => {
    const n = Math.floor(index / TILE_WIDTH)
    const width = tileWidth(0, n, size)
    const bundle = bundles.get(n) ?? decodeBundle(await readBundle(log, n, width), width)
    // put last what was used last
    bundles.delete(n)
    bundles.set(n, bundle)
    for (const oldest of bundles.keys()) {
      if (bundles.size <= bundlesKept) break
      bundles.delete(oldest)
    }
    const entry = bundle[index % TILE_WIDTH]
    if (entry === undefined) throw new Error(`record ${index} is not in a log of ${size}`)
    return entry
  }
}
