import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '#test/conformance/ledger-vectors.ts'
import { sampleEntries, sampleRecordKeys } from '#test/conformance/sample-log.ts'
import {
  type AuditRecord,
  canonicalize,
  commitment,
  dssePae,
  entryJsonSchema,
  type Json,
  LedgerError,
  leafHash,
  parseEntry,
  RECORD_TYPE,
  recordKeys,
  seedToPem,
  sha256,
  signerFromPem,
  signerFromSeed,
  signRecord,
  toBase64,
  toHex,
  utf8,
  validateRecord,
  verifyCommitment,
  verifyEntry,
} from './index.ts'

interface ValidVector {
  readonly why: string
  readonly record: AuditRecord
  readonly canonical: string
  readonly paeSha256: string
  readonly signatures: readonly { readonly kid: string; readonly sig: string }[]
  readonly entry: string
  readonly leafHash: string
}

interface InvalidVector {
  readonly why: string
  readonly error: string
  readonly entry: string
}

interface KeyVector {
  readonly seed: string
  readonly publicKey: string
  readonly kid: string
  readonly trusted: boolean
}

interface CommitmentVector {
  readonly salt: string
  readonly field: string
  readonly value: string
  readonly commitment: string
}

async function read<T>(name: string): Promise<T> {
  const path = fileURLToPath(new URL(`../../../../test/vectors/entries/${name}.json`, import.meta.url))
  return JSON.parse(await readFile(path, 'utf8'))
}

const valid = Object.entries(await read<Record<string, ValidVector>>('valid'))
const invalid = Object.entries(await read<Record<string, InvalidVector>>('invalid'))
const keyVectors = await read<KeyVector[]>('keys')
const commitments = await read<CommitmentVector[]>('commitments')
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const signer = signerFromSeed(fromHex(keyVectors[0]?.seed ?? ''))
const trusted = recordKeys(keyVectors.filter((key) => key.trusted).map((key) => fromHex(key.publicKey)))
const schemaPath = fileURLToPath(new URL('../../../../docs/reference/schemas/entry.schema.json', import.meta.url))

test('there are vectors of both kinds', () => {
  expect([valid.length >= 10, invalid.length >= 40, keyVectors.length, commitments.length]).toEqual([true, true, 3, 5])
})

test.each(keyVectors)('the key $kid has the bytes and the name of the vectors', ({ seed, publicKey, kid }) => {
  const key = signerFromSeed(fromHex(seed))
  expect([toHex(key.publicKey), key.kid]).toEqual([publicKey, kid])
  expect(signerFromPem(seedToPem(fromHex(seed))).kid).toBe(kid)
})

test.each(commitments)(
  'the commitment to $field is the one of the vectors, and of no other value, field or salt',
  (vector) => {
    const [salt, value] = [fromHex(vector.salt), fromHex(vector.value)]
    expect(commitment(salt, vector.field, value)).toBe(vector.commitment)
    expect(verifyCommitment(vector.commitment, salt, vector.field, value)).toBe(true)
    expect(verifyCommitment(vector.commitment, salt, `${vector.field}s`, value)).toBe(false)
    expect(verifyCommitment(vector.commitment, salt, vector.field, Uint8Array.of(...value, 0))).toBe(false)
    expect(
      verifyCommitment(
        vector.commitment,
        salt.map((byte) => byte ^ 1),
        vector.field,
        value,
      ),
    ).toBe(false)
  },
)

test.each(valid)('the valid entry %s is written, signed and read to the byte', async (_, vector) => {
  const bytes = bytesOf(vector.entry)
  expect(canonicalize(vector.record as unknown as Json)).toBe(vector.canonical)
  expect(toHex(sha256(dssePae(RECORD_TYPE, utf8(vector.canonical))))).toBe(vector.paeSha256)
  expect(validateRecord(vector.record)).toEqual(vector.record)
  const [signature] = vector.signatures
  const ours = Buffer.from(signRecord(vector.record, signer)).toString()
  expect(ours).toContain(vector.canonical)
  expect(ours).toContain(signature?.sig)
  if (vector.signatures.length === 1) expect(ours).toBe(Buffer.from(bytes).toString())
  expect(toHex(leafHash(bytes))).toBe(vector.leafHash)
  const entry = await verifyEntry(bytes, trusted)
  expect(canonicalize(entry as unknown as Json)).toBe(new TextDecoder().decode(bytes))
})

test.each(invalid)('the invalid entry %s is refused', async (_, { entry, error }) => {
  await expect(verifyEntry(bytesOf(entry), trusted)).rejects.toMatchObject({ name: 'LedgerError', code: error })
})

test('the published JSON Schema is the one of the code', async () => {
  await expect(`${JSON.stringify(entryJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(schemaPath)
})

test('an independent validator finds the valid entries valid by the published schema, and most invalid records not', async () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(await readFile(schemaPath, 'utf8')))
  const accepts = (entry: string) => validate(JSON.parse(new TextDecoder().decode(bytesOf(entry))))
  for (const [name, { entry }] of valid) expect([name, accepts(entry)]).toEqual([name, true])
  const accepted = invalid
    .filter(([, { error, entry }]) => error === 'entry_invalid' && isJson(entry) && accepts(entry))
    .map(([name]) => name)
  // What a schema cannot say: how fields agree with each other, which days exist, what a number or a string is made of.
  expect(accepted.sort()).toEqual([
    'actor-kind-differs',
    'acts-for-agent',
    'depth-65',
    'half-surrogate-pair',
    'null-without-reason',
    'number-overflows',
    'reason-without-null',
    'signed-twice',
    'time-that-is-not',
    'version-without-reason',
  ])
})

function isJson(entry: string): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(entry)))
    return true
  } catch {
    return false
  }
}

test('a member called __proto__ is not passed over', async () => {
  const record = JSON.parse('{"__proto__":{"a":1},"b":2}')
  const [first] = valid
  const bytes = signRecord({ ...(first?.[1].record as AuditRecord), data: record }, signer)
  const answer = await verifyEntry(bytes, trusted).then(
    (entry) => canonicalize(entry as unknown as Json),
    (error: unknown) => error,
  )
  const isWhole = answer === new TextDecoder().decode(bytes)
  expect(isWhole || answer instanceof LedgerError).toBe(true)
})

test('a record that would not be read back is not signed', () => {
  const [, full] = valid
  const record = full?.[1].record as AuditRecord
  const refusal = (data: AuditRecord['data']) => () => signRecord({ ...record, data }, signer)
  expect(refusal({ fill: 'x'.repeat(32_768) })).toThrow(expect.objectContaining({ code: 'entry_too_large' }))
  expect(refusal({ half: '\ud83d' })).toThrow(expect.objectContaining({ code: 'entry_invalid' }))
  expect(refusal({ deep: JSON.parse('['.repeat(62) + ']'.repeat(62)) })).toThrow(
    expect.objectContaining({ code: 'entry_invalid' }),
  )
})

test('a PEM that is not an Ed25519 key is refused, and its text is not repeated', () => {
  const secret = toBase64(new Uint8Array(48).fill(5))
  const texts = ['', secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`]
  for (const pem of texts) {
    expect(() => signerFromPem(pem)).toThrow(expect.objectContaining({ code: 'key_invalid' }))
    expect(() => signerFromPem(pem)).toThrow(expect.not.stringContaining(secret.slice(0, 8)))
  }
})

test('two record keys of one name are refused', () => {
  expect(() => recordKeys([signer.publicKey, signer.publicKey])).toThrow(
    expect.objectContaining({ code: 'key_invalid' }),
  )
})

const [sample = new Uint8Array(0)] = sampleEntries(1)

test('no change of a byte of an entry is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = sample.slice()
      bytes[at] = (bytes[at] ?? 0) ^ flip
      await expect(verifyEntry(bytes, sampleRecordKeys)).rejects.toBeInstanceOf(LedgerError)
    }),
    { numRuns: 500 },
  )
})

test('whatever the bytes, nothing but a ledger error is thrown', () => {
  const nearEntry = fc
    .tuple(fc.nat(sample.length), fc.uint8Array({ maxLength: 8 }))
    .map(([at, inserted]) => Uint8Array.from([...sample.subarray(0, at), ...inserted, ...sample.subarray(at)]))
  const anyJson = fc.json({ maxDepth: 4 }).map((p) => utf8(`{"p":${p},"s":[]}`))
  fc.assert(
    fc.property(fc.oneof(nearEntry, anyJson, fc.uint8Array()), (bytes) => {
      try {
        parseEntry(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerError)
      }
    }),
    { numRuns: 500 },
  )
})

test('what can be validated can be signed, and reads back as it was', () => {
  const [first] = valid
  const base = first?.[1].record as AuditRecord
  const data = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }))
  fc.assert(
    fc.property(data, (members) => {
      const record = validateRecord({ ...base, data: JSON.parse(JSON.stringify(members)) })
      expect(parseEntry(signRecord(record, signer)).p).toEqual(record)
    }),
  )
})
