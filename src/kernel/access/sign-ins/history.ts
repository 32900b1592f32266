import { z } from 'zod'
import { type Context, defineEvent, type LedgerTables, route, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { PersonNotFound } from '../directory/errors.ts'
import { SessionNeeded } from '../errors.ts'
import { callerOf } from '../routes.ts'
import { requireSession } from '../sessions.ts'
import type { AccessTables } from '../store.ts'

type Tables = AccessTables & LedgerTables

/** A sign-in that succeeded. */
const SignIn = z
  .object({
    /** Of the session that it began. */
    sessionId: z.string(),
    at: z.iso.datetime(),
    /** Null for one that was before this was kept; its record in the ledger says it. */
    method: z.enum(['link', 'passkey', 'oidc', 'recovery']).nullable(),
    passkeyId: z.string().nullable(),
    issuerId: z.string().nullable(),
    kind: z.enum(['browser', 'token']),
    /** When the session ended, by signing out or otherwise; null while it goes on, or ran out by itself. */
    endedAt: z.iso.datetime().nullable(),
    expiresAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SignIn' })
type SignIn = z.infer<typeof SignIn>

const SignInsRead = defineEvent('sign-ins.read', z.object({ count: z.int() }), {
  description: 'somebody read when and how another person signed in; recorded before the answer left',
  na: { justification: 'no_justification_given' },
})
export const signInEvents = [SignInsRead]

export function signInHistoryRoutes({ db }: { readonly db: Db<Tables> }): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/sign-ins',
      permission: 'signed-in',
      summary: 'lists when and how you signed in, newest first',
      query: PageQuery,
      reply: pageOf(SignIn),
      errors: [SessionNeeded, CursorInvalid],
      handler: async (ctx, { query }) => {
        const caller = await callerOf(db, ctx)
        requireSession(caller)
        return listSignIns(db, caller.userId, query)
      },
    }),
    route({
      method: 'GET',
      path: '/v1/people/{id}/sign-ins',
      permission: 'sign-in:read',
      summary: 'lists when and how a person signed in, newest first; the read is recorded',
      params: z.object({ id: z.string().regex(/^[\w-]{1,100}$/) }),
      query: PageQuery,
      reply: pageOf(SignIn),
      records: ['sign-ins.read'],
      errors: [PersonNotFound, CursorInvalid],
      handler: async (ctx, { params: { id }, query }) => {
        const user = await db.selectFrom('access_user').select('id').where('id', '=', id).executeTakeFirst()
        if (user === undefined) throw PersonNotFound({ personId: id })
        const page = await listSignIns(db, id, query)
        await transact(db, ctx, async (_tx, record) => {
          record(SignInsRead({ targets: [{ type: 'user', id }], data: { count: page.items.length } }))
        })
        return page
      },
    }),
  ]
}

async function listSignIns(
  db: Db<Tables>,
  userId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ items: SignIn[]; next: string | null }> {
  let query = db
    .selectFrom('access_signed_in as s')
    .innerJoin('access_token as t', 't.id', 's.token_id')
    .leftJoin('access_last_seen as seen', 'seen.token_id', 's.token_id')
    .select(['s.token_id', 's.at', 's.method', 's.passkey_id', 's.issuer_id'])
    .select(['t.is_browser', 't.revoked_at', 't.expires_at', 'seen.seen_at'])
    .where('s.user_id', '=', userId)
  if (cursor !== undefined) {
    const before = readCursor(cursor)
    query = query.where((is) => is(is.refTuple('s.at', 's.token_id'), '<', is.tuple(before.at, before.id)))
  }
  const rows = await query
    .orderBy('s.at', 'desc')
    .orderBy('s.token_id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.at.getTime()}.${row.token_id}`)
  const time = (date: Date | null) => (date === null ? null : timestamp(date.getTime()))
  return {
    next,
    items: items.map((row) => ({
      sessionId: row.token_id,
      at: timestamp(row.at.getTime()),
      method: row.method,
      passkeyId: row.passkey_id,
      issuerId: row.issuer_id,
      kind: row.is_browser ? 'browser' : 'token',
      endedAt: time(row.revoked_at),
      expiresAt: timestamp(row.expires_at.getTime()),
      lastSeenAt: time(row.seen_at),
    })),
  }
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(tok_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
