import { z } from 'zod'
import type { ErrorDefinition } from '../errors.ts'
import {
  BodyTooLarge,
  CrossSite,
  CsrfTokenWrong,
  Forbidden,
  InternalError,
  MediaTypeUnsupported,
  NotSignedIn,
  RequestInvalid,
  TooManyRequests,
} from './errors.ts'
import { isRaw, type Route } from './route.ts'

/** The OpenAPI 3.1 document of `routes`, made from the very schemas that requests and replies pass. */
export function openApiDocument<C>(routes: readonly Route<C>[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const path = route.path.replace(/\{(\w+)\.\.\.\}/, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  const schemas: Record<string, unknown> = { Problem: problemSchema }
  const lifted = liftDefinitions(paths, schemas)
  return {
    openapi: '3.1.0',
    info: { title: 'Countersign', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: lifted,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } }, schemas },
  }
}

/** Moves the named schemas, which zod puts beside each use, to where OpenAPI has them, and points every reference there. */
function liftDefinitions(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => liftDefinitions(one, schemas))
  if (typeof value !== 'object' || value === null) return value
  const { $defs = {}, $ref, ...rest } = value as Record<string, unknown>
  for (const [name, one] of Object.entries($defs as object)) {
    const { id: _, ...definition } = liftDefinitions(one, schemas) as Record<string, unknown>
    if (schemas[name] !== undefined && JSON.stringify(schemas[name]) !== JSON.stringify(definition))
      throw new Error(`two schemas are named ${name}`)
    schemas[name] = definition
  }
  const entries = Object.entries(rest).map(([name, one]) => [name, liftDefinitions(one, schemas)])
  const reference = typeof $ref === 'string' ? { $ref: $ref.replace('#/$defs/', '#/components/schemas/') } : {}
  return { ...reference, ...Object.fromEntries(entries) }
}

function operation<C>(route: Route<C>): Record<string, unknown> {
  return {
    operationId: operationId(route),
    summary: route.summary,
    'x-permission': route.permission,
    'x-records': route.records,
    ...(route.permission === 'public' ? {} : { security: [{ bearer: [] }] }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...requestBody(route),
    responses: responses(route),
  }
}

function requestBody<C>({ body, bytes, wire }: Route<C>): Record<string, unknown> {
  if (bytes !== undefined) {
    const content = Object.fromEntries(bytes.contentTypes.map((type) => [type, {}]))
    return { requestBody: { required: true, description: bytes.description, content } }
  }
  if (body === undefined) return {}
  const content = json(body, 'input')
  if (wire?.takes === 'form')
    return {
      requestBody: { required: true, content: { 'application/x-www-form-urlencoded': content['application/json'] } },
    }
  const more = wire === undefined ? {} : { [wire.contentType]: content['application/json'] }
  return { requestBody: { required: true, content: { ...content, ...more } } }
}

/** `listChanges`-like name from method and path: stable, for generated clients. */
export function operationId(route: { readonly method: string; readonly path: string }): string {
  const words = route.path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1')
  return [route.method.toLowerCase(), ...words].map((word, i) => (i === 0 ? word : capital(word))).join('')
}

function parameters(schema: z.ZodObject, place: 'path' | 'query'): Record<string, unknown>[] {
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }))
}

function responses<C>(route: Route<C>): Record<string, unknown> {
  const success = isRaw(route.reply)
    ? { description: route.reply.description, content: { [route.reply.contentType]: {} } }
    : { description: route.summary, ...(route.status === 204 ? {} : { content: json(route.reply, 'output') }) }
  const byStatus = new Map<number, ErrorDefinition[]>()
  for (const error of [...general(route), ...route.errors])
    byStatus.set(error.status, [...(byStatus.get(error.status) ?? []), error])
  const failures = [...byStatus].map(([status, errors]) => [
    String(status),
    {
      description: errors.map((error) => error.code).join(', '),
      content: refusal(route),
    },
  ])
  return { [String(route.status)]: success, ...Object.fromEntries(failures) }
}

function refusal<C>({ wire }: Route<C>): Record<string, unknown> {
  if (wire !== undefined) return { [wire.contentType]: {} }
  return { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
}

function general<C>(route: Route<C>): ErrorDefinition[] {
  const signedIn =
    route.method === 'GET' ? [NotSignedIn, Forbidden] : [NotSignedIn, Forbidden, CrossSite, CsrfTokenWrong]
  const access = route.permission === 'public' ? [] : signedIn
  const body = route.body === undefined && route.bytes === undefined ? [] : [BodyTooLarge, MediaTypeUnsupported]
  return [RequestInvalid, ...access, ...body, TooManyRequests, InternalError]
}

function json(schema: z.ZodType, io: 'input' | 'output') {
  return { 'application/json': { schema: toSchema(schema, io) } }
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    hint: { type: 'string' },
    instance: { type: 'string', format: 'uri' },
  },
}
