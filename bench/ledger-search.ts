import { openBigLog, searchWords } from './big-log.ts'
import { atMost, type Bench, type Figure, type Line } from './figure.ts'
import { percentile, timed } from './statistics.ts'
import type { World } from './world.ts'

const searches = 100
const page = 50

/** The newest 50 records that match, as `/v1/ledger/records` answers them: found in the index, read and proven from the log. */
export const ledgerSearch: Figure = {
  name: 'ledger-search',
  about: 'indexing a large log, and search for common, rare and absent words',
  run: async (bench) => {
    const world = await openBigLog(bench)
    try {
      const indexed = await index(bench, world)
      return [indexed, ...(await searchAll(bench, world))]
    } finally {
      await world.close()
    }
  },
}

async function index({ say, logSize }: Bench, { core, cpuSeconds }: World): Promise<Line> {
  const { follower } = core.ledger
  const first = await follower.status()
  const before = cpuSeconds()
  const { ms } = await timed(async () => {
    for (let said = 0; ; ) {
      const { lag, deadLetters } = await follower.status()
      if (deadLetters > 0) throw new Error(`${deadLetters} records of the benchmark could not be indexed`)
      if (lag === 0) return
      const done = Math.floor(((logSize - lag) / logSize) * 10)
      if (done > said) say(`  ${done * 10} % indexed`)
      said = done
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })
  const after = cpuSeconds()
  const node = Math.round(((after.node - before.node) / first.lag) * 1e6)
  const database = Math.round((((after.database ?? 0) - (before.database ?? 0)) / first.lag) * 1e6)
  return {
    what: 'search index follows',
    measured: first.lag / (ms / 1000),
    unit: 'records/s',
    note: `CPU a record: ${node} µs here, ${database} µs in the database`,
  }
}

async function searchAll({ logSize }: Bench, { core }: World): Promise<Line[]> {
  const wanted = [
    { name: 'a word in every record', query: searchWords.common },
    { name: 'a word in 1 of 1,000', query: searchWords.some },
    { name: 'a word in 1 of 100,000', query: searchWords.rare },
    { name: 'a word in none', query: searchWords.none },
    { name: 'two words, one common', query: `${searchWords.common} ${searchWords.rare}` },
  ]
  const lines: Line[] = []
  for (const { name, query } of wanted) {
    const took: number[] = []
    let hits = 0
    for (let i = 0; i < searches; i++) {
      const search = () =>
        core.ledger.records.find(core.organizationId, { query, tags: [] }, { limit: page, cursor: undefined })
      const { ms, result } = await timed(search)
      took.push(ms)
      hits = result.items.length
    }
    const expected = query.includes(searchWords.none) ? 0 : Math.min(page, Math.floor(logSize / 100_000))
    if (hits < expected) throw new Error(`search found ${hits} records where there are ${expected}`)
    lines.push({
      what: `search p95: ${name}`,
      measured: percentile(took, 0.95),
      unit: 'ms',
      ...atMost(300),
      note: `${hits} shown; p50 ${percentile(took, 0.5).toFixed(1)} ms`,
    })
  }
  return lines
}
