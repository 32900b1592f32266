import { LedgerError } from './errors.ts'
import { foldPeaks, requireSize } from './merkle.ts'
import { TileCache } from './tile-cache.ts'
import type { TileReader } from './tile-reader.ts'

/** Where proofs are made from: a log, or a cache over it that serves many of them. */
export type ProofSource = TileReader | TileCache

/**
 * The sibling hashes from a leaf to the root of the tree of `size` (RFC 9162 section 2.1.3.1).
 *
 * @throws LedgerError `size_invalid`, `tile_missing` or `tile_invalid`. What the log answers is not checked against a
 * root here: `verifyInclusion` does that.
 */
export function inclusionProof(source: ProofSource, index: number, size: number): Promise<Uint8Array[]> {
  requireSize(index)
  requireSize(size)
  if (index >= size) throw new LedgerError('size_invalid', `index ${index} is not in a tree of ${size}`)
  const ranges: Range[] = []
  let range: Range = { start: 0, end: size }
  while (range.end - range.start > 1) {
    const middle = split(range)
    const left = { start: range.start, end: middle }
    const right = { start: middle, end: range.end }
    ranges.push(index < middle ? right : left)
    range = index < middle ? left : right
  }
  return rootsOf(source, ranges.reverse(), size)
}

/**
 * The hashes that show that the tree of size `to` begins with the tree of size `from` (RFC 9162 section 2.1.4.1).
 * Between equal sizes it is empty.
 *
 * @throws LedgerError `size_invalid` also from size 0, `tile_missing` or `tile_invalid`
 */
export function consistencyProof(source: ProofSource, from: number, to: number): Promise<Uint8Array[]> {
  requireSize(from)
  requireSize(to)
  if (from === 0 || from > to)
    throw new LedgerError('size_invalid', `there is no consistency proof from ${from} to ${to}`)
  const ranges: Range[] = []
  let range: Range = { start: 0, end: to }
  while (range.end !== from) {
    const middle = split(range)
    const left = { start: range.start, end: middle }
    const right = { start: middle, end: range.end }
    ranges.push(from <= middle ? right : left)
    range = from <= middle ? left : right
  }
  // The old tree itself, when it is one perfect subtree from the start, is known to who asks.
  if (range.start > 0) ranges.push(range)
  return rootsOf(source, ranges.reverse(), to)
}

/** Leaves from `start` up to `end`; `start` is a multiple of the power of two that the range fits in. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Where RFC 9162 splits a range: after the largest power of two of leaves that is less than all. */
function split({ start, end }: Range): number {
  let width = 1
  while (width * 2 < end - start) width *= 2
  return start + width
}

async function rootsOf(source: ProofSource, ranges: readonly Range[], size: number): Promise<Uint8Array[]> {
  const cache = source instanceof TileCache ? source : new TileCache(source)
  return Promise.all(ranges.map((range) => rangeRoot(cache, range, size)))
}

async function rangeRoot(cache: TileCache, { start, end }: Range, size: number): Promise<Uint8Array> {
  const peaks: Promise<Uint8Array>[] = []
  for (let at = start; at < end; ) {
    let height = 0
    while (2 ** (height + 1) <= end - at) height++
    peaks.push(cache.node(height, at / 2 ** height, size))
    at += 2 ** height
  }
  const root = foldPeaks(await Promise.all(peaks))
  if (root === undefined) throw new Error('a range of no leaves has no root')
  return root
}
