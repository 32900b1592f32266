import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdSet } from './id-set.ts'

test('an id is new once, among many and however they collide', () => {
  const ids = new IdSet()
  const id = (i: number) => `01990000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`
  const numbers = Array.from({ length: 20_000 }, (_, i) => i)
  expect(numbers.filter((i) => !ids.add(id(i)))).toEqual([])
  expect(numbers.filter((i) => ids.add(id(i)))).toEqual([])
})

test('it answers as a Set of the ids does', () => {
  fc.assert(
    fc.property(fc.array(fc.uuid({ version: 7 })), fc.array(fc.nat(100)), (uuids, again) => {
      const [ours, theirs] = [new IdSet(), new Set<string>()]
      const given = [...uuids, ...again.flatMap((i) => uuids[i] ?? [])]
      for (const id of given) {
        expect(ours.add(id)).toBe(!theirs.has(id))
        theirs.add(id)
      }
    }),
  )
})
