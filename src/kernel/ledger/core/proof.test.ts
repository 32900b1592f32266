import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, folderReader, readVectors, vectorsFolder } from '#test/conformance/ledger-vectors.ts'
import {
  consistencyProof,
  decodeBundle,
  formatProofFile,
  inclusionProof,
  LedgerError,
  parseProofFile,
  parseVkey,
  TileCache,
  type TileReader,
  tileWidth,
  toBase64,
  verifyProofFile,
} from './index.ts'

const vectors = await readVectors()
const log = folderReader(join(vectorsFolder, 'log'))
/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))
const verifiers = [parseVkey(vectors.vkey)]

/** The log as it was at any earlier size: each partial tile of then is the beginning of a tile of now. */
const past: TileReader = {
  ...log,
  readTile: async (level, n, width) => (await log.readTile(level, n, tileWidth(level, n, 700))).subarray(0, width * 32),
}

test('every inclusion proof of the independent log comes out the same', async () => {
  const atHead = vectors.inclusion.filter(({ Size }) => Size === 700)
  expect(atHead.length).toBeGreaterThan(5)
  const cache = new TileCache(past)
  for (const { Index, Size, Proof } of vectors.inclusion) {
    expect((await inclusionProof(cache, Index, Size)).map(toBase64)).toEqual(Proof)
  }
})

test('every consistency proof of the independent log comes out the same', async () => {
  for (const { Size1, Size2, Proof } of vectors.consistency) {
    expect((await consistencyProof(past, Size1, Size2)).map(toBase64)).toEqual(Proof)
  }
})

test('a cache of one tile answers the same as one of many', async () => {
  const small = new TileCache(past, 1)
  for (const { Index, Size, Proof } of vectors.inclusion.slice(-10)) {
    expect((await inclusionProof(small, Index, Size)).map(toBase64)).toEqual(Proof)
  }
})

test('where a partial tile gave way to the full one, the full one is read', async () => {
  const grown: TileReader = {
    ...past,
    readTile: (level, n, width) =>
      width < 256 && level === 0 ? Promise.reject(new Error('gone')) : past.readTile(level, n, width),
  }
  const at300 = vectors.inclusion.filter(({ Size }) => Size > 256 && Size < 512)
  expect(at300.length).toBeGreaterThan(3)
  for (const { Index, Size, Proof } of at300)
    expect((await inclusionProof(grown, Index, Size)).map(toBase64)).toEqual(Proof)
})

test('a proof out of range is refused', () => {
  expect(() => inclusionProof(log, 700, 700)).toThrow('not in a tree')
  expect(() => inclusionProof(log, -1, 700)).toThrow('not a tree size')
  expect(() => inclusionProof(log, 0.5, 700)).toThrow('not a tree size')
  expect(() => consistencyProof(log, 0, 700)).toThrow('no consistency proof')
  expect(() => consistencyProof(log, 700, 699)).toThrow('no consistency proof')
})

test('a tile that is gone or short is named', async () => {
  const gone: TileReader = { ...log, readTile: () => Promise.reject(new Error('no such file')) }
  await expect(inclusionProof(gone, 3, 700)).rejects.toMatchObject({ code: 'tile_missing' })
  const short: TileReader = { ...log, readTile: async () => new Uint8Array(31) }
  await expect(inclusionProof(short, 3, 700)).rejects.toMatchObject({ code: 'tile_invalid' })
})

async function sampleProofFile(): Promise<{ text: string; entry: Uint8Array }> {
  const proof = await inclusionProof(log, 300, 700)
  const entry = decodeBundle(await log.readEntries(1, 256), 256)[300 - 256] ?? new Uint8Array(0)
  return { text: formatProofFile({ index: 300, proof, checkpoint: vectors.cosigned }), entry }
}

test('a proof file has the C2SP form and verifies offline', async () => {
  const { text, entry } = await sampleProofFile()
  const lines = text.split('\n')
  expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 300'])
  expect(text.endsWith(`\n\n${vectors.cosigned}`)).toBe(true)
  const proven = await verifyProofFile(text, entry, verifiers, vectors.origin)
  expect(proven).toMatchObject({ index: 300, size: 700, root: bytesOf(vectors.roots[699] ?? '') })
})

test('a proof file of another entry, log or key is refused', async () => {
  const { text, entry } = await sampleProofFile()
  await expect(verifyProofFile(text, entry.toReversed(), verifiers, vectors.origin)).rejects.toMatchObject({
    code: 'proof_invalid',
  })
  await expect(verifyProofFile(text, entry, verifiers, 'other.example/log')).rejects.toMatchObject({
    code: 'origin_mismatch',
  })
  await expect(verifyProofFile(text, entry, [], vectors.origin)).rejects.toMatchObject({ code: 'note_unsigned' })
})

test.each([
  ['another header', (text: string) => text.replace('@v1', '@v2')],
  ['a number with a leading zero', (text: string) => text.replace('index 300', 'index 0300')],
  ['a number beyond 2^53', (text: string) => text.replace('index 300', 'index 9007199254740992')],
  ['a hash in the URL alphabet', (text: string) => text.replace(/\n[^\n]{43}=\n/, `\n${'_'.repeat(43)}=\n`)],
  ['extra data that is not base64', (text: string) => text.replace('index', 'extra ???\nindex')],
  ['64 hashes', (text: string) => text.replace('index 300\n', `index 300\n${`${'A'.repeat(43)}=\n`.repeat(64)}`)],
  ['carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
  ['no checkpoint', (text: string) => text.slice(0, text.indexOf('\n\n'))],
])('a proof file with %s is refused', async (_, change) => {
  const { text } = await sampleProofFile()
  expect(change(text)).not.toBe(text)
  expect(() => parseProofFile(change(text))).toThrow(LedgerError)
})

test('extra data comes back, and is not part of what is proven', async () => {
  const { text, entry } = await sampleProofFile()
  const withExtra = formatProofFile({ ...parseProofFile(text), extra: Uint8Array.of(1, 2, 3) })
  expect(withExtra.split('\n')[1]).toBe('extra AQID')
  expect(parseProofFile(withExtra).extra).toEqual(Uint8Array.of(1, 2, 3))
  await verifyProofFile(withExtra, entry, verifiers, vectors.origin)
})

test('no change of one character of a proof file is accepted, but in the parts that nothing proves', async () => {
  const { text, entry } = await sampleProofFile()
  // The witness's line is not of a key that is trusted here, so it is passed over.
  const proven = text.indexOf('— witness')
  await fc.assert(
    fc.asyncProperty(fc.nat(proven - 1), fc.string({ minLength: 1, maxLength: 1 }), async (at, mark) => {
      fc.pre(text[at] !== mark)
      const changed = text.slice(0, at) + mark + text.slice(at + 1)
      await expect(verifyProofFile(changed, entry, verifiers, vectors.origin)).rejects.toBeInstanceOf(LedgerError)
    }),
    { numRuns: 500 },
  )
})

test('whatever the text, parsing throws nothing but a ledger error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        fc.string().map((rest) => `c2sp.org/tlog-proof@v1\nindex 1\n${rest}\n\n`),
      ),
      (text) => {
        try {
          parseProofFile(text)
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError)
        }
      },
    ),
  )
})
