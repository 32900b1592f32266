import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import { ChangeNotFound, GitMissing, GitTooOld, RepositoryNotFound, RepositoryUnreadable } from './errors.ts'
import { Attribution, Change } from './model.ts'
import { addRepository, requestImport } from './service.ts'
import * as store from './store.ts'

type Tables = store.ChangesTables & LedgerTables

const Repository = z
  .object({
    id: z.string(),
    name: z.string(),
    path: z.string(),
    branch: z.string().nullable(),
    headOid: z.string().nullable(),
    addedAt: z.string(),
    importedAt: z.string().nullable(),
    changesRead: z.int(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'Repository' })

const ChangeSummary = z
  .object({
    id: z.string(),
    repositoryId: z.string(),
    title: z.string(),
    mergedAt: z.string(),
    author: z.string(),
    attribution: Attribution,
    recordId: z.string(),
  })
  .meta({ id: 'ChangeSummary' })

const byId = z.object({ id: z.string().max(100) })

export function repositoryRoutes(db: Db<Tables>, jobs: Jobs): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/repositories',
      permission: 'repository:read',
      summary: 'lists the governed repositories, by name',
      query: PageQuery,
      reply: pageOf(Repository),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listRepositories(db, query),
    }),
    route({
      method: 'POST',
      path: '/v1/repositories',
      permission: 'repository:write',
      summary: 'governs a git repository on the machine of the server, and reads its history',
      body: z.object({ path: z.string().min(1).max(4096) }).strict(),
      reply: z.object({ id: z.string() }),
      status: 202,
      records: ['repository.added', 'change.imported', 'repository.imported'],
      errors: [RepositoryUnreadable, GitMissing, GitTooOld],
      handler: async (ctx, { body }) => ({ id: await addRepository(db, jobs, ctx, body.path) }),
    }),
    route({
      method: 'POST',
      path: '/v1/repositories/{id}/import',
      permission: 'repository:write',
      summary: 'reads what is new in the history of a repository',
      params: byId,
      reply: z.object({ id: z.string() }),
      status: 202,
      records: ['change.imported', 'repository.imported'],
      errors: [RepositoryNotFound],
      handler: async (ctx, { params }) => {
        if ((await store.findRepository(db, params.id)) === undefined)
          throw RepositoryNotFound({ repositoryId: params.id })
        await requestImport(jobs, ctx, params.id)
        return { id: params.id }
      },
    }),
  ]
}

export function changeRoutes(db: Db<Tables>): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/changes',
      permission: 'change:read',
      summary: 'lists changes, newest first',
      query: PageQuery.extend({ repositoryId: z.string().max(100).optional() }),
      reply: pageOf(ChangeSummary),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listChanges(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/changes/{id}',
      permission: 'change:read',
      summary: 'one change with its commits, files, parties and attribution',
      params: byId,
      reply: Change.extend({ repositoryId: z.string(), recordId: z.string() }),
      errors: [ChangeNotFound],
      handler: async (_ctx, { params }) => {
        const row = await store.findChange(db, params.id)
        if (row === undefined) throw ChangeNotFound({ changeId: params.id })
        return { ...row.detail, files: row.files, repositoryId: row.repository_id, recordId: row.record_id }
      },
    }),
  ]
}

async function listChanges(
  db: Db<Tables>,
  query: z.output<typeof PageQuery> & { readonly repositoryId?: string | undefined },
) {
  const before = query.cursor === undefined ? undefined : readChangeCursor(query.cursor)
  const rows = await store.listChanges(db, { repositoryId: query.repositoryId, limit: query.limit, before })
  const { items, next } = toPage(rows, query.limit, (row) => `${row.merged_at.getTime()}.${row.position}.${row.id}`)
  return {
    items: items.map((row) => ({
      id: row.id,
      repositoryId: row.repository_id,
      title: row.title,
      mergedAt: timestamp(row.merged_at.getTime()),
      author: row.author_name,
      attribution: row.detail.attribution,
      recordId: row.record_id,
    })),
    next,
  }
}

function readChangeCursor(cursor: string) {
  const match = /^(-?\d{1,16})\.(\d{1,15})\.(chg_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const mergedAtMs = Number(match?.[1])
  if (match?.[3] === undefined || Math.abs(mergedAtMs) > 8.64e15) throw CursorInvalid({})
  return { mergedAtMs, position: Number(match[2]), id: match[3] }
}

/** The cursor is the id of the last repository: names can be of any length and characters. */
async function listRepositories(db: Db<Tables>, { limit, cursor }: z.output<typeof PageQuery>) {
  const after = cursor === undefined ? undefined : await store.findRepository(db, cursor)
  if (cursor !== undefined && after === undefined) throw CursorInvalid({})
  const { items, next } = toPage(await store.listRepositories(db, { limit, after }), limit, (row) => row.id)
  return { items: await Promise.all(items.map((row) => describe(db, row))), next }
}

async function describe(db: Db<Tables>, row: store.RepositoryRow) {
  return {
    id: row.id,
    name: row.name,
    path: row.path,
    branch: row.branch,
    headOid: row.head_oid,
    addedAt: timestamp(row.added_at.getTime()),
    importedAt: row.imported_at === null ? null : timestamp(row.imported_at.getTime()),
    changesRead: await store.progressOf(db, row.id),
    problem: row.problem,
  }
}
