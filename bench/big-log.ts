import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BundleBuilder, formatCheckpoint, leafHash, pathOf, signNote, type Tile, TreeBuilder } from '#kernel/ledger'
import type { Core } from '../src/server/core.ts'
import type { Bench } from './figure.ts'
import { noteEvent, openWorld, type World } from './world.ts'

/**
 * Opens a ledger of `bench.logSize` published records. Its tiles, bundles and signed checkpoint are exactly those of a log
 * that grew by itself, made by the same builders but written without syncs; the records differ in id, number and words and
 * share one signature, so their signatures do not verify. It is made once in a run.
 */
export async function openBigLog(bench: Bench): Promise<World> {
  const known = made.get(bench)
  if (known !== undefined) return openWorld(bench, known)
  const world = await openWorld(bench)
  bench.say(`  making a log of ${bench.logSize} records`)
  const note = await writeLog(world.core, join(world.data, 'log'), bench.logSize)
  await world.core.pool.query('update ledger_head set size = $1, next_index = $1, root = $2, checkpoint = $3', [
    bench.logSize,
    note.root,
    note.checkpoint,
  ])
  await world.close()
  // last, because the writer of the world keeps its own checkpoint public
  writeFileSync(join(world.data, 'log', 'checkpoint'), note.checkpoint)
  // nothing of it waits in memory to be written while something is measured
  execFileSync('sync')
  made.set(bench, world.data)
  return openWorld(bench, world.data)
}

const made = new WeakMap<Bench, string>()

/** Words of the records: one in all, one in a thousand, one in a hundred thousand. */
export const searchWords = { common: 'everywhere', some: 'sometimes', rare: 'seldom', none: 'nowhere' }

async function writeLog(core: Core, folder: string, size: number) {
  const { keys, sealer } = core.ledger
  const template = Buffer.from(sealer.seal(noteEvent(0), core.service('bench')).entry).toString('utf8')
  const tree = new TreeBuilder()
  const bundles = new BundleBuilder()
  const write = fileWriter(folder)
  for (let from = 0; from < size; from += 4096) {
    const count = Math.min(4096, size - from)
    const entries = Array.from({ length: count }, (_, i) => entryOf(template, from + i))
    write([...bundles.append(entries), ...tree.append(entries.map(leafHash))])
    // the world that waits meanwhile has connections to keep
    await new Promise((resolve) => setImmediate(resolve))
  }
  write([...bundles.partials(), ...tree.partials()])
  const root = tree.root()
  const checkpoint = signNote(formatCheckpoint({ origin: keys.log.name, size, root }), [keys.log])
  return { root, checkpoint }
}

/** The template with another id, number and words: still in RFC 8785 form. */
function entryOf(template: string, index: number): Uint8Array {
  const id = `01920000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
  const text = template
    .replace(/"id":"[0-9a-f]{8}-[^"]+"/, `"id":"${id}"`)
    .replace(/"number":\d+,"words":"[^"]*"/, `"number":${index},"words":"${wordsOf(index)}"`)
  return Buffer.from(text)
}

function wordsOf(index: number): string {
  const words = [searchWords.common, `word${index % 997}`, `word${index % 9973}`, `note${index % 99_991}`]
  if (index % 1000 === 7) words.push(searchWords.some)
  if (index % 100_000 === 7) words.push(searchWords.rare)
  return words.join(' ')
}

function fileWriter(folder: string): (tiles: readonly Tile[]) => void {
  const folders = new Set<string>()
  return (tiles) => {
    for (const tile of tiles) {
      const path = join(folder, pathOf(tile))
      if (!folders.has(dirname(path))) mkdirSync(dirname(path), { recursive: true })
      folders.add(dirname(path))
      writeFileSync(path, tile.bytes)
    }
  }
}
