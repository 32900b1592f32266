import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { atMost } from '#platform/limit.ts'
import { RepositoryNotFound, RepositoryUnreadable } from './errors.ts'
import { open } from './repository/open.ts'
import { readPaths } from './repository/tree.ts'
import * as store from './store.ts'

const Query = z.object({
  prefix: z.string().max(4096).optional().describe('only paths that begin so'),
  q: z.string().max(200).optional().describe('only paths that hold this text, in any case'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(200).optional(),
})
type Query = z.output<typeof Query>

const RepositoryFiles = pageOf(z.object({ path: z.string() }).meta({ id: 'RepositoryFile' })).extend({
  /** Whose files they are; null where no commit was read yet. */
  commit: z.string().nullable(),
})

/** Each starts git. */
const atOnce = 4
/** Paths that one answer looks at; what is not found among them is told from the cursor on. */
const lookedAtMax = 200_000
/** No system can check out a longer one. */
const pathCharactersMax = 4096

export function fileRoutes(db: Db<store.ChangesTables & LedgerTables>): Route<Context>[] {
  const inTurn = atMost(atOnce)
  return [
    route({
      method: 'GET',
      path: '/v1/repositories/{id}/files',
      permission: 'repository:read',
      summary: 'lists the paths of a repository at the newest commit that was read, in the order of git',
      params: z.object({ id: z.string().max(100) }),
      query: Query,
      reply: RepositoryFiles,
      errors: [RepositoryNotFound, RepositoryUnreadable, CursorInvalid],
      handler: async (_ctx, { params, query, exchange }) => {
        const repository = await store.findRepository(db, params.id)
        if (repository === undefined) throw RepositoryNotFound({ repositoryId: params.id })
        const { path, head_oid: commit } = repository
        const skip = query.cursor === undefined ? 0 : readCursor(query.cursor, commit)
        if (commit === null) return { items: [], next: null, commit }
        return inTurn(() => listPaths({ path, commit, skip, query, signal: exchange.closed() }))
      },
    }),
  ]
}

interface Listing {
  readonly path: string
  readonly commit: string
  /** Entries that earlier pages looked at. */
  readonly skip: number
  readonly query: Query
  readonly signal: AbortSignal
}

async function listPaths({ path, commit, skip, query, signal }: Listing) {
  const isWanted = filterOf(query)
  const { place } = await open({ path, signal })
  const items: { path: string }[] = []
  let at = 0
  try {
    for await (const found of readPaths(place, commit, signal)) {
      if (items.length === query.limit || at - skip >= lookedAtMax) return { items, next: `${commit}.${at}`, commit }
      if (at >= skip && isWanted(found)) items.push({ path: found })
      at++
    }
    return { items, next: null, commit }
  } finally {
    await place.close()
  }
}

function filterOf({ prefix = '', q = '' }: Query): (path: string) => boolean {
  const words = q.toLowerCase()
  return (path) =>
    path.length <= pathCharactersMax && path.startsWith(prefix) && (words === '' || path.toLowerCase().includes(words))
}

/** It names its commit: the paths of another one are another list. */
function readCursor(cursor: string, head: string | null): number {
  const [, commit, at] = /^([0-9a-f]{40}|[0-9a-f]{64})\.(\d{1,9})$/.exec(cursor) ?? []
  if (at === undefined || commit !== head) throw CursorInvalid({})
  return Number(at)
}
