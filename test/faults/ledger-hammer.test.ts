import { expect, test } from 'vitest'
import {
  decodeBundle,
  inclusionProof,
  leafHash,
  openCheckpoint,
  recordKeys,
  TILE_WIDTH,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
  verifyLog,
} from '#kernel/ledger'
import { noteTaken, testContext, testLedger, testOrigin } from '#test/ledger.ts'

test('appending, reading and verifying at once agree with one another', async () => {
  const one = await testLedger()
  const { ledger, keys } = one
  const until = { stopped: false }
  const done = { appended: 0, inclusions: 0, consistencies: 0, verifications: 0 }
  const checkpoint = async () => openCheckpoint((await ledger.published.checkpoint()).note, [keys.verifier], testOrigin)
  const append = async (writer: number) => {
    for (let number = 0; number < 400; number++) {
      await ledger.appender.append(noteTaken({ data: { number: writer * 1000 + number } }), testContext(ledger))
      done.appended++
    }
  }
  const readAtRandom = async () => {
    while (!until.stopped) {
      const { size, root } = await checkpoint()
      if (size > 0) {
        const index = Math.floor(Math.random() * size)
        const n = Math.floor(index / TILE_WIDTH)
        const width = tileWidth(0, n, size)
        const entries = decodeBundle(await ledger.store.readEntries(n, width), width)
        const entry = entries[index % TILE_WIDTH]
        if (entry === undefined) throw new Error(`record ${index} of ${size} is not in its bundle`)
        const proof = await inclusionProof(ledger.store, index, size)
        verifyInclusion({ index, size, leafHash: leafHash(entry), proof, root })
        done.inclusions++
      }
      await new Promise((next) => setTimeout(next, 2))
    }
  }
  const follow = async () => {
    let last = await checkpoint()
    while (!until.stopped) {
      const next = await checkpoint()
      if (last.size > 0 && next.size > last.size) {
        const proof = await ledger.published.consistency(last.size, next.size)
        verifyConsistency({ from: last.size, to: next.size, fromRoot: last.root, toRoot: next.root, proof })
        done.consistencies++
      }
      expect(next.size).toBeGreaterThanOrEqual(last.size)
      last = next
      await new Promise((wait) => setTimeout(wait, 15))
    }
  }
  const verify = async () => {
    const options = { origin: testOrigin, verifiers: [keys.verifier], recordKeys: recordKeys([keys.record.publicKey]) }
    return verifyLog(ledger.store, { ...options, signatures: 'all' })
  }
  try {
    ledger.startWriter()
    // from here on there is a checkpoint, of the empty tree at first
    await ledger.waitPublished(10_000)
    const readers = [readAtRandom(), readAtRandom(), follow()]
    await Promise.all(Array.from({ length: 8 }, (_, writer) => append(writer)))
    await ledger.waitPublished(30_000)
    until.stopped = true
    await Promise.all(readers)
    const whole = await verify()
    expect(whole.problems).toEqual([])
    expect(whole.size).toBe(3200)
    expect(done.appended).toBe(3200)
    expect(done.inclusions).toBeGreaterThan(20)
    expect(done.consistencies).toBeGreaterThan(3)
  } finally {
    until.stopped = true
    await one.close()
  }
})
