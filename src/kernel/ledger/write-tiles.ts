import { pathOf, type Tile } from './core/index.ts'
import type { TileStore } from './tile-store.ts'

/**
 * Stores tiles and bundles durably, then reads each back.
 *
 * @throws TileConflict, or Error when what is read is not what was written
 */
export async function writeTiles(store: TileStore, tiles: readonly Tile[]): Promise<void> {
  const files = tiles.map((tile) => ({ path: pathOf(tile), bytes: tile.bytes }))
  await store.write(files)
  for (const { path, bytes } of files) {
    const stored = await store.read(path)
    if (stored === undefined || Buffer.compare(stored, bytes) !== 0)
      throw new Error(`the tile store lost or changed ${path}`)
  }
}
