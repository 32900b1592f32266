import { concat } from './bytes.ts'
import { EMPTY_ROOT, HASH_BYTES, parentsOf } from './leaf.ts'
import { foldPeaks, requireHash, requireSize } from './merkle.ts'
import { decodeBundle, encodeBundle, fullTiles, partialWidth, TILE_WIDTH, type TileAddress } from './tile.ts'
import { readBundle, readTile, type TileReader } from './tile-reader.ts'

/** A tile or bundle to be written. */
export interface Tile extends TileAddress {
  readonly bytes: Uint8Array
}

/**
 * Grows a log's tree and says which tiles to write. What it gives depends only on the leaves, never on how they came in
 * batches, so a write that was cut short can be repeated. It holds the right edge alone: at most 8 KiB a level.
 */
export class TreeBuilder {
  readonly #edge: Edge[] = []
  #size = 0

  /**
   * The builder of a tree of `size`, from the partial tiles of its right edge.
   *
   * @throws LedgerError `tile_missing` or `tile_invalid`; the caller compares `root()` with a signed one
   */
  static async load(size: number, reader: TileReader): Promise<TreeBuilder> {
    requireSize(size)
    const builder = new TreeBuilder()
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const n = fullTiles(level, size)
      const width = partialWidth(level, size)
      const edge = builder.#level(level, n)
      if (width === 0) continue
      const bytes = await readTile(reader, level, n, width)
      edge.fill(bytes)
    }
    builder.#size = size
    return builder
  }

  /** The same tree, to grow another way. */
  clone(): TreeBuilder {
    const copy = new TreeBuilder()
    for (const edge of this.#edge) copy.#edge.push(edge.clone())
    copy.#size = this.#size
    return copy
  }

  get size(): number {
    return this.#size
  }

  /**
   * Adds leaf hashes and answers the tiles that became full, in the order in which they did: each after all below it.
   *
   * @throws LedgerError `hash_invalid`, and then none was added
   */
  append(leafHashes: readonly Uint8Array[]): Tile[] {
    for (const hash of leafHashes) requireHash(hash)
    return this.appendRow(concat(...leafHashes))
  }

  /** `append` for leaf hashes that stand one after the other, as in a tile; twice as fast. */
  appendRow(row: Uint8Array): Tile[] {
    const count = row.length / HASH_BYTES
    requireSize(count)
    requireSize(this.#size + count)
    const tiles: Tile[] = []
    this.#fill(0, row, tiles)
    this.#size += count
    return tiles
  }

  /** The partial tiles of the present size. They must be readable before a checkpoint of this size is published. */
  partials(): Tile[] {
    return this.#edge.flatMap((edge, level) => {
      const bytes = edge.bytes()
      const width = bytes.length / HASH_BYTES
      return width === 0 ? [] : [{ level, n: edge.n, width, bytes }]
    })
  }

  /** Root of the tree at the present size. */
  root(): Uint8Array {
    const peaks = this.#edge.map((edge) => edge.peaks()).reverse()
    return foldPeaks(peaks.flat()) ?? EMPTY_ROOT
  }

  #fill(level: number, row: Uint8Array, tiles: Tile[]): void {
    const edge = this.#level(level, 0)
    for (let at = 0; at < row.length; ) {
      at += edge.fill(row.subarray(at))
      if (!edge.isFull) return
      tiles.push({ level, n: edge.n, width: TILE_WIDTH, bytes: edge.bytes() })
      const [root] = edge.peaks()
      edge.next()
      if (root !== undefined) this.#fill(level + 1, root, tiles)
    }
  }

  #level(level: number, n: number): Edge {
    const edge = this.#edge[level] ?? new Edge(n)
    this.#edge[level] = edge
    return edge
  }
}

/**
 * Cuts entries into bundles, as `TreeBuilder` cuts their hashes into tiles.
 * It holds the entries of the one bundle that is not full.
 */
export class BundleBuilder {
  #n = 0
  #entries: Uint8Array[] = []

  /** @throws LedgerError `tile_missing` or `bundle_invalid` */
  static async load(size: number, reader: TileReader): Promise<BundleBuilder> {
    requireSize(size)
    const builder = new BundleBuilder()
    const width = partialWidth(0, size)
    builder.#n = fullTiles(0, size)
    if (width > 0) builder.#entries = decodeBundle(await readBundle(reader, builder.#n, width), width)
    return builder
  }

  /** Adds entries and answers the bundles that became full. */
  append(entries: readonly Uint8Array[]): Tile[] {
    const bundles: Tile[] = []
    for (const entry of entries) {
      this.#entries.push(entry)
      if (this.#entries.length < TILE_WIDTH) continue
      bundles.push(...this.partials())
      this.#n++
      this.#entries = []
    }
    return bundles
  }

  /** The partial bundle of the present size, if there is one. */
  partials(): Tile[] {
    const width = this.#entries.length
    return width === 0 ? [] : [{ level: 'entries', n: this.#n, width, bytes: encodeBundle(this.#entries) }]
  }
}

/** The rightmost tile of a level while it fills. */
class Edge {
  n: number
  readonly #bytes = new Uint8Array(TILE_WIDTH * HASH_BYTES)
  #width = 0

  constructor(n: number) {
    this.n = n
  }

  clone(): Edge {
    const copy = new Edge(this.n)
    copy.#bytes.set(this.#bytes)
    copy.#width = this.#width
    return copy
  }

  get isFull(): boolean {
    return this.#width === TILE_WIDTH
  }

  /** Takes of the row what there is room for, and answers how many bytes. */
  fill(row: Uint8Array): number {
    const taken = row.subarray(0, (TILE_WIDTH - this.#width) * HASH_BYTES)
    this.#bytes.set(taken, this.#width * HASH_BYTES)
    this.#width += taken.length / HASH_BYTES
    return taken.length
  }

  /** Roots of the perfect subtrees, largest first: one for each 1 bit of the width. */
  peaks(): Uint8Array[] {
    const peaks: Uint8Array[] = []
    for (let row = this.bytes(); row.length > 0; row = parentsOf(row)) {
      const isOdd = (row.length / HASH_BYTES) % 2 === 1
      if (isOdd) peaks.unshift(row.slice(-HASH_BYTES))
    }
    return peaks
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#width * HASH_BYTES)
  }

  next(): void {
    this.n++
    this.#width = 0
  }
}
