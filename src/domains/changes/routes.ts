import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import { type CloneServices, listClones, requestClone } from './clones.ts'
import { CloneUrlRefused, GitMissing, GitTooOld, RepositoryNotFound, RepositoryUnreadable } from './errors.ts'
import { addRepository, importJob, requestImport } from './service.ts'
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
    /** Where it is fetched from; null for one that lies on the machine of the server. */
    url: z.string().nullable(),
    /** Whether its history is being read, or is about to be. */
    reading: z.enum(['active', 'queued']).nullable(),
  })
  .meta({ id: 'Repository' })

const Clone = z
  .object({
    id: z.string(),
    url: z.string(),
    state: z.enum(['waiting', 'fetching', 'done', 'failed']),
    phase: z.string().nullable(),
    /** Of the phase, 0 to 1. */
    part: z.number().nullable(),
    bytes: z.int(),
    problem: z.string().nullable(),
    repositoryId: z.string().nullable(),
    requestedAt: z.string(),
  })
  .meta({ id: 'Clone' })

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
      handler: async (_ctx, { query }) => listRepositories(db, jobs, query),
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

export function cloneRoutes(services: CloneServices): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/clones',
      permission: 'repository:read',
      summary: 'lists the addresses that repositories are fetched from, newest first, with how far each is',
      reply: z.object({ items: z.array(Clone), next: z.string().nullable() }),
      handler: async () => ({ items: await listClones(services), next: null }),
    }),
    route({
      method: 'POST',
      path: '/v1/clones',
      permission: 'repository:write',
      summary: 'fetches a repository from an address into a mirror of ours, governs it and reads its history',
      body: z.object({ url: z.string().min(1).max(2048) }).strict(),
      reply: z.object({ id: z.string() }),
      status: 202,
      records: ['clone.requested'],
      errors: [CloneUrlRefused],
      handler: async (ctx, { body }) => ({ id: await requestClone(services, ctx, body.url) }),
    }),
  ]
}

/** The cursor is the id of the last repository: names can be of any length and characters. */
async function listRepositories(db: Db<Tables>, jobs: Jobs, { limit, cursor }: z.output<typeof PageQuery>) {
  const after = cursor === undefined ? undefined : await store.findRepository(db, cursor)
  if (cursor !== undefined && after === undefined) throw CursorInvalid({})
  const { items, next } = toPage(await store.listRepositories(db, { limit, after }), limit, (row) => row.id)
  const addresses = await store.cloneAddresses(
    db,
    items.map((row) => row.path),
  )
  const describe = async (row: store.RepositoryRow) => ({
    id: row.id,
    name: row.name,
    path: row.path,
    branch: row.branch,
    headOid: row.head_oid,
    addedAt: timestamp(row.added_at.getTime()),
    importedAt: row.imported_at === null ? null : timestamp(row.imported_at.getTime()),
    changesRead: await store.progressOf(db, row.id),
    problem: row.problem,
    url: addresses.get(row.path) ?? null,
    reading: (await jobs.stateOf(importJob, row.id)) ?? null,
  })
  return { items: await Promise.all(items.map(describe)), next }
}
