import { expect, test } from 'vitest'
import { BundleCache } from './bundle-cache.ts'
import { encodeBundle, entryOfBundle, LedgerError, type MemoryFor, TILE_WIDTH } from './core/index.ts'

const bundlesKept = 8

/** A bundle whose every entry names it, of a length of its own. */
const bundleOf = (n: number) =>
  encodeBundle(Array.from({ length: TILE_WIDTH }, (_, i) => Buffer.from(`${n}/${i}`.padEnd(n % 7))))

function reader() {
  const reads: number[] = []
  const made = new Set<ArrayBufferLike>()
  return {
    reads,
    made,
    readTile: async () => new Uint8Array(0),
    readCheckpoint: async () => undefined,
    readEntries: async (n: number, width: number, into?: MemoryFor) => {
      reads.push(n)
      const bytes = bundleOf(n)
      // as a disk does it: the memory is taken, and filled later
      const memory = into?.(bytes.length) ?? new Uint8Array(bytes.length)
      made.add(memory.buffer)
      await new Promise((resolve) => setTimeout(resolve, (n * 7 + width) % 5))
      if (n === 13) throw new LedgerError('bundle_invalid', 'unlucky')
      memory.set(bytes)
      return memory
    },
  }
}

const entry = (cache: BundleCache, n: number, i: number) =>
  cache.use(n, TILE_WIDTH, (bytes, found) => Buffer.from(entryOfBundle(bytes, found, i) ?? []).toString('utf8'))

test('calls at once each get the bundle that they asked for, out of memory that is used again', async () => {
  const log = reader()
  const cache = new BundleCache(log, bundlesKept)
  for (let round = 0; round < 5; round++) {
    const asked = Array.from({ length: 200 }, (_, i) => ({ n: (i * 31 + round) % 12, i: (i * 17) % TILE_WIDTH }))
    const answers = await Promise.all(asked.map(({ n, i }) => entry(cache, n, i)))
    expect(answers.map((one) => one.trim())).toEqual(asked.map(({ n, i }) => `${n}/${i}`))
  }
  // one after the other the cache needs no more memory than it keeps bundles; those of calls at once come on top
  for (let n = 20; n < 120; n++) expect((await entry(cache, n, 3)).trim()).toBe(`${n}/3`)
  expect(log.made.size).toBeLessThanOrEqual(bundlesKept + 12)
})

test('a bundle is read once while it is kept, and one that cannot be read is asked for again', async () => {
  const log = reader()
  const cache = new BundleCache(log, bundlesKept)
  for (let i = 0; i < 5; i++) await entry(cache, 1, i)
  expect(log.reads).toEqual([1])
  for (let i = 0; i < 2; i++) await expect(entry(cache, 13, i)).rejects.toMatchObject({ code: 'bundle_invalid' })
  expect(log.reads).toEqual([1, 13, 13])
})
