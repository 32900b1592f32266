import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  BundleBuilder,
  canonicalize,
  decodeBundle,
  type Inclusion,
  LedgerError,
  leafHash,
  openCheckpoint,
  openPublicKey,
  parseStrict,
  parseVkey,
  sameBytes,
  type TileReader,
  TreeBuilder,
  toBase64,
  verifyConsistency,
  verifyEd25519,
  verifyInclusion,
  verifyLog,
} from '#kernel/ledger/core'
import * as page from '../../src/kernel/ledger/core/ed25519.browser.ts'
import { folderReader } from './ledger-vectors.ts'

/** Where `fetch-ledger-vectors.mjs` puts the vectors of other projects. */
const data =
  process.env['CONFORMANCE_DATA'] ?? fileURLToPath(new URL('../../node_modules/.cache/conformance', import.meta.url))

/** The test over a project's vectors; where they are absent it says so and is listed as skipped. */
function over(project: string, part: string, title: string, body: (path: string) => Promise<void>): void {
  const path = join(data, project, part)
  const isAbsent = !existsSync(path)
  if (isAbsent)
    console.log(`NOT RUN: ${title}: there is no ${path}; node test/conformance/fetch-ledger-vectors.mjs fetches it`)
  test.skipIf(isAbsent)(title, () => body(path))
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8'))
}

async function jsonFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
}

/** Hashes of vectors; null stands for none, and one that is not base64 for no hash. */
function hash(base64: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(base64 ?? '', 'base64'))
}

/** Whether `work` goes through; an error that is not a ledger error is a fault of ours. */
function holds(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof LedgerError) return false
    throw error
  }
}

interface InclusionVector {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

over('merkle', 'testdata/inclusion', 'inclusion vectors of transparency-dev/merkle', async (folder) => {
  const files = await jsonFiles(folder)
  expect(files.length).toBe(98)
  for (const file of files) {
    const vector = await readJson<InclusionVector>(file)
    const inclusion: Inclusion & { root: Uint8Array } = {
      index: vector.leafIdx,
      size: vector.treeSize,
      leafHash: hash(vector.leafHash),
      proof: (vector.proof ?? []).map(hash),
      root: hash(vector.root),
    }
    expect([file, holds(() => verifyInclusion(inclusion))]).toEqual([file, !vector.wantErr])
  }
})

interface ConsistencyVector {
  readonly size1: number
  readonly size2: number
  readonly root1: string
  readonly root2: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

over('merkle', 'testdata/consistency', 'consistency vectors of transparency-dev/merkle', async (folder) => {
  const files = await jsonFiles(folder)
  expect(files.length).toBe(98)
  const withoutHashes: string[] = []
  for (const file of files) {
    const { size1, size2, root1, root2, proof, wantErr } = await readJson<ConsistencyVector>(file)
    const verify = () =>
      verifyConsistency({
        from: size1,
        to: size2,
        fromRoot: hash(root1),
        toRoot: hash(root2),
        proof: (proof ?? []).map(hash),
      })
    // One vector has a text in place of both roots; a root here has 32 bytes.
    const isHash = hash(root1).length === 32
    if (!isHash && !wantErr) withoutHashes.push(basename(file))
    expect([file, holds(verify)]).toEqual([file, isHash && !wantErr])
  }
  expect(withoutHashes).toEqual(['sizes-are-equal-one-and-proof-is-empty.json'])
})

over(
  'tessera',
  'testdata/log',
  'every size of the log of Tessera: checkpoints, roots, tiles and bundles',
  async (folder) => {
    const log = parseVkey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx')
    const reader = folderReader(folder)
    const entries = decodeBundle(await reader.readEntries(0, 15), 15)
    const tree = new TreeBuilder()
    const bundles = new BundleBuilder()
    for (let size = 0; size <= 15; size++) {
      const checkpoint = await readFile(join(folder, `checkpoint.${size}`), 'utf8')
      const opened = await openCheckpoint(checkpoint, [log], 'example.com/log/testdata')
      expect([opened.size, toBase64(opened.root)]).toEqual([size, toBase64(tree.root())])
      const next = entries.slice(size, size + 1)
      tree.append(next.map(leafHash))
      bundles.append(next)
      for (const { bytes, width } of tree.partials()) {
        if (width <= 15) expect(sameBytes(bytes, await reader.readTile(0, 0, width))).toBe(true)
      }
      for (const { bytes, width } of bundles.partials())
        expect(sameBytes(bytes, await reader.readEntries(0, width))).toBe(true)
      const atSize: TileReader = { ...reader, readCheckpoint: async () => checkpoint }
      const options = {
        origin: 'example.com/log/testdata',
        verifiers: [log],
        recordKeys: new Map(),
        signatures: 'none',
      } as const
      expect(await verifyLog(atSize, options)).toMatchObject({ size, problems: [], checked: { entries: size } })
    }
  },
)

const limits = { maxBytes: 1_000_000, maxDepth: 64 }

over('json-canonicalization', 'testdata/input', 'files of cyberphone/json-canonicalization', async (folder) => {
  const names = await readdir(folder)
  expect(names.length).toBe(6)
  for (const name of names) {
    const written = canonicalize(parseStrict(new Uint8Array(await readFile(join(folder, name))), limits))
    expect(written).toBe(await readFile(join(folder, '../output', name), 'utf8'))
    const hex = await readFile(join(folder, '../outhex', name.replace('.json', '.txt')), 'utf8')
    expect(Buffer.from(written).toString('hex')).toBe(hex.replaceAll(/\s/g, ''))
  }
})

/** Digest of the first lines of the number test, as the README of its project states them. */
const numberDigests = new Map([
  [1_000, 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687'],
  [10_000, 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892'],
  [100_000, '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7'],
  [1_000_000, '49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16'],
])

over(
  'json-canonicalization',
  'testdata/numgen.js',
  'a million numbers of cyberphone/json-canonicalization',
  async (path) => {
    const constants = [...(await readFile(path, 'utf8')).matchAll(/0x([0-9a-f]{16})n,/g)].map(([, hex]) =>
      BigInt(`0x${hex}`),
    )
    expect(constants.length).toBeGreaterThan(100)
    const digest = createHash('sha256')
    let lines = 0
    for (const bits of numberBits(constants)) {
      digest.update(`${bits.toString(16)},${canonicalize(doubleOf(bits))}\n`)
      const expected = numberDigests.get(++lines)
      if (expected !== undefined) expect([lines, digest.copy().digest('hex')]).toEqual([lines, expected])
      if (lines === 1_000_000) break
    }
    expect(lines).toBe(1_000_000)
  },
)

/** The constants, then 2000 doubles from the smallest normal one up, then those in a chain of SHA-256 digests. */
function* numberBits(constants: readonly bigint[]): Generator<bigint> {
  yield* constants
  for (let i = 0n; i < 2000n; i++) yield 0x0010000000000000n + i
  let block = Buffer.alloc(32)
  for (;;) {
    block = createHash('sha256').update(block).digest()
    for (const at of [0, 8, 16, 24]) {
      const bits = block.readBigUInt64LE(at)
      const value = doubleOf(bits)
      if (value !== 0 && Number.isFinite(value)) yield bits
    }
  }
}

function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(bits)
  return bytes.readDoubleBE()
}

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** The verdicts of Node, of a page with WebCrypto, and of one without. */
async function verdicts(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<[boolean, boolean, boolean]> {
  if (!holds(() => openPublicKey(key))) {
    expect(holds(() => page.openPublicKey(key))).toBe(false)
    return [false, false, false]
  }
  const inPage = page.openPublicKey(key)
  return [
    await verifyEd25519(openPublicKey(key), message, signature),
    await page.verifyEd25519(inPage, message, signature),
    await page.verifyEd25519({ bytes: key, handle: Promise.resolve(undefined) }, message, signature),
  ]
}

interface Wycheproof {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string }
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly sig: string
      readonly result: string
    }[]
  }[]
}

over('wycheproof', 'testvectors_v1/ed25519_test.json', 'Ed25519 vectors of Wycheproof', async (path) => {
  const { numberOfTests, testGroups } = await readJson<Wycheproof>(path)
  let count = 0
  for (const { publicKey, tests } of testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      const isValid = result === 'valid'
      const answers = await verdicts(fromHex(publicKey.pk), fromHex(msg), fromHex(sig))
      expect([tcId, ...answers]).toEqual([tcId, isValid, isValid, isValid])
      count++
    }
  }
  expect([count, numberOfTests]).toEqual([151, 151])
})

interface Cctv {
  readonly number: number
  readonly key: string
  readonly sig: string
  readonly msg: string
  readonly flags: readonly string[] | null
}

over(
  'cctv',
  'ed25519/ed25519vectors.json',
  'Ed25519 edge cases of CCTV: one verdict everywhere, no point of small order',
  async (path) => {
    const vectors = await readJson<Cctv[]>(path)
    expect(vectors.length).toBe(914)
    const refused = [
      'low_order_A',
      'low_order_R',
      'non_canonical_A',
      'non_canonical_R',
      'low_order_residue',
      'reencoded_k',
    ]
    for (const { number, key, sig, msg, flags } of vectors) {
      const isAccepted = !(flags ?? []).some((flag) => refused.includes(flag))
      const answers = await verdicts(fromHex(key), new TextEncoder().encode(msg), fromHex(sig))
      expect([number, ...answers]).toEqual([number, isAccepted, isAccepted, isAccepted])
    }
  },
)
