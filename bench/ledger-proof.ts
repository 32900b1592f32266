import { openBigLog } from './big-log.ts'
import { atMost, type Bench, type Figure, type Line } from './figure.ts'
import { percentile, timed } from './statistics.ts'
import type { World } from './world.ts'

const proofs = 2000

/** A record with its checked `.tlog-proof`, as `/v1/ledger/records/{id}/proof` answers it, at random places of a large log. */
export const ledgerProof: Figure = {
  name: 'ledger-proof',
  about: 'a record with its inclusion proof, at random places of a large log',
  run: async (bench) => {
    const world = await openBigLog(bench)
    try {
      return await withIndexHeld(world, () => measure(bench, world))
    } finally {
      await world.close()
    }
  },
}

/** Runs `work` while the search index waits: it is another figure's. */
export async function withIndexHeld<R>(world: World, work: () => Promise<R>): Promise<R> {
  const release = await world.holdIndex()
  try {
    return await work()
  } finally {
    await release()
  }
}

async function measure({ logSize }: Bench, { core }: World): Promise<Line[]> {
  const { published } = core.ledger
  const took: number[] = []
  // a stride that is coprime to the size visits places far from each other
  for (let i = 0; i < proofs; i++) took.push((await timed(() => published.entry((i * 7_368_787) % logSize))).ms)
  const records = `${logSize.toLocaleString('en-US')} records`
  return [
    { what: `inclusion proof p50, ${records}`, measured: percentile(took, 0.5), unit: 'ms' },
    { what: `inclusion proof p99, ${records}`, measured: percentile(took, 0.99), unit: 'ms', ...atMost(5) },
  ]
}
