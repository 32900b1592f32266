import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bundleLeafHashes,
  decodeBundle,
  encodeBundle,
  entriesPath,
  entryOfBundle,
  fullTiles,
  LedgerError,
  leafHash,
  parseTilePath,
  partialWidth,
  pathOf,
  TreeBuilder,
  tilePath,
  tilesForSize,
  tileWidth,
  toHex,
} from './index.ts'

const refusal = (code: string) => expect.objectContaining({ name: 'LedgerError', code })

// The first is the example of C2SP tlog-tiles.
test.each([
  [tilePath(0, 1_234_067), 'tile/0/x001/x234/067'],
  [tilePath(0, 0), 'tile/0/000'],
  [tilePath(1, 999), 'tile/1/999'],
  [tilePath(1, 1000), 'tile/1/x001/000'],
  [tilePath(63, 5, 255), 'tile/63/005.p/255'],
  [tilePath(0, Number.MAX_SAFE_INTEGER), 'tile/0/x009/x007/x199/x254/x740/991'],
  [entriesPath(273, 112), 'tile/entries/273.p/112'],
  [entriesPath(273), 'tile/entries/273'],
])('the path %s', (path, expected) => {
  expect(path).toBe(expected)
  expect(pathOf(parseTilePath(path))).toBe(path)
})

test.each([
  'tile/0/0',
  'tile/0/0000',
  'tile/0/x000/001',
  'tile/0/x001/x234/67',
  'tile/0/001/067',
  'tile/00/001',
  'tile/64/001',
  'tile/-1/001',
  'tile/0/001.p/0',
  'tile/0/001.p/00',
  'tile/0/001.p/256',
  'tile/0/001.p/01',
  'tile/0/001.p/',
  'tile/entries/001.p/257',
  'tile/data/001',
  'tile/0/001/',
  '/tile/0/001',
  'tile/0/../001',
  'tile/0/001\n',
  'tile/0/x009/x007/x199/x254/x740/992',
  'tile/0/٠٠١',
  'checkpoint',
  '',
])('%j is not a tile path', (path) => {
  expect(() => parseTilePath(path)).toThrow(refusal('tile_path_invalid'))
})

test('the tiles of size 70,000 are those of the specification', () => {
  // C2SP tlog-tiles: 273 full and 112 in the partial one at level 0, 1 and 17 at level 1, 1 at level 2.
  expect([0, 1, 2, 3].map((level) => [fullTiles(level, 70_000), partialWidth(level, 70_000)])).toEqual([
    [273, 112],
    [1, 17],
    [0, 1],
    [0, 0],
  ])
  const paths = [...tilesForSize(70_000)].map(pathOf)
  expect(paths.length).toBe(274 + 274 + 2 + 1)
  expect(paths.slice(-4)).toEqual(['tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1'])
  expect(new Set(paths).size).toBe(paths.length)
})

test('sizes at the edges have exactly their tiles', () => {
  expect([...tilesForSize(0)]).toEqual([])
  expect([...tilesForSize(1)].map(pathOf)).toEqual(['tile/entries/000.p/1', 'tile/0/000.p/1'])
  expect([...tilesForSize(256)].map(pathOf)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1'])
  expect([...tilesForSize(257)].map(pathOf)).toEqual([
    'tile/entries/000',
    'tile/entries/001.p/1',
    'tile/0/000',
    'tile/0/001.p/1',
    'tile/1/000.p/1',
  ])
})

test('indexes beyond 32 bits are counted exactly', () => {
  const size = 2 ** 53 - 1
  expect([fullTiles(0, size), partialWidth(0, size)]).toEqual([2 ** 45 - 1, 255])
  expect(tileWidth(0, 2 ** 45 - 1, size)).toBe(255)
  expect(tileWidth(0, 2 ** 45, size)).toBe(0)
  expect(tileWidth(6, 0, size)).toBe(31)
  expect(() => [...tilesForSize(2 ** 53)]).toThrow(refusal('size_invalid'))
})

test('a bundle is each entry after its length', () => {
  const entries = [Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(7)]
  const bytes = encodeBundle(entries)
  expect(toHex(bytes.subarray(0, 9))).toBe(`0000${'0003'}010203${'012c'}`)
  expect(decodeBundle(bytes, 3)).toEqual(entries)
  expect([0, 1, 2, 3].map((i) => entryOfBundle(bytes, 3, i))).toEqual([...entries, undefined])
  expect(bundleLeafHashes(bytes, 3)).toEqual(new Uint8Array(Buffer.concat(entries.map(leafHash))))
})

test('the largest entry of the format has 65,535 bytes', () => {
  const largest = new Uint8Array(65_535)
  expect(decodeBundle(encodeBundle([largest]), 1)).toEqual([largest])
  expect(bundleLeafHashes(encodeBundle([largest]), 1)).toEqual(leafHash(largest))
  expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(refusal('entry_too_large'))
})

test.each<[string, number[], number]>([
  ['cut in its last entry', [0, 3, 1, 2], 1],
  ['cut in a length', [0, 1, 1, 0], 2],
  ['longer than its entries', [0, 1, 1, 0], 1],
  ['empty', [], 1],
  ['of no entries', [], 0],
  ['of 257 entries', [], 257],
  ['of half an entry', [0, 0], 0.5],
])('a bundle %s is refused', (_, bytes, width) => {
  expect(() => decodeBundle(Uint8Array.from(bytes), width)).toThrow(refusal('bundle_invalid'))
  expect(() => bundleLeafHashes(Uint8Array.from(bytes), width)).toThrow(LedgerError)
  expect(() => entryOfBundle(Uint8Array.from(bytes), width, 0)).toThrow(refusal('bundle_invalid'))
})

test('entries go through a bundle unchanged, and each bundle is read in one way only', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 20 }), (given, width) => {
      const bytes = encodeBundle(given)
      expect(decodeBundle(bytes, given.length)).toEqual(given)
      if (width !== given.length) expect(() => decodeBundle(bytes, width)).toThrow(refusal('bundle_invalid'))
    }),
  )
})

test('whatever the bytes and text, nothing but a ledger error is thrown, and what is read is written the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 8 }), fc.string(), (bytes, width, text) => {
      for (const [read, write] of [
        [() => decodeBundle(bytes, width), (entries: Uint8Array[]) => expect(encodeBundle(entries)).toEqual(bytes)],
        [
          () => [parseTilePath(`tile/0/${text}`)],
          ([address]: never[]) => expect(pathOf(address as never)).toBe(`tile/0/${text}`),
        ],
      ] as const) {
        let value: unknown[] = []
        try {
          value = read()
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError)
          continue
        }
        write(value as never)
      }
    }),
  )
})

test('a tree grown in any batches gives the same tiles, roots and partial tiles', () => {
  const leaves = Array.from({ length: 1100 }, (_, i) => leafHash(Uint8Array.of(i >> 8, i & 255)))
  const whole = new TreeBuilder()
  const expected = whole.append(leaves).map(pathOf).sort()
  expect(expected).toEqual(['tile/0/000', 'tile/0/001', 'tile/0/002', 'tile/0/003'])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 6 }), (cuts) => {
      const tree = new TreeBuilder()
      const tiles: string[] = []
      let at = 0
      for (const cut of [...cuts, leaves.length]) {
        tiles.push(...tree.append(leaves.slice(at, at + cut)).map(pathOf))
        at += cut
      }
      expect(tiles.sort()).toEqual(expected)
      expect(tree.root()).toEqual(whole.root())
      expect(tree.partials()).toEqual(whole.partials())
    }),
    { numRuns: 20 },
  )
})

test('a batch with a hash of another length changes nothing', () => {
  const tree = new TreeBuilder()
  expect(() => tree.append([new Uint8Array(32), new Uint8Array(31)])).toThrow(refusal('hash_invalid'))
  expect([tree.size, tree.partials()]).toEqual([0, []])
})

test('a clone grows apart from its tree', () => {
  const tree = new TreeBuilder()
  tree.append([new Uint8Array(32)])
  const root = tree.root()
  tree.clone().append([new Uint8Array(32).fill(1)])
  expect(tree.root()).toEqual(root)
})
