import { afterEach, expect, test } from 'vitest'
import { type Ledger, openCheckpoint, openFolderTileStore, openPublicKey, verifyLog } from '#kernel/ledger'
import { noteTaken, type TestLedger, testLedger, testOrigin } from '#test/ledger.ts'
import { type SimulatedDisk, seededRandom, simulatedDisk } from '#test/simulated-disk.ts'

/** More seeds run with the fault suite: `SEEDS=500`. */
const seeds = Number(process.env['SEEDS'] ?? 3)

const open: TestLedger[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(): Promise<TestLedger> {
  const one = await testLedger()
  open.push(one)
  return one
}

async function onDisk(one: TestLedger, disk: SimulatedDisk): Promise<Ledger> {
  const store = await openFolderTileStore('/log', disk)
  return one.again({ store, highWater: { disk, path: '/high-water' }, publishEveryMs: 0 })
}

async function record(one: TestLedger, ledger: Ledger, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, number) => noteTaken({ data: { number } }))
  await ledger.appender.appendMany(events, { ...one.ctx, sealer: ledger.sealer })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('what was waited for did not happen')
}

const stopped = (ledger: Ledger) => until(async () => (await ledger.status()).writer.state === 'halted')

async function verifiedSize(one: TestLedger, disk: SimulatedDisk): Promise<number> {
  const { keys } = one
  const recordKeys = new Map([[keys.record.kid, openPublicKey(keys.record.publicKey)]])
  const store = await openFolderTileStore('/log', disk)
  const found = await verifyLog(store, {
    origin: testOrigin,
    verifiers: [keys.verifier],
    recordKeys,
    signatures: 'none',
  })
  expect(found.problems).toEqual([])
  return found.size
}

test('a power cut at any operation of the disk loses nothing that was published and leaves a log that goes on', async () => {
  let cuts = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed)
    const one = await start()
    let disk = simulatedDisk()
    let recorded = 0
    for (let round = 0; round < 4; round++) {
      const ledger = await onDisk(one, disk)
      disk.fail({ at: 1 + Math.floor(random() * 60), kind: 'crash' })
      ledger.startWriter()
      for (let batch = 0; batch < 4; batch++) {
        const count = 1 + Math.floor(random() * 120)
        await record(one, ledger, count)
        recorded += count
      }
      await Promise.race([stopped(ledger), ledger.waitPublished(3000).catch(() => undefined)])
      await ledger.stop()
      const seen = Number((await one.database.pool.query('select size from ledger_head')).rows[0].size)
      disk = disk.afterPowerCut(random)
      cuts++
      const next = await onDisk(one, disk)
      next.startWriter()
      const note = await next.waitPublished(10_000)
      const { size } = await openCheckpoint(note, [one.keys.verifier], testOrigin)
      expect(size, `seed ${seed}`).toBe(recorded)
      expect(size).toBeGreaterThanOrEqual(seen)
      expect(await verifiedSize(one, disk), `seed ${seed}`).toBe(recorded)
      await next.stop()
    }
    await one.close()
    open.splice(open.indexOf(one), 1)
  }
  expect(cuts).toBe(seeds * 4)
}, 600_000)

test('an input or output error at any operation halts the writer; what is recorded meanwhile waits and is published after a restart', async () => {
  let halted = 0
  for (let at = 1; at <= 60; at += 12) {
    const one = await start()
    const disk = simulatedDisk()
    const ledger = await onDisk(one, disk)
    ledger.startWriter()
    await record(one, ledger, 300)
    await ledger.waitPublished(5000)
    disk.fail({ at, kind: 'EIO' })
    await record(one, ledger, 10)
    await Promise.race([stopped(ledger), ledger.waitPublished(2000).catch(() => undefined)])
    if ((await ledger.status()).writer.state === 'halted') {
      halted++
      expect((await ledger.status()).writer.problem).toContain('EIO')
      // durable all the same
      disk.fail(undefined)
      await record(one, ledger, 10)
    } else await record(one, ledger, 10)
    await ledger.stop()
    const next = await onDisk(one, disk)
    next.startWriter()
    await next.waitPublished(10_000)
    expect(await verifiedSize(one, disk)).toBe(320)
    await one.close()
    open.splice(open.indexOf(one), 1)
  }
  expect(halted).toBeGreaterThan(1)
}, 120_000)

test('a full disk is waited out: nothing is lost, and publishing goes on when there is room', async () => {
  const one = await start()
  const disk = simulatedDisk()
  const ledger = await onDisk(one, disk)
  ledger.startWriter()
  await ledger.waitPublished(5000)
  disk.fail({ at: 1, kind: 'ENOSPC', times: 100_000 })
  await record(one, ledger, 300)
  await until(async () => (await ledger.status()).writer.state === 'failing')
  disk.fail(undefined)
  await ledger.waitPublished(10_000)
  expect(await verifiedSize(one, disk)).toBe(300)
})
