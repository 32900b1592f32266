import { decodeBundle, entriesPath, TILE_WIDTH, tileWidth } from '#kernel/ledger/core'
import { type Examination, reasonOf } from './examination.ts'

/** The bytes of a record's entry, from wherever the pack carries it; undefined when it does not. */
export async function readEntry(examination: Examination, index: number): Promise<Uint8Array | undefined> {
  const { zip, manifest, checkpoint } = examination
  if (manifest?.completeness === 'asserted') {
    const name = `entries/${index}.json`
    return zip.has(name) ? zip.readUnchecked(name) : undefined
  }
  const n = Math.floor(index / TILE_WIDTH)
  const width = tileWidth(0, n, checkpoint?.size ?? 0)
  if (width === 0) return undefined
  const name = `log/${entriesPath(n, width)}`
  if (!zip.has(name)) return undefined
  try {
    return decodeBundle(await zip.readUnchecked(name), width)[index % TILE_WIDTH]
  } catch (error) {
    reasonOf(error)
    return undefined
  }
}
