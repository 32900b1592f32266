import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Exchange, Raw, Route } from '#platform/http/route.ts'
import type { AccessEnding } from '../directory/end-access.ts'
import type { AccessTables } from '../store.ts'
import { listDocument, searchSchema } from './documents.ts'
import {
  type Endpoint,
  etag,
  expectedVersion,
  groupEndpoint,
  type Query,
  type Rendered,
  userEndpoint,
} from './endpoints.ts'
import { ScimSyntaxInvalid, scimContentType, scimErrors, scimWire } from './errors.ts'
import { applyPatch, readOperations } from './patch.ts'
import { type Projection, readProjection } from './projection.ts'
import { type Resource, readResource } from './values.ts'

export interface ScimOptions {
  readonly db: Db<AccessTables & LedgerTables>
  readonly publicUrl: string | undefined
  readonly onAccessEnded?: readonly AccessEnding[]
}

export const scimPermission = 'scim:provision'
const pageSize = 100

/** What all routes of SCIM have in common: its own words for JSON and errors, and replies that its schemas describe. */
export const scimRoute = {
  permission: scimPermission,
  wire: scimWire,
  reply: { contentType: scimContentType, description: 'as RFC 7643 and 7644 describe it' },
} as const

const numbers = { startIndex: z.coerce.number().int().default(1), count: z.coerce.number().int().default(pageSize) }
const texts = {
  filter: z.string().max(8192).optional(),
  sortBy: z.string().max(300).optional(),
  sortOrder: z.enum(['ascending', 'descending']).default('ascending'),
}
const names = z.string().max(4096).optional()
const Shape = z.object({ attributes: names, excludedAttributes: names })
const ListQuery = Shape.extend({ ...texts, ...numbers })
const nameList = z.array(z.string().max(300)).max(200).default([])
const SearchRequest = z.object({
  schemas: z.array(z.string().max(300)).max(20),
  attributes: nameList,
  excludedAttributes: nameList,
  ...texts,
  ...numbers,
})
/** Any object: what is known of it is read by the schemas, names in any letter case. */
const Body = z.record(z.string(), z.unknown())
const byId = z.object({ id: z.string().max(500) })

/** The address of the service, as the client knows it. */
export function baseOf(exchange: Exchange, publicUrl: string | undefined): string {
  return `${(publicUrl ?? `${exchange.protocol}://${exchange.host}`).replace(/\/$/, '')}/scim/v2`
}

export function scimRoutes(options: ScimOptions): Route<Context>[] {
  const { onAccessEnded = [] } = options
  const ended = ['session.ended', 'token.revoked', 'role.ended', ...onAccessEnded.flatMap((one) => one.records)]
  const users = { create: ['user.provisioned'], remove: ['user.deleted', ...ended] }
  const changed = ['user.changed', 'user.deactivated', 'user.reactivated', ...ended]
  const members = ['group.members-added', 'group.members-removed']
  const groups = {
    create: ['group.created', 'group.members-added'],
    remove: ['group.deleted', 'group.members-removed'],
  }
  return [
    ...resourceRoutes(options, userEndpoint(options), { ...users, change: changed }),
    ...resourceRoutes(options, groupEndpoint(options.db), { ...groups, change: ['group.changed', ...members] }),
  ]
}

interface Records {
  readonly create: readonly string[]
  readonly change: readonly string[]
  readonly remove: readonly string[]
}

function resourceRoutes(options: ScimOptions, endpoint: Endpoint, records: Records): Route<Context>[] {
  return [...readRoutes(options, endpoint), ...writeRoutes(options, endpoint, records), removeRoute(endpoint, records)]
}

function readRoutes({ publicUrl }: ScimOptions, endpoint: Endpoint): Route<Context>[] {
  const { name, endpoint: path } = endpoint.type
  return [
    route({
      ...scimRoute,
      method: 'GET',
      path: `/scim/v2${path}`,
      summary: `lists what SCIM knows as ${name}, by filter, sorted and paged`,
      query: ListQuery,
      errors: scimErrors,
      handler: (_ctx, { query, exchange }) => {
        const projection = readProjection(endpoint.type, listed(query.attributes), listed(query.excludedAttributes))
        return list(endpoint, baseOf(exchange, publicUrl), query, projection)
      },
    }),
    route({
      ...scimRoute,
      method: 'POST',
      path: `/scim/v2${path}/.search`,
      summary: `lists what SCIM knows as ${name}, with the query in the body`,
      body: SearchRequest,
      errors: scimErrors,
      handler: (_ctx, { body, exchange }) => {
        if (!body.schemas.includes(searchSchema)) throw ScimSyntaxInvalid({ detail: 'this is no SearchRequest' })
        const projection = readProjection(endpoint.type, body.attributes, body.excludedAttributes)
        return list(endpoint, baseOf(exchange, publicUrl), body, projection)
      },
    }),
    route({
      ...scimRoute,
      method: 'GET',
      path: `/scim/v2${path}/{id}`,
      summary: `gives one ${name}`,
      params: byId,
      query: Shape,
      errors: scimErrors,
      handler: async (_ctx, { params, query, exchange }) => {
        const projection = readProjection(endpoint.type, listed(query.attributes), listed(query.excludedAttributes))
        return one(await endpoint.get(baseOf(exchange, publicUrl), params.id, projection))
      },
    }),
  ]
}

function writeRoutes(options: ScimOptions, endpoint: Endpoint, records: Records): Route<Context>[] {
  const { type } = endpoint
  const bodyBytesMax = type.name === 'Group' ? 8_388_608 : 262_144
  const shared = { ...scimRoute, errors: scimErrors, query: Shape, bodyBytesMax }
  const path = `/scim/v2${type.endpoint}` as const
  const answer = async (exchange: Exchange, id: string, query: z.output<typeof Shape>) => {
    const projection = readProjection(type, listed(query.attributes), listed(query.excludedAttributes))
    return one(await endpoint.get(baseOf(exchange, options.publicUrl), id, projection))
  }
  return [
    route({
      ...shared,
      method: 'POST',
      path,
      summary: `makes one ${type.name}`,
      body: Body,
      status: 201,
      records: records.create,
      handler: async (ctx, { body, query, exchange }) =>
        answer(exchange, await endpoint.create(ctx, readResource(type, body)), query),
    }),
    route({
      ...shared,
      method: 'PUT',
      path: `${path}/{id}`,
      summary: `replaces one ${type.name}; what is not in the body is unassigned`,
      params: byId,
      body: Body,
      records: records.change,
      handler: async (ctx, { params, body, query, exchange }) => {
        const after = readResource(type, body)
        const expected = expectedVersion(exchange.header('if-match'))
        await endpoint.change(ctx, params.id, expected, (before) => replaced(before, after, body))
        return answer(exchange, params.id, query)
      },
    }),
    route({
      ...shared,
      method: 'PATCH',
      path: `${path}/{id}`,
      summary: `changes parts of one ${type.name}: all operations of the body, or none`,
      params: byId,
      body: Body,
      records: records.change,
      handler: async (ctx, { params: { id }, body, query, exchange }): Promise<Raw> => {
        const operations = readOperations(body)
        const expected = expectedVersion(exchange.header('if-match'))
        await endpoint.change(ctx, id, expected, (before) => applyPatch(type, id, before, operations))
        // a group with all its members is no answer to adding one
        if (type.name === 'Group' && query.attributes === undefined) return { content: '', status: 204 }
        return answer(exchange, id, query)
      },
    }),
  ]
}

function removeRoute(endpoint: Endpoint, records: Records): Route<Context> {
  const { name, endpoint: path } = endpoint.type
  return route({
    ...scimRoute,
    errors: scimErrors,
    method: 'DELETE',
    path: `/scim/v2${path}/{id}`,
    summary: `removes one ${name} for good`,
    params: byId,
    status: 204,
    records: records.remove,
    handler: async (ctx, { params, exchange }) => {
      await endpoint.remove(ctx, params.id, expectedVersion(exchange.header('if-match')))
      return { content: '' }
    },
  })
}

/** Who is inactive does not become active by not being mentioned. */
function replaced(before: Resource, after: Resource, body: Readonly<Record<string, unknown>>): Resource {
  const isSaid = Object.entries(body).some(
    ([name, value]) => name.toLowerCase() === 'active' && value !== null && value !== '',
  )
  return isSaid || before['active'] === undefined ? after : { ...after, active: before['active'] }
}

async function list(endpoint: Endpoint, base: string, query: Query, projection: Projection): Promise<Raw> {
  const { total, resources } = await endpoint.list(base, query, projection)
  return json(listDocument(resources, total, Math.max(1, query.startIndex)))
}

function one({ json: resource, version, location }: Rendered): Raw {
  return { content: JSON.stringify(resource), headers: { ...uncached, etag: etag(version), location } }
}

export function json(document: unknown): Raw {
  return { content: JSON.stringify(document), headers: uncached }
}

const uncached = { 'cache-control': 'no-store' }

function listed(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').filter((name) => name.trim() !== '')
}
