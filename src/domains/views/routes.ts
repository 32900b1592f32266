import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { ViewLimit, ViewNameTaken, ViewNotFound } from './errors.ts'
import { ChangeView, ListPath, SaveView, View } from './model.ts'
import { changeView, listViews, removeView, saveView } from './service.ts'
import type { ViewsTables } from './store.ts'

const byId = z.object({ id: z.string().max(100) })
const bodyBytesMax = 65_536

export function viewRoutes(db: Db<ViewsTables & LedgerTables>): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/views',
      permission: 'view:read',
      summary: 'lists your saved views, newest first, of one page or of all',
      query: PageQuery.extend({ page: ListPath.optional() }),
      reply: pageOf(View),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listViews(db, ctx, query),
    }),
    route({
      method: 'POST',
      path: '/v1/views',
      permission: 'view:write',
      summary: 'saves the filters of a list page under a name, for yourself',
      body: SaveView,
      bodyBytesMax,
      reply: View,
      status: 201,
      records: ['view.saved'],
      errors: [ViewLimit, ViewNameTaken],
      handler: (ctx, { body }) => saveView(db, ctx, body),
    }),
    route({
      method: 'PATCH',
      path: '/v1/views/{id}',
      permission: 'view:write',
      summary: 'gives one of your saved views another name or other filters',
      params: byId,
      body: ChangeView,
      bodyBytesMax,
      reply: View,
      records: ['view.changed'],
      errors: [ViewNotFound, ViewNameTaken],
      handler: (ctx, { params, body }) => changeView(db, ctx, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/views/{id}',
      permission: 'view:write',
      summary: 'deletes one of your saved views',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['view.removed'],
      errors: [ViewNotFound],
      handler: async (ctx, { params }) => {
        await removeView(db, ctx, params.id)
        return undefined
      },
    }),
  ]
}
