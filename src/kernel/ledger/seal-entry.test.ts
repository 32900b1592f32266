import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalize, type Json } from '#kernel/ledger'
import { createCommitter } from './commit-values.ts'
import { canonicalText } from './seal-entry.ts'

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
