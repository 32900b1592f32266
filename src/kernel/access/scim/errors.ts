import { type DomainError, defineError } from '#platform/errors.ts'
import type { Wire } from '#platform/http/route.ts'

type Detail = { readonly detail: string }

export const ScimFilterInvalid = defineError<Detail>(
  'scim_filter_invalid',
  400,
  ({ detail }) => `the filter cannot be used: ${detail}`,
)
export const ScimSyntaxInvalid = defineError<Detail>(
  'scim_syntax_invalid',
  400,
  ({ detail }) => `the request cannot be read: ${detail}`,
)
export const ScimPathInvalid = defineError<{ path: string }>(
  'scim_path_invalid',
  400,
  ({ path }) => `there is no attribute \`${path}\``,
  '`GET /scim/v2/Schemas` lists the attributes',
)
export const ScimNoTarget = defineError<Detail>('scim_no_target', 400, ({ detail }) => detail)
export const ScimValueInvalid = defineError<Detail>('scim_value_invalid', 400, ({ detail }) => detail)
export const ScimMutability = defineError<Detail>('scim_mutability', 400, ({ detail }) => detail)
export const ScimNotUnique = defineError<{ attribute: string }>(
  'scim_not_unique',
  409,
  ({ attribute }) => `another one has this \`${attribute}\`, in this or another letter case`,
)
export const ScimNotFound = defineError<{ id: string }>('scim_not_found', 404, ({ id }) => `there is no \`${id}\``)
export const ScimEndpointUnknown = defineError<{ path: string }>(
  'scim_endpoint_unknown',
  404,
  ({ path }) => `there is no endpoint \`${path}\``,
)
export const ScimMethodNotAllowed = defineError<{ method: string; path: string }>(
  'scim_method_not_allowed',
  405,
  ({ method, path }) => `\`${path}\` does not take \`${method}\``,
)
export const ScimNotOffered = defineError<{ path: string }>(
  'scim_not_offered',
  501,
  ({ path }) => `\`${path}\` is not offered`,
  '`GET /scim/v2/ServiceProviderConfig` says what is',
)
export const ScimVersionOther = defineError<object>(
  'scim_version_other',
  412,
  () => 'it was changed since: its version is not the one of `If-Match`',
  'get it again and repeat the change',
)
export const ScimOwnerKept = defineError<object>(
  'scim_owner_kept',
  400,
  () => 'an owner of this installation cannot be deactivated or deleted by provisioning',
  'give the role to somebody else first',
)
export const ScimClientNotFound = defineError<{ clientId: string }>(
  'scim_client_not_found',
  404,
  ({ clientId }) => `SCIM client \`${clientId}\` does not exist`,
)

/** What provisioning may refuse on every route. */
export const scimErrors = [
  ScimFilterInvalid,
  ScimSyntaxInvalid,
  ScimPathInvalid,
  ScimNoTarget,
  ScimValueInvalid,
  ScimMutability,
  ScimNotUnique,
  ScimNotFound,
  ScimEndpointUnknown,
  ScimMethodNotAllowed,
  ScimNotOffered,
  ScimVersionOther,
  ScimOwnerKept,
  ScimClientNotFound,
]

export const scimContentType = 'application/scim+json'
const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

const scimTypes: Readonly<Record<string, string>> = {
  scim_filter_invalid: 'invalidFilter',
  scim_syntax_invalid: 'invalidSyntax',
  request_invalid: 'invalidSyntax',
  scim_path_invalid: 'invalidPath',
  scim_no_target: 'noTarget',
  scim_value_invalid: 'invalidValue',
  scim_mutability: 'mutability',
  scim_owner_kept: 'mutability',
  scim_not_unique: 'uniqueness',
}

/** How routes of SCIM speak: RFC 7644 section 3.12 in place of problems. */
export const scimWire: Wire = { contentType: scimContentType, refusal: scimError }

function scimError(error: DomainError): object {
  const scimType = scimTypes[error.code]
  return {
    schemas: [errorSchema],
    status: String(error.status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: error.message,
  }
}
