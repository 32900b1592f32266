import { expect, test } from 'vitest'
import { fewRandomBytes } from './random.ts'

test('no bytes are given out twice, of any length, and what was given stays as it is', () => {
  const given: string[] = []
  const kept = fewRandomBytes(16)
  const before = kept.toString('hex')
  for (let i = 0; i < 5000; i++) given.push(fewRandomBytes(12 + (i % 21)).toString('hex'))
  expect(new Set(given).size).toBe(5000)
  expect(given.every((hex, i) => hex.length === 2 * (12 + (i % 21)))).toBe(true)
  expect(given.some((hex) => /(00){8}/.test(hex))).toBe(false)
  expect(kept.toString('hex')).toBe(before)
  // not only of the page: more than a page is had as well
  expect(fewRandomBytes(10_000)).toHaveLength(10_000)
})

test('its bits are even', () => {
  const counts = Array.from({ length: 8 }, () => 0)
  for (let i = 0; i < 10_000; i++)
    for (const byte of fewRandomBytes(15))
      for (let bit = 0; bit < 8; bit++) counts[bit] = (counts[bit] ?? 0) + ((byte >> bit) & 1)
  // 150,000 throws: six standard deviations from the middle
  for (const ones of counts) expect(Math.abs(ones - 75_000)).toBeLessThan(6 * Math.sqrt(150_000 / 4))
})
