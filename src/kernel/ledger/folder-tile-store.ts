import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { entriesPath, LedgerError, type MemoryFor, tilePath } from './core/index.ts'
import { createDurable, type Disk } from './disk.ts'
import { codeOf } from './error-code.ts'
import { TileConflict, type TileFile, type TileStore } from './tile-store.ts'

/** Temporary files live here until they get their name; whatever is left of a crash is removed at start. */
const temporary = '.tmp'
/** The thread pool of Node has four threads; more at once only queues. */
const parallel = 4

/**
 * A tile store in a folder. Each object is written under a temporary name, synced, linked to its own name (which fails
 * when that is taken, so nothing is ever replaced) and made durable by a sync of the folders that got names.
 */
export async function openFolderTileStore(
  root: string,
  disk: Disk,
  leftovers: 'remove' | 'keep' = 'remove',
): Promise<TileStore> {
  const folders = new Set<string>()
  await makeFolder(disk, folders, join(root, temporary))
  if (leftovers === 'remove') {
    for (const name of await disk.list(join(root, temporary))) await disk.remove(join(root, temporary, name))
  }
  const read = (path: string, into?: MemoryFor) => disk.read(join(root, path), into)
  const required = async (path: string, into?: MemoryFor) => {
    const bytes = await read(path, into)
    if (bytes === undefined) throw new LedgerError('tile_missing', `\`${path}\` is not there`)
    return bytes
  }
  return {
    read: (path) => read(path),
    write: (files) => writeAll(root, disk, folders, files),
    list: (path) => disk.list(join(root, path)),
    removePartials: (path) => removePartials(root, disk, folders, path),
    replaceDamaged: async (file) => {
      await disk.remove(join(root, file.path))
      await writeAll(root, disk, folders, [file])
    },
    publishCheckpoint: (note) => replace(root, disk, 'checkpoint', new TextEncoder().encode(note)),
    readTile: (level, n, width) => required(tilePath(level, n, width)),
    readEntries: (n, width, into) => required(entriesPath(n, width), into),
    readCheckpoint: async () => {
      const bytes = await read('checkpoint')
      return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    },
  }
}

/** Replaces a small mutable file of the folder at once and durably. */
export async function replace(root: string, disk: Disk, name: string, bytes: Uint8Array): Promise<void> {
  const draft = temporaryPath(root)
  await createDurable(disk, draft, bytes)
  await disk.rename(draft, join(root, name))
  await disk.syncFolder(root)
}

async function writeAll(root: string, disk: Disk, folders: Set<string>, files: readonly TileFile[]): Promise<void> {
  const named = new Set<string>()
  for (const file of files) {
    const folder = dirname(join(root, file.path))
    await makeFolder(disk, folders, folder)
    named.add(folder)
  }
  await inParallel(files, (file) => writeOne(root, disk, file))
  await inParallel([...named], (folder) => disk.syncFolder(folder))
}

async function writeOne(root: string, disk: Disk, { path, bytes }: TileFile): Promise<void> {
  const target = join(root, path)
  const draft = temporaryPath(root)
  await createDurable(disk, draft, bytes)
  const outcome = await disk.link(draft, target)
  await disk.remove(draft)
  if (outcome === 'exists' && !(await isThere(disk, path, target, bytes)))
    throw new Error(`the file ${path} came and went while it was written`)
}

async function isThere(disk: Disk, path: string, target: string, bytes: Uint8Array): Promise<boolean> {
  const present = await disk.read(target)
  if (present === undefined) return false
  if (Buffer.compare(present, bytes) !== 0) throw TileConflict({ path })
  return true
}

/**
 * Makes the folder and those above it. The parent is synced the first time that this process meets a folder, also when it
 * was there: who made it may have died before its name was durable.
 */
async function makeFolder(disk: Disk, known: Set<string>, path: string): Promise<void> {
  if (known.has(path)) return
  const parent = dirname(path)
  await disk.makeFolder(path).catch(async (error) => {
    if (codeOf(error) !== 'ENOENT') throw error
    await makeFolder(disk, known, parent)
    return disk.makeFolder(path)
  })
  await disk.syncFolder(parent)
  known.add(path)
}

async function removePartials(root: string, disk: Disk, folders: Set<string>, path: string): Promise<void> {
  if (!path.endsWith('.p')) throw new Error(`only partial objects may be removed, not ${path}`)
  const folder = join(root, path)
  const names = await disk.list(folder)
  for (const name of names) await disk.remove(join(folder, name))
  if (names.length > 0) await disk.removeFolder(folder)
  folders.delete(folder)
}

function temporaryPath(root: string): string {
  return join(root, temporary, randomBytes(12).toString('hex'))
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const item = items[next++]
      if (item !== undefined) await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane))
}
