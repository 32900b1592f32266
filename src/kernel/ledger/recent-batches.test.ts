import { expect, test } from 'vitest'
import { createRecentBatches } from './recent-batches.ts'

const batch = (bytes: number) => ({ entries: new Uint8Array(bytes), leafHashes: new Uint8Array(32) })
const mebibyte = 1024 * 1024

test('nothing is kept before a writer leads, nor after', () => {
  const recent = createRecentBatches()
  recent.keep(1, batch(10))
  expect([...recent.known().keys()]).toEqual([])
  recent.restart('keep')
  recent.keep(2, batch(30))
  expect(recent.known()).toEqual(new Map([[2, batch(30)]]))
  recent.restart('leave')
  recent.keep(3, batch(10))
  expect([...recent.known().keys()]).toEqual([])
})

test('it holds 16 MiB at most; the oldest go first, and what was read is forgotten', () => {
  const recent = createRecentBatches()
  recent.restart('keep')
  for (let id = 1; id <= 20; id++) recent.keep(id, batch(mebibyte))
  const before = recent.known()
  expect([...before.keys()]).toEqual(Array.from({ length: 16 }, (_, i) => i + 5))
  recent.forget(5)
  recent.forget(5)
  recent.keep(21, batch(mebibyte))
  expect([...recent.known().keys()]).toEqual(Array.from({ length: 16 }, (_, i) => i + 6))
  expect(before.has(5)).toBe(true)
})
