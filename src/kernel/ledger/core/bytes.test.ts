import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, fromBase64, fromUtf8, sameBytes, toBase64, toHex, utf8 } from './index.ts'

test('base64 and hex are those of the platform', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
    }),
  )
})

test('bytes have one base64 text: whatever is read is written the same', () => {
  const nearBase64 = fc.string({ unit: fc.constantFrom(...'ABwQ+/_-= \n'), maxLength: 12 })
  fc.assert(
    fc.property(fc.oneof(nearBase64, fc.base64String(), fc.string()), (text) => {
      const bytes = fromBase64(text)
      if (bytes !== undefined) expect(toBase64(bytes)).toBe(text)
    }),
    { numRuns: 2000 },
  )
  for (const text of ['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', '====', 'AA==AAAA', 'A===', 'AA==\n', '_AAA']) {
    expect(fromBase64(text), text).toBeUndefined()
  }
})

test('text that is not UTF-8 is none', () => {
  expect(fromUtf8(utf8('a€😀\ufeff'))).toBe('a€😀\ufeff')
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]])
    expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined()
})

test('bytes are joined and compared', () => {
  expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
})
