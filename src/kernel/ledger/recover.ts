import { readSequenced } from './batches.ts'
import {
  BundleBuilder,
  type Checkpoint,
  consistencyProof,
  LedgerError,
  openCheckpoint,
  sameBytes,
  TILE_WIDTH,
  type Tile,
  TreeBuilder,
  type Verifier,
  verifyConsistency,
} from './core/index.ts'
import { LedgerForked, LedgerRolledBack, TileStoreDamaged } from './errors.ts'
import type { Head } from './head.ts'
import type { Run } from './sql.ts'
import { TileConflict, type TileStore } from './tile-store.ts'
import { writeTiles } from './write-tiles.ts'

/** The tree as far as it is signed, ready to grow. */
export interface Edge {
  readonly tree: TreeBuilder
  readonly bundles: BundleBuilder
}

/**
 * Compares what is outside of the database with its head: the database must have seen everything that anyone else has.
 *
 * @param note a checkpoint that was public once: the tile store's, a high-water mark, a witness's
 * @param where names it in the error
 * @throws LedgerRolledBack, LedgerForked or TileStoreDamaged
 */
export async function refuseRollback(
  head: Head,
  note: string | undefined,
  where: string,
  verifier: Verifier,
  store: TileStore,
): Promise<void> {
  if (note === undefined) return
  const outside = await openOutside(note, where, verifier, head.origin)
  if (outside.size > head.size) throw LedgerRolledBack({ known: head.size, found: outside.size, where })
  if (outside.size === 0) return
  const proof = outside.size === head.size ? [] : await proofBetween(store, outside.size, head.size)
  try {
    verifyConsistency({ from: outside.size, to: head.size, fromRoot: outside.root, toRoot: head.root, proof })
  } catch (error) {
    throw LedgerForked({ size: outside.size, where }, error)
  }
}

/**
 * Rebuilds the right edge of the signed tree: its full tiles come from the store, and what is not in a full bundle yet from
 * the batches, which stay in the database until it is. Partial objects that a crash took away are written again.
 *
 * @throws TileStoreDamaged or LedgerForked when that is not the tree that was signed
 */
export async function recoverEdge(run: Run, head: Head, store: TileStore): Promise<Edge> {
  const boundary = Math.floor(head.size / TILE_WIDTH) * TILE_WIDTH
  const tree = await TreeBuilder.load(boundary, store).catch(damaged)
  const bundles = await BundleBuilder.load(boundary, store)
  while (tree.size < head.size) {
    const leaves = await readSequenced(run, tree.size, head.size, 256)
    tree.append(leaves.map((one) => one.hash))
    bundles.append(leaves.map((one) => one.entry))
  }
  if (!sameBytes(tree.root(), head.root))
    throw TileStoreDamaged({ problem: 'its tiles do not lead to the signed root' })
  await writeTiles(store, edgeTiles({ tree, bundles })).catch((error) => {
    if (TileConflict.is(error)) throw TileStoreDamaged({ problem: error.message }, error)
    throw error
  })
  return { tree, bundles }
}

/** The partial tiles and the partial bundle of the present size. */
export function edgeTiles({ tree, bundles }: Edge): Tile[] {
  return [...bundles.partials(), ...tree.partials()]
}

async function openOutside(note: string, where: string, verifier: Verifier, origin: string): Promise<Checkpoint> {
  return openCheckpoint(note, [verifier], origin).catch((error) => {
    if (error instanceof LedgerError)
      throw TileStoreDamaged({ problem: `the checkpoint in ${where} cannot be trusted: ${error.message}` }, error)
    throw error
  })
}

async function proofBetween(store: TileStore, from: number, to: number): Promise<Uint8Array[]> {
  return consistencyProof(store, from, to).catch(damaged)
}

function damaged(error: unknown): never {
  if (error instanceof LedgerError) throw TileStoreDamaged({ problem: error.message }, error)
  throw error
}
