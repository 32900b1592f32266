import { entriesPath, fullTiles, TILE_WIDTH, tilePath } from './core/index.ts'
import type { TileStore } from './tile-store.ts'

/**
 * Removes the partial objects of tiles and bundles that became full between two published sizes. C2SP tlog-tiles allows it:
 * readers fall back to the full object, of which a partial one is a prefix.
 *
 * @param from a size below which this was done before; doing it twice is harmless
 */
export async function sweepPartials(store: TileStore, from: number, to: number): Promise<void> {
  for (let level = 0; TILE_WIDTH ** (level + 1) <= to; level++) {
    for (let n = fullTiles(level, from); n < fullTiles(level, to); n++) {
      if (level === 0) await store.removePartials(`${entriesPath(n)}.p`)
      await store.removePartials(`${tilePath(level, n)}.p`)
    }
  }
}
