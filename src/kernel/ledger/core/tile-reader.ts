import { LedgerError } from './errors.ts'
import { HASH_BYTES } from './leaf.ts'
import type { MemoryFor } from './memory.ts'
import { decodeBundle, entriesPath, TILE_WIDTH, tilePath } from './tile.ts'

/** Where a log is read from: a folder, a server, a pack. A tile or bundle that cannot be read rejects. */
export interface TileReader {
  /** `width` hashes, 32 bytes each. */
  readTile(level: number, n: number, width: number): Promise<Uint8Array>
  /** A bundle of `width` entries, in memory of `into` where the reader can use it. */
  readEntries(n: number, width: number, into?: MemoryFor): Promise<Uint8Array>
  /** The signed note, or undefined when the log has none yet. */
  readCheckpoint(): Promise<string | undefined>
}

/**
 * The `width` hashes of a tile. Where the partial tile is gone, the full one that took its place is read: a log may drop
 * partial tiles once the full one exists (C2SP tlog-tiles).
 *
 * @throws LedgerError `tile_missing` or `tile_invalid`
 */
export async function readTile(reader: TileReader, level: number, n: number, width: number): Promise<Uint8Array> {
  const read = (wanted: number) => reader.readTile(level, n, wanted)
  const { bytes, width: found } = await readOrFull(read, width, tilePath(level, n, width))
  if (bytes.length !== found * HASH_BYTES) {
    throw new LedgerError('tile_invalid', `\`${tilePath(level, n, found)}\` has ${bytes.length} bytes`)
  }
  return bytes.subarray(0, width * HASH_BYTES)
}

/**
 * The bytes of the first `width` entries of a bundle, from the full bundle where the partial one is gone.
 *
 * @throws LedgerError `tile_missing` or `bundle_invalid`
 */
export async function readBundle(reader: TileReader, n: number, width: number, into?: MemoryFor): Promise<Uint8Array> {
  const read = (wanted: number) => reader.readEntries(n, wanted, into)
  const { bytes, width: found } = await readOrFull(read, width, entriesPath(n, width))
  if (found === width) return bytes
  const last = decodeBundle(bytes, found)[width - 1]
  return bytes.subarray(0, last === undefined ? 0 : last.byteOffset + last.length - bytes.byteOffset)
}

interface Found {
  readonly bytes: Uint8Array
  readonly width: number
}

async function readOrFull(read: (width: number) => Promise<Uint8Array>, width: number, path: string): Promise<Found> {
  try {
    return { bytes: await read(width), width }
  } catch (partialMissing) {
    if (width === TILE_WIDTH) throw missing(path, partialMissing)
    try {
      return { bytes: await read(TILE_WIDTH), width: TILE_WIDTH }
    } catch {
      throw missing(path, partialMissing)
    }
  }
}

function missing(path: string, cause: unknown): LedgerError {
  const code = cause instanceof Error && 'code' in cause ? `: the system says ${String(cause.code)}` : ''
  return new LedgerError('tile_missing', `\`${path}\` cannot be read${code}`, cause)
}
