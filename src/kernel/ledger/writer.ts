import type { Log } from '#platform/log.ts'
import { dropPublished, readSequenced } from './batches.ts'
import {
  consistencyProof,
  formatCheckpoint,
  type NoteSigner,
  signNote,
  TILE_WIDTH,
  type Tile,
  type Verifier,
  verifyConsistency,
} from './core/index.ts'
import { giveUpLead, type Head, keepLead, sequence, swapCheckpoint, takeLead } from './head.ts'
import type { RecentBatches } from './recent-batches.ts'
import { type Edge, edgeTiles, recoverEdge, refuseRollback } from './recover.ts'
import type { Run } from './sql.ts'
import { sweepPartials } from './sweep.ts'
import type { TileStore } from './tile-store.ts'
import { writeTiles } from './write-tiles.ts'

export interface WriterOptions {
  readonly store: TileStore
  readonly signer: NoteSigner
  readonly verifier: Verifier
  /** What this process committed; everything is read from the database unless given. */
  readonly recent?: RecentBatches
  /** Other places where a checkpoint of ours was seen. */
  readonly outside: () => Promise<readonly { readonly where: string; readonly note: string | undefined }[]>
  /** Called with each checkpoint after the database took it and before anyone can see it. */
  readonly beforePublish: (note: string) => Promise<void>
  /** Called when a checkpoint is public. */
  readonly afterPublish: () => void
  readonly log: Log
  readonly leaseMs: number
}

/** Holds the right to write the log, until another writer takes it. One lives no longer than its database session. */
export interface LogWriter {
  readonly head: () => Head
  /** Publishes what is durable, as far as one round goes. Answers whether it signed anything. */
  readonly round: () => Promise<boolean>
  /** Keeps the right to write while there is nothing to do, and mends the public checkpoint when it is an old one. */
  readonly idle: () => Promise<void>
  readonly release: () => Promise<void>
}

/** Another writer has taken over, or nobody can know whether our last swap took effect: start again from the database. */
export class LeadLost extends Error {
  constructor(when: string) {
    super(`another writer took over the log ${when}`)
    this.name = 'LeadLost'
  }
}

/** Batches read at once; with the largest batch of the appender, about 1 MiB each. */
const batchesAtOnce = 64
const recordsPerRound = 65_536

/**
 * Becomes the log's writer when nobody is, after checking that nothing outside has seen more than the database knows.
 *
 * @returns undefined while another writer holds the log
 * @throws LedgerRolledBack, LedgerForked, TileStoreDamaged
 */
export async function leadLog(run: Run, options: WriterOptions): Promise<LogWriter | undefined> {
  const taken = await takeLead(run, options.leaseMs)
  if (taken === undefined) return undefined
  await refuseRollback(taken, await options.store.readCheckpoint(), 'the tile store', options.verifier, options.store)
  for (const { where, note } of await options.outside())
    await refuseRollback(taken, note, where, options.verifier, options.store)
  const edge = await recoverEdge(run, taken, options.store)
  options.recent?.restart('keep')
  const state: State = { run, options, head: taken, edge, sweptSize: taken.sweptSize }
  await publish(state)
  return {
    head: () => state.head,
    round: () => round(state),
    idle: () => idle(state),
    release: () => giveUpLead(run, state.head.epoch),
  }
}

interface State {
  readonly run: Run
  readonly options: WriterOptions
  head: Head
  readonly edge: Edge
  /** Partial objects of smaller sizes are removed; written to the head with the next swap. */
  sweptSize: number
}

async function round(state: State): Promise<boolean> {
  const { run, head, edge } = state
  const nextIndex = await sequence(run, head.epoch, batchesAtOnce * 64)
  if (nextIndex === undefined) throw new LeadLost('before it could give indexes')
  const full = await integrate(state, nextIndex)
  if (edge.tree.size === head.size && head.checkpoint !== undefined) return false
  await writeTiles(state.options.store, [...full, ...edgeTiles(edge)])
  await sign(state)
  await publish(state)
  await clean(state)
  return true
}

/** Adds what has an index to the tree, in order; answers the objects that became full. */
async function integrate({ run, edge, options }: State, nextIndex: number): Promise<Tile[]> {
  const until = Math.min(nextIndex, edge.tree.size + recordsPerRound)
  const full: Tile[] = []
  while (edge.tree.size < until) {
    const leaves = await readSequenced(run, edge.tree.size, until, batchesAtOnce, options.recent)
    full.push(...edge.bundles.append(leaves.map((one) => one.entry)))
    full.push(...edge.tree.append(leaves.map((one) => one.hash)))
  }
  return full
}

/**
 * Signs the tree that is durably stored, after proving from the stored tiles that it continues the last signed one, and swaps
 * it in where the last one still stands.
 */
async function sign(state: State): Promise<void> {
  const { run, head, edge, options } = state
  const next = { size: edge.tree.size, root: edge.tree.root() }
  if (head.size > 0) {
    const proof = await consistencyProof(options.store, head.size, next.size)
    verifyConsistency({ from: head.size, to: next.size, fromRoot: head.root, toRoot: next.root, proof })
  }
  const checkpoint = signNote(formatCheckpoint({ origin: head.origin, ...next }), [options.signer])
  const swapped = await swapCheckpoint(run, head, { ...next, checkpoint, sweptSize: state.sweptSize }, options.leaseMs)
  if (swapped === undefined) throw new LeadLost('before its checkpoint was accepted')
  state.head = swapped
}

async function publish({ head, options }: State): Promise<void> {
  if (head.checkpoint === undefined) return
  await options.beforePublish(head.checkpoint)
  await options.store.publishCheckpoint(head.checkpoint)
  options.afterPublish()
}

/** What full bundles have made superfluous: batches in the database, partial objects in the store. */
async function clean(state: State): Promise<void> {
  const { run, head, options } = state
  const end = Math.floor(head.size / TILE_WIDTH) * TILE_WIDTH
  if (end <= state.sweptSize) return
  await dropPublished(run, end)
  await sweepPartials(options.store, state.sweptSize, end)
  state.sweptSize = end
}

async function idle(state: State): Promise<void> {
  const { run, head, options } = state
  if (!(await keepLead(run, head.epoch, options.leaseMs))) throw new LeadLost('while there was nothing to write')
  // a writer that was paused in the middle of publishing may have put an older checkpoint over ours
  if ((await options.store.readCheckpoint()) !== head.checkpoint) await publish(state)
}
