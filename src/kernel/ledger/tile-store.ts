import { defineError } from '#platform/errors.ts'
import type { TileReader } from './core/index.ts'

/** One immutable object of the log: a tile or an entry bundle, by its C2SP path (`tile/0/x001/234`). */
export interface TileFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Where tiles, bundles and the published checkpoint live: a folder, later an object store.
 * It also reads as core's `TileReader`, so that everything that checks the log checks what is really stored.
 */
export interface TileStore extends TileReader {
  /** The object, or undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /**
   * Stores objects and returns when all are durable. An object that is there with the same bytes is left as it is.
   *
   * @throws TileConflict when one is there with other bytes: somebody wrote another history
   */
  write(files: readonly TileFile[]): Promise<void>
  /** Names directly under `path`, folders with a final `/`. */
  list(path: string): Promise<string[]>
  /** Removes the partial objects of one tile or bundle: `tile/0/x001/234.p`. Full objects cannot be removed. */
  removePartials(path: string): Promise<void>
  /** Puts the right bytes in the place of a damaged object. Only for what was derived from entries under a signed root. */
  replaceDamaged(file: TileFile): Promise<void>
  /** Replaces the public checkpoint, durably. Call it only with a note that the database has accepted. */
  publishCheckpoint(note: string): Promise<void>
}

export const TileConflict = defineError<{ path: string }>(
  'tile_conflict',
  500,
  ({ path }) => `the tile store holds other bytes at \`${path}\` than the log implies`,
  'this is a second history of the same log or a damaged file: run `countersign ledger fsck` and keep a copy of the folder',
)
