import { sameBytes } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './leaf.ts'

export interface Inclusion {
  readonly index: number
  readonly size: number
  readonly leafHash: Uint8Array
  /** Sibling hashes from the leaf's to the root's child. */
  readonly proof: readonly Uint8Array[]
}

export interface Consistency {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Root of the tree over `leafHashes`, in log order (RFC 9162 section 2.1.1).
 * Perfect subtrees are folded as they complete, so memory grows with the logarithm of the count.
 */
export function rootFromLeaves(leafHashes: Iterable<Uint8Array>): Uint8Array {
  const peaks: Uint8Array[] = []
  let size = 0
  for (const leaf of leafHashes) {
    requireHash(leaf)
    pushPeak(peaks, size, leaf)
    size++
  }
  return foldPeaks(peaks) ?? EMPTY_ROOT
}

/**
 * Adds leaf number `size` to the roots of the perfect subtrees of a tree of that size, largest first.
 * There is one peak per 1 bit of the size, and adding 1 carries as in binary.
 */
function pushPeak(peaks: Uint8Array[], size: number, leaf: Uint8Array): void {
  let hash = leaf
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = peaks.pop()
    if (left === undefined) throw new Error('there are fewer peaks than the size implies')
    hash = nodeHash(left, hash)
  }
  peaks.push(hash)
}

/** The root over perfect subtrees given largest first; undefined when there are none. */
export function foldPeaks(peaks: readonly Uint8Array[]): Uint8Array | undefined {
  return peaks.reduceRight<Uint8Array | undefined>(
    (root, peak) => (root === undefined ? peak : nodeHash(peak, root)),
    undefined,
  )
}

/**
 * The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2).
 *
 * @throws LedgerError `size_invalid` when the index is not in the tree, `proof_invalid` when the proof has another
 * length than index and size imply, `hash_invalid`
 */
function rootFromInclusion({ index, size, leafHash, proof }: Inclusion): Uint8Array {
  requireSize(index)
  requireSize(size)
  if (index >= size) throw new LedgerError('size_invalid', `index ${index} is not in a tree of ${size}`)
  requireHash(leafHash)
  const sides = proofSides(index, size - 1)
  requireLength(proof, sides.length)
  let hash = leafHash
  for (const [i, sibling] of proof.entries()) {
    requireHash(sibling)
    hash = sides[i] === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
  }
  return hash
}

/**
 * Checks that a leaf is at an index of the tree with this root (RFC 9162 section 2.1.3.2).
 *
 * @throws LedgerError `proof_invalid`, `size_invalid` or `hash_invalid`
 */
export function verifyInclusion(inclusion: Inclusion & { readonly root: Uint8Array }): void {
  requireHash(inclusion.root)
  if (!sameBytes(rootFromInclusion(inclusion), inclusion.root)) {
    throw new LedgerError('proof_invalid', 'the inclusion proof leads to another root')
  }
}

/**
 * Checks that the tree of size `to` begins with the tree of size `from` (RFC 9162 section 2.1.4.2).
 * From size 0 it is refused: every tree begins with the empty one, so there is nothing to prove.
 *
 * @throws LedgerError `proof_invalid`, `size_invalid` or `hash_invalid`
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: Consistency): void {
  requireSize(from)
  requireSize(to)
  for (const hash of [fromRoot, toRoot, ...proof]) requireHash(hash)
  if (from === 0 || from > to)
    throw new LedgerError('size_invalid', `there is no consistency proof from ${from} to ${to}`)
  const roots = from === to ? sameSizeRoots(fromRoot, proof) : rootsFromConsistency(from, to, fromRoot, proof)
  if (!sameBytes(roots.from, fromRoot))
    throw new LedgerError('proof_invalid', 'the consistency proof leads to another old root')
  if (!sameBytes(roots.to, toRoot))
    throw new LedgerError('proof_invalid', 'the consistency proof leads to another new root')
}

interface Roots {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

function sameSizeRoots(fromRoot: Uint8Array, proof: readonly Uint8Array[]): Roots {
  if (proof.length > 0) throw new LedgerError('proof_invalid', 'the consistency proof of equal sizes is not empty')
  return { from: fromRoot, to: fromRoot }
}

function rootsFromConsistency(from: number, to: number, fromRoot: Uint8Array, proof: readonly Uint8Array[]): Roots {
  // A tree whose size is a power of two is itself the first node of the proof, and is left out of it.
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof
  if (first === undefined) throw new LedgerError('proof_invalid', 'the consistency proof is too short')
  let position = from - 1
  let last = to - 1
  while (position % 2 === 1) {
    position = half(position)
    last = half(last)
  }
  const sides = proofSides(position, last)
  requireLength(rest, sides.length)
  let roots: Roots = { from: first, to: first }
  for (const [i, hash] of rest.entries()) {
    roots =
      sides[i] === 'left'
        ? { from: nodeHash(hash, roots.from), to: nodeHash(hash, roots.to) }
        : { from: roots.from, to: nodeHash(roots.to, hash) }
  }
  return roots
}

/** On which side each hash of a proof stands, from the node at `position` to the root, when `last` is the last node of its level. */
function proofSides(position: number, last: number): ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = []
  let node = position
  for (let end = last; end > 0; end = half(end)) {
    if (node % 2 === 1) sides.push('left')
    else if (node < end) sides.push('right')
    // An even last node has no sibling: it rises by itself.
    node = half(node)
  }
  return sides
}

function requireLength(proof: readonly Uint8Array[], length: number): void {
  if (proof.length !== length) {
    throw new LedgerError('proof_invalid', `the proof has ${proof.length} hashes where ${length} lead to the root`)
  }
}

/** Halves without 32-bit operators: sizes go to 2^53. */
function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(value: number): boolean {
  let rest = value
  while (rest % 2 === 0) rest /= 2
  return rest === 1
}

/** @throws LedgerError `size_invalid` unless `value` is a whole number from 0 to 2^53 - 1 */
export function requireSize(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new LedgerError('size_invalid', `\`${value}\` is not a tree size`)
}

/** @throws LedgerError `hash_invalid` unless `hash` has 32 bytes */
export function requireHash(hash: Uint8Array): void {
  if (hash.length !== HASH_BYTES) throw new LedgerError('hash_invalid', `a hash has ${hash.length} bytes instead of 32`)
}
