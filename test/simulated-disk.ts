import { posix } from 'node:path'
import type { Disk } from '#kernel/ledger'

/** What the disk answers from some operation on. `crash`: nothing works any more, as after a power cut. */
export interface Fault {
  /** Number of the operation, from 1. */
  readonly at: number
  readonly kind: 'crash' | 'EIO' | 'ENOSPC'
  /** How many operations fail; a crash lasts for ever. */
  readonly times?: number
}

export interface SimulatedDisk extends Disk {
  /** Operations so far. */
  readonly operations: () => number
  /** From now on: counted from here. */
  fail(fault: Fault | undefined): void
  /**
   * The disk after a power cut at this moment: what was synced is there; of what was not, a part that `random` picks.
   * Content that was not synced may have holes of whole sectors, names may be old, new or missing.
   */
  afterPowerCut(random: () => number): SimulatedDisk
}

interface Inode {
  readonly bytes: Uint8Array
  synced: boolean
}

/** Names of a folder; a folder in it is `null`. */
type Names = Map<string, Inode | null>

interface Folder {
  readonly durable: Names
  readonly now: Names
}

const sector = 512

/** A folder tree in memory that forgets what nobody synced, and fails when told to. `/` is there and durable. */
export function simulatedDisk(folders = new Map<string, Folder>([['/', emptyFolder()]])): SimulatedDisk {
  const state: { count: number; since: number; fault: Fault | undefined } = { count: 0, since: 0, fault: undefined }
  const step = async () => {
    await Promise.resolve()
    state.count++
    const { fault } = state
    if (fault === undefined) return
    const number = state.count - state.since
    const last = fault.kind === 'crash' ? Number.POSITIVE_INFINITY : fault.at + (fault.times ?? 1) - 1
    if (number >= fault.at && number <= last)
      throw Object.assign(new Error(`simulated ${fault.kind} at operation ${number}`), {
        code: fault.kind === 'crash' ? 'EIO' : fault.kind,
      })
  }
  const folderOf = (path: string) => folders.get(posix.dirname(path)) ?? missing(path)
  const inodeOf = (path: string) => folders.get(posix.dirname(path))?.now.get(posix.basename(path))
  return {
    operations: () => state.count,
    fail: (fault) => {
      state.fault = fault
      state.since = state.count
    },
    afterPowerCut: (random) => simulatedDisk(survivors(folders, random)),
    read: async (path) => {
      await step()
      return inodeOf(path)?.bytes
    },
    create: async (path, bytes) => {
      await step()
      if (folderOf(path).now.has(posix.basename(path))) throw fail('EEXIST', path)
      const inode: Inode = { bytes: Uint8Array.from(bytes), synced: false }
      folderOf(path).now.set(posix.basename(path), inode)
      return {
        sync: async () => {
          await step()
          inode.synced = true
        },
        close: async () => undefined,
      }
    },
    link: async (from, to) => {
      await step()
      const names = folderOf(to).now
      if (names.has(posix.basename(to))) return 'exists'
      names.set(posix.basename(to), inodeOf(from) ?? missing(from))
      return 'linked'
    },
    rename: async (from, to) => {
      await step()
      const inode = inodeOf(from) ?? missing(from)
      folderOf(to).now.set(posix.basename(to), inode)
      folderOf(from).now.delete(posix.basename(from))
    },
    remove: async (path) => {
      await step()
      folders.get(posix.dirname(path))?.now.delete(posix.basename(path))
    },
    removeFolder: async (path) => {
      await step()
      if ((folders.get(path)?.now.size ?? 0) > 0) throw fail('ENOTEMPTY', path)
      folderOf(path).now.delete(posix.basename(path))
      folders.delete(path)
    },
    makeFolder: async (path) => {
      await step()
      if (folders.has(path)) return 'exists'
      folderOf(path).now.set(posix.basename(path), null)
      folders.set(path, emptyFolder())
      return 'made'
    },
    list: async (path) => {
      await step()
      const names = folders.get(path)?.now ?? new Map<string, Inode | null>()
      return [...names].map(([name, inode]) => (inode === null ? `${name}/` : name))
    },
    syncFolder: async (path) => {
      await step()
      const { durable, now } = folders.get(path) ?? missing(path)
      durable.clear()
      for (const [name, inode] of now) durable.set(name, inode)
    },
  }
}

/** Repeatable: the same seed gives the same numbers (mulberry32). */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function survivors(folders: Map<string, Folder>, random: () => number): Map<string, Folder> {
  const left = new Map<string, Folder>([['/', emptyFolder()]])
  const keep = (path: string) => {
    const folder = folders.get(path)
    if (folder === undefined) return
    for (const name of new Set([...folder.durable.keys(), ...folder.now.keys()])) {
      const [was, is] = [folder.durable.get(name), folder.now.get(name)]
      const inode = was === is || random() < 0.5 ? is : was
      if (inode === undefined) continue
      const kept = inode === null ? null : torn(inode, random)
      left.get(path)?.durable.set(name, kept)
      left.get(path)?.now.set(name, kept)
      if (kept !== null) continue
      left.set(posix.join(path, name), emptyFolder())
      keep(posix.join(path, name))
    }
  }
  keep('/')
  return left
}

/** Content that was not synced: any of its sectors may be missing (zeros), and its end may be too. */
function torn(inode: Inode, random: () => number): Inode {
  if (inode.synced) return inode
  const length = random() < 0.5 ? inode.bytes.length : Math.floor(random() * inode.bytes.length)
  const bytes = inode.bytes.slice(0, length)
  for (let at = 0; at < length; at += sector) if (random() < 0.5) bytes.fill(0, at, at + sector)
  return { bytes, synced: true }
}

function emptyFolder(): Folder {
  return { durable: new Map(), now: new Map() }
}

function missing(path: string): never {
  throw fail('ENOENT', path)
}

function fail(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
