import { z } from 'zod'
import { AccessDenied } from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid, Forbidden, NotSignedIn } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { checkContext, checkGrant } from './check.ts'
import * as errors from './errors.ts'
import { askGrant, extendGrant, listGrants, readGrant, rescindGrant, restoreGrant, revokeGrant } from './grants.ts'
import { AskGrant, ContextAnswer, ContextCheck, Grant, GrantCheck, Id, Reason, ToolName } from './model.ts'
import type { GrantServices } from './standing.ts'

const byId = z.object({ id: Id })
const denials = [
  errors.ToolNotAuthorized,
  errors.GrantRescinded,
  errors.CharterNotAcknowledged,
  errors.TrainingMissing,
  errors.AiFree,
  AccessDenied,
]

export function grantRoutes(services: GrantServices): Route<Context>[] {
  return [...readRoutes(services), ...ownRoutes(services), ...securityRoutes(services)]
}

function readRoutes(services: GrantServices): Route<Context>[] {
  const shared = { method: 'GET', permission: 'grant:read' } as const
  return [
    route({
      ...shared,
      path: '/v1/grants',
      summary: 'lists your grants of AI tools, newest first; those of others for whoever may read people',
      query: PageQuery.extend({
        of: z.enum(['me', 'all']).default('me'),
        user: Id.optional(),
        tool: ToolName.optional(),
        state: z.enum(['running', 'over', 'rescinded']).optional(),
      }),
      reply: pageOf(Grant),
      errors: [CursorInvalid, Forbidden],
      handler: (ctx, { query }) => listGrants(services, ctx, query),
    }),
    route({
      ...shared,
      path: '/v1/grants/check',
      summary: 'says whether you may use a tool now, by a grant that runs and by the policies; for gateways',
      query: z.object({ tool: ToolName, repository: Id.optional() }),
      reply: GrantCheck,
      handler: (ctx, { query }) => checkGrant(services, ctx, query),
    }),
    route({
      ...shared,
      path: '/v1/grants/{id}',
      summary: 'gives one grant',
      params: byId,
      reply: Grant,
      errors: [errors.GrantNotFound],
      handler: (ctx, { params }) => readGrant(services, ctx, params.id),
    }),
    route({
      method: 'POST',
      path: '/v1/context-checks',
      permission: 'grant:read',
      summary: 'says whether you may give an assistant so many files of a repository, of this classification',
      body: ContextCheck,
      reply: ContextAnswer,
      records: [],
      errors: [errors.GrantPlaceUnknown],
      handler: (ctx, { body }) => checkContext(services, ctx, body),
    }),
  ]
}

function ownRoutes(services: GrantServices): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/grants',
      permission: 'grant:ask',
      summary: 'asks for the use of an AI tool for some hours: granted or denied at once, by the policies',
      body: AskGrant,
      reply: Grant,
      status: 201,
      records: ['grant.issued', 'grant.denied'],
      errors: [...denials, errors.GrantPlaceUnknown, errors.GrantRunning, errors.GrantLimit, NotSignedIn],
      handler: (ctx, { body }) => askGrant(services, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/grants/{id}/extension',
      permission: 'grant:ask',
      summary: 'extends a grant of yours, once, when the policies still allow it',
      params: byId,
      reply: Grant,
      records: ['grant.extended', 'grant.denied'],
      errors: [...denials, errors.GrantNotFound, errors.GrantOver, errors.GrantExtended, NotSignedIn],
      handler: (ctx, { params }) => extendGrant(services, ctx, params.id),
    }),
    route({
      method: 'DELETE',
      path: '/v1/grants/{id}',
      permission: 'grant:ask',
      summary: 'gives a grant of yours back',
      params: byId,
      reply: Grant,
      records: ['grant.revoked'],
      errors: [errors.GrantNotFound, errors.GrantOver],
      handler: (ctx, { params }) => revokeGrant(services, ctx, params.id),
    }),
  ]
}

function securityRoutes(services: GrantServices): Route<Context>[] {
  const shared = {
    method: 'POST',
    params: byId,
    body: z.strictObject({ reason: Reason }),
    reply: Grant,
    errors: [errors.GrantNotFound, errors.GrantIsRescinded, AccessDenied],
  } as const
  return [
    route({
      ...shared,
      path: '/v1/grants/{id}/rescission',
      permission: 'grant:rescind',
      summary: 'takes a grant away; its holder gets no other of that tool until it is restored',
      records: ['grant.rescinded', 'access.denied'],
      handler: (ctx, { params, body }) => rescindGrant(services, ctx, params.id, body.reason),
    }),
    route({
      ...shared,
      path: '/v1/grants/{id}/restoration',
      permission: 'grant:restore',
      summary: 'restores a grant that was taken away; it runs again unless its time is over',
      records: ['grant.restored', 'access.denied'],
      handler: (ctx, { params, body }) => restoreGrant(services, ctx, params.id, body.reason),
    }),
  ]
}
