import { LedgerError } from './errors.ts'
import { sha256Into } from './hash.ts'
import { HASH_BYTES } from './leaf.ts'
import { requireSize } from './merkle.ts'

/** Hashes in a full tile and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256
/** Levels of the tree that one tile spans: 2^8 = 256. */
export const TILE_HEIGHT = 8
/** Largest entry that a bundle can hold: its length is two bytes. */
const MAX_ENTRY_BYTES = 65_535

/** The hashes at a level of the tree of tiles, or the entries under level 0. */
export interface TileAddress {
  readonly level: number | 'entries'
  /** Number of the tile in its level, from 0. */
  readonly n: number
  /** Hashes or entries in it, 1 to 256; less than 256 only at the right edge of a tree. */
  readonly width: number
}

/** `tile/<level>/<n>[.p/<width>]`, `n` in groups of three digits, all but the last after an `x`. */
export function tilePath(level: number, n: number, width: number = TILE_WIDTH): string {
  if (!Number.isInteger(level) || level < 0 || level > 63)
    throw new LedgerError('tile_path_invalid', `there is no tile level \`${level}\``)
  return `tile/${level}/${numberPath(n, width)}`
}

/** `tile/entries/<n>[.p/<width>]`. */
export function entriesPath(n: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${numberPath(n, width)}`
}

/**
 * The tile that a path names. Each tile has one path: a number in another form is refused.
 *
 * @throws LedgerError `tile_path_invalid`
 */
export function parseTilePath(path: string): TileAddress {
  const found = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path)
  const [, level = '', digits = '', partial] = found ?? []
  const n = Number(digits.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const address: TileAddress = { level: level === 'entries' ? level : Number(level), n, width }
  if (found === null || !Number.isSafeInteger(n) || width > TILE_WIDTH || pathOf(address) !== path) {
    throw new LedgerError('tile_path_invalid', `\`${path.slice(0, 100)}\` is not a tile path`)
  }
  return address
}

export function pathOf({ level, n, width }: TileAddress): string {
  return level === 'entries' ? entriesPath(n, width) : tilePath(level, n, width)
}

/** Width of the partial tile at the right edge of `level` in a tree of `size`; 0 when there is none. */
export function partialWidth(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH
}

/** Full tiles at `level` in a tree of `size`; at level 0 also the full bundles. */
export function fullTiles(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** (level + 1))
}

/** Width of tile `n` at `level` in a tree of `size`; 0 when the tree does not reach it. */
export function tileWidth(level: number, n: number, size: number): number {
  const full = fullTiles(level, size)
  if (n < full) return TILE_WIDTH
  return n === full ? partialWidth(level, size) : 0
}

/** Every tile and bundle that a tree of `size` has, full ones and the partial ones of its right edge, bundles first. */
export function* tilesForSize(size: number): Generator<TileAddress> {
  requireSize(size)
  for (let n = 0; n < size / TILE_WIDTH; n++) yield { level: 'entries', n, width: tileWidth(0, n, size) }
  for (let level = 0; TILE_WIDTH ** level <= size; level++) {
    for (let n = 0; n <= fullTiles(level, size); n++) {
      const width = tileWidth(level, n, size)
      if (width > 0) yield { level, n, width }
    }
  }
}

/**
 * A bundle: each entry after its length as two bytes, big endian.
 *
 * @throws LedgerError `entry_too_large` above 65,535 bytes, `bundle_invalid` unless there are 1 to 256 entries
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  requireWidth(entries.length)
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES)
      throw new LedgerError('entry_too_large', `an entry has ${entry.length} bytes; a bundle takes ${MAX_ENTRY_BYTES}`)
    bytes[at] = entry.length >> 8
    bytes[at + 1] = entry.length & 0xff
    bytes.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bytes
}

/**
 * The entries of a bundle, as views of its bytes.
 *
 * @param width how many there must be, to the last byte
 * @throws LedgerError `bundle_invalid`
 */
export function decodeBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  eachEntry(bytes, width, (start, end) => entries.push(bytes.subarray(start, end)))
  return entries
}

function eachEntry(bytes: Uint8Array, width: number, use: (start: number, end: number, i: number) => void): void {
  requireWidth(width)
  let at = 0
  for (let i = 0; i < width; i++) {
    const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
    if (at + 2 > bytes.length || end > bytes.length)
      throw new LedgerError('bundle_invalid', `the bundle ends inside entry ${i} of ${width}`)
    use(at + 2, end, i)
    at = end
  }
  if (at !== bytes.length)
    throw new LedgerError('bundle_invalid', `the bundle has ${bytes.length - at} bytes after its ${width} entries`)
}

/**
 * The leaf hashes of a bundle, one after the other: the level 0 tile over it.
 *
 * @throws LedgerError `bundle_invalid`
 */
export function bundleLeafHashes(bytes: Uint8Array, width: number): Uint8Array {
  const hashes = new Uint8Array(width * HASH_BYTES)
  // One input for all, which stays in the processor's cache: its first byte is the 0x00 of a leaf.
  let input = new Uint8Array(4096)
  let leaf = input.subarray(0, 1)
  eachEntry(bytes, width, (start, end, i) => {
    const length = 1 + end - start
    if (length > input.length) input = new Uint8Array(2 * length)
    if (length !== leaf.length) leaf = input.subarray(0, length)
    leaf.set(bytes.subarray(start, end), 1)
    sha256Into(leaf, hashes, i * HASH_BYTES)
  })
  return hashes
}

/**
 * One entry of a bundle, as a view of its bytes.
 *
 * @param width as of `decodeBundle`
 * @throws LedgerError `bundle_invalid`
 */
export function entryOfBundle(bytes: Uint8Array, width: number, index: number): Uint8Array | undefined {
  let entry: Uint8Array | undefined
  eachEntry(bytes, width, (start, end, i) => {
    if (i === index) entry = bytes.subarray(start, end)
  })
  return entry
}

/** The hashes of a tile, as views of its bytes. */
export function hashesOf(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

function numberPath(n: number, width: number): string {
  requireSize(n)
  requireWidth(width)
  const digits = String(n)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const path = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/')
  return width === TILE_WIDTH ? path : `${path}.p/${width}`
}

function requireWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) {
    throw new LedgerError('bundle_invalid', `a tile or bundle has 1 to ${TILE_WIDTH} members, not \`${width}\``)
  }
}
