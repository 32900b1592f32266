import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bytesOf, folderReader, readVectors, vectorsFolder } from '#test/conformance/ledger-vectors.ts'
import {
  BundleBuilder,
  bundleLeafHashes,
  decodeBundle,
  formatVkey,
  leafHash,
  noteKeyTypes,
  openCheckpoint,
  parseVkey,
  pathOf,
  rootFromLeaves,
  TreeBuilder,
  tilesForSize,
  toBase64,
  verifyConsistency,
  verifyInclusion,
} from './index.ts'

const vectors = await readVectors()
const reader = folderReader(join(vectorsFolder, 'log'))
const entries = (
  await Promise.all([256, 256, 188].map(async (width, n) => decodeBundle(await reader.readEntries(n, width), width)))
).flat()
const leaves = entries.map(leafHash)

test('the vectors hold what they say', () => {
  expect([entries.length, vectors.roots.length, vectors.checkpoints.length]).toEqual([700, 700, 9])
  expect([vectors.inclusion.length, vectors.consistency.length]).toEqual([82, 79])
})

test('the root at every size is the one of the independent log, however the tree was grown', () => {
  const builder = new TreeBuilder()
  for (const [i, leaf] of leaves.entries()) {
    builder.append([leaf])
    expect(toBase64(builder.root())).toBe(vectors.roots[i])
    if (i % 50 === 0) expect(toBase64(rootFromLeaves(leaves.slice(0, i + 1)))).toBe(vectors.roots[i])
  }
  const atOnce = new TreeBuilder()
  atOnce.append(leaves)
  expect(toBase64(atOnce.root())).toBe(vectors.roots[699])
})

test('every tile and bundle has the bytes of the independent log', async () => {
  const tree = new TreeBuilder()
  const bundles = new BundleBuilder()
  const tiles = [...tree.append(leaves), ...tree.partials(), ...bundles.append(entries), ...bundles.partials()]
  for (const tile of tiles) {
    const { level, n, width, bytes } = tile
    const theirs = level === 'entries' ? await reader.readEntries(n, width) : await reader.readTile(level, n, width)
    expect(Buffer.compare(bytes, theirs), pathOf(tile)).toBe(0)
  }
  expect(tiles.map(pathOf).sort()).toEqual([...tilesForSize(700)].map(pathOf).sort())
  expect(tiles.length).toBe(7)
})

test('a builder restored from the tiles goes on where the log stopped', async () => {
  const tree = await TreeBuilder.load(700, reader)
  expect(toBase64(tree.root())).toBe(vectors.roots[699])
  const whole = new TreeBuilder()
  whole.append(leaves)
  const more = leaves.slice(0, 400)
  expect(tree.append(more)).toEqual(whole.append(more))
  expect(tree.partials()).toEqual(whole.partials())
  const bundles = await BundleBuilder.load(700, reader)
  const [first] = bundles.append(entries.slice(0, 68))
  expect(first?.n).toBe(2)
  expect(bundleLeafHashes(first?.bytes ?? new Uint8Array(0), 256)).toEqual(
    tree.append([]).length === 0 ? leavesOf(512, 700, 68) : undefined,
  )
})

test.each(vectors.inclusion)('inclusion of $Index in $Size', ({ Index, Size, Leaf, Root, Proof }) => {
  const inclusion = {
    index: Index,
    size: Size,
    leafHash: bytesOf(Leaf),
    proof: Proof.map(bytesOf),
    root: bytesOf(Root),
  }
  verifyInclusion(inclusion)
  expect(() => verifyInclusion({ ...inclusion, leafHash: inclusion.leafHash.toReversed() })).toThrow('proof')
})

test.each(vectors.consistency)('consistency from $Size1 to $Size2', ({ Size1, Size2, Root1, Root2, Proof }) => {
  const consistency = {
    from: Size1,
    to: Size2,
    fromRoot: bytesOf(Root1),
    toRoot: bytesOf(Root2),
    proof: Proof.map(bytesOf),
  }
  verifyConsistency(consistency)
  expect(() => verifyConsistency({ ...consistency, fromRoot: consistency.fromRoot.toReversed() })).toThrow('proof')
})

test('every checkpoint of the independent log opens, and the witness is seen', async () => {
  const log = parseVkey(vectors.vkey)
  for (const note of vectors.checkpoints) {
    const { size, root } = await openCheckpoint(note, [log], vectors.origin)
    expect(toBase64(root)).toBe(vectors.roots[size - 1])
  }
  // Their witness key is written as a plain Ed25519 key: the key that signs cosignatures has the same 32 bytes.
  const plain = parseVkey(vectors.witness_vkey)
  const witness = parseVkey(formatVkey(plain.name, noteKeyTypes.cosignature, plain.key.bytes))
  const cosigned = await openCheckpoint(vectors.cosigned, [log, witness], vectors.origin)
  expect(cosigned.cosignatures).toEqual([{ name: 'witness.example/w1', time: 0x6b049065 }])
  await expect(openCheckpoint(vectors.cosigned.replace('\n700\n', '\n699\n'), [log], vectors.origin)).rejects.toThrow(
    'verify',
  )
  await expect(openCheckpoint(vectors.cosigned, [witness], vectors.origin)).rejects.toThrow('no trusted key of the log')
})

/** Leaf hashes from `from` to `to`, then the first `more` again. */
function leavesOf(from: number, to: number, more: number): Uint8Array {
  return new Uint8Array(Buffer.concat([...leaves.slice(from, to), ...leaves.slice(0, more)]))
}
