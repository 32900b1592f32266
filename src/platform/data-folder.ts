import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { defineError } from './errors.ts'
import { identify, lives, type ProcessIdentity } from './processes.ts'
import { readIfThere } from './read-if-there.ts'

export const DataFolderInUse = defineError<{ path: string; pid: number }>(
  'data_folder_in_use',
  409,
  ({ path, pid }) => `the data folder \`${path}\` is in use by process ${pid}`,
  'stop that process, or give this one a folder of its own with `--data`',
)

export const DataFolderUnusable = defineError<{ path: string; reason: string }>(
  'data_folder_unusable',
  500,
  ({ path, reason }) => `the data folder \`${path}\` cannot be used: ${reason}`,
  'give a folder that is empty or was made by Countersign, and that you own, with `--data`',
)

export const dataFolderErrors = [DataFolderInUse, DataFolderUnusable]

/** Where one server keeps what is its own. All paths are absolute, without symbolic links, and only its owner may enter. */
export interface DataFolder {
  readonly path: string
  /** The embedded database. */
  readonly postgres: string
  readonly keys: string
  readonly log: string
  /** What holds only while a server runs, such as how to reach its database. */
  readonly run: string
  readonly reports: string
  /** Mirrors of repositories that are fetched. */
  readonly clones: string
  /** Lets another process open the folder; does nothing the second time. */
  release(): Promise<void>
}

const parts = ['postgres', 'keys', 'log', 'run', 'reports', 'clones'] as const

/**
 * Makes the folder when it is absent and takes it for this process alone.
 * The lock of a process that has died, however it died, is taken over; reading the folder needs no lock.
 *
 * @throws data_folder_in_use, data_folder_unusable
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const asked = resolve(path)
  const unusable = (error: unknown) => {
    throw asUnusable(asked, error)
  }
  const root = await makeRoot(asked).catch(unusable)
  const release = await takeLock(root).catch(unusable)
  try {
    for (const part of parts) await mkdir(join(root, part), { recursive: true, mode: 0o700 })
  } catch (error) {
    await release()
    throw asUnusable(root, error)
  }
  const [postgres, keys, log, run, reports, clones] = parts.map((part) => join(root, part)) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return { path: root, postgres, keys, log, run, reports, clones, release }
}

async function makeRoot(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const root = await realpath(path)
  const status = await stat(root)
  if ((status.mode & 0o022) !== 0)
    throw DataFolderUnusable({ path: root, reason: 'others may write to it (its mode allows group or world)' })
  if (process.getuid !== undefined && status.uid !== process.getuid())
    throw DataFolderUnusable({ path: root, reason: 'it belongs to another user' })
  const entries = await readdir(root)
  const foreign = entries.find((name) => name !== 'config.yaml')
  if (foreign !== undefined && !entries.some((name) => lockOrDraft.test(name)))
    throw DataFolderUnusable({
      path: root,
      reason: `it holds files that are not Countersign's, such as \`${foreign}\``,
    })
  return root
}

function asUnusable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOTDIR' || code === 'EEXIST') return DataFolderUnusable({ path, reason: 'it is not a folder' }, error)
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENAMETOOLONG', 'ELOOP', 'EISDIR', 'EIO'].includes(code))
    return DataFolderUnusable({ path, reason: `the system says ${code}` }, error)
  return error
}

/**
 * Takes `lock.<n>`, one above the highest there is, by an atomic `link`. The numbers never go back (who releases leaves an
 * empty file behind), so of two processes that find the same dead holder only one wins, whatever each does in between.
 */
async function takeLock(root: string): Promise<() => Promise<void>> {
  const self = await identify(process.pid)
  if (self === undefined) throw new Error('this process does not find itself')
  for (;;) {
    const highest = await highestLock(root)
    if (highest > 0) await refuseWhenHeld(root, highest)
    const mine = join(root, `lock.${highest + 1}`)
    if (!(await placeWhole(mine, JSON.stringify(self)))) continue
    if ((await highestLock(root)) !== highest + 1) {
      await rm(mine, { force: true })
      continue
    }
    await removeLocksBelow(root, highest + 1)
    return once(() => replaceWhole(mine, ''))
  }
}

async function refuseWhenHeld(root: string, number: number): Promise<void> {
  const holder = await readHolder(join(root, `lock.${number}`))
  if (holder !== undefined && (await lives(holder))) throw DataFolderInUse({ path: root, pid: holder.pid })
}

/** @returns undefined for a lock that was released or has gone */
async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  const text = (await readIfThere(path)) ?? ''
  if (text === '') return undefined
  const holder = Holder.safeParse(parseJson(text))
  if (holder.success) return holder.data
  throw DataFolderUnusable({ path, reason: 'this lock is damaged; remove it when no server runs on the folder' })
}

const Holder = z.object({ pid: z.int().positive(), startedAt: z.string(), bootId: z.string() })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function highestLock(root: string): Promise<number> {
  return Math.max(0, ...(await readdir(root)).map((name) => lockNumber(name) ?? 0))
}

/** A lock, or the draft of one, which a kill may leave behind. */
const lockOrDraft = /^lock\.([1-9]\d{0,14})(\.[0-9a-f]{12})?$/

function lockNumber(name: string): number | undefined {
  const [, digits, draft] = lockOrDraft.exec(name) ?? []
  return digits === undefined || draft !== undefined ? undefined : Number(digits)
}

async function removeLocksBelow(root: string, number: number): Promise<void> {
  for (const name of await readdir(root)) {
    const digits = lockOrDraft.exec(name)?.[1]
    if (digits !== undefined && Number(digits) < number) await rm(join(root, name), { force: true })
  }
}

/** Puts a file with its whole content in place; false when one is there, or when a winner has cleared our draft away. */
async function placeWhole(path: string, content: string): Promise<boolean> {
  const draft = await writeDraft(path, content)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOENT')) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function replaceWhole(path: string, content: string): Promise<void> {
  await rename(await writeDraft(path, content), path)
}

async function writeDraft(path: string, content: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  return draft
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
