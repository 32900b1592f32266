import { countMerged, findRepository, type Period, RepositoryNotFound } from '#domains/changes'
import { askerOf, type Context, transact } from '#kernel/ledger'
import { newId } from '#platform/ids.ts'
import type { Jobs } from '#platform/jobs.ts'
import { PacksWaiting, PackTooLarge, PeriodEmpty, PeriodInvalid } from '../errors.ts'
import { PackRequested } from '../events.ts'
import type { PeriodPackMaker } from './make.ts'
import { recordsMax } from './records.ts'
import { insertPeriodPack, unfinishedPacks } from './store.ts'

export const periodPackJob = 'pack.make-period'

/** Packs of a repository that are neither made nor failed. */
export const waitingMax = 5

export interface PeriodPackRequest {
  readonly repositoryId: string
  /** ISO 8601, a day or a moment. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly people: 'omit' | 'include'
}

/**
 * Asks for a pack of the changes of a period. It is made by a job, which goes on when nobody looks.
 *
 * @returns its id
 * @throws repository_not_found, period_invalid, period_empty, pack_too_large, packs_waiting
 */
export async function requestPeriodPack(
  { db, jobs }: Pick<PeriodPackMaker, 'db'> & { readonly jobs: Jobs },
  ctx: Context,
  request: PeriodPackRequest,
): Promise<string> {
  const { repositoryId, people } = request
  if ((await findRepository(db, repositoryId)) === undefined) throw RepositoryNotFound({ repositoryId })
  const period = readPeriod(request)
  const changes = await countMerged(db, repositoryId, period)
  if (changes === 0) throw PeriodEmpty(period)
  if (changes > recordsMax) throw PackTooLarge({ what: 'records', max: recordsMax })
  const id = newId('pack')
  await transact(db, ctx, async (tx, record) => {
    // one whose making was given up has no job any more, and keeps nobody from asking anew
    const states = await Promise.all(
      (await unfinishedPacks(tx, repositoryId)).map((one) => jobs.stateOf(periodPackJob, one)),
    )
    if (states.filter((state) => state !== undefined).length >= waitingMax) throw PacksWaiting({ max: waitingMax })
    const askedBy = ctx.actor.onBehalfOf ?? ctx.actor.id
    await insertPeriodPack(tx, { id, repositoryId, period, people, askedBy, askedAtMs: ctx.clock() })
    record(
      PackRequested({
        targets: [
          { type: 'pack', id },
          { type: 'repository', id: repositoryId },
        ],
        data: { packId: id, period, people },
      }),
    )
    await jobs.enqueue(tx, periodPackJob, { packId: id, asker: askerOf(ctx) }, id)
  })
  return id
}

/** As moments in UTC with milliseconds; a day begins at midnight in UTC. */
function readPeriod({ from, to }: Pick<PeriodPackRequest, 'from' | 'to'>): Period {
  const period = { from: momentOf(from), to: momentOf(to) }
  const isWrong = [period.from, period.to].some((moment) => moment?.length === 0)
  if (isWrong || (period.from !== null && period.to !== null && period.from >= period.to))
    throw PeriodInvalid({ from: from ?? 'the beginning', to: to ?? 'the end' })
  return period
}

/** Empty for what is no moment of the years 0000 to 9999. */
function momentOf(text: string | undefined): string | null {
  if (text === undefined) return null
  const moment = new Date(text)
  const iso = Number.isNaN(moment.getTime()) ? '' : moment.toISOString()
  return iso.length === 24 ? iso : ''
}
