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

const bundlesKept = 64

export function createPublishedLog(store: TileStore, verifier: Verifier, origin: string): PublishedLog {
  const tiles = new TileCache(store)
  const bundles = new Map<string, Promise<Bundle>>()
  let last: Published = { note: '', size: 0, root: new Uint8Array() }
  const checkpoint = async () => {
    const note = (await store.readCheckpoint()) ?? ''
    if (note !== last.note) last = { ...(await openCheckpoint(note, [verifier], origin)), note }
    return last
  }
  const bundleOf = (n: number, width: number) => {
    const name = `${n}.${width}`
    const bundle = bundles.get(name) ?? readBundle(store, n, width)
    bundles.delete(name)
    bundles.set(name, bundle)
    bundle.catch(() => bundles.delete(name))
    const oldest = bundles.keys().next()
    if (bundles.size > bundlesKept && oldest.done === false) bundles.delete(oldest.value)
    return bundle
  }
  return {
    checkpoint,
    entry: async (index) => {
      const { note, size, root } = await checkpoint()
      if (index >= size) throw new Error(`record ${index} is not in a log of ${size}`)
      const n = Math.floor(index / TILE_WIDTH)
      const width = tileWidth(0, n, size)
      const bundle = bundleOf(n, width)
      // it is awaited after the tiles, which are read at the same time
      bundle.catch(() => undefined)
      const { bytes, proof } = await damagedUnless(index, async () => {
        const proof = await inclusionProof(tiles, index, size)
        const { bytes: framed, found } = await bundle
        const bytes = entryOfBundle(framed, found, index % TILE_WIDTH) ?? new Uint8Array(0)
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
      const { bytes, found } = await bundleOf(n, width)
      return decodeBundle(bytes, found).slice(index % TILE_WIDTH, width)
    },
    consistency: async (from, to) => {
      const { size } = await checkpoint()
      if (from < 1 || from > to || to > size) throw LogRangeInvalid({ from, to, size })
      return consistencyProof(tiles, from, to)
    },
  }
}

/** Kept as its bytes: thousands of views of them would be moved about by each collection of garbage. */
interface Bundle {
  readonly bytes: Uint8Array
  /** Entries in it, at least as many as were asked for. */
  readonly found: number
}

/** A partial bundle is a prefix of the full one, which takes its place. */
async function readBundle(store: TileStore, n: number, width: number): Promise<Bundle> {
  const read = async (found: number) => {
    const bytes = await store.readEntries(n, found)
    // what has not the form of a bundle is refused here, and not kept
    entryOfBundle(bytes, found, 0)
    return { bytes, found }
  }
  try {
    return await read(width)
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'tile_missing' || width === TILE_WIDTH) throw error
    return read(TILE_WIDTH)
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
