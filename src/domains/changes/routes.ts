import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import {
  ChangeNotFound,
  CursorInvalid,
  GitMissing,
  GitTooOld,
  RepositoryNotFound,
  RepositoryUnreadable,
} from './errors.ts'
import { Attribution, Change } from './model.ts'
import { addRepository, importJob } from './service.ts'
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
      summary: 'lists the governed repositories',
      reply: z.object({ items: z.array(Repository), next: z.string().nullable() }),
      handler: async () => ({ items: await describeAll(db), next: null }),
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
      handler: async (_ctx, { params }) => {
        if ((await store.findRepository(db, params.id)) === undefined)
          throw RepositoryNotFound({ repositoryId: params.id })
        await jobs.enqueueNow(importJob, { repositoryId: params.id }, params.id)
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
      query: z.object({
        repositoryId: z.string().max(100).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: z.string().max(200).optional(),
      }),
      reply: z.object({ items: z.array(ChangeSummary), next: z.string().nullable() }),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listPage(db, query),
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

async function listPage(
  db: Db<Tables>,
  query: { repositoryId?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor)
  const rows = await store.listChanges(db, { repositoryId: query.repositoryId, limit: query.limit, before })
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const items = page.map((row) => ({
    id: row.id,
    repositoryId: row.repository_id,
    title: row.title,
    mergedAt: timestamp(row.merged_at.getTime()),
    author: row.author_name,
    attribution: row.detail.attribution,
    recordId: row.record_id,
  }))
  return {
    items,
    next:
      rows.length > page.length && last !== undefined
        ? `${last.merged_at.getTime()}.${last.position}.${last.id}`
        : null,
  }
}

function readCursor(cursor: string) {
  const match = /^(-?\d{1,16})\.(\d{1,15})\.(chg_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const mergedAtMs = Number(match?.[1])
  if (match?.[3] === undefined || Math.abs(mergedAtMs) > 8.64e15) throw CursorInvalid({})
  return { mergedAtMs, position: Number(match[2]), id: match[3] }
}

async function describeAll(db: Db<Tables>) {
  const rows = await store.allRepositories(db)
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      name: row.name,
      path: row.path,
      branch: row.branch,
      headOid: row.head_oid,
      addedAt: timestamp(row.added_at.getTime()),
      importedAt: row.imported_at === null ? null : timestamp(row.imported_at.getTime()),
      changesRead: await store.progressOf(db, row.id),
      problem: row.problem,
    })),
  )
}
