import { entryOfBundle, LedgerError, type MemoryFor, memory, TILE_WIDTH, type TileReader } from './core/index.ts'

/** Kept as its bytes: thousands of views of them would be moved about by each collection of garbage. */
interface Bundle {
  readonly bytes: Uint8Array
  /** Entries in it, at least as many as were asked for. */
  readonly found: number
}

interface Slot {
  readonly memory: MemoryFor
  readonly bundle: Promise<Bundle>
  users: number
}

/**
 * The most recently used bundles of a log, each in memory that serves the next one afterwards. A bundle never changes, so
 * nothing kept is ever wrong; a read that failed is not kept.
 */
export class BundleCache {
  readonly #reader: TileReader
  readonly #bundlesMax: number
  readonly #slots = new Map<string, Slot>()
  readonly #free: MemoryFor[] = []

  constructor(reader: TileReader, bundlesMax = 64) {
    this.#reader = reader
    this.#bundlesMax = bundlesMax
  }

  /**
   * What `take` makes of a bundle of at least `width` entries. It must copy what it keeps: the memory is another bundle's
   * once it has returned.
   *
   * @throws LedgerError `tile_missing` or `bundle_invalid`
   */
  async use<R>(n: number, width: number, take: (bytes: Uint8Array, found: number) => R): Promise<R> {
    const slot = this.#slotOf(n, width)
    slot.users++
    try {
      const { bytes, found } = await slot.bundle
      return take(bytes, found)
    } finally {
      slot.users--
    }
  }

  #slotOf(n: number, width: number): Slot {
    const name = `${n}.${width}`
    const known = this.#slots.get(name)
    const slot = known ?? this.#load(name, n, width)
    this.#slots.delete(name)
    this.#slots.set(name, slot)
    return slot
  }

  #load(name: string, n: number, width: number): Slot {
    this.#makeRoom()
    const into = this.#free.pop() ?? memory()
    const bundle = readWidest(this.#reader, n, width, into)
    const slot: Slot = { memory: into, bundle, users: 0 }
    bundle.catch(() => {
      if (this.#slots.get(name) === slot) this.#slots.delete(name)
    })
    return slot
  }

  /** Those in use stay, however old: there are as many as there are calls under way. */
  #makeRoom(): void {
    for (const [name, slot] of this.#slots) {
      if (this.#slots.size < this.#bundlesMax) return
      if (slot.users > 0) continue
      this.#slots.delete(name)
      this.#free.push(slot.memory)
    }
  }
}

/** A partial bundle is a prefix of the full one, which takes its place. */
async function readWidest(reader: TileReader, n: number, width: number, into: MemoryFor): Promise<Bundle> {
  const read = async (found: number) => {
    const bytes = await reader.readEntries(n, found, into)
    // what has not the form of a bundle is refused here, and not kept
    entryOfBundle(bytes, found, 0)
    return { bytes, found }
  }
  try {
    return await read(width)
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'tile_missing' || width === TILE_WIDTH) throw error
    return read(TILE_WIDTH)
  }
}
