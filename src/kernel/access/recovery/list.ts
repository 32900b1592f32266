import type { Context } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import type { AccessTables } from '../store.ts'
import { type Recovery, toldOf } from './recovery.ts'
import { toRow } from './store.ts'

/** A page of recoveries, newest first. @throws cursor_invalid */
export async function listRecoveries(
  db: Db<AccessTables>,
  ctx: Context,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ items: Recovery[]; next: string | null }> {
  let query = db.selectFrom('access_recovery').selectAll()
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
  const told: Recovery[] = []
  for (const row of items) told.push(await toldOf(db, ctx, toRow(row)))
  return { items: told, next }
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(rcv_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
