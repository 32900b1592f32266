import { recordKeys, verifyLog } from '#kernel/ledger'
import type { Core } from '../src/server/core.ts'
import { openBigLog } from './big-log.ts'
import { atLeast, type Bench, type Figure, type Line } from './figure.ts'
import { withIndexHeld } from './ledger-proof.ts'
import { noteEvent, openWorld } from './world.ts'

const signedRecords = 20_000

/**
 * Deriving a log again from its entries and comparing all that it serves, per second of CPU: of a large log without the
 * signatures, and of a small one with them.
 */
export const ledgerVerify: Figure = {
  name: 'ledger-verify',
  about: 'full re-verification of a log, with and without signatures',
  run: async (bench) => [await withoutSignatures(bench), await withSignatures(bench)],
}

async function withoutSignatures(bench: Bench): Promise<Line> {
  const world = await openBigLog(bench)
  try {
    const { rate, note } = await withIndexHeld(world, () => verify(world.core, 'none'))
    return { what: 're-verification: hashes, tiles, root', measured: rate, unit: '/s/core', ...atLeast(400_000), note }
  } finally {
    await world.close()
  }
}

async function withSignatures(bench: Bench): Promise<Line> {
  const world = await openWorld(bench)
  try {
    const events = Array.from({ length: signedRecords }, (_, i) => noteEvent(i))
    await world.core.ledger.appender.appendMany(events, world.core.service('bench'))
    await world.core.ledger.waitPublished(60_000)
    const { rate, note } = await withIndexHeld(world, () => verify(world.core, 'all'))
    return { what: 're-verification: also form, signature and id', measured: rate, unit: '/s/core', note }
  } finally {
    await world.close()
  }
}

async function verify({ ledger }: Core, signatures: 'all' | 'none') {
  const { store, keys } = ledger
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const done = await verifyLog(store, {
    origin: keys.log.name,
    verifiers: [keys.verifier],
    recordKeys: recordKeys([keys.record.publicKey]),
    signatures,
  })
  const { user, system } = process.cpuUsage(before)
  if (done.problems.length > 0 || done.checked.entries !== done.size || done.size === 0)
    throw new Error(`the log of the benchmark does not verify: ${JSON.stringify(done.problems[0])}`)
  const wall = Math.round((done.size / (performance.now() - startedAt)) * 1000)
  return { rate: done.size / ((user + system) / 1e6), note: `${wall.toLocaleString('en-US')} /s by the clock` }
}
