import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChangesTables, findRepository, RepositoryNotFound } from '#domains/changes'
import { headlineOf } from '#domains/reports'
import { type Context, housekeeping, type LedgerTables, transact } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { DomainError } from '#platform/errors.ts'
import { buildPack } from '../build/build-pack.ts'
import { PackFailed, PackMade } from '../events.ts'
import { writePackFile } from '../pack-file.ts'
import { packKeys } from '../pack-keys.ts'
import { reportOn } from '../report-on.ts'
import { type PackMaker, pageTemplate, publishedCheckpoint } from '../service.ts'
import type { PacksTables } from '../store.ts'
import { belongingsOf, changesOf, placesOf } from './records.ts'
import { fileOf, removeOlder } from './remove.ts'
import {
  findPeriodPack,
  idsOfRepository,
  type MadePeriodPack,
  notePackFailed,
  notePackMade,
  type PackProgress,
  type PeriodPackRow,
  type PeriodPackTables,
  saveProgress,
} from './store.ts'

export interface PeriodPackMaker extends PackMaker {
  readonly db: Db<PeriodPackTables & PacksTables & ChangesTables & LedgerTables>
  /** Where the packs of a repository lie. */
  readonly folderOf: (repositoryId: string) => string
}

/**
 * Makes a pack that was asked for, and records it; one that was removed meanwhile is left. What cannot be made is kept as failed,
 * with a sentence that says why.
 */
export async function makePeriodPack(
  maker: PeriodPackMaker,
  ctx: Context,
  packId: string,
  signal: AbortSignal,
): Promise<void> {
  const asked = await findPeriodPack(maker.db, packId)
  if (asked === undefined || asked.made_at !== null || asked.problem !== null) return
  try {
    await clearLeftovers(maker, asked)
    await recordMade(maker, ctx, asked, await writePack(maker, ctx, asked, noteProgress(maker.db, ctx, packId, signal)))
  } catch (error) {
    // another try would end the same way; whatever else went wrong is tried again by the queue
    if (!(error instanceof DomainError) || error.status >= 500) throw error
    await transact(maker.db, ctx, async (tx, record) => {
      await notePackFailed(tx, packId, error.hint === undefined ? error.message : `${error.message}: ${error.hint}`)
      record(PackFailed({ targets: targetsOf(asked), data: { packId, code: error.code } }))
      return removeOlder(maker, tx, record, asked.repository_id)
    }).then((removeFiles) => removeFiles())
  }
}

type Written = Omit<MadePeriodPack, 'recordId' | 'madeAtMs'>

async function writePack(
  maker: PeriodPackMaker,
  ctx: Context,
  asked: PeriodPackRow,
  onProgress: (progress: PackProgress) => void,
): Promise<Written> {
  const { db, ledger, governance } = maker
  const { repository_id: repositoryId, people } = asked
  const repository = await findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  const changes = await changesOf(maker, asked, (done) => onProgress({ what: 'collecting', done, total: 0 }))
  const { records, attachments } = await belongingsOf(governance, repositoryId, changes)
  // after what was read of the database: the log has the records of all of it
  const { note, checkpoint } = await publishedCheckpoint(ledger)
  const ids = [...changes.map((one) => one.recordId), ...records]
  const wanted = { ids, repositoryId, size: checkpoint.size, files: attachments.length }
  const places = await placesOf(ledger, ctx, wanted)
  const period = periodOf(asked)
  const prepared = { preparedAt: timestamp(ctx.clock()), preparedBy: `Countersign ${maker.version}` }
  const figures = changes.map((one) => one.figures)
  const ruleTitles = governance?.ruleTitles()
  const report = reportOn({ repository, period, people, ...prepared, changes: figures, checkpoint, ruleTitles })
  const { keys, signer } = await packKeys(maker)
  const page = await pageTemplate()
  const pack = await writePackFile(fileOf(maker, asked), (sink) =>
    buildPack({
      scope: { kind: 'repository', name: repository.name },
      period,
      ...prepared,
      keys,
      checkpoint: note,
      log: ledger.store,
      records: places,
      report: Buffer.from(canonicalize(report as unknown as Json)),
      evidence: attachments,
      disclosures: [],
      signer,
      page,
      sink,
      onProgress: (what, done, total) => onProgress({ what, done, total }),
    }),
  )
  const indexes = places.map((one) => one.index)
  return { ...pack, headline: headlineOf(report), changes: changes.length, indexes, treeSize: checkpoint.size }
}

async function recordMade(maker: PeriodPackMaker, ctx: Context, asked: PeriodPackRow, written: Written): Promise<void> {
  const { sha256, bytes, treeSize, indexes } = written
  const gone = new Error('the pack was removed while it was made')
  await transact(maker.db, ctx, async (tx, record) => {
    const recordId = record(
      PackMade({
        targets: targetsOf(asked),
        data: {
          ...{ sha256: `sha256:${sha256}`, bytes, treeSize, completeness: 'asserted' },
          ...{ packId: asked.id, period: periodOf(asked), records: indexes.length },
        },
        outputHash: `sha256:${sha256}`,
      }),
    )
    if (!(await notePackMade(tx, asked.id, { ...written, recordId, madeAtMs: ctx.clock() }))) throw gone
    return removeOlder(maker, tx, record, asked.repository_id)
  }).then(
    (removeFiles) => removeFiles(),
    async (error) => {
      if (error !== gone) throw error
      await rm(fileOf(maker, asked), { force: true })
    },
  )
}

/** What a try before this one, or a removal that was cut off, left in the folder of the repository; makes the folder. */
async function clearLeftovers(maker: PeriodPackMaker, asked: PeriodPackRow): Promise<void> {
  const folder = maker.folderOf(asked.repository_id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const known = new Set(await idsOfRepository(maker.db, asked.repository_id))
  for (const name of await readdir(folder)) {
    const [id = '', ...draft] = name.split('.zip')
    // another node may be at the draft of another pack
    const isOurs = known.has(id) && (id !== asked.id || draft.join('') === '')
    if (!isOurs) await rm(join(folder, name), { force: true })
  }
}

const noteEveryMs = 500

/** Keeps how far it is twice a second; a database that is away for a moment must not end the making. */
function noteProgress(db: PeriodPackMaker['db'], ctx: Context, packId: string, signal: AbortSignal) {
  let last = Number.NEGATIVE_INFINITY
  return (progress: PackProgress) => {
    signal.throwIfAborted()
    const now = performance.now()
    if (now - last < noteEveryMs) return
    last = now
    housekeeping(db, (tx) => saveProgress(tx, packId, progress, ctx.clock())).catch(() => undefined)
  }
}

function periodOf({ period_from, period_to }: PeriodPackRow) {
  return { from: period_from?.toISOString() ?? null, to: period_to?.toISOString() ?? null }
}

function targetsOf({ id, repository_id }: Pick<PeriodPackRow, 'id' | 'repository_id'>) {
  return [
    { type: 'pack', id },
    { type: 'repository', id: repository_id },
  ]
}
