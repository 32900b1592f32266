import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { askerOf, type Context, housekeeping, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { DomainError } from '#platform/errors.ts'
import type { Jobs } from '#platform/jobs.ts'
import { cloneFailed, cloneRequested } from './events.ts'
import { type FetchProgress, fetchMirror, readCloneUrl } from './repository/fetch.ts'
import { registerRepository, requestImport } from './service.ts'
import type * as store from './store.ts'

type Tables = store.ChangesTables & LedgerTables

export const cloneJob = 'repository.clone'

export interface Clone {
  readonly id: string
  readonly url: string
  readonly state: 'waiting' | 'fetching' | 'done' | 'failed'
  readonly phase: string | null
  readonly part: number | null
  readonly bytes: number
  readonly problem: string | null
  readonly repositoryId: string | null
  readonly requestedAt: string
}

export interface CloneServices {
  readonly db: Db<Tables>
  readonly jobs: Jobs
  /** Where mirrors lie. */
  readonly clonesFolder: () => string
}

/**
 * Governs what is at an address from now on: it is fetched and read by a job, which goes on when nobody looks. Asking again
 * fetches what is new, or tries again what failed.
 *
 * @throws clone_url_refused
 */
export async function requestClone(
  { db, jobs, clonesFolder }: CloneServices,
  ctx: Context,
  text: string,
): Promise<string> {
  const url = readCloneUrl(text)
  const id = `cln_${createHash('sha256').update(url).digest('base64url').slice(0, 20)}`
  await transact(db, ctx, async (tx, record) => {
    await tx
      .insertInto('repository_clone')
      .values({ id, url, folder: join(clonesFolder(), `${id}.git`), requested_at: new Date(ctx.clock()) })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ problem: null }))
      .execute()
    record(cloneRequested(id, url))
    await jobs.enqueue(tx, cloneJob, { cloneId: id, asker: askerOf(ctx) }, id)
  })
  return id
}

/** Fetches a mirror, governs it when it is new, and has its history read. What goes wrong is kept for whoever looks. */
export async function fetchClone(
  services: CloneServices,
  ctx: Context,
  cloneId: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, jobs } = services
  const clone = await db.selectFrom('repository_clone').selectAll().where('id', '=', cloneId).executeTakeFirst()
  if (clone === undefined) return
  try {
    await fetchMirror({
      url: clone.url,
      folder: clone.folder,
      signal,
      onProgress: (now) => noteProgress(db, ctx, cloneId, now),
    })
    const repositoryId = await registerRepository(db, ctx, clone.folder, nameOf(clone.url))
    await requestImport(jobs, ctx, repositoryId)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    // tried again when somebody asks: most failures are of the address, not of the moment
    await transact(db, ctx, async (tx, record) => {
      await tx.updateTable('repository_clone').set({ problem: error.message }).where('id', '=', cloneId).execute()
      record(cloneFailed(cloneId, error.code))
    })
  }
}

/** Fetches what is new for a repository that is a mirror of ours; does nothing for others. */
export async function refreshMirror(db: Db<Tables>, ctx: Context, path: string, signal: AbortSignal): Promise<void> {
  const clone = await db.selectFrom('repository_clone').selectAll().where('folder', '=', path).executeTakeFirst()
  if (clone === undefined) return
  await fetchMirror({
    url: clone.url,
    folder: clone.folder,
    signal,
    onProgress: (now) => noteProgress(db, ctx, clone.id, now),
  })
}

export async function listClones({ db, jobs }: CloneServices): Promise<Clone[]> {
  const rows = await db
    .selectFrom('repository_clone as clone')
    .leftJoin('clone_progress as progress', 'progress.clone_id', 'clone.id')
    .leftJoin('repository', 'repository.path', 'clone.folder')
    .select(['clone.id', 'clone.url', 'clone.problem', 'clone.requested_at', 'repository.id as repository_id'])
    .select(['progress.phase', 'progress.part', 'progress.bytes'])
    .orderBy('clone.requested_at', 'desc')
    .orderBy('clone.id')
    .limit(1000)
    .execute()
  return Promise.all(
    rows.map(async (row) => {
      const job = await jobs.stateOf(cloneJob, row.id)
      return {
        id: row.id,
        url: row.url,
        state: stateOf(job, row),
        phase: job === 'active' ? row.phase : null,
        part: job === 'active' ? row.part : null,
        bytes: Number(row.bytes ?? 0),
        problem: row.problem,
        repositoryId: row.repository_id,
        requestedAt: timestamp(row.requested_at.getTime()),
      }
    }),
  )
}

function stateOf(
  job: 'active' | 'queued' | undefined,
  row: { readonly problem: string | null; readonly repository_id: string | null },
): Clone['state'] {
  if (job === 'active') return 'fetching'
  if (row.problem !== null) return 'failed'
  return job === 'queued' || row.repository_id === null ? 'waiting' : 'done'
}

/** A database that is away for a moment must end neither the fetch nor the server: the next second tells again. */
function noteProgress(db: Db<Tables>, ctx: Context, cloneId: string, { phase, part, bytes }: FetchProgress): void {
  const values = { phase, part: part ?? null, bytes: BigInt(bytes), updated_at: new Date(ctx.clock()) }
  housekeeping(db, (tx) =>
    tx
      .insertInto('clone_progress')
      .values({ clone_id: cloneId, ...values })
      .onConflict((conflict) => conflict.column('clone_id').doUpdateSet(values))
      .execute(),
  ).catch(() => undefined)
}

/** `service` of `https://git.example.com/team/service.git`. */
function nameOf(url: string): string {
  const last = decodeURIComponent(new URL(url).pathname).split('/').filter(Boolean).at(-1) ?? ''
  return last.replace(/\.git$/, '') || 'repository'
}
