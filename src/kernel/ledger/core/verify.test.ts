import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, folderReader, readVectors, vectorsFolder } from '#test/conformance/ledger-vectors.ts'
import {
  filesReader,
  sampleEntries,
  sampleLog,
  sampleOrigin,
  sampleRecord,
  sampleRecordKeys,
  sampleSigner,
  sampleVerifiers,
} from '#test/conformance/sample-log.ts'
import {
  type LogVerification,
  openPrivateKey,
  parseVkey,
  recordKeys,
  signNote,
  signRecord,
  utf8,
  type VerifyLogOptions,
  verifyLog,
} from './index.ts'

const trusted: VerifyLogOptions = {
  origin: sampleOrigin,
  verifiers: sampleVerifiers,
  recordKeys: sampleRecordKeys,
  signatures: 'all',
}
const entries = sampleEntries(600)
const files = sampleLog(entries)

function verifyFiles(changed: ReadonlyMap<string, Uint8Array>, options = trusted): Promise<LogVerification> {
  return verifyLog(filesReader(changed), options)
}

/** The log with one byte of one file flipped. */
function flipped(path: string, at: number): Map<string, Uint8Array> {
  const bytes = files.get(path)?.slice()
  if (bytes === undefined || at >= bytes.length) throw new Error(`there is no byte ${at} in ${path}`)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return new Map(files).set(path, bytes)
}

/** Where entry `i` of the first bundle begins in it. */
function offsetOf(i: number): number {
  return entries.slice(0, i).reduce((at, entry) => at + 2 + entry.length, 2)
}

test('the independent log verifies without signatures of records', async () => {
  const vectors = await readVectors()
  const result = await verifyLog(folderReader(join(vectorsFolder, 'log')), {
    origin: vectors.origin,
    verifiers: [parseVkey(vectors.vkey)],
    recordKeys: new Map(),
    signatures: 'none',
  })
  expect(result).toEqual({
    size: 700,
    root: bytesOf(vectors.roots[699] ?? ''),
    checked: { entries: 700, tiles: 4, signatures: 0 },
    problems: [],
    unlisted: 0,
  })
})

test('a right log verifies: every entry, tile and signature was looked at', async () => {
  const seen: number[] = []
  const result = await verifyFiles(files, { ...trusted, onProgress: ({ checked }) => seen.push(checked) })
  expect(result).toMatchObject({ size: 600, checked: { entries: 600, tiles: 4, signatures: 600 }, problems: [] })
  expect(seen).toEqual([256, 512, 600])
})

test('an empty log verifies', async () => {
  expect(await verifyFiles(sampleLog([]))).toMatchObject({ size: 0, problems: [], checked: { entries: 0 } })
})

test('a changed entry is named by its index, in a full bundle and in the partial one', async () => {
  const inFull = await verifyFiles(flipped('tile/entries/000', offsetOf(77) + 200))
  expect(inFull.problems).toEqual([expect.objectContaining({ code: 'entry_mismatch', index: 77 })])
  const bundle = files.get('tile/entries/002.p/88')?.length ?? 0
  const inPartial = await verifyFiles(flipped('tile/entries/002.p/88', bundle - 200))
  expect(inPartial.problems).toEqual([expect.objectContaining({ code: 'entry_mismatch', index: 599 })])
})

test('a changed tile is named by its path, at every level', async () => {
  const leaves = await verifyFiles(flipped('tile/0/001', 32 * 5))
  expect(leaves.problems).toEqual([
    expect.objectContaining({ code: 'tile_mismatch', path: 'tile/0/001', message: 'hash 5 is not of its entry' }),
  ])
  const partial = await verifyFiles(flipped('tile/0/002.p/88', 0))
  expect(partial.problems).toEqual([expect.objectContaining({ code: 'tile_mismatch', path: 'tile/0/002.p/88' })])
  const above = await verifyFiles(flipped('tile/1/000.p/2', 32))
  expect(above.problems).toEqual([
    { code: 'tile_mismatch', path: 'tile/1/000.p/2', message: 'hash 1 is not of the records 256 to 511' },
  ])
})

test('an entry and its hash changed together are found by the tree above', async () => {
  const other = [...entries]
  other[300] = signRecord({ ...sampleRecord(300), operation: 'forged' }, sampleSigner)
  const forged = sampleLog(other)
  const mixed = new Map(files)
  for (const path of ['tile/entries/001', 'tile/0/001']) mixed.set(path, forged.get(path) ?? new Uint8Array(0))
  expect((await verifyFiles(mixed)).problems).toEqual([
    { code: 'tile_mismatch', path: 'tile/1/000.p/2', message: 'hash 1 is not of the records 256 to 511' },
    expect.objectContaining({ code: 'root_mismatch', path: 'checkpoint' }),
  ])
})

test.each([
  ['dropped', entries.toSpliced(10, 1)],
  ['added', entries.toSpliced(10, 0, signRecord(sampleRecord(9999), sampleSigner))],
  ['moved', entries.toSpliced(10, 2, ...entries.slice(10, 12).reverse())],
])('a whole log rebuilt with an entry %s does not have the signed root', async (_, changed) => {
  const rebuilt = sampleLog(changed).set('checkpoint', files.get('checkpoint') ?? new Uint8Array(0))
  const { problems } = await verifyFiles(rebuilt)
  expect(problems.length).toBeGreaterThan(0)
})

test('a rebuilt log signed by another key is refused at its checkpoint', async () => {
  const note = new TextDecoder().decode(files.get('checkpoint'))
  const resigned = signNote(note.slice(0, note.indexOf('\n\n') + 1), [
    { name: sampleOrigin, key: openPrivateKey(new Uint8Array(32).fill(1)) },
  ])
  const result = await verifyFiles(new Map(files).set('checkpoint', utf8(resigned)))
  expect(result).toMatchObject({ size: 0, problems: [{ code: 'note_unsigned', path: 'checkpoint' }] })
})

test('entries that are signed wrongly, by a stranger, malformed or twice there are named', async () => {
  const stranger = { ...sampleSigner, kid: 'deadbeef' }
  const forger = { ...sampleSigner, sign: (bytes: Uint8Array) => sampleSigner.sign(bytes.toReversed()) }
  const bad = entries.slice(0, 20)
  bad[3] = signRecord(sampleRecord(3), stranger)
  bad[5] = signRecord(sampleRecord(5), forger)
  bad[7] = utf8('{"p":{},"s":[]}')
  bad[9] = signRecord({ ...sampleRecord(9), id: sampleRecord(2).id }, sampleSigner)
  expect((await verifyFiles(sampleLog(bad))).problems.map(({ code, index }) => [index, code])).toEqual([
    [3, 'entry_key_unknown'],
    [5, 'entry_signature_wrong'],
    [7, 'entry_invalid'],
    [9, 'entry_id_repeated'],
  ])
})

test('another record key makes every entry a problem, of which a bounded number is listed', async () => {
  const result = await verifyFiles(files, {
    ...trusted,
    recordKeys: recordKeys([openPrivateKey(new Uint8Array(32).fill(3)).publicKey]),
  })
  expect(result.problems.length).toBe(100)
  expect(result.unlisted).toBe(500)
})

test.each(['tile/entries/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2'])(
  '%s missing is named',
  async (path) => {
    const less = new Map(files)
    expect(less.delete(path)).toBe(true)
    expect((await verifyFiles(less)).problems).toContainEqual(expect.objectContaining({ code: 'tile_missing', path }))
  },
)

test('a log without a checkpoint says so', async () => {
  const { problems } = await verifyFiles(new Map([...files].filter(([path]) => path !== 'checkpoint')))
  expect(problems).toEqual([expect.objectContaining({ code: 'checkpoint_missing' })])
})

test('no flipped bit of any file goes unseen', async () => {
  const bits = fc
    .constantFrom(...files.keys())
    .chain((path) => fc.tuple(fc.constant(path), fc.nat((files.get(path)?.length ?? 1) - 1)))
  await fc.assert(
    fc.asyncProperty(bits, async ([path, at]) => {
      const { problems } = await verifyFiles(flipped(path, at), { ...trusted, signatures: 'none' })
      expect(problems.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})
