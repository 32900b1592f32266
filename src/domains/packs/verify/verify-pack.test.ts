import { expect, test } from 'vitest'
import { keysOf, ORIGIN, sampleKeys, samplePack } from '#test/independent/sample-pack.ts'
import { bytesSource } from '../zip/read-zip.ts'
import { verifyPack } from './verify-pack.ts'

test.each([1, 2, 255, 256, 257, 300])('a pack of a log of %d records verifies', async (size) => {
  const verdict = await verifyPack(bytesSource(await samplePack({ size })))
  expect(verdict.problems).toEqual([])
  expect(verdict).toMatchObject({ result: 'verified', trust: 'unpinned', origin: ORIGIN, size, completeness: 'whole' })
  expect(verdict.checks.map((check) => check.status)).toEqual(Array(9).fill('pass'))
})

test('the same input gives the same bytes', async () => {
  expect(await samplePack({ size: 5 })).toEqual(await samplePack({ size: 5 }))
})

test('with the operator’s keys pinned the pack verifies as pinned', async () => {
  const verdict = await verifyPack(bytesSource(await samplePack({ size: 5 })), { keys: keysOf(sampleKeys()) })
  expect(verdict).toMatchObject({ result: 'verified', trust: 'pinned', problems: [] })
})

test('a pack that another operator made passes without pinned keys and fails with them', async () => {
  const forged = bytesSource(await samplePack({ size: 5, keys: sampleKeys(2) }))
  expect((await verifyPack(forged)).result).toBe('verified')
  const verdict = await verifyPack(forged, { keys: keysOf(sampleKeys(1)) })
  expect(verdict.result).toBe('failed')
  expect(verdict.problems.map((problem) => problem.code)).toEqual(
    expect.arrayContaining(['key_not_pinned', 'signature_missing', 'note_unsigned']),
  )
})
