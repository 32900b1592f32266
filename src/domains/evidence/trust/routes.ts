import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { TrustRootNotFound, TrustRootWrong } from '../errors.ts'
import { AddTrustRoot, addTrustRoot, listTrustRoots, removeTrustRoot, TrustRoot, type TrustTables } from './service.ts'

export function trustRoutes(db: Db<TrustTables & LedgerTables>): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/trust-roots',
      permission: 'trust:write',
      summary: 'lets signatures count that this key, or this signer by Sigstore, has made',
      body: AddTrustRoot,
      reply: TrustRoot,
      status: 201,
      records: ['trust-root.added'],
      errors: [TrustRootWrong],
      handler: (ctx, { body }) => addTrustRoot(db, ctx, body),
    }),
    route({
      method: 'GET',
      path: '/v1/trust-roots',
      permission: 'evidence:read',
      summary: 'lists whose signatures under statements count',
      reply: z.object({ items: z.array(TrustRoot), next: z.string().nullable() }),
      handler: async () => ({ items: await listTrustRoots(db), next: null }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/trust-roots/{id}',
      permission: 'trust:write',
      summary: 'lets the signatures of a trust root count no longer',
      params: z.object({ id: z.string().max(100) }),
      reply: z.object({}),
      status: 204,
      records: ['trust-root.removed'],
      errors: [TrustRootNotFound],
      handler: async (ctx, { params }) => {
        await removeTrustRoot(db, ctx, params.id)
        return {}
      },
    }),
  ]
}
