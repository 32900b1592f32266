import { type Attribute, groupType, type ResourceType, userType } from './attributes.ts'

export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const searchSchema = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'
const configSchema = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'
const typeSchema = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'
const schemaSchema = 'urn:ietf:params:scim:schemas:core:2.0:Schema'

/** Most resources in one answer. */
export const resultsMax = 200
export const resourceTypes: readonly ResourceType[] = [userType, groupType]

/** What this server can do (RFC 7643 section 5). */
export function serviceProviderConfig(base: string): Record<string, unknown> {
  return {
    schemas: [configSchema],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: resultsMax },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The token of a SCIM client, made by an owner',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  }
}

export function resourceTypeDocuments(base: string): Record<string, unknown>[] {
  return resourceTypes.map(({ name, endpoint, description, schema, extensions }) => ({
    schemas: [typeSchema],
    id: name,
    name,
    description,
    endpoint,
    schema,
    ...(extensions.length === 0
      ? {}
      : { schemaExtensions: extensions.map((one) => ({ schema: one.schema, required: false })) }),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }))
}

/** The schemas of our types and of what extends them (RFC 7643 section 7). */
export function schemaDocuments(base: string): Record<string, unknown>[] {
  const own = resourceTypes.map(({ schema, name, description, attributes }) => ({
    schema,
    name,
    description,
    attributes: attributes.filter((one) => !['id', 'externalId', 'meta'].includes(one.name)),
  }))
  return [...own, ...resourceTypes.flatMap((one) => one.extensions)].map((one) => ({
    schemas: [schemaSchema],
    id: one.schema,
    name: one.name,
    description: one.description,
    attributes: one.attributes.map(attributeDocument),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${one.schema}` },
  }))
}

function attributeDocument(one: Attribute): Record<string, unknown> {
  const { name, type, description, mutability, returned } = one
  const isText = type === 'string' || type === 'reference' || type === 'binary'
  return {
    name,
    type,
    multiValued: one.isMulti,
    description,
    required: one.isRequired,
    ...(isText ? { caseExact: one.isCaseExact } : {}),
    mutability,
    returned,
    ...(type === 'boolean' || type === 'complex' ? {} : { uniqueness: one.uniqueness }),
    ...(one.canonicalValues.length === 0 ? {} : { canonicalValues: one.canonicalValues }),
    ...(type === 'reference' ? { referenceTypes: one.referenceTypes } : {}),
    ...(one.sub.length === 0 ? {} : { subAttributes: one.sub.map(attributeDocument) }),
  }
}

export function listDocument(
  resources: readonly unknown[],
  total = resources.length,
  startIndex = 1,
): Record<string, unknown> {
  return {
    schemas: [listSchema],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}
