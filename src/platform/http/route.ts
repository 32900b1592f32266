import type { z } from 'zod'
import type { DomainError, ErrorDefinition } from '../errors.ts'

/**
 * One HTTP operation: what it needs (permission, shapes) and what it answers. There is no route without a permission,
 * no input that its schema did not pass, and no JSON reply that its schema did not check.
 */
export interface Route<C> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** OpenAPI style: `/v1/changes/{id}`. A last segment `{path...}` takes the rest of the path. */
  readonly path: string
  /** `resource:action`, `signed-in` (whoever holds a valid token), or `public` (health and what configuration opens). */
  readonly permission: string
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: z.ZodType | undefined
  /** The body is taken as the bytes that were sent, whatever they hold. */
  readonly bytes: BytesBody | undefined
  /** Given where the protocol of somebody else says how JSON and refusals look. */
  readonly wire: Wire | undefined
  /** Given where somebody else's protocol says so: `X-Request-ID` comes back as it was sent, and a body of another kind is a 400. */
  readonly isForeign: boolean
  readonly reply: z.ZodType | RawReply
  readonly status: 200 | 201 | 202 | 204 | 303
  /** Event types that a call may record. A route that writes names at least one; the surface test asserts it. */
  readonly records: readonly string[]
  readonly errors: readonly ErrorDefinition[]
  /** Largest body in bytes; 1 MiB unless said. */
  readonly bodyBytesMax: number
  readonly handler: (ctx: C, input: RouteInput) => Promise<unknown>
}

export interface RouteInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  /** Empty unless the route takes bytes. */
  readonly bytes: Uint8Array
  readonly exchange: Exchange
}

/** A body that is a file: not parsed, only bounded by `bodyBytesMax`. */
export interface BytesBody {
  readonly contentTypes: readonly string[]
  readonly description: string
}

/** The JSON of a protocol that is not ours: bodies are taken as `contentType` too, refusals are what it makes of them. */
export interface Wire {
  readonly contentType: string
  /** Bodies are forms, each name once, and nothing else. */
  readonly takes?: 'form'
  readonly refusal: (error: DomainError) => object
}

/** What a handler may know of a request beyond its schemas, and the headers that it may add to the answer. */
export interface Exchange {
  /** As the client used them; behind a trusted proxy, what the proxy forwards. */
  readonly protocol: string
  /** With the port where it is not the standard one. */
  readonly host: string
  /** Of the client; behind a trusted proxy, the one that the proxy names. */
  readonly address: string
  header(name: string): string | undefined
  cookie(name: string): string | undefined
  setHeader(name: string, value: string): void
  /** Aborted when the client is gone or the server ends: for answers that go on. */
  closed(): AbortSignal
}

/** A reply that is not JSON; the handler answers with a `Raw`. */
export interface RawReply {
  readonly contentType: string
  readonly description: string
}

/** Bytes (or a stream of them) with their headers, from a handler whose reply is a `RawReply`. */
export interface Raw {
  readonly content: Uint8Array | string | NodeJS.ReadableStream
  /** Replaces the route's status, where one route answers in more ways than one. */
  readonly status?: 200 | 204 | 302 | 401
  readonly headers?: Readonly<Record<string, string>>
}

interface RouteSpec<
  C,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType | RawReply,
> {
  readonly method: Route<C>['method']
  readonly path: string
  readonly permission: string
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly bytes?: BytesBody
  readonly wire?: Wire
  readonly isForeign?: boolean
  readonly reply: R
  readonly status?: Route<C>['status']
  readonly records?: readonly string[]
  readonly errors?: readonly ErrorDefinition[]
  readonly bodyBytesMax?: number
  readonly handler: (
    ctx: C,
    input: {
      readonly params: z.output<P>
      readonly query: z.output<Q>
      readonly body: z.output<B>
      readonly bytes: Uint8Array
      readonly exchange: Exchange
    },
  ) => Promise<R extends z.ZodType ? z.input<R> : Raw>
}

/** The `route()` of an application whose handlers get a `C`; `nothing` is its empty object schema. */
export function routeFor<C>(nothing: z.ZodObject) {
  return function route<
    P extends z.ZodObject,
    Q extends z.ZodObject,
    B extends z.ZodType,
    R extends z.ZodType | RawReply,
  >(spec: RouteSpec<C, P, Q, B, R>): Route<C> {
    return {
      method: spec.method,
      path: spec.path,
      permission: spec.permission,
      summary: spec.summary,
      params: spec.params ?? nothing,
      query: spec.query ?? nothing,
      body: spec.body,
      bytes: spec.bytes,
      wire: spec.wire,
      isForeign: spec.isForeign ?? false,
      reply: spec.reply,
      status: spec.status ?? 200,
      records: spec.records ?? [],
      errors: spec.errors ?? [],
      bodyBytesMax: spec.bodyBytesMax ?? 1_048_576,
      // the app has parsed `input` with these very schemas before it calls
      handler: spec.handler as Route<C>['handler'],
    }
  }
}

export function isRaw(reply: z.ZodType | RawReply): reply is RawReply {
  return 'contentType' in reply
}
