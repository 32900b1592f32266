import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  type AccessTables,
  type Authority,
  allows,
  authenticate,
  type Caller,
  csrfHeader,
  isCsrfToken,
  lastSeen,
  sessionCookie,
} from '#kernel/access'
import type { Context, LedgerTables, Sealer } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import type { Db } from '#platform/database.ts'
import { CrossSite, CsrfTokenWrong, Forbidden, NotSignedIn } from '#platform/http/errors.ts'
import { cookieOf } from '#platform/http/exchange.ts'
import type { HttpMetrics } from '#platform/http/metrics.ts'
import { isRaw, type Route } from '#platform/http/route.ts'
import { createHttpServer } from '#platform/http/server.ts'
import type { Log } from '#platform/log.ts'
import { isSecure } from './secure.ts'

export interface AppOptions {
  readonly routes: readonly Route<Context>[]
  readonly db: Db<AccessTables & LedgerTables>
  readonly sealer: Sealer
  readonly organizationId: string
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly metrics: HttpMetrics
  readonly authority: Pick<Authority, 'permissionsOf'>
}

/** Modules' routes as an HTTP server in which every request is somebody's, or refused. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, clock, log, metrics } = options
  const noteSeen = lastSeen(options.db, clock)
  const tls =
    config['tls.cert'] === undefined || config['tls.key'] === undefined
      ? undefined
      : { cert: config['tls.cert'], key: config['tls.key'] }
  return createHttpServer<Context>({
    routes: options.routes,
    requestsPerMinute: config.requestsPerMinute,
    trustedProxies: config.trustedProxies,
    tls,
    clock,
    log,
    metrics,
    authorize: async (request, route) => {
      const caller = await findCaller(request, route, options)
      if (route.permission === 'public') return contextOf(request, caller, options)
      if (caller === undefined) throw NotSignedIn({})
      if (!allows(caller, route.permission)) throw Forbidden({ permission: route.permission })
      // what a page asks by itself, with nobody before it, keeps no session alive
      if (caller.isBrowser && isBackground(request, route)) return contextOf(request, caller, options)
      noteSeen(caller.tokenId).catch((error: unknown) => log.warn({ event: 'last-seen.failed', error }))
      return contextOf(request, caller, options)
    },
  })
}

function isBackground(request: FastifyRequest, route: Route<Context>): boolean {
  const isStream = isRaw(route.reply) && route.reply.contentType.startsWith('text/event-stream')
  return isStream || request.headers['x-countersign-background'] !== undefined
}

/** A bearer token counts before a cookie; a cookie counts only when the browser says that our own page sent it. */
async function findCaller(
  request: FastifyRequest,
  route: Route<Context>,
  options: AppOptions,
): Promise<Caller | undefined> {
  const bearer = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1]
  if (request.headers.authorization !== undefined && bearer === undefined) return undefined
  const token = bearer ?? cookieOf(request, sessionCookie(isSecure(options.config)))
  if (token === undefined) return undefined
  const caller = await authenticate(
    options.db,
    options.clock,
    token,
    bearer === undefined ? 'cookie' : 'header',
    options.authority.permissionsOf,
  )
  if (caller === undefined || bearer !== undefined) return caller
  refuseCrossSite(request)
  if (needsCsrfToken(route) && !isCsrfToken(token, [request.headers[csrfHeader]].flat()[0])) throw CsrfTokenWrong({})
  return caller
}

/** The third wall: every write but those of the plain forms, which leave no trace worth forging: sign-in and sign-out. */
function needsCsrfToken(route: Route<Context>): boolean {
  const isForm = isRaw(route.reply) && route.wire === undefined
  return route.method !== 'GET' && route.permission !== 'public' && !isForm
}

/** The cookie is `SameSite=Strict` already; this is the second wall: for all writes, and for reads by other sites' pages. */
function refuseCrossSite(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  if (request.method === 'GET' || request.method === 'HEAD') {
    const isForeign = site === 'cross-site' || site === 'same-site'
    if (isForeign && request.headers['sec-fetch-mode'] !== 'navigate') throw CrossSite({})
    return
  }
  const origin = request.headers.origin
  const sameOrigin =
    site === undefined ? origin !== undefined && originHost(origin) === request.host : site === 'same-origin'
  if (!sameOrigin) throw CrossSite({})
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** What provisions people is a program of theirs, not one of them. */
function actorKind(caller: Caller): 'user' | 'service' {
  return caller.kind === 'scim' ? 'service' : 'user'
}

function contextOf(request: FastifyRequest, caller: Caller | undefined, options: AppOptions): Context {
  return {
    clock: options.clock,
    organizationId: options.organizationId,
    correlationId: request.id,
    sealer: options.sealer,
    sessionId: caller?.tokenId,
    ...(caller === undefined ? {} : { scopes: caller.scopes }),
    actor:
      caller === undefined
        ? { id: 'svc_anonymous', kind: 'service', role: 'anonymous', onBehalfOf: null }
        : { id: caller.userId, kind: actorKind(caller), role: caller.role, onBehalfOf: null },
  }
}
