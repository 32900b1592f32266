import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { ViewLimit, ViewNameTaken, ViewNotFound } from './errors.ts'
import { viewChanged, viewRemoved, viewSaved } from './events.ts'
import { type ChangeView, type Filters, type SaveView, type View, viewsMax } from './model.ts'
import * as store from './store.ts'

type Tables = store.ViewsTables & LedgerTables

interface Listing {
  readonly page?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** A page of the views of who asks, newest first. @throws cursor_invalid */
export async function listViews(
  db: Db<Tables>,
  ctx: Context,
  { page, limit, cursor }: Listing,
): Promise<{ items: View[]; next: string | null }> {
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await store.listViews(db, ctx.actor.id, { page, limit, before })
  const { items, next } = toPage(rows, limit, (row) => `${row.created_at.getTime()}.${row.id}`)
  return { items: items.map(toView), next }
}

/** Saves filters under a name that only who asks finds again. @throws view_limit, view_name_taken */
export async function saveView(db: Db<Tables>, ctx: Context, { page, name, query }: SaveView): Promise<View> {
  const ownerId = ctx.actor.id
  const row: store.ViewRow = {
    id: newId('view'),
    owner_id: ownerId,
    page,
    name,
    query: canonicalize(query),
    created_at: new Date(ctx.clock()),
  }
  await transact(db, ctx, async (tx, record) => {
    await store.lockViews(tx, ownerId)
    if ((await store.countViews(tx, ownerId)) >= viewsMax) throw ViewLimit({ max: viewsMax })
    if (await store.isNameTaken(tx, row)) throw ViewNameTaken({ page })
    await store.insertView(tx, row)
    record(viewSaved({ ...row, ownerId }))
  })
  return toView(row)
}

/** Gives a view of who asks another name or other filters. @throws view_not_found, view_name_taken */
export async function changeView(db: Db<Tables>, ctx: Context, id: string, change: ChangeView): Promise<View> {
  const ownerId = ctx.actor.id
  const query = change.query === undefined ? undefined : canonicalize(change.query)
  return transact(db, ctx, async (tx, record) => {
    await store.lockViews(tx, ownerId)
    const before = await store.findView(tx, ownerId, id)
    if (before === undefined) throw ViewNotFound({ viewId: id })
    const row = { ...before, name: change.name ?? before.name, query: query ?? before.query }
    if (await store.isNameTaken(tx, row)) throw ViewNameTaken({ page: row.page })
    await store.updateView(tx, row)
    record(viewChanged({ ownerId, id }, { name: change.name, query }))
    return toView(row)
  })
}

/** @throws view_not_found also for another person's view */
export async function removeView(db: Db<Tables>, ctx: Context, id: string): Promise<void> {
  const ownerId = ctx.actor.id
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.deleteView(tx, ownerId, id))) throw ViewNotFound({ viewId: id })
    record(viewRemoved({ ownerId, id }))
  })
}

function readCursor(cursor: string): store.ViewPlace {
  const match = /^(\d{1,16})\.(view_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const createdAtMs = Number(match?.[1])
  if (match?.[2] === undefined || createdAtMs > 8.64e15) throw CursorInvalid({})
  return { createdAtMs, id: match[2] }
}

function toView({ id, page, name, query, created_at }: store.ViewRow): View {
  // written by us, from filters that their schema had passed
  return { id, page, name, query: JSON.parse(query) as Filters, createdAt: timestamp(created_at.getTime()) }
}
