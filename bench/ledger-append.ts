import { transact } from '#kernel/ledger'
import { atLeast, type Bench, type Figure, type Line } from './figure.ts'
import { signaturesPerSecond, syncsPerSecond } from './limits.ts'
import { median } from './statistics.ts'
import { buildTessera, type Peer, type Round, startTessera } from './tessera.ts'
import { noteEvent, openWorld, type World } from './world.ts'

const rounds = 5
const seconds = 3
/** Both logs: so many writers, each sending so many records and waiting until all are durable. */
const writers = 8
const chunk = 1000

/**
 * Durable records in a second from writers that send batches, each record validated, written as RFC 8785 JSON and signed.
 * Ours and Tessera take turns, so that both meet the same machine; the verdict is on the medians.
 */
export const ledgerAppend: Figure = {
  name: 'ledger-append',
  about: 'durable, signed records/s from batch writers, beside an independent log',
  run: async (bench) => {
    const world = await openWorld(bench)
    const peers = await openPeers(bench, await entryBytes(world))
    // the peer has no search index, and where there are several nodes another one may make it
    const release = await world.holdIndex()
    try {
      return await compare(bench, world, peers)
    } finally {
      await release()
      for (const one of peers.opened) await one.peer.close()
      await world.close()
    }
  },
}

interface Peers {
  readonly opened: readonly { readonly name: string; readonly peer: Peer }[]
  readonly why: string | undefined
}

/** Finding again what was added before is part of our work; without it the peer shows what that costs. */
const equal = 'Tessera POSIX with its index of duplicates'
const without = 'Tessera POSIX without it'

/** Each of them twice, because its best batch size depends on the disk. */
async function openPeers(bench: Bench, bytes: number): Promise<Peers> {
  const built = await buildTessera(bench)
  if ('why' in built) return { opened: [], why: built.why }
  const opened = []
  for (const name of [equal, without]) {
    for (const batch of [1024, 4096]) {
      const load = { batch, writers, chunk, entryBytes: bytes, dedup: name === equal }
      const peer = await startTessera(bench, built.program, load)
      opened.push({ name: `${name}, batch ${batch}`, peer })
    }
  }
  return { opened, why: undefined }
}

async function compare(bench: Bench, world: World, peers: Peers): Promise<Line[]> {
  await appendFor(world, 1)
  const ways = [
    { name: 'appendMany', write: (time: number) => appendFor(world, time) },
    { name: 'transact', write: (time: number) => transactFor(world, time) },
    ...peers.opened.map(({ name, peer }) => ({ name, write: (time: number) => peer.write(time) })),
  ]
  const measured = new Map<string, Round[]>(ways.map(({ name }) => [name, []]))
  const limits: { syncs: number[]; signatures: number[] } = { syncs: [], signatures: [] }
  for (let round = 0; round < rounds; round++) {
    limits.syncs.push(await syncsPerSecond(bench.folder, 300))
    limits.signatures.push(signaturesPerSecond(300))
    for (const { name, write } of ways) {
      const done = await write(seconds)
      measured.get(name)?.push(done)
      bench.say(`  round ${round + 1}: ${name} ${Math.round(done.records / done.seconds)}/s`)
    }
  }
  return report(measured, limits, peers.why)
}

function report(
  measured: ReadonlyMap<string, readonly Round[]>,
  limits: { readonly syncs: readonly number[]; readonly signatures: readonly number[] },
  why: string | undefined,
): Line[] {
  const rate = (name: string) => median((measured.get(name) ?? []).map((one) => one.records / one.seconds))
  const lines: Line[] = [
    {
      what: 'durable records, appendMany',
      measured: rate('appendMany'),
      unit: '/s',
      ...atLeast(10_000),
      note: perCpu(measured.get('appendMany')),
    },
    {
      what: 'durable records, transact of 256',
      measured: rate('transact'),
      unit: '/s',
      ...atLeast(10_000),
      note: perCpu(measured.get('transact')),
    },
  ]
  for (const [kind, budget] of [[equal, atLeast(1)] as const, [without, {}] as const]) {
    const ratio = `ours / ${kind}`
    const ofKind = [...measured.keys()].filter((name) => name.startsWith(kind))
    const peer = ofKind.sort((a, b) => rate(b) - rate(a))[0]
    if (peer === undefined) lines.push({ what: ratio, measured: undefined, unit: '×', note: why ?? '' })
    else {
      lines.push({ what: peer, measured: rate(peer), unit: '/s', note: perCpu(measured.get(peer)) })
      lines.push({ what: ratio, measured: rate('appendMany') / rate(peer), unit: '×', ...budget })
    }
  }
  const signatures = median(limits.signatures)
  lines.push({ what: 'limit: Ed25519 signatures, one core', measured: signatures, unit: '/s' })
  lines.push({ what: 'limit: 256 KiB made durable', measured: median(limits.syncs), unit: '/s' })
  lines.push({ what: 'appendMany / Ed25519 of one core', measured: rate('appendMany') / signatures, unit: '×' })
  return lines
}

function perCpu(rounds: readonly Round[] = []): string {
  const rates = rounds.flatMap((one) => (one.cpuSeconds === undefined ? [] : [one.records / one.cpuSeconds]))
  const range = rounds.map((one) => one.records / one.seconds)
  const spread = `${Math.round(Math.min(...range))} to ${Math.round(Math.max(...range))}`
  return rates.length === 0 ? spread : `${spread}; ${Math.round(median(rates))} per CPU second`
}

async function appendFor({ core, cpuSeconds }: World, time: number): Promise<Round> {
  const ctx = core.service('bench')
  return writeFor(cpuSeconds, time, async (from) => {
    await core.ledger.appender.appendMany(
      Array.from({ length: chunk }, (_, i) => noteEvent(from + i)),
      ctx,
    )
    return chunk
  })
}

async function transactFor({ core, cpuSeconds }: World, time: number): Promise<Round> {
  const ctx = core.service('bench')
  return writeFor(cpuSeconds, time, (from) =>
    transact(core.db, ctx, async (_, record) => {
      for (let i = 0; i < 256; i++) record(noteEvent(from + i))
      return 256
    }),
  )
}

async function writeFor(
  cpuSeconds: World['cpuSeconds'],
  time: number,
  write: (from: number) => Promise<number>,
): Promise<Round> {
  const before = cpuSeconds()
  const startedAt = performance.now()
  const isOver = () => performance.now() - startedAt >= time * 1000
  let records = 0
  const writer = async () => {
    while (!isOver()) {
      const written = await write(records)
      records += written
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  const took = (performance.now() - startedAt) / 1000
  const after = cpuSeconds()
  const database =
    after.database === undefined || before.database === undefined ? undefined : after.database - before.database
  return {
    records,
    seconds: took,
    cpuSeconds: database === undefined ? undefined : after.node - before.node + database,
  }
}

/** Bytes of one of our entries, for the peer to write as many. */
async function entryBytes({ core }: World): Promise<number> {
  return core.ledger.sealer.seal(noteEvent(0), core.service('bench')).entry.length
}
