import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalize, type Json } from '#kernel/ledger'
import { bytesOf } from '#test/conformance/ledger-vectors.ts'
import { createCommitter } from './commit-values.ts'
import { signerFromSeed, toHex } from './core/index.ts'
import { canonicalText, completeEntry, prepareEntry } from './seal-entry.ts'

interface Vector {
  readonly canonical: string
  readonly signatures: readonly unknown[]
  readonly entry: string
  readonly leafHash: string
}

const read = async (name: string) =>
  JSON.parse(
    await readFile(fileURLToPath(new URL(`../../../test/vectors/entries/${name}.json`, import.meta.url)), 'utf8'),
  )
const vectors: [string, Vector][] = Object.entries(await read('valid'))
const [{ seed }] = await read('keys')

test.each(vectors.filter(([, one]) => one.signatures.length === 1))(
  'the entry %s and its leaf hash are the ones of the vectors to the byte',
  (_, vector) => {
    const signer = signerFromSeed(Buffer.from(seed, 'hex'))
    const unsigned = prepareEntry(JSON.parse(vector.canonical))
    const { entry, leafHash } = completeEntry(unsigned, signer.kid, signer.sign(unsigned.message))
    expect(entry.toString()).toBe(Buffer.from(bytesOf(vector.entry)).toString())
    expect(toHex(leafHash)).toBe(vector.leafHash)
  },
)

test('no entry is made without a whole signature', () => {
  const unsigned = prepareEntry(JSON.parse(vectors[0]?.[1].canonical ?? ''))
  expect(() => completeEntry(unsigned, '00000000', new Uint8Array(0))).toThrowError(/64/)
})

test('text of objects built in order equals the strict RFC 8785 text, whatever the names and values', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1', '10', '9', 'a', '€', '\u{1f600}', '\ufb33'),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary' }),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(
        names.filter((name) => name !== '__proto__'),
        tie('value'),
      ),
    ),
  }))
  let seen = 0
  fc.assert(
    fc.property(value, (given) => {
      seen++
      const sorted = createCommitter().replace(given, '')
      if (typeof sorted !== 'object' || sorted === null) return
      expect(canonicalText(sorted)).toBe(canonicalize(given as Json))
    }),
    { numRuns: 2000 },
  )
  expect(seen).toBeGreaterThanOrEqual(2000)
})

test('array indexes as names are sorted as text, as RFC 8785 section 3.2.3 asks', () => {
  const sorted = createCommitter().replace({ '10': 1, '9': 2, a: 3 }, '')
  expect(canonicalText(sorted as object)).toBe('{"10":1,"9":2,"a":3}')
})

test('half a surrogate pair is refused instead of escaped', () => {
  expect(() => canonicalText({ a: '\ud800' })).toThrowError(/surrogate/)
})
