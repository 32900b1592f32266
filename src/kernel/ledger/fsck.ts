import { readSequenced } from './batches.ts'
import {
  bundleLeafHashes,
  decodeBundle,
  HASH_BYTES,
  LedgerError,
  openCheckpoint,
  parseTilePath,
  pathOf,
  type RecordKeys,
  sameBytes,
  TILE_WIDTH,
  type Tile,
  TreeBuilder,
  tileWidth,
  type Verifier,
  verifyLog,
} from './core/index.ts'
import { findHead } from './head.ts'
import type { Run } from './sql.ts'
import type { TileStore } from './tile-store.ts'

export interface FsckOptions {
  readonly verifier: Verifier
  readonly recordKeys: RecordKeys
  readonly origin: string
  /** Also compare with the database; left out for a copy of the log. */
  readonly run?: Run
  /** Check each record's own signature too. */
  readonly signatures: 'all' | 'none'
  /** `repair` writes hash tiles again that are missing or damaged, from entries that lead to the signed root; nothing else. */
  readonly mode: 'check' | 'repair'
}

export interface FsckFinding {
  /** `error`: the log does not hold. `note`: harmless, but somebody should know. */
  readonly severity: 'error' | 'note'
  readonly code: string
  readonly path?: string
  readonly index?: number
  readonly message: string
  /** What brings it back. */
  readonly remedy: string
}

export interface FsckReport {
  readonly size: number
  readonly checked: {
    readonly entries: number
    readonly tiles: number
    readonly files: number
    readonly batches: number
  }
  readonly findings: readonly FsckFinding[]
  /** Paths that were written again. */
  readonly repaired: readonly string[]
}

/** Checks the whole log: every tile derived again, stray files, and what the database says of it. */
export async function fsck(store: TileStore, options: FsckOptions): Promise<FsckReport> {
  const repaired = options.mode === 'repair' ? await repair(store, options) : []
  const { verifier, recordKeys, origin, signatures } = options
  const verified = await verifyLog(store, { verifiers: [verifier], recordKeys, origin, signatures })
  const findings: FsckFinding[] = verified.problems.map((problem) => ({
    severity: 'error',
    ...problem,
    remedy: remedyFor(problem.path),
  }))
  if (verified.unlisted > 0) findings.push(unlisted(verified.unlisted))
  const strays = await findStrays(store, verified.size)
  findings.push(...strays.findings)
  const database =
    options.run === undefined ? { findings: [], batches: 0 } : await checkDatabase(store, options, options.run)
  findings.push(...database.findings)
  const { entries, tiles } = verified.checked
  return {
    size: verified.size,
    checked: { entries, tiles, files: strays.files, batches: database.batches },
    findings,
    repaired,
  }
}

function remedyFor(path: string | undefined): string {
  if (path === undefined || path === 'checkpoint' || path.startsWith('tile/entries/'))
    return 'put the file back from a copy of the log: it cannot be derived'
  return 'run `countersign ledger fsck --repair`: it is derived from the entries'
}

function unlisted(count: number): FsckFinding {
  const message = `${count} further problems are not listed`
  return { severity: 'error', code: 'unlisted', message, remedy: 'mend the listed ones and run it again' }
}

/** Every file under `tile/` has a meaning: part of the signed tree, a partial object of it, or one not signed yet. */
async function findStrays(store: TileStore, size: number) {
  const findings: FsckFinding[] = []
  let files = 0
  for await (const path of walk(store, 'tile/')) {
    files++
    const finding = judge(path, size)
    if (finding !== undefined) findings.push(finding)
  }
  return { findings, files }
}

async function* walk(store: TileStore, folder: string): AsyncGenerator<string> {
  for (const name of (await store.list(folder)).sort()) {
    if (name.endsWith('/')) yield* walk(store, `${folder}${name}`)
    else yield `${folder}${name}`
  }
}

function judge(path: string, size: number): FsckFinding | undefined {
  try {
    const { level, n, width } = parseTilePath(path)
    if (width <= tileWidth(level === 'entries' ? 0 : level, n, size)) return undefined
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    const message = 'the file is not part of a log'
    return { severity: 'note', code: 'stray_file', path, message, remedy: 'look at it and remove it' }
  }
  const message = 'the object is not covered by the signed checkpoint yet'
  return {
    severity: 'note',
    code: 'unsigned_object',
    path,
    message,
    remedy: 'none: the next checkpoint covers or ignores it',
  }
}

async function checkDatabase(store: TileStore, { verifier, origin }: FsckOptions, run: Run) {
  const findings: FsckFinding[] = []
  const head = await findHead(run)
  const note = await store.readCheckpoint()
  if (head === undefined || note === undefined) return { findings: [missing(head === undefined)], batches: 0 }
  const published = await openCheckpoint(note, [verifier], origin).catch(() => undefined)
  if (published !== undefined && published.size > head.size) findings.push(rolledBack(head.size, published.size))
  if (published?.size === head.size && !sameBytes(published.root, head.root)) findings.push(forked(head.size))
  const start = Math.floor(head.size / TILE_WIDTH) * TILE_WIDTH
  let at = start
  try {
    while (at < head.nextIndex) {
      const leaves = await readSequenced(run, at, head.nextIndex, 64)
      findings.push(...(await compareLeaves(store, leaves, at, head.size)))
      at += leaves.length
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    findings.push({ severity: 'error', code: 'batch_damaged', index: at, message, remedy: 'restore the database' })
  }
  return { findings, batches: at - start }
}

async function compareLeaves(
  store: TileStore,
  leaves: readonly { readonly entry: Uint8Array }[],
  first: number,
  size: number,
): Promise<FsckFinding[]> {
  const n = Math.floor(first / TILE_WIDTH)
  const width = tileWidth(0, n, size)
  if (width === 0 || first >= size) return []
  const stored = await store.readEntries(n, width).then(
    (bytes) => decodeBundle(bytes, width),
    () => [],
  )
  return stored.flatMap((entry, i): FsckFinding[] => {
    const waiting = leaves[n * TILE_WIDTH + i - first]?.entry
    if (waiting === undefined || sameBytes(waiting, entry)) return []
    const message = 'the database and the tile store hold different bytes for the record'
    const remedy = 'find out which one is signed: `countersign ledger verify`'
    return [{ severity: 'error', code: 'batch_differs', index: n * TILE_WIDTH + i, message, remedy }]
  })
}

function missing(isHead: boolean): FsckFinding {
  const message = isHead ? 'the database has no log' : 'the tile store has no checkpoint'
  return {
    severity: 'error',
    code: 'log_missing',
    message,
    remedy: 'bring database and data folder of one log together',
  }
}

function rolledBack(known: number, found: number): FsckFinding {
  const message = `the database knows ${known} signed records and the tile store shows ${found}`
  return { severity: 'error', code: 'ledger_rolled_back', message, remedy: 'restore a database that is as new' }
}

function forked(size: number): FsckFinding {
  const message = `database and tile store hold two histories of size ${size}`
  return { severity: 'error', code: 'ledger_forked', message, remedy: 'find out who wrote the other one' }
}

/** Derives the tree from the bundles and, only if that leads to the signed root, writes the hash tiles that differ. */
async function repair(store: TileStore, { verifier, origin }: FsckOptions): Promise<string[]> {
  const note = await store.readCheckpoint()
  if (note === undefined) return []
  const { size, root } = await openCheckpoint(note, [verifier], origin)
  const derived = await derive(store, size, async () => undefined)
  if (derived === undefined || !sameBytes(derived.root(), root)) return []
  const repaired: string[] = []
  await derive(store, size, async (tile) => {
    const path = pathOf(tile)
    const present = await store.read(path)
    if (present !== undefined && sameBytes(present, tile.bytes)) return
    await store.replaceDamaged({ path, bytes: tile.bytes })
    repaired.push(path)
  })
  return repaired
}

/** The tree over the stored bundles, each tile given to `use` once; undefined when a bundle cannot be read. */
async function derive(
  store: TileStore,
  size: number,
  use: (tile: Tile) => Promise<void>,
): Promise<TreeBuilder | undefined> {
  const tree = new TreeBuilder()
  for (let n = 0; n * TILE_WIDTH < size; n++) {
    const width = tileWidth(0, n, size)
    const hashes = await store.readEntries(n, width).then(
      (bytes) => bundleLeafHashes(bytes, width),
      () => undefined,
    )
    if (hashes === undefined) return undefined
    const leaves = Array.from({ length: width }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    for (const tile of tree.append(leaves)) await use(tile)
  }
  for (const tile of tree.partials()) await use(tile)
  return tree
}
