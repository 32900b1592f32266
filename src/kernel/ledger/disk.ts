import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises'
import type { MemoryFor } from './core/index.ts'
import { codeOf } from './error-code.ts'

/**
 * The few file system calls that the tile store needs, so that a simulated disk can stand behind it.
 * Nothing is durable before a file's `sync` (content) and `syncFolder` (names) have returned.
 */
export interface Disk {
  /** The whole file, in memory of `into` when given; undefined when there is none. */
  read(path: string, into?: MemoryFor): Promise<Uint8Array | undefined>
  /** Creates a file that nobody may change (mode 0444) and writes all of its content, which is not durable yet. */
  create(path: string, bytes: Uint8Array): Promise<DraftFile>
  /** Gives `from` a second name; answers `exists` when that name is taken. */
  link(from: string, to: string): Promise<'linked' | 'exists'>
  /** Replaces `to` at once. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Removes an empty folder. */
  removeFolder(path: string): Promise<void>
  /** Answers `exists` when the folder was there; its parent must exist. */
  makeFolder(path: string): Promise<'made' | 'exists'>
  /** Names in the folder, folders with a final `/`; empty when there is no such folder. */
  list(path: string): Promise<string[]>
  syncFolder(path: string): Promise<void>
}

/** A file that was written. After a failed `sync` nothing is known of its content: throw it away, never sync it again. */
export interface DraftFile {
  sync(): Promise<void>
  close(): Promise<void>
}

export const nodeDisk: Disk = {
  read: (path, into) => (into === undefined ? readFile(path) : readInto(path, into)).catch(absent),
  create,
  link: async (from, to) =>
    link(from, to).then(
      () => 'linked' as const,
      (error) => taken(error),
    ),
  rename,
  remove: async (path) => {
    await unlink(path).catch(absent)
  },
  removeFolder: (path) => rmdir(path),
  makeFolder: async (path) =>
    mkdir(path, { mode: 0o755 }).then(
      () => 'made' as const,
      (error) => taken(error),
    ),
  list,
  syncFolder,
}

async function readInto(path: string, into: MemoryFor): Promise<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    return await fill(handle, into(size))
  } finally {
    await handle.close()
  }
}

/** What the file has of `bytes`: less than all when somebody cut it. */
async function fill(handle: FileHandle, bytes: Uint8Array): Promise<Uint8Array> {
  let at = 0
  while (at < bytes.length) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at)
    if (bytesRead === 0) return bytes.subarray(0, at)
    at += bytesRead
  }
  return bytes
}

/** Content and name of a new file, durable but for its name. */
export async function createDurable(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const draft = await disk.create(path, bytes)
  try {
    await draft.sync()
  } finally {
    await draft.close()
  }
}

async function create(path: string, bytes: Uint8Array): Promise<DraftFile> {
  const handle = await open(path, 'wx', 0o444)
  try {
    let at = 0
    while (at < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
      at += bytesWritten
    }
  } catch (error) {
    await handle.close()
    throw error
  }
  return { sync: () => handle.sync(), close: () => handle.close() }
}

async function list(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(absent)
  return (entries ?? []).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function absent(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
  throw error
}

function taken(error: unknown): 'exists' {
  if (codeOf(error) === 'EEXIST') return 'exists'
  throw error
}
