import type { Context } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import { readCursor } from '../roles/holdings.ts'
import { personNames } from '../roles/names.ts'
import type { AccessTables } from '../store.ts'
import { type Recovery, stateAt } from './recovery.ts'

/** A recovery in a list: who has answered is told with the one of its person. */
export interface ListedRecovery extends Omit<Recovery, 'approvals' | 'names'> {
  /** Null for whoever the directory does not know, or does no more. */
  readonly personName: string | null
  readonly openerName: string | null
}

interface Asked {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly state?: Recovery['state'] | undefined
}

/** Newest first. @throws cursor_invalid */
export async function listRecoveries(
  db: Db<AccessTables>,
  ctx: Context,
  { limit, cursor, state }: Asked,
): Promise<{ items: ListedRecovery[]; next: string | null }> {
  const now = new Date(ctx.clock())
  let query = db.selectFrom('access_recovery').selectAll()
  if (state === 'approved' || state === 'rejected') query = query.where('state', '=', state)
  if (state === 'open') query = query.where('state', '=', 'open').where('expires_at', '>', now)
  if (state === 'expired')
    query = query.where((is) =>
      is.or([is('state', '=', 'lapsed'), is.and([is('state', '=', 'open'), is('expires_at', '<=', now)])]),
    )
  if (cursor !== undefined) {
    const before = readCursor(cursor)
    query = query.where((is) => is(is.refTuple('opened_at', 'id'), '<', is.tuple(before.at, before.id)))
  }
  const rows = await query
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.opened_at.getTime()}.${row.id}`)
  const names = await personNames(
    db,
    items.flatMap((one) => [one.user_id, one.opened_by]),
  )
  const listed = items.map((row) => ({
    ...{ id: row.id, personId: row.user_id, openedBy: row.opened_by, digest: row.digest },
    openedAt: timestamp(row.opened_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    state: stateAt(row.state, row.expires_at.getTime(), now.getTime()),
    personName: names[row.user_id] ?? null,
    openerName: names[row.opened_by] ?? null,
  }))
  return { items: listed, next }
}
