import { pathOf, type TileReader, tilesForSize, utf8 } from '#kernel/ledger/core'
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
