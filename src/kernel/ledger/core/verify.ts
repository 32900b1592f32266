import { sameBytes, toBase64 } from './bytes.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { type RecordKeys, verifyEntry } from './entry.ts'
import { LedgerError, type LedgerErrorCode } from './errors.ts'
import { IdSet } from './id-set.ts'
import { EMPTY_ROOT } from './leaf.ts'
import { memory } from './memory.ts'
import { rootFromLeaves } from './merkle.ts'
import type { Verifier } from './note.ts'
import {
  bundleLeafHashes,
  decodeBundle,
  entriesPath,
  hashesOf,
  pathOf,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from './tile.ts'
import { readBundle, readTile, type TileReader } from './tile-reader.ts'
import { type Tile, TreeBuilder } from './tree.ts'

export interface VerifyLogOptions {
  readonly origin: string
  /** Trusted keys of the log, and of its witnesses if any. */
  readonly verifiers: readonly Verifier[]
  /** Trusted keys of records; needed unless signatures are `none`. */
  readonly recordKeys: RecordKeys
  /**
   * `all`: each entry must be an audit record with a right signature and an id of its own. `none`: entries are bytes and
   * only the tree over them is checked, about forty times as fast; right for a log whose entries were checked before.
   */
  readonly signatures: 'all' | 'none'
  readonly onProgress?: (progress: { readonly checked: number; readonly size: number }) => void
  /** Problems to list; further ones are counted. */
  readonly problemsMax?: number
}

/** One thing that is wrong, with the record or the file that it is in. */
interface LogProblem {
  readonly code: LedgerErrorCode
  readonly index?: number
  readonly path?: string
  readonly message: string
}

export interface LogVerification {
  /** As the log's checkpoint states; 0 when it cannot be trusted. */
  readonly size: number
  /** Derived from the entries. */
  readonly root: Uint8Array
  readonly checked: { readonly entries: number; readonly tiles: number; readonly signatures: number }
  /** Empty when the log holds, whole. */
  readonly problems: readonly LogProblem[]
  /** Problems beyond the listed ones. */
  readonly unlisted: number
}

/**
 * Derives a log again from its entries and compares all that it serves: each leaf hash, each tile at every level byte for
 * byte, the root and the checkpoint's signature; and each entry's form, signature and id. Nothing is thrown for what the
 * log holds: every fault is a problem that names its record or file. Holds one bundle at a time, and the ids.
 */
export async function verifyLog(reader: TileReader, options: VerifyLogOptions): Promise<LogVerification> {
  const run = new Run(reader, options)
  const checkpoint = await run.openCheckpoint()
  if (checkpoint === undefined) return run.result(0, EMPTY_ROOT)
  await run.checkTree(checkpoint)
  return run.result(checkpoint.size, run.tree.root())
}

class Run {
  tree = new TreeBuilder()
  readonly #ids = new IdSet()
  readonly #problems: LogProblem[] = []
  readonly #checked = { entries: 0, tiles: 0, signatures: 0 }
  readonly #reader: TileReader
  readonly #options: VerifyLogOptions
  /** Of the bundle that is checked, and of the next one, which is read meanwhile. */
  readonly #memory = [memory(), memory()]
  #unlisted = 0

  constructor(reader: TileReader, options: VerifyLogOptions) {
    this.#reader = reader
    this.#options = options
  }

  result(size: number, root: Uint8Array): LogVerification {
    return { size, root, checked: this.#checked, problems: this.#problems, unlisted: this.#unlisted }
  }

  async openCheckpoint(): Promise<Checkpoint | undefined> {
    const { verifiers, origin } = this.#options
    return this.#noting({ path: 'checkpoint' }, async () => {
      const note = await this.#reader.readCheckpoint()
      if (note === undefined) throw new LedgerError('checkpoint_missing', 'the log has no checkpoint')
      return openCheckpoint(note, verifiers, origin)
    })
  }

  async checkTree(checkpoint: Checkpoint): Promise<void> {
    const { size } = checkpoint
    let next = this.#load(0, size)
    for (let n = 0; n * TILE_WIDTH < size; n++) {
      const stored = await next
      // The next bundle is read while this one is checked.
      next = this.#load(n + 1, size)
      const leaves = await this.#checkLeaves(stored, checkpoint)
      if (leaves === undefined) return
      for (const tile of this.tree.appendRow(leaves)) await this.#compareTile(tile)
      this.#options.onProgress?.({ checked: this.#checked.entries, size })
    }
    for (const tile of this.tree.partials()) await this.#compareTile(tile)
    const root = this.tree.root()
    if (!sameBytes(root, checkpoint.root)) {
      const message = `the entries give the root ${toBase64(root)}; ${toBase64(checkpoint.root)} was signed`
      this.#found({ code: 'root_mismatch', path: 'checkpoint', message })
    }
  }

  async #load(n: number, size: number): Promise<Stored> {
    const width = tileWidth(0, n, size)
    const paths = { bundle: entriesPath(n, width || TILE_WIDTH), tile: tilePath(0, n, width || TILE_WIDTH) }
    if (width === 0) return { n, width, paths, bundle: undefined, tile: undefined }
    const [bundle, tile] = await Promise.all([
      this.#noting({ path: paths.bundle }, () => readBundle(this.#reader, n, width, this.#memory[n % 2])),
      this.#noting({ path: paths.tile }, () => readTile(this.#reader, 0, n, width)),
    ])
    return { n, width, paths, bundle, tile }
  }

  /** The leaf hashes to go on with; undefined when neither the entries nor their hashes can be read. */
  async #checkLeaves(stored: Stored, checkpoint: Checkpoint): Promise<Uint8Array | undefined> {
    const { width, paths, bundle, tile } = stored
    const derived =
      bundle === undefined
        ? undefined
        : await this.#noting({ path: paths.bundle }, async () => bundleLeafHashes(bundle, width))
    const wrong = new Set<number>()
    if (derived !== undefined && tile !== undefined && !sameBytes(derived, tile)) {
      for (const i of differences(derived, tile)) wrong.add(i)
    }
    const believed = wrong.size === 0 ? (derived ?? tile) : await this.#judge(stored, derived, wrong, checkpoint)
    if (bundle !== undefined && derived !== undefined) await this.#checkEntries(stored, bundle, wrong)
    if (tile !== undefined) this.#checked.tiles++
    return believed
  }

  /** Entries and their tile differ: what the tree above was built on tells which of them was changed. */
  async #judge(
    { n, width, paths, tile }: Stored,
    derived: Uint8Array | undefined,
    wrong: ReadonlySet<number>,
    checkpoint: Checkpoint,
  ): Promise<Uint8Array | undefined> {
    if (tile === undefined || derived === undefined) return derived ?? tile
    const fits = await this.#fitsAbove(n, width, checkpoint)
    if (fits(derived)) {
      this.#found({
        code: 'tile_mismatch',
        path: paths.tile,
        message: `hash ${[...wrong].join(', ')} is not of its entry`,
      })
      return derived
    }
    const message = fits(tile)
      ? 'the tree was built on another entry here'
      : 'entry and hash differ, and the tree above has neither'
    for (const i of wrong)
      this.#found({ code: 'entry_mismatch', index: n * TILE_WIDTH + i, path: paths.bundle, message })
    return fits(tile) ? tile : derived
  }

  async #fitsAbove(n: number, width: number, { size, root }: Checkpoint): Promise<(hashes: Uint8Array) => boolean> {
    if (width < TILE_WIDTH) {
      return (hashes) => {
        const tree = this.tree.clone()
        tree.appendRow(hashes)
        return sameBytes(tree.root(), root)
      }
    }
    const above = Math.floor(n / TILE_WIDTH)
    const tile = await readTile(this.#reader, 1, above, tileWidth(1, above, size)).catch(() => new Uint8Array(0))
    const expected = hashesOf(tile)[n % TILE_WIDTH]
    return (hashes) => expected !== undefined && sameBytes(rootFromLeaves(hashesOf(hashes)), expected)
  }

  async #checkEntries({ n, width }: Stored, bundle: Uint8Array, wrong: ReadonlySet<number>): Promise<void> {
    this.#checked.entries += width
    if (this.#options.signatures === 'none') return
    const entries = decodeBundle(bundle, width)
    const judged = await Promise.all(
      entries.map((entry, i) => (wrong.has(i) ? undefined : this.#checkEntry(n * TILE_WIDTH + i, entry))),
    )
    for (const answer of judged) if (answer !== undefined) this.#take(answer)
  }

  async #checkEntry(index: number, entry: Uint8Array): Promise<Judged> {
    try {
      const { p } = await verifyEntry(entry, this.#options.recordKeys)
      return { index, id: p.id }
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      return { code: error.code, index, message: error.message }
    }
  }

  #take(judged: Judged): void {
    if ('code' in judged) {
      this.#found(judged)
      return
    }
    const { index, id } = judged
    this.#checked.signatures++
    if (this.#ids.add(id)) return
    this.#found({ code: 'entry_id_repeated', index, message: `an earlier record has the id \`${id}\`` })
  }

  async #compareTile(tile: Tile): Promise<void> {
    const { level, n, width, bytes } = tile
    // Level 0 was compared with its bundle.
    if (level === 'entries' || level === 0) return
    const path = pathOf(tile)
    const stored = await this.#noting({ path }, () => readTile(this.#reader, level, n, width))
    this.#checked.tiles++
    if (stored === undefined || sameBytes(stored, bytes)) return
    const [first = 0] = differences(stored, bytes)
    const span = TILE_WIDTH ** level
    const from = (n * TILE_WIDTH + first) * span
    const message = `hash ${first} is not of the records ${from} to ${from + span - 1}`
    this.#found({ code: 'tile_mismatch', path, message })
  }

  /** What `work` answers; when it refuses what the log holds, that is a problem at this place instead. */
  async #noting<T>(place: { readonly path: string }, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      this.#found({ code: error.code, ...place, message: error.message })
      return undefined
    }
  }

  #found(problem: LogProblem): void {
    if (this.#problems.length < (this.#options.problemsMax ?? 100)) this.#problems.push(problem)
    else this.#unlisted++
  }
}

/** The id of a right record, or what is wrong with it. */
type Judged = { readonly index: number; readonly id: string } | LogProblem

/** What the log serves for one bundle of entries; undefined where it cannot be read. */
interface Stored {
  readonly n: number
  readonly width: number
  readonly paths: { readonly bundle: string; readonly tile: string }
  readonly bundle: Uint8Array | undefined
  readonly tile: Uint8Array | undefined
}

/** Positions of the hashes in which two tiles of one width differ. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  const theirs = hashesOf(b)
  return hashesOf(a).flatMap((hash, i) => (sameBytes(hash, theirs[i] ?? new Uint8Array(0)) ? [] : [i]))
}
