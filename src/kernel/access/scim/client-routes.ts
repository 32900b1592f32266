import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { ScopeNotHeld } from '../errors.ts'
import { type AccessOptions, callerOf } from '../routes.ts'
import { AddedScimClient, AddScimClient, addClient, listClients, revokeClient, ScimClient } from './clients.ts'
import { ScimClientNotFound } from './errors.ts'

/** Who may provision people: made and ended by an owner. */
export function clientRoutes({ db, permissionsOf }: Pick<AccessOptions, 'db' | 'permissionsOf'>): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/scim/clients',
      permission: 'scim-client:read',
      summary: 'lists the programs that may provision people, newest first',
      reply: z.object({ items: z.array(ScimClient), next: z.string().nullable() }),
      handler: async () => ({ items: await listClients(db), next: null }),
    }),
    route({
      method: 'POST',
      path: '/v1/scim/clients',
      permission: 'scim-client:write',
      summary: 'lets a program provision people; its token is shown this once',
      body: AddScimClient,
      reply: AddedScimClient,
      status: 201,
      records: ['scim-client.added'],
      errors: [ScopeNotHeld],
      handler: async (ctx, { body }) => addClient(db, ctx, { caller: await callerOf(db, ctx), permissionsOf }, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/scim/clients/{id}',
      permission: 'scim-client:write',
      summary: 'ends the token of a program that provisions people; the people stay',
      params: z.object({ id: z.string().max(100) }),
      reply: z.undefined(),
      status: 204,
      records: ['scim-client.revoked'],
      errors: [ScimClientNotFound],
      handler: async (ctx, { params }) => {
        await revokeClient(db, ctx, params.id)
        return undefined
      },
    }),
  ]
}
