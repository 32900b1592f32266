import { readFileSync } from 'node:fs'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify'
import type { Clock } from '../clock.ts'
import { uuidv7 } from '../ids.ts'
import type { Log } from '../log.ts'
import { MediaTypeUnsupported, RequestInvalid, RouteNotFound, TooManyRequests } from './errors.ts'
import { exchangeOf } from './exchange.ts'
import type { HttpMetrics } from './metrics.ts'
import { declared, problem } from './problem.ts'
import { type BytesBody, isRaw, type Raw, type Route, type Wire } from './route.ts'

export interface HttpOptions<C> {
  readonly routes: readonly Route<C>[]
  /** Who asks and whether they may; throws a declared error when not. Called before the body is read. */
  readonly authorize: (request: FastifyRequest, route: Route<C>) => Promise<C>
  readonly requestsPerMinute: number
  readonly trustedProxies: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly clock: Clock
  readonly log: Log
  readonly metrics: HttpMetrics
}

/** The HTTP server over typed routes: limits, parsing, permission, reply check, problems. It listens when told to. */
export async function createHttpServer<C>(options: HttpOptions<C>): Promise<FastifyInstance> {
  const app = createFastify(options)
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(request, reply, options.tls !== undefined))
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    options.metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    options.log.debug({
      event: 'request.answered',
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      correlationId: request.id,
    })
  })
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => request.ip,
    allowList: (request) => request.url === '/healthz' || request.url === '/readyz',
    errorResponseBuilder: (_request, limit) => TooManyRequests({ retryAfterSeconds: Math.ceil(limit.ttl / 1000) }),
  })
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, options.log))
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request) => {
    throw RouteNotFound({ method: request.method, path: request.url.split('?')[0]?.slice(0, 200) ?? '/' })
  })
  const ending = new AbortController()
  app.addHook('preClose', async () => ending.abort())
  for (const route of options.routes) {
    if (route.bytes === undefined && route.wire === undefined) addRoute(app, route, options, ending.signal)
    else
      app.register((scope, _options, done) => {
        if (route.bytes !== undefined) takeBytes(scope, route.bytes)
        if (route.wire !== undefined) takeWire(scope, route.wire)
        addRoute(scope, route, options, ending.signal)
        done()
      })
  }
  return app
}

function createFastify<C>(options: HttpOptions<C>): FastifyInstance {
  const app = fastify({
    genReqId: () => uuidv7(options.clock()),
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    requestTimeout: 60_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 10_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    // paths that no route is looked up for: no hook runs for them
    frameworkErrors: (error, request, reply) => {
      setCommonHeaders(request, reply, options.tls !== undefined)
      return answerProblem(error, request, reply, options.log)
    },
    // `null` is how Fastify spells plain HTTP
    https: options.tls === undefined ? null : readTls(options.tls),
  })
  app.removeContentTypeParser('text/plain')
  // the forms of pages send this; routes that answer JSON take nothing but JSON
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    },
  )
  return app
}

function readTls(tls: { readonly cert: string; readonly key: string }) {
  return {
    cert: readFileSync(tls.cert),
    key: readFileSync(tls.key),
    minVersion: 'TLSv1.2' as const,
    // who has one shows it, whoever signed it: tokens are bound to the certificate itself, and no authority vouches for anybody
    requestCert: true,
    rejectUnauthorized: false,
  }
}

/** For a scope of its own, whose parsers parse nothing. */
function takeBytes(scope: FastifyInstance, { contentTypes }: BytesBody): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser([...contentTypes], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** For a scope of its own, that takes JSON under a second name, and nothing else. Clients name a type also where they send nothing. */
function takeWire(scope: FastifyInstance, { contentType, takes }: Wire): void {
  if (takes === 'form') {
    takeForm(scope)
    return
  }
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(['application/json', contentType], { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else void parse(request, String(body), done)
  })
}

/** RFC 6749 section 3.2: a parameter that comes twice is refused, for two readers could take different ones. */
function takeForm(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    const pairs = [...new URLSearchParams(String(body))]
    const seen = new Set<string>()
    const twice = pairs.find(([name]) => seen.size === seen.add(name).size)
    if (twice === undefined) return done(null, Object.fromEntries(pairs))
    const issues = [{ path: twice[0].slice(0, 100), message: 'is given more than once' }]
    return done(RequestInvalid({ issues }), undefined)
  })
}

function addRoute<C>(app: FastifyInstance, route: Route<C>, options: HttpOptions<C>, ending: AbortSignal): void {
  const contexts = new WeakMap<FastifyRequest, C>()
  app.route({
    method: route.method,
    url: fastifyPath(route.path),
    bodyLimit: route.bodyBytesMax,
    ...(route.wire === undefined
      ? {}
      : { errorHandler: (error, request, reply) => answerProblem(error, request, reply, options.log, route.wire) }),
    ...(route.isForeign ? foreignManners(options.log) : {}),
    // after the limit of requests, which counts refused ones too, and before the body is read: nobody without permission
    // makes us parse anything
    preParsing: async (request) => {
      contexts.set(request, await options.authorize(request, route))
      if (!isRaw(route.reply) && isForm(request) && route.wire?.takes !== 'form') throw MediaTypeUnsupported({})
    },
    handler: async (request, reply) => {
      const context = contexts.get(request)
      if (context === undefined) throw new Error('a request reached its handler without a context')
      const input = { ...readInput(route, request), exchange: exchangeOf(request, reply, ending) }
      const answer = await route.handler(context, input)
      return send(route, reply, answer)
    },
  })
}

function foreignManners(log: Log): Pick<RouteOptions, 'onRequest' | 'errorHandler'> {
  return {
    onRequest: echoRequestId,
    errorHandler: (error, request, reply) => answerProblem(withoutMediaType(error), request, reply, log),
  }
}

function withoutMediaType(error: unknown): unknown {
  if (!MediaTypeUnsupported.is(declared(error, 0))) return error
  return RequestInvalid({ issues: [{ path: 'body', message: 'must be `application/json`' }] })
}

async function echoRequestId(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const [given] = [request.headers['x-request-id']].flat()
  if (given !== undefined && /^[\x21-\x7e]{1,200}$/.test(given)) reply.header('x-request-id', given)
}

function readInput<C>(route: Route<C>, request: FastifyRequest) {
  const params = namedParams(route.path, request.params)
  if (route.wire === undefined && [params, request.query, request.body].some(hasNul))
    throw RequestInvalid({ issues: [{ path: 'body', message: 'holds the character NUL, which no text may have' }] })
  return {
    params: route.params.parse(params),
    query: route.query.parse(request.query ?? {}),
    body: route.body === undefined ? undefined : route.body.parse(request.body ?? undefined),
    bytes: route.bytes !== undefined && Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
  }
}

/**
 * PostgreSQL keeps no text with it, so it is refused before anything is done. Keeps a list of what is still to be looked at: a
 * body may be nested as deep as it is large, deeper than calls may.
 */
function hasNul(value: unknown): boolean {
  const left = [value]
  while (left.length > 0) {
    const one = left.pop()
    if (typeof one === 'string' && one.includes('\0')) return true
    if (typeof one !== 'object' || one === null || Buffer.isBuffer(one)) continue
    for (const [name, member] of Object.entries(one)) {
      if (name.includes('\0')) return true
      left.push(member)
    }
  }
  return false
}

async function send<C>(route: Route<C>, reply: FastifyReply, answer: unknown): Promise<FastifyReply> {
  reply.status(route.status)
  if (isRaw(route.reply)) {
    const raw = answer as Raw
    return reply
      .status(raw.status ?? route.status)
      .type(route.reply.contentType)
      .headers({ ...raw.headers })
      .send(raw.content)
  }
  if (route.status === 204) return reply.send()
  const checked = route.reply.safeParse(answer)
  // a wrong reply is our fault, never the caller's: it must not be served as a 400
  if (!checked.success)
    throw new Error(
      `the reply of ${route.method} ${route.path} broke its schema: ${checked.error.issues[0]?.path.join('.')}`,
    )
  return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(checked.data))
}

function answerProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
  wire?: Wire,
): FastifyReply {
  const known = declared(error, request.routeOptions.bodyLimit ?? 1_048_576)
  if (known.status >= 500)
    log.error({
      event: 'request.failed',
      code: known.code,
      route: request.routeOptions.url,
      correlationId: request.id,
      error: known.cause ?? known,
    })
  if (known.status === 401 && !reply.hasHeader('www-authenticate'))
    reply.header('www-authenticate', 'Bearer realm="countersign"')
  const retryAfter = known.facts['retryAfterSeconds']
  if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
  return reply
    .status(known.status)
    .header('cache-control', 'no-store')
    .type(wire?.contentType ?? 'application/problem+json')
    .send(JSON.stringify(wire?.refusal(known) ?? problem(known, request.id)))
}

function isForm(request: FastifyRequest): boolean {
  return (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply, secure: boolean): void {
  reply.headers({
    'x-request-id': request.id,
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  })
  if (secure) reply.header('strict-transport-security', 'max-age=31536000')
}

function fastifyPath(path: string): string {
  return path.replace(/\{(\w+)\.\.\.\}$/, '*').replace(/\{(\w+)\}/g, ':$1')
}

function namedParams(path: string, params: unknown): Record<string, unknown> {
  const { '*': rest, ...named } = (params ?? {}) as Record<string, unknown>
  const wildcard = /\{(\w+)\.\.\.\}$/.exec(path)?.[1]
  return wildcard === undefined ? named : { ...named, [wildcard]: rest }
}
