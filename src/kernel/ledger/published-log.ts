import { BundleCache } from './bundle-cache.ts'
import {
  consistencyProof,
  decodeBundle,
  entryOfBundle,
  formatProofFile,
  inclusionProof,
  LedgerError,
  leafHash,
  openCheckpoint,
  TILE_WIDTH,
  TileCache,
  tileWidth,
  type Verifier,
  verifyInclusion,
} from './core/index.ts'
import { LogRangeInvalid, TileStoreDamaged } from './errors.ts'
import type { TileStore } from './tile-store.ts'

/** What the log has made public, read from the tile store and never from the database: nothing unsigned is ever served. */
export interface PublishedLog {
  /** The public checkpoint, its signature checked. */
  checkpoint(): Promise<Published>
  /**
   * The bytes of a record, with a proof that they are in the log.
   *
   * @throws TileStoreDamaged when the stored bytes are not what was signed
   */
  entry(index: number): Promise<ProvenEntry>
  /** Entries from `index`, at most to the end of its bundle; empty at the end of the log. */
  entriesFrom(index: number): Promise<Uint8Array[]>
  /** @throws LogRangeInvalid */
  consistency(from: number, to: number): Promise<Uint8Array[]>
}

export interface Published {
  readonly note: string
  readonly size: number
  readonly root: Uint8Array
}

export interface ProvenEntry {
  readonly index: number
  readonly bytes: Uint8Array
  /** C2SP tlog-proof text. */
  readonly proofFile: string
}

export function createPublishedLog(store: TileStore, verifier: Verifier, origin: string): PublishedLog {
  const tiles = new TileCache(store)
  const bundles = new BundleCache(store)
  let last: Published = { note: '', size: 0, root: new Uint8Array() }
  const checkpoint = async () => {
    const note = (await store.readCheckpoint()) ?? ''
    if (note !== last.note) last = { ...(await openCheckpoint(note, [verifier], origin)), note }
    return last
  }
  return {
    checkpoint,
    entry: async (index) => {
      const { note, size, root } = await checkpoint()
      if (index >= size) throw new Error(`record ${index} is not in a log of ${size}`)
      const n = Math.floor(index / TILE_WIDTH)
      const width = tileWidth(0, n, size)
      const entry = bundles.use(n, width, (bundle, found) => entryOfBundle(bundle, found, index % TILE_WIDTH)?.slice())
      // it is awaited after the tiles, which are read at the same time
      entry.catch(() => undefined)
      const { bytes, proof } = await damagedUnless(index, async () => {
        const proof = await inclusionProof(tiles, index, size)
        const bytes = (await entry) ?? new Uint8Array(0)
        verifyInclusion({ index, size, leafHash: leafHash(bytes), proof, root })
        return { bytes, proof }
      })
      return { index, bytes, proofFile: formatProofFile({ index, proof, checkpoint: note }) }
    },
    entriesFrom: async (index) => {
      const { size } = await checkpoint()
      if (index >= size) return []
      const n = Math.floor(index / TILE_WIDTH)
      const width = tileWidth(0, n, size)
      return bundles.use(n, width, (bundle, found) =>
        decodeBundle(bundle.slice(), found).slice(index % TILE_WIDTH, width),
      )
    },
    consistency: async (from, to) => {
      const { size } = await checkpoint()
      if (from < 1 || from > to || to > size) throw LogRangeInvalid({ from, to, size })
      return consistencyProof(tiles, from, to)
    },
  }
}

async function damagedUnless<R>(index: number, work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LedgerError)
      throw TileStoreDamaged({ problem: `record ${index} is not what was signed: ${error.message}` }, error)
    throw error
  }
}
