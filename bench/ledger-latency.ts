import { atMost, type Figure, type Line } from './figure.ts'
import { percentile, timed } from './statistics.ts'
import { noteEvent, openWorld, type World } from './world.ts'

const perSecond = 2000
const seconds = 10

/**
 * Single records at 2,000/s, sent by the clock whether earlier ones were answered or not. A record's time counts from the
 * instant at which it was due, so a stall shows in all that it delayed.
 */
export const ledgerLatency: Figure = {
  name: 'ledger-latency',
  about: 'durable and published delay of single records at 2,000/s',
  run: async (bench) => {
    const world = await openWorld(bench)
    try {
      await load(world, 2)
      const { durable, published } = await load(world, seconds)
      const took = (what: string, values: readonly number[], share: number): Omit<Line, 'budget'> => ({
        what,
        measured: percentile(values, share),
        unit: 'ms',
      })
      return [
        { ...took('durable p50 at 2,000/s', durable, 0.5), ...atMost(5) },
        { ...took('durable p99 at 2,000/s', durable, 0.99), ...atMost(25), note: `${durable.length} records` },
        { ...took('durable to published, p50', published, 0.5) },
        { ...took('durable to published, p99', published, 0.99), ...atMost(1000), note: `${published.length} samples` },
      ]
    } finally {
      await world.close()
    }
  },
}

async function load({ core }: World, time: number) {
  const ctx = core.service('bench')
  const durable: number[] = []
  const published: number[] = []
  const pending: Promise<unknown>[] = []
  const startedAt = performance.now()
  const total = perSecond * time
  const send = async (number: number) => {
    const dueAt = startedAt + (number / perSecond) * 1000
    await core.ledger.appender.append(noteEvent(number), ctx)
    durable.push(performance.now() - dueAt)
  }
  const isOver = () => durable.length === total
  // one after the other, each for all that was durable when it began
  const watch = async () => {
    while (!isOver()) published.push((await timed(() => core.ledger.waitPublished(60_000))).ms)
  }
  const watching = watch()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond))
    for (; sent < due; sent++) pending.push(send(sent))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  await watching
  return { durable, published }
}
