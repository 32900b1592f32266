import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AccessTables, allows, authenticate, type Caller, lastSeen } from '#kernel/access'
import type { Context, LedgerTables, Sealer } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import type { Db } from '#platform/database.ts'
import { CrossSite, Forbidden, NotSignedIn } from '#platform/http/errors.ts'
import type { HttpMetrics } from '#platform/http/metrics.ts'
import type { Route } from '#platform/http/route.ts'
import { createHttpServer } from '#platform/http/server.ts'
import type { Log } from '#platform/log.ts'
import { isSecure, sessionCookie } from './session-cookie.ts'

export interface AppOptions {
  readonly routes: readonly Route<Context>[]
  readonly db: Db<AccessTables & LedgerTables>
  readonly sealer: Sealer
  readonly organizationId: string
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly metrics: HttpMetrics
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
      const caller = await findCaller(request, options)
      if (route.permission === 'public') return contextOf(request, caller, options)
      if (caller === undefined) throw NotSignedIn({})
      if (!allows(caller, route.permission)) throw Forbidden({ permission: route.permission })
      noteSeen(caller.tokenId).catch((error: unknown) => log.warn({ event: 'last-seen.failed', error }))
      return contextOf(request, caller, options)
    },
  })
}

/** A bearer token counts before a cookie; a cookie counts only when the browser says that our own page sent it. */
async function findCaller(request: FastifyRequest, options: AppOptions): Promise<Caller | undefined> {
  const bearer = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1]
  if (request.headers.authorization !== undefined && bearer === undefined) return undefined
  const token = bearer ?? cookieOf(request, options.config)
  if (token === undefined) return undefined
  const caller = await authenticate(options.db, options.clock, token)
  if (caller !== undefined && bearer === undefined) refuseCrossSite(request)
  return caller
}

function cookieOf(request: FastifyRequest, config: Config): string | undefined {
  const name = sessionCookie(isSecure(config))
  const pair = (request.headers.cookie ?? '').split('; ').find((one) => one.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}

/** The cookie is `SameSite=Strict` already; this is the second wall for writes. */
function refuseCrossSite(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const sameOrigin =
    site === undefined ? origin !== undefined && originHost(origin) === request.host : site === 'same-origin'
  if (!sameOrigin) throw CrossSite({})
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function contextOf(request: FastifyRequest, caller: Caller | undefined, options: AppOptions): Context {
  return {
    clock: options.clock,
    organizationId: options.organizationId,
    correlationId: request.id,
    sealer: options.sealer,
    sessionId: caller?.tokenId,
    actor:
      caller === undefined
        ? { id: 'svc_anonymous', kind: 'service', role: 'anonymous', onBehalfOf: null }
        : { id: caller.userId, kind: 'user', role: caller.role, onBehalfOf: null },
  }
}
