import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { listDocument, resourceTypeDocuments, schemaDocuments, serviceProviderConfig } from './documents.ts'
import { ScimEndpointUnknown, ScimMethodNotAllowed, ScimNotFound, ScimNotOffered } from './errors.ts'
import { baseOf, json, type ScimOptions, scimRoute } from './routes.ts'

const byId = z.object({ id: z.string().max(500) })

/** What the service can do, and what it says to everything that it cannot. */
export function discoveryRoutes({ publicUrl }: ScimOptions): Route<Context>[] {
  return [
    route({
      ...scimRoute,
      method: 'GET',
      path: '/scim/v2/ServiceProviderConfig',
      summary: 'says what this SCIM service can do',
      handler: async (_ctx, { exchange }) => json(serviceProviderConfig(baseOf(exchange, publicUrl))),
    }),
    ...documentRoutes(publicUrl, 'Schemas', 'the schemas of SCIM resources', schemaDocuments),
    ...documentRoutes(publicUrl, 'ResourceTypes', 'the types of SCIM resources', resourceTypeDocuments),
    ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map(nothingElse),
  ]
}

function documentRoutes(
  publicUrl: string | undefined,
  name: string,
  what: string,
  documents: (base: string) => readonly Record<string, unknown>[],
): Route<Context>[] {
  return [
    route({
      ...scimRoute,
      method: 'GET',
      path: `/scim/v2/${name}`,
      summary: `lists ${what}`,
      handler: async (_ctx, { exchange }) => json(listDocument(documents(baseOf(exchange, publicUrl)))),
    }),
    route({
      ...scimRoute,
      method: 'GET',
      path: `/scim/v2/${name}/{id}`,
      summary: `gives one of ${what}`,
      params: byId,
      errors: [ScimNotFound],
      handler: async (_ctx, { params, exchange }) => {
        const found = documents(baseOf(exchange, publicUrl)).find((one) => one['id'] === params.id)
        if (found === undefined) throw ScimNotFound({ id: params.id.slice(0, 100) })
        return json(found)
      },
    }),
  ]
}

const known = /^(ServiceProviderConfig|Schemas(\/[^/]+)?|ResourceTypes(\/[^/]+)?|Users(\/[^/]+)?|Groups(\/[^/]+)?)$/
const notOffered = /^(Bulk|Me|\.search)$/

function nothingElse(method: Route<Context>['method']): Route<Context> {
  return route({
    ...scimRoute,
    method,
    path: '/scim/v2/{path...}',
    summary: `answers every other ${method} below the SCIM service with a SCIM error`,
    params: z.object({ path: z.string().max(8192) }),
    errors: [ScimEndpointUnknown, ScimMethodNotAllowed, ScimNotOffered],
    handler: async (_ctx, { params }) => {
      const path = `/${params.path.slice(0, 200)}`
      if (notOffered.test(params.path)) throw ScimNotOffered({ path })
      if (known.test(params.path)) throw ScimMethodNotAllowed({ method, path })
      throw ScimEndpointUnknown({ path })
    },
  })
}
