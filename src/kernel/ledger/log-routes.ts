import { z } from 'zod'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import type { Context } from './context.ts'
import {
  decodeBundle,
  encodeBundle,
  HASH_BYTES,
  LedgerError,
  parseTilePath,
  TILE_WIDTH,
  tileWidth,
} from './core/index.ts'
import { LogPathNotFound } from './errors.ts'
import { route } from './module-type.ts'
import type { Ledger } from './open.ts'
import { noteRead } from './reads.ts'
import type { LedgerTables } from './tables.ts'

interface LogRoutes {
  readonly db: Db<LedgerTables>
  readonly ledger: Ledger
  readonly isPublic: boolean
}

const tileBytes = { contentType: 'application/octet-stream', description: 'C2SP tlog-tiles' }

/** The log as C2SP tlog-tiles serves it, up to the published checkpoint and no further. */
export function logRoutes({ db, ledger, isPublic }: LogRoutes): Route<Context>[] {
  const permission = isPublic ? 'public' : 'ledger:read'
  return [
    route({
      method: 'GET',
      path: '/log/checkpoint',
      permission,
      summary: 'the signed checkpoint of the log (C2SP tlog-checkpoint)',
      reply: { contentType: 'text/plain; charset=utf-8', description: 'a signed note' },
      handler: async () => ({
        content: (await ledger.published.checkpoint()).note,
        headers: { 'cache-control': 'no-cache' },
      }),
    }),
    route({
      method: 'GET',
      path: '/log/tile/entries/{path...}',
      permission: 'ledger:read',
      summary: 'a bundle of entries (C2SP tlog-tiles); the read is recorded',
      params: z.object({ path: z.string().max(60) }),
      reply: tileBytes,
      records: ['ledger.read', 'ledger.read-more'],
      errors: [LogPathNotFound],
      handler: async (ctx, { params }) => {
        const { n, width, bytes } = await readTile(ledger, `tile/entries/${params.path}`)
        const indexes = Array.from({ length: width }, (_, i) => n * TILE_WIDTH + i)
        await noteRead(db, ctx, { filter: [`bundle=${n}`], query: undefined, indexes })
        // kept by a browser, they could be read again without a record of it
        return { content: bytes, headers: { 'cache-control': 'no-store' } }
      },
    }),
    route({
      method: 'GET',
      path: '/log/tile/{level}/{path...}',
      permission,
      summary: 'a tile of hashes (C2SP tlog-tiles)',
      params: z.object({ level: z.string().max(2), path: z.string().max(60) }),
      reply: tileBytes,
      errors: [LogPathNotFound],
      handler: async (_ctx, { params }) => {
        const { bytes } = await readTile(ledger, `tile/${params.level}/${params.path}`)
        const visibility = isPublic ? 'public' : 'private'
        return { content: bytes, headers: { 'cache-control': `${visibility}, max-age=604800, immutable` } }
      },
    }),
  ]
}

/** The object of a path, cut from the widest one that is published: a partial object is a prefix of it. */
async function readTile(ledger: Ledger, path: string): Promise<{ n: number; width: number; bytes: Uint8Array }> {
  const address = parsePath(path)
  const { size } = await ledger.published.checkpoint()
  const { level, n, width } = address
  const widest = tileWidth(level === 'entries' ? 0 : level, n, size)
  if (width > widest) throw LogPathNotFound({ path })
  if (level !== 'entries') {
    const bytes = await ledger.store.readTile(level, n, widest)
    return { n, width, bytes: bytes.subarray(0, width * HASH_BYTES) }
  }
  const bytes = await ledger.store.readEntries(n, widest)
  if (width === widest) return { n, width, bytes }
  return { n, width, bytes: encodeBundle(decodeBundle(bytes, widest).slice(0, width)) }
}

function parsePath(path: string) {
  try {
    return parseTilePath(path)
  } catch (error) {
    if (error instanceof LedgerError) throw LogPathNotFound({ path }, error)
    throw error
  }
}
