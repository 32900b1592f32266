import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type ChangesTables, findRepository, RepositoryNotFound } from '#domains/changes'
import { type Context, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineError } from '#platform/errors.ts'
import type { Raw, RawReply, Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import { findPack, type PacksTables } from './store.ts'

export const PackNotMade = defineError<{ repositoryId: string }>(
  'pack_not_made',
  404,
  ({ repositoryId }) => `repository \`${repositoryId}\` has no report and pack yet`,
  'they are made after its import; ask again in a moment, or make them with `POST /v1/repositories/{id}/pack`',
)

export const packJob = 'pack.make'

interface PackRoutes {
  readonly db: Db<PacksTables & ChangesTables>
  readonly jobs: Jobs
  readonly folderOf: (repositoryId: string) => string
}

const byId = z.object({ id: z.string().regex(/^repo_[A-Za-z0-9_-]{1,64}$/) })

export function packRoutes(options: PackRoutes): Route<Context>[] {
  const { db, jobs } = options
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
      handler: async (_ctx, { params }) => {
        if ((await findRepository(db, params.id)) === undefined) throw RepositoryNotFound({ repositoryId: params.id })
        await jobs.enqueueNow(packJob, { repositoryId: params.id }, params.id)
        return { id: params.id }
      },
    }),
    fileRoute(options, 'report.html', { contentType: 'text/html; charset=utf-8', description: 'the report as a page' }),
    fileRoute(options, 'report.json', {
      contentType: 'application/json',
      description: 'the report, `countersign.report/v1`',
    }),
    fileRoute(options, 'evidence-pack.zip', { contentType: 'application/zip', description: 'the evidence pack' }),
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
    handler: async (_ctx, { params }): Promise<Raw> => {
      if ((await findPack(db, params.id)) === undefined) throw PackNotMade({ repositoryId: params.id })
      const path = join(folderOf(params.id), name)
      const { size } = await stat(path)
      return { content: createReadStream(path), headers: fileHeaders(name, size) }
    },
  })
}

/** The page brings its own policy, stricter than ours; ours would forbid its style. */
function fileHeaders(name: string, size: number): Record<string, string> {
  const common = { 'content-length': String(size), 'cache-control': 'private, no-cache' }
  if (name === 'evidence-pack.zip')
    return { ...common, 'content-disposition': 'attachment; filename="evidence-pack.zip"' }
  if (name === 'report.html')
    return {
      ...common,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    }
  return common
}
