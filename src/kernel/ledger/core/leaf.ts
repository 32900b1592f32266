import { sha256, sha256Into } from './hash.ts'

/** Bytes in a hash. */
export const HASH_BYTES = 32

/** Root of the empty tree: SHA-256 of the empty string (RFC 9162 section 2.1.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

/** `SHA-256(0x00 || entry)` (RFC 9162 section 2.1.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(entry.length + 1)
  input.set(entry, 1)
  return sha256(input)
}

/** `SHA-256(0x01 || left || right)` (RFC 9162 section 2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 1 + HASH_BYTES)
  return sha256(input)
}

/**
 * The parents of a row of hashes that stand one after the other, likewise: half as many; an odd last one has none.
 * One call for a row costs a third of a `nodeHash` for each pair.
 */
export function parentsOf(row: Uint8Array): Uint8Array {
  const pairs = Math.floor(row.length / pairBytes)
  const parents = new Uint8Array(pairs * HASH_BYTES)
  for (let first = 0; first < pairs; first += pairInputs.length) {
    const block = row.subarray(first * pairBytes, (first + pairInputs.length) * pairBytes)
    rowInput.set(block, 1)
    for (let i = 0; i < pairInputs.length && first + i < pairs; i++) {
      const input = pairInputs[i] ?? rowInput
      input[0] = 1
      sha256Into(input, parents, (first + i) * HASH_BYTES)
    }
  }
  return parents
}

const pairBytes = 2 * HASH_BYTES
/** A row of a tile, to be hashed. Views of it are made once: making one costs half as much as hashing it. */
const rowInput = new Uint8Array(1 + 128 * pairBytes)
/** Each pair after the 0x01 of a node, which takes the place of the last byte of the pair before, hashed by then. */
const pairInputs = Array.from({ length: 128 }, (_, i) => rowInput.subarray(i * pairBytes, (i + 1) * pairBytes + 1))
