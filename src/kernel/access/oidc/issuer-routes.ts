import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { IdentityTaken } from '../directory/identities.ts'
import { ScopeNotHeld } from '../errors.ts'
import type { Granting } from '../granting.ts'
import type { PermissionsOf } from '../model.ts'
import { callerOf } from '../routes.ts'
import type { AccessTables } from '../store.ts'
import { IssuerAddress, IssuerLimit, IssuerNotFound, IssuerTaken, SignInAddress, UserNotFound } from './errors.ts'
import { addIssuer, addPerson, changeIssuer, listIssuers, removeIssuer } from './issuers.ts'
import { ChangedIssuer, Issuer, IssuerCheck, NewIssuer, NewPerson } from './model.ts'
import type { Oidc } from './oidc.ts'
import { ownOrigin } from './own-address.ts'

export interface IssuerRouteOptions {
  readonly db: Db<AccessTables & LedgerTables>
  readonly oidc: Oidc
  readonly publicUrl: string | undefined
  readonly permissionsOf: PermissionsOf
}

async function granting({ db, permissionsOf }: IssuerRouteOptions, ctx: Context): Promise<Granting> {
  return { caller: await callerOf(db, ctx), permissionsOf }
}

const byId = z.object({ id: z.string().max(100) })

export function issuerRoutes(options: IssuerRouteOptions): Route<Context>[] {
  return [...listRoutes(options), ...writeRoutes(options), ...askRoutes(options)]
}

function listRoutes({ db, oidc }: IssuerRouteOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/sign-in-providers',
      permission: 'public',
      summary: 'names the identity providers that one may sign in at',
      reply: z.object({
        items: z.array(z.object({ id: z.string(), name: z.string() })),
        next: z.string().nullable(),
      }),
      handler: async () => ({ items: await oidc.choices(), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/issuers',
      permission: 'issuer:read',
      summary: 'lists the identity providers that sign people in, oldest first; secrets are never shown',
      reply: z.object({ items: z.array(Issuer), next: z.string().nullable() }),
      handler: async () => ({ items: await listIssuers(db), next: null }),
    }),
  ]
}

function writeRoutes(options: IssuerRouteOptions): Route<Context>[] {
  const { db, oidc } = options
  return [
    route({
      method: 'POST',
      path: '/v1/issuers',
      permission: 'issuer:write',
      summary: 'sets up an identity provider: whom it signs in is somebody here',
      body: NewIssuer,
      reply: Issuer,
      status: 201,
      records: ['issuer.added'],
      errors: [IssuerAddress, IssuerTaken, IssuerLimit, ScopeNotHeld],
      handler: async (ctx, { body }) => addIssuer(db, ctx, await granting(options, ctx), body, oidc.allowsLoopback),
    }),
    route({
      method: 'PATCH',
      path: '/v1/issuers/{id}',
      permission: 'issuer:write',
      summary: 'changes settings of an identity provider; switching it off ends the sessions that it began',
      params: byId,
      body: ChangedIssuer,
      reply: Issuer,
      records: ['issuer.changed'],
      errors: [IssuerNotFound, ScopeNotHeld],
      handler: async (ctx, { params, body }) => changeIssuer(db, ctx, await granting(options, ctx), params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/issuers/{id}',
      permission: 'issuer:write',
      summary: 'removes an identity provider and ends the sessions that it began; people keep who they are',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['issuer.removed'],
      errors: [IssuerNotFound],
      handler: async (ctx, { params }) => {
        await removeIssuer(db, ctx, params.id)
        return undefined
      },
    }),
  ]
}

function askRoutes(options: IssuerRouteOptions): Route<Context>[] {
  const { db, oidc, publicUrl } = options
  return [
    route({
      method: 'POST',
      path: '/v1/issuers/{id}/check',
      permission: 'issuer:read',
      summary: 'asks an identity provider for its discovery document and keys, and says what is wrong',
      params: byId,
      reply: IssuerCheck,
      errors: [IssuerNotFound, SignInAddress],
      handler: async (_ctx, { params, exchange }) => oidc.check(params.id, ownOrigin(exchange, publicUrl)),
    }),
    route({
      method: 'POST',
      path: '/v1/issuers/{id}/people',
      permission: 'issuer:write',
      summary: 'lets an account of an identity provider sign in: as a user who is there, or as a new one',
      params: byId,
      body: NewPerson,
      reply: z.object({ userId: z.string() }),
      status: 201,
      records: ['identity.linked'],
      errors: [IssuerNotFound, UserNotFound, IdentityTaken, ScopeNotHeld],
      handler: async (ctx, { params, body }) => addPerson(db, ctx, await granting(options, ctx), params.id, body),
    }),
  ]
}
