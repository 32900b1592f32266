import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type ChangesTables, findRepository, RepositoryNotFound } from '#domains/changes'
import { type Context, type LedgerTables, noteRead, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineError } from '#platform/errors.ts'
import type { Raw, RawReply, Route } from '#platform/http/route.ts'
import { findPack, type PacksTables } from './store.ts'

export const PackNotMade = defineError<{ repositoryId: string }>(
  'pack_not_made',
  404,
  ({ repositoryId }) => `repository \`${repositoryId}\` has no report and pack yet`,
  'they are made after its import; ask again in a moment, or make them with `POST /v1/repositories/{id}/pack`',
)

export const packJob = 'pack.make'

interface PackRoutes {
  readonly db: Db<PacksTables & ChangesTables & LedgerTables>
  /** Queues report and pack anew. */
  readonly request: (ctx: Context, repositoryId: string) => Promise<void>
  readonly folderOf: (repositoryId: string) => string
}

const byId = z.object({ id: z.string().regex(/^repo_[A-Za-z0-9_-]{1,64}$/) })

export function packRoutes(options: PackRoutes): Route<Context>[] {
  const { db, request } = options
  return [
    route({
      method: 'POST',
      path: '/v1/repositories/{id}/pack',
      permission: 'pack:write',
      summary: 'makes the report and the evidence pack of a repository anew',
      params: byId,
      reply: z.object({ id: z.string() }),
      status: 202,
      records: ['pack.made'],
      errors: [RepositoryNotFound],
      handler: async (ctx, { params }) => {
        if ((await findRepository(db, params.id)) === undefined) throw RepositoryNotFound({ repositoryId: params.id })
        await request(ctx, params.id)
        return { id: params.id }
      },
    }),
    fileRoute(options, 'report.html', { contentType: 'text/html; charset=utf-8', description: 'the report as a page' }),
    fileRoute(options, 'report.json', {
      contentType: 'application/json',
      description: 'the report, `countersign.report/v1`',
    }),
    packRoute(options),
    fileRoute(options, 'keys.json', { contentType: 'application/json', description: 'the public keys to pin' }),
  ]
}

function fileRoute({ db, folderOf }: PackRoutes, name: string, reply: RawReply): Route<Context> {
  return route({
    method: 'GET',
    path: `/v1/repositories/{id}/${name}`,
    permission: 'pack:read',
    summary: `reads ${reply.description} of a repository`,
    params: byId,
    reply,
    errors: [PackNotMade],
    handler: async (_ctx, { params }) => {
      if ((await findPack(db, params.id)) === undefined) throw PackNotMade({ repositoryId: params.id })
      return sendFile(folderOf(params.id), name)
    },
  })
}

/** A pack carries the whole log: to download it is to read every record of it. */
function packRoute({ db, folderOf }: PackRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/repositories/{id}/evidence-pack.zip',
    permission: 'pack:read',
    summary: 'reads the evidence pack of a repository, with every audit record in it; the read is recorded',
    params: byId,
    reply: { contentType: 'application/zip', description: 'the evidence pack' },
    records: ['ledger.read', 'ledger.read-more'],
    errors: [PackNotMade],
    handler: async (ctx, { params }) => {
      const pack = await findPack(db, params.id)
      if (pack === undefined) throw PackNotMade({ repositoryId: params.id })
      const ends = pack.treeSize === 0 ? [] : [0, pack.treeSize - 1]
      await noteRead(db, ctx, { filter: [`pack=${params.id}`], query: undefined, indexes: ends, count: pack.treeSize })
      return sendFile(folderOf(params.id), 'evidence-pack.zip')
    },
  })
}

/** Size and content are those of one file, even when a new one takes its name meanwhile. */
async function sendFile(folder: string, name: string): Promise<Raw> {
  const file = await open(join(folder, name), 'r')
  const { size } = await file.stat()
  return { content: file.createReadStream(), headers: fileHeaders(name, size) }
}

/** The page brings its own policy, stricter than ours; ours would forbid its style. */
function fileHeaders(name: string, size: number): Record<string, string> {
  const common = { 'content-length': String(size), 'cache-control': 'no-store' }
  if (name === 'evidence-pack.zip')
    return { ...common, 'content-disposition': 'attachment; filename="evidence-pack.zip"' }
  if (name === 'report.html')
    return {
      ...common,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    }
  return common
}
