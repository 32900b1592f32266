import { HASH_BYTES, parentsOf } from './leaf.ts'
import { TILE_HEIGHT, TILE_WIDTH, tileWidth } from './tile.ts'
import { readTile, type TileReader } from './tile-reader.ts'

/**
 * The nodes of a tile by height, each row one hash after the other: its own hashes at 0, and at each further height the
 * nodes whose subtrees are perfect.
 */
type TileNodes = readonly Uint8Array[]

/**
 * The nodes of a log's tree, read by the tile and kept: the most recently used `tilesMax`, 16 KiB each.
 * Tiles never change, so nothing kept is ever wrong; a read that failed is not kept.
 */
export class TileCache {
  readonly #reader: TileReader
  readonly #tilesMax: number
  readonly #tiles = new Map<string, Promise<TileNodes>>()

  constructor(reader: TileReader, tilesMax = 512) {
    this.#reader = reader
    this.#tilesMax = tilesMax
  }

  /**
   * Root of the perfect subtree number `position` of those with 2^`height` leaves, in a tree of `size` that has it whole.
   *
   * @throws LedgerError `tile_missing` or `tile_invalid`
   */
  async node(height: number, position: number, size: number): Promise<Uint8Array> {
    const level = Math.floor(height / TILE_HEIGHT)
    const heightInTile = height % TILE_HEIGHT
    const perTile = TILE_WIDTH / 2 ** heightInTile
    const n = Math.floor(position / perTile)
    const nodes = await this.#nodes(level, n, tileWidth(level, n, size))
    const at = (position % perTile) * HASH_BYTES
    const node = nodes[heightInTile]?.subarray(at, at + HASH_BYTES)
    if (node?.length !== HASH_BYTES) throw new Error(`a tree of ${size} has no node ${position} at height ${height}`)
    return Uint8Array.from(node)
  }

  #nodes(level: number, n: number, width: number): Promise<TileNodes> {
    const key = `${level}/${n}/${width}`
    const known = this.#tiles.get(key)
    const nodes = known ?? readTile(this.#reader, level, n, width).then(nodesOf)
    // A Map keeps the order of insertion: put last what was used last.
    this.#tiles.delete(key)
    this.#tiles.set(key, nodes)
    for (const oldest of this.#tiles.keys()) {
      if (this.#tiles.size <= this.#tilesMax) break
      this.#tiles.delete(oldest)
    }
    if (known === undefined) nodes.catch(() => this.#tiles.delete(key))
    return nodes
  }
}

function nodesOf(tile: Uint8Array): TileNodes {
  const rows: Uint8Array[] = []
  for (let row = tile; row.length > 0; row = parentsOf(row)) rows.push(row)
  return rows
}
