import { z } from 'zod'
import { ChangeNotFound, findChange, RepositoryNotFound } from '#domains/changes'
import { type Context, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { EvidenceErased, EvidenceNotFound, EvidenceSpeaksOfOther, readingErrors } from './errors.ts'
import type { Subject } from './events.ts'
import { evidenceFormats } from './formats.ts'
import { limits } from './limits.ts'
import { EvidenceSummary, ShownReport, shownReport } from './model.ts'
import { Oid } from './own/person.ts'
import { addEvidence, getContent, getEvidence, type Tables } from './service.ts'
import * as store from './store.ts'
import type { EvidenceReader } from './worker/reader.ts'

const Artifact = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be `sha256:` and 64 hex digits')

const Described = z
  .object({
    id: z.string(),
    format: z.string(),
    sha256: z.string(),
    bytes: z.int(),
    repositoryId: z.string().nullable(),
    commit: z.string().nullable(),
    artifact: z.string().nullable(),
    addedAt: z.string(),
    recordId: z.string(),
    summary: EvidenceSummary,
  })
  .meta({ id: 'Evidence' })

const About = z
  .object({
    repositoryId: z.string().max(100).optional(),
    commit: Oid.optional(),
    artifact: Artifact.optional(),
    format: z.enum(evidenceFormats).optional(),
    name: z.string().max(300).optional(),
  })
  .strict()

const byId = z.object({ id: z.string().max(100) })

/** What follows when something new is known of a commit, in the transaction that makes it known. */
export type AfterAttached = (tx: Write<Tables>, ctx: Context, repositoryId: string, commit: string) => Promise<void>

export function evidenceRoutes(db: Db<Tables>, reader: EvidenceReader, afterAttached: AfterAttached): Route<Context>[] {
  return [
    attachRoute(db, reader, afterAttached),
    route({
      method: 'GET',
      path: '/v1/evidence',
      permission: 'evidence:read',
      summary: 'lists evidence, newest first',
      query: z.object({
        repositoryId: z.string().max(100).optional(),
        changeId: z.string().max(100).optional().describe('about the commits of this change'),
        commit: Oid.optional(),
        artifact: Artifact.optional(),
        format: z.enum(evidenceFormats).optional(),
        ...PageQuery.shape,
      }),
      reply: pageOf(Described),
      errors: [CursorInvalid, ChangeNotFound],
      handler: async (_ctx, { query }) => listPage(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/evidence/{id}',
      permission: 'evidence:read',
      summary: 'one report with what was read of it; coverage by file',
      params: byId,
      reply: Described.extend({ parsed: ShownReport }),
      errors: [EvidenceNotFound, EvidenceErased],
      handler: async (ctx, { params }) => {
        const { parsed } = await getEvidence(db, ctx, params.id)
        return { ...(await describe(db, params.id)), parsed: shownReport(parsed) }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/evidence/{id}/content',
      permission: 'evidence:read',
      summary: 'the stored bytes of one report: as they were sent, or without the secrets that were in them',
      params: byId,
      reply: { contentType: 'application/octet-stream', description: 'the report' },
      errors: [EvidenceNotFound, EvidenceErased],
      handler: async (ctx, { params }) => ({
        content: Buffer.from(await getContent(db, ctx, params.id)),
        headers: { 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${params.id}"` },
      }),
    }),
  ]
}

function attachRoute(db: Db<Tables>, reader: EvidenceReader, afterAttached: AfterAttached): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/evidence',
    permission: 'evidence:write',
    summary: 'attaches a report to the commit or artifact that it is about; its secrets are taken out first',
    query: About,
    bytes: {
      contentTypes: ['application/octet-stream', 'application/json'],
      description: 'the report as the tool wrote it',
    },
    bodyBytesMax: limits.bytes,
    reply: Described.extend({ isNew: z.boolean() }),
    status: 201,
    records: ['evidence.attached'],
    errors: [RepositoryNotFound, EvidenceSpeaksOfOther, EvidenceErased, ...readingErrors],
    handler: async (ctx, { query, bytes }) => {
      const { format, name, repositoryId, commit } = query
      const andThen =
        repositoryId === undefined || commit === undefined
          ? undefined
          : (tx: Write<Tables>) => afterAttached(tx, ctx, repositoryId, commit)
      const subject = subjectOf(query)
      const added = await addEvidence(db, ctx, { bytes, subject, format, name, andThen, read: reader.read })
      return { ...(await describe(db, added.evidence.id)), isNew: added.isNew }
    },
  })
}

/** @throws ZodError, which is answered as `request_invalid` */
function subjectOf({ repositoryId, commit, artifact }: z.infer<typeof About>): Subject {
  if (repositoryId !== undefined && commit !== undefined && artifact === undefined) return { repositoryId, commit }
  if (repositoryId === undefined && commit === undefined && artifact !== undefined) return { artifact }
  const message = 'must be `repositoryId` with `commit`, or `artifact`'
  throw new z.ZodError([{ code: 'custom', path: ['query'], message, input: undefined }])
}

async function describe(db: Db<Tables>, id: string) {
  const row = await store.findDescribed(db, id)
  if (row === undefined) throw EvidenceNotFound({ evidenceId: id })
  return describeRow(row)
}

function describeRow(row: store.DescribedRow): z.infer<typeof Described> {
  return {
    id: row.id,
    format: row.format,
    sha256: row.sha256,
    bytes: Number(row.bytes),
    repositoryId: row.repository_id,
    commit: row.commit_oid,
    artifact: row.artifact,
    addedAt: timestamp(row.added_at.getTime()),
    recordId: row.record_id,
    summary: row.summary,
  }
}

async function listPage(
  db: Db<Tables>,
  {
    cursor,
    changeId,
    ...filter
  }: Omit<store.EvidenceFilter, 'before' | 'commits'> & { cursor?: string | undefined; changeId?: string | undefined },
) {
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const commits = changeId === undefined ? undefined : await commitsOf(db, changeId)
  const rows = await store.listEvidence(db, { ...filter, commits, before })
  const { items, next } = toPage(rows, filter.limit, (row) => `${row.added_at.getTime()}.${row.id}`)
  return { items: items.map(describeRow), next }
}

/** @throws change_not_found */
async function commitsOf(db: Db<Tables>, changeId: string): Promise<store.EvidenceFilter['commits']> {
  const row = await findChange(db, changeId)
  if (row === undefined) throw ChangeNotFound({ changeId })
  const oids = [row.detail.headOid, ...row.detail.commits.map((one) => one.oid)]
  return { repositoryId: row.repository_id, oids: [...new Set(oids)] }
}

function readCursor(cursor: string): store.EvidencePlace {
  const match = /^(\d{1,16})\.(evd_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const addedAtMs = Number(match?.[1])
  if (match?.[2] === undefined || addedAtMs > 8.64e15) throw CursorInvalid({})
  return { addedAtMs, id: match[2] }
}
