import type { FileHandle } from 'node:fs/promises'
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { codeOf } from './error-code.ts'

/**
 * The few file system calls that the tile store needs, so that a simulated disk can stand behind it.
 * Nothing is durable before `syncFile` (content) and `syncFolder` (names) have returned.
 */
export interface Disk {
  /** The whole file, or undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Creates a file that nobody may change (mode 0444), writes and syncs its content. The name is not durable yet. */
  create(path: string, bytes: Uint8Array): Promise<void>
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

export const nodeDisk: Disk = {
  read: (path) => readFile(path).catch(absent),
  create,
  link: async (from, to) =>
    link(from, to).then(
      () => 'linked' as const,
      (error) => taken(error),
    ),
  rename,
  remove: (path) => rm(path, { force: true }),
  removeFolder: (path) => rmdir(path),
  makeFolder: async (path) =>
    mkdir(path, { mode: 0o755 }).then(
      () => 'made' as const,
      (error) => taken(error),
    ),
  list,
  syncFolder: (path) => withFile(path, 'r', undefined, (handle) => handle.sync()),
}

async function create(path: string, bytes: Uint8Array): Promise<void> {
  await withFile(path, 'wx', 0o444, async (handle) => {
    let at = 0
    while (at < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
      at += bytesWritten
    }
    await handle.sync()
  })
}

async function list(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(absent)
  return (entries ?? []).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
}

async function withFile(
  path: string,
  flags: string,
  mode: number | undefined,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, mode)
  try {
    await use(handle)
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
