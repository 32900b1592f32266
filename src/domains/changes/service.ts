import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { askerOf, type Context, housekeeping, type LedgerTables, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { DomainError } from '#platform/errors.ts'
import type { Jobs } from '#platform/jobs.ts'
import { overlapped } from '#platform/overlapped.ts'
import { HistoryRewritten, RepositoryNotFound, RepositoryUnreadable } from './errors.ts'
import { changeImported, repositoryAdded, repositoryImported, repositoryImportFailed } from './events.ts'
import { readHistoryOf } from './history.ts'
import type { Change } from './model.ts'
import {
  type OpenRepository,
  open,
  openRepository,
  type RepositoryInfo,
  type RepositoryState,
} from './repository/open.ts'
import * as store from './store.ts'

type Tables = store.ChangesTables & LedgerTables

export const importJob = 'repository.import'

/**
 * Changes that are made durable together, and the files of them after which no more are taken: large enough to be quick,
 * small enough to show progress, lose little and need little memory.
 */
const batchMax = { changes: 200, files: 20_000 }

/**
 * Governs a repository from now on, and queues the reading of its history. Adding it again answers the same id and reads
 * what is new.
 *
 * @throws repository_unreadable, git_missing, git_too_old
 */
export async function addRepository(db: Db<Tables>, jobs: Jobs, ctx: Context, path: string): Promise<string> {
  const id = await registerRepository(db, ctx, path)
  await requestImport(jobs, ctx, id)
  return id
}

/** Queues the reading of what is new in a repository; of several who ask while it waits, the first is named. */
export async function requestImport(jobs: Jobs, ctx: Context, repositoryId: string): Promise<void> {
  await jobs.enqueueNow(importJob, { repositoryId, asker: askerOf(ctx) }, repositoryId)
}

/** Governs a repository from now on; its history is read by `importRepository`. It is named `as`, or as its folder. */
export async function registerRepository(db: Db<Tables>, ctx: Context, path: string, as?: string): Promise<string> {
  const real = await realpath(path).catch(() => {
    throw RepositoryUnreadable({ path, reason: 'there is no such folder' })
  })
  const info = await openRepository({ path: real })
  const known = await store.findRepositoryByPath(db, info.rootPath)
  if (known !== undefined) return known.id
  const id = repositoryId(info)
  const name = as ?? (basename(info.rootPath).replace(/\.git$/, '') || 'repository')
  await transact(db, ctx, async (tx, record) => {
    await store.insertRepository(tx, { id, path: info.rootPath, name, addedAtMs: ctx.clock() })
    record(repositoryAdded(id, info.rootPath, name))
  })
  return id
}

/** The same for the same history at the same place, so that governing it again, or elsewhere, gives the same ids. */
function repositoryId({ identity, rootPath }: RepositoryInfo): string {
  const digest = createHash('sha256').update(`${identity}\0${rootPath}`).digest('base64url')
  return `repo_${digest.slice(0, 20)}`
}

export interface ImportOptions {
  readonly branch?: string | undefined
  /** Only changes merged at or after this time (milliseconds since 1970), and before that one. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly signal: AbortSignal
  /** Done before reading begins: bringing a mirror up to date. */
  readonly before?: (path: string) => Promise<void>
  readonly onProgress?: (changes: number) => void
}

export interface Imported {
  readonly newChanges: number
  readonly knownChanges: number
  readonly info: RepositoryState
}

/**
 * Reads the history of a repository from where the last import ended, and records every change that is new. A run that
 * dies goes on where it was; a branch that was rewritten is read again, and what is known of it is not recorded twice.
 *
 * @throws repository_not_found, repository_unreadable (recorded too), branch_missing
 */
export async function importRepository(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  options: ImportOptions,
): Promise<Imported> {
  const repository = await store.findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  try {
    await options.before?.(repository.path)
    const opened = await open({ path: repository.path, signal: options.signal })
    try {
      const counts = await readOn(db, ctx, repositoryId, opened, options)
      await finish(db, ctx, repositoryId, opened.info, options.branch, counts)
      return { ...counts, info: opened.info }
    } finally {
      await opened.place.close()
    }
  } catch (error) {
    if (error instanceof DomainError) await noteFailure(db, ctx, repositoryId, error)
    throw error
  }
}

async function readOn(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  opened: OpenRepository,
  options: ImportOptions,
) {
  const last = await store.newest(db, repositoryId)
  try {
    return await readFrom(db, ctx, repositoryId, opened, options, last?.headOid)
  } catch (error) {
    if (!HistoryRewritten.is(error)) throw error
    return readFrom(db, ctx, repositoryId, opened, options, undefined)
  }
}

async function readFrom(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  opened: OpenRepository,
  { branch, since, until, signal, onProgress }: ImportOptions,
  after: string | undefined,
) {
  const counts = { newChanges: 0, knownChanges: 0 }
  const take = async (changes: readonly Change[]) => {
    const total = counts.newChanges + counts.knownChanges + changes.length
    const added = await recordNew(db, ctx, repositoryId, changes, total)
    counts.newChanges += added
    counts.knownChanges += changes.length - added
    onProgress?.(total)
  }
  const history = readHistoryOf(opened, { branch, since, until, after, signal, repository: repositoryId })
  await overlapped(batchesOf(history), take)
  return counts
}

async function* batchesOf(history: AsyncIterable<Change>): AsyncGenerator<Change[]> {
  let batch: Change[] = []
  let files = 0
  for await (const change of history) {
    batch.push(change)
    files += change.files.length
    if (batch.length < batchMax.changes && files < batchMax.files) continue
    yield batch
    batch = []
    files = 0
  }
  if (batch.length > 0) yield batch
}

/** Records those of `changes` that are not known yet, and that so many were read in all; answers how many were new. */
async function recordNew(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  changes: readonly Change[],
  total: number,
): Promise<number> {
  const progress = { repositoryId, changes: total, atMs: ctx.clock() }
  const known = await store.knownIds(
    db,
    changes.map((one) => one.id),
  )
  const fresh = changes.filter((one) => !known.has(one.id))
  if (fresh.length === 0) {
    await housekeeping(db, (tx) => store.saveProgress(tx, progress))
    return 0
  }
  const last = await store.newest(db, repositoryId)
  const first = (last?.position ?? -1) + 1
  await transact(db, ctx, async (tx, record) => {
    const rows = fresh.map((change, i) => ({
      position: first + i,
      change,
      recordId: record(changeImported(repositoryId, change)),
    }))
    await store.insertChanges(tx, repositoryId, rows)
    await store.saveProgress(tx, progress)
  })
  return fresh.length
}

async function finish(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  info: RepositoryState,
  branch: string | undefined,
  counts: { newChanges: number; knownChanges: number },
): Promise<void> {
  const outcome = {
    branch: branch ?? info.headRef,
    headOid: info.headOid,
    objectFormat: info.objectFormat,
    isShallow: info.shallow,
  }
  await transact(db, ctx, async (tx, record) => {
    await store.noteImported(tx, repositoryId, { ...outcome, importedAtMs: ctx.clock() })
    record(repositoryImported(repositoryId, outcome, counts))
  })
}

async function noteFailure(db: Db<Tables>, ctx: Context, repositoryId: string, error: DomainError): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    await store.noteProblem(tx, repositoryId, error.message)
    record(repositoryImportFailed(repositoryId, error.code))
  })
}
