import { join } from 'node:path'
import { z } from 'zod'
import { type ChangesTables, findRepository, listRepositories, RepositoryNotFound } from '#domains/changes'
import { type Context, type LedgerTables, noteRead, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { defineError } from '#platform/errors.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { RawReply, Route } from '#platform/http/route.ts'
import type { Jobs } from '#platform/jobs.ts'
import { PackFileGone } from './errors.ts'
import { packHeaders, sendMade } from './pack-file.ts'
import type { Keys } from './pack-format.ts'
import { findPack, type PacksTables } from './store.ts'
import { fingerprintOf } from './verify/keys.ts'

export const PackNotMade = defineError<{ repositoryId: string }>(
  'pack_not_made',
  404,
  ({ repositoryId }) => `repository \`${repositoryId}\` has no report and pack yet`,
  'they are made after its import; ask again in a moment, or make them with `POST /v1/repositories/{id}/pack`',
)

export const packJob = 'pack.make'

interface PackRoutes {
  readonly db: Db<PacksTables & ChangesTables & LedgerTables>
  readonly jobs: Jobs
  /** Queues report and pack anew. */
  readonly request: (ctx: Context, repositoryId: string) => Promise<void>
  readonly folderOf: (repositoryId: string) => string
  readonly keys: () => Promise<Keys>
}

const ListedPack = z
  .object({
    repositoryId: z.string(),
    name: z.string(),
    headline: z.string().nullable(),
    madeAt: z.iso.datetime().nullable(),
    /** Records of the log that it proves. */
    treeSize: z.int().nullable(),
    sha256: z.string().nullable(),
    bytes: z.int().nullable(),
    recordId: z.string().nullable(),
    /** Whether a newer one is being made, or is about to be. */
    making: z.enum(['active', 'queued']).nullable(),
  })
  .meta({ id: 'Pack' })

const PublicKeys = z
  .object({
    origin: z.string(),
    /** Of all keys together: what an operator tells an auditor by another way. */
    fingerprint: z.string(),
    keys: z.array(z.object({ use: z.enum(['log', 'records', 'packs']), id: z.string(), publicKey: z.string() })),
  })
  .meta({ id: 'PublicKeys' })

const byId = z.object({ id: z.string().regex(/^repo_[A-Za-z0-9_-]{1,64}$/) })

export function packRoutes(options: PackRoutes): Route<Context>[] {
  const { db, request } = options
  return [
    route({
      method: 'GET',
      path: '/v1/packs',
      permission: 'pack:read',
      summary: 'lists the newest evidence pack of each governed repository, and what is being made',
      query: PageQuery,
      reply: pageOf(ListedPack),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listPacks(options, query),
    }),
    route({
      method: 'GET',
      path: '/v1/keys',
      permission: 'pack:read',
      summary: 'the public keys that everything of this installation is signed with, and their fingerprint',
      reply: PublicKeys,
      handler: async () => describeKeys(await options.keys()),
    }),
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

/** The cursor is the id of the last repository, as in the list of repositories. */
async function listPacks({ db, jobs }: PackRoutes, { limit, cursor }: z.output<typeof PageQuery>) {
  const after = cursor === undefined ? undefined : await findRepository(db, cursor)
  if (cursor !== undefined && after === undefined) throw CursorInvalid({})
  const page = toPage(await listRepositories(db, { limit, after }), limit, (row) => row.id)
  const items = await Promise.all(
    page.items.map(async ({ id, name }) => {
      const pack = await findPack(db, id)
      return {
        repositoryId: id,
        name,
        headline: pack?.headline ?? null,
        madeAt: pack === undefined ? null : timestamp(pack.madeAtMs),
        treeSize: pack?.treeSize ?? null,
        sha256: pack?.sha256 ?? null,
        bytes: pack?.bytes ?? null,
        recordId: pack?.recordId ?? null,
        making: (await jobs.stateOf(packJob, id)) ?? null,
      }
    }),
  )
  return { items, next: page.next }
}

function describeKeys(keys: Keys): z.input<typeof PublicKeys> {
  const named = (use: 'records' | 'packs') => keys[use].map(({ kid, publicKey }) => ({ use, id: kid, publicKey }))
  return {
    origin: keys.origin,
    fingerprint: fingerprintOf(keys),
    keys: [
      ...keys.log.map((vkey) => ({ use: 'log' as const, id: vkey.split('+')[1] ?? '', publicKey: vkey })),
      ...named('records'),
      ...named('packs'),
    ],
  }
}

function fileRoute({ db, folderOf }: PackRoutes, name: string, reply: RawReply): Route<Context> {
  return route({
    method: 'GET',
    path: `/v1/repositories/{id}/${name}`,
    permission: 'pack:read',
    summary: `reads ${reply.description} of a repository`,
    params: byId,
    reply,
    errors: [PackNotMade, PackFileGone],
    handler: async (_ctx, { params }) => {
      if ((await findPack(db, params.id)) === undefined) throw PackNotMade({ repositoryId: params.id })
      return sendMade(join(folderOf(params.id), name), name === 'report.html' ? reportPolicy : {})
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
    errors: [PackNotMade, PackFileGone],
    handler: async (ctx, { params }) => {
      const pack = await findPack(db, params.id)
      if (pack === undefined) throw PackNotMade({ repositoryId: params.id })
      const ends = pack.treeSize === 0 ? [] : [0, pack.treeSize - 1]
      const read = { filter: [`pack=${params.id}`], query: undefined, indexes: ends, count: pack.treeSize }
      return sendMade(join(folderOf(params.id), 'evidence-pack.zip'), packHeaders, () => noteRead(db, ctx, read))
    },
  })
}

/** The page brings its own policy, stricter than ours; ours would forbid its style. */
const reportPolicy = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
