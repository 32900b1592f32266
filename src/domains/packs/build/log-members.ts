import {
  decodeBundle,
  formatProofFile,
  inclusionProof,
  pathOf,
  TILE_WIDTH,
  type TileReader,
  tilesForSize,
  tileWidth,
  utf8,
} from '#kernel/ledger/core'
import { type PackMember, packMember, readTwice } from './pack-member.ts'

/** The log as C2SP tlog-tiles serves it, at exactly `size`: every tile and bundle of that size, and its checkpoint. */
export async function wholeLogMembers(log: TileReader, size: number, checkpoint: string): Promise<PackMember[]> {
  const members = [packMember('log/checkpoint', utf8(checkpoint))]
  for (const { level, n, width } of tilesForSize(size)) {
    const read = () => (level === 'entries' ? log.readEntries(n, width) : log.readTile(level, n, width))
    members.push(await readTwice(`log/${pathOf({ level, n, width })}`, read))
  }
  return members
}

/** The exact bytes of each chosen record's entry, and its proof file (C2SP tlog-proof). */
export async function selectionMembers(
  log: TileReader,
  size: number,
  checkpoint: string,
  indexes: readonly number[],
): Promise<PackMember[]> {
  const members: PackMember[] = []
  for (const index of new Set(indexes)) {
    const n = Math.floor(index / TILE_WIDTH)
    const width = tileWidth(0, n, size)
    const entry = decodeBundle(await log.readEntries(n, width), width)[index % TILE_WIDTH]
    if (entry === undefined) throw new Error(`record ${index} is not in a log of ${size}`)
    const proof = await inclusionProof(log, index, size)
    members.push(packMember(`entries/${index}.json`, Uint8Array.from(entry)))
    members.push(packMember(`proofs/${index}.tlog-proof`, utf8(formatProofFile({ index, proof, checkpoint }))))
  }
  return members
}
