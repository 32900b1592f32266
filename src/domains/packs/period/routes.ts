import { z } from 'zod'
import { findRepository, RepositoryNotFound } from '#domains/changes'
import { type Context, noteRead, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Raw, Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import {
  PackFileGone,
  PackNotFound,
  PackNotReady,
  PacksWaiting,
  PackTooLarge,
  PeriodEmpty,
  PeriodInvalid,
} from '../errors.ts'
import { packHeaders, sendMade } from '../pack-file.ts'
import type { PeriodPackMaker } from './make.ts'
import { fileOf, removePeriodPack } from './remove.ts'
import { periodPackJob, requestPeriodPack } from './request.ts'
import { findPeriodPack, listPeriodPacks, type PeriodPackRow, progressOf } from './store.ts'

interface PeriodPackRoutes extends Pick<PeriodPackMaker, 'db' | 'folderOf'> {
  readonly jobs: Jobs
}

const RepositoryId = z.string().regex(/^repo_[A-Za-z0-9_-]{1,64}$/)
const Moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

const NewPack = z.strictObject({
  repositoryId: RepositoryId,
  /** A day (from midnight in UTC) or a moment; merged from then on. */
  from: Moment.optional(),
  /** Merged before then. */
  to: Moment.optional(),
  /** Whether the report has figures of individuals. */
  people: z.enum(['omit', 'include']).default('omit'),
})

const PeriodPack = z
  .object({
    id: z.string(),
    repositoryId: z.string(),
    repository: z.string(),
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
    people: z.enum(['omit', 'include']),
    state: z.enum(['queued', 'making', 'made', 'failed']),
    /** Why it failed. */
    problem: z.string().nullable(),
    /** `total` is 0 while it is not known. */
    progress: z
      .object({ what: z.enum(['collecting', 'proving', 'writing']), done: z.int(), total: z.int() })
      .nullable(),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    madeAt: z.iso.datetime().nullable(),
    headline: z.string().nullable(),
    changes: z.int().nullable(),
    records: z.int().nullable(),
    /** Records of the log under whose checkpoint they are proved. */
    treeSize: z.int().nullable(),
    bytes: z.int().nullable(),
    sha256: z.string().nullable(),
    /** The record `pack.made`. */
    recordId: z.string().nullable(),
  })
  .meta({ id: 'PeriodPack' })

const byId = z.object({ id: z.string().max(64) })

export function periodPackRoutes(options: PeriodPackRoutes): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/packs',
      permission: 'pack:write',
      summary: 'asks for an evidence pack of the changes of a period, with exactly the records that belong to them',
      body: NewPack,
      reply: z.object({ id: z.string() }),
      status: 202,
      records: ['pack.requested', 'pack.made'],
      errors: [RepositoryNotFound, PeriodInvalid, PeriodEmpty, PackTooLarge, PacksWaiting],
      handler: async (ctx, { body }) => ({ id: await requestPeriodPack(options, ctx, body) }),
    }),
    route({
      method: 'GET',
      path: '/v1/packs/made',
      permission: 'pack:read',
      summary: 'lists the evidence packs of periods, newest first, with how far each is',
      query: PageQuery.extend({ repositoryId: RepositoryId.optional() }),
      reply: pageOf(PeriodPack),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listPacks(options, query),
    }),
    route({
      method: 'GET',
      path: '/v1/packs/{id}',
      permission: 'pack:read',
      summary: 'tells of one evidence pack of a period how far it is, or what is in it',
      params: byId,
      reply: PeriodPack,
      errors: [PackNotFound],
      handler: async (_ctx, { params }) => describe(options, await foundPack(options, params.id)),
    }),
    downloadRoute(options),
    route({
      method: 'DELETE',
      path: '/v1/packs/{id}',
      permission: 'pack:write',
      summary: 'removes an evidence pack of a period, or ends its making; the records of it stay',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['pack.removed'],
      errors: [PackNotFound],
      handler: async (ctx, { params }) => {
        await removePeriodPack(options, ctx, params.id)
        return undefined
      },
    }),
  ]
}

/** To download a pack is to read every record in it. */
function downloadRoute(options: PeriodPackRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/packs/{id}/evidence-pack.zip',
    permission: 'pack:read',
    summary: 'reads an evidence pack of a period, with every audit record in it; the read is recorded',
    params: byId,
    reply: { contentType: 'application/zip', description: 'the evidence pack' },
    records: ['ledger.read', 'ledger.read-more'],
    errors: [PackNotFound, PackNotReady, PackFileGone],
    handler: async (ctx, { params }): Promise<Raw> => {
      const pack = await foundPack(options, params.id)
      if (pack.made_at === null) throw PackNotReady({ packId: pack.id, state: (await describe(options, pack)).state })
      const indexes = [Number(pack.first_index), Number(pack.last_index)]
      const read = { filter: [`pack=${pack.id}`], query: undefined, indexes, count: pack.records ?? 0 }
      return sendMade(fileOf(options, pack), packHeaders, () => noteRead(options.db, ctx, read))
    },
  })
}

async function foundPack({ db }: PeriodPackRoutes, packId: string): Promise<PeriodPackRow> {
  const pack = await findPeriodPack(db, packId)
  if (pack === undefined) throw PackNotFound({ packId })
  return pack
}

type ListQuery = z.output<typeof PageQuery> & { readonly repositoryId?: string | undefined }

/** The cursor is the id of the last pack. */
async function listPacks(options: PeriodPackRoutes, { limit, cursor, repositoryId }: ListQuery) {
  const after = cursor === undefined ? undefined : await findPeriodPack(options.db, cursor)
  if (cursor !== undefined && after === undefined) throw CursorInvalid({})
  const rows = await listPeriodPacks(options.db, { repositoryId, after, limit })
  const page = toPage(rows, limit, (row) => row.id)
  return { items: await Promise.all(page.items.map((row) => describe(options, row))), next: page.next }
}

type Described = z.input<typeof PeriodPack>

async function describe(options: PeriodPackRoutes, row: PeriodPackRow): Promise<Described> {
  const name = (await findRepository(options.db, row.repository_id))?.name ?? row.repository_id
  const { now = row, ...standing } = await standingOf(options, row)
  return {
    id: now.id,
    repositoryId: now.repository_id,
    repository: name,
    from: momentOf(now.period_from),
    to: momentOf(now.period_to),
    people: now.people,
    ...standing,
    askedBy: now.asked_by,
    askedAt: timestamp(now.asked_at.getTime()),
    madeAt: momentOf(now.made_at),
    headline: now.headline,
    changes: now.changes,
    records: now.records,
    treeSize: numberOf(now.tree_size),
    bytes: numberOf(now.bytes),
    sha256: now.sha256,
    recordId: now.record_id,
  }
}

type Standing = Pick<Described, 'state' | 'problem' | 'progress'> & { readonly now?: PeriodPackRow }

async function standingOf({ db, jobs }: Pick<PeriodPackRoutes, 'db' | 'jobs'>, row: PeriodPackRow): Promise<Standing> {
  const none = { problem: null, progress: null }
  if (row.made_at !== null) return { ...none, state: 'made' }
  if (row.problem !== null) return { ...none, state: 'failed', problem: row.problem }
  const job = await jobs.stateOf(periodPackJob, row.id)
  if (job === 'queued') return { ...none, state: 'queued' }
  if (job === 'active') return { ...none, state: 'making', progress: (await progressOf(db, row.id)) ?? null }
  // it may have ended between the two looks
  const now = await findPeriodPack(db, row.id)
  if (now !== undefined && (now.made_at !== null || now.problem !== null))
    return { ...(await standingOf({ db, jobs }, now)), now }
  return { ...none, state: 'failed', problem: 'its making was cut off again and again: ask for it anew' }
}

function momentOf(date: Date | null): string | null {
  return date === null ? null : timestamp(date.getTime())
}

function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
