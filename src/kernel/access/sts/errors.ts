import { type DomainError, defineError } from '#platform/errors.ts'
import type { Wire } from '#platform/http/route.ts'

type Detail = { readonly detail: string }

export const CiTrustNotFound = defineError<{ trustId: string }>(
  'ci_trust_not_found',
  404,
  ({ trustId }) => `CI trust \`${trustId}\` does not exist`,
)
export const CiTrustLimit = defineError<{ max: number }>(
  'ci_trust_limit',
  409,
  ({ max }) => `there are ${max} CI trusts, which is the most`,
  'remove one that is not used',
)
export const CiScopeNotGiven = defineError<{ scope: string }>(
  'ci_scope_not_given',
  400,
  ({ scope }) => `a pipeline cannot carry the permission \`${scope}\``,
  'leave it out: the role of services does not have it, or it makes lasting ways in, which a person does',
)
export const OauthRequestInvalid = defineError<Detail>('oauth_request_invalid', 400, ({ detail }) => detail)
export const OauthClientInvalid = defineError<Detail>('oauth_client_invalid', 401, ({ detail }) => detail)
export const OauthGrantInvalid = defineError<Detail>('oauth_grant_invalid', 400, ({ detail }) => detail)
export const OauthScopeInvalid = defineError<Detail>('oauth_scope_invalid', 400, ({ detail }) => detail)
export const OauthTargetInvalid = defineError<Detail>('oauth_target_invalid', 400, ({ detail }) => detail)
export const OauthGrantUnsupported = defineError<object>(
  'oauth_grant_unsupported',
  400,
  () => 'the grant types are token exchange and client credentials',
)
export const CertificateMismatch = defineError<object>(
  'certificate_mismatch',
  401,
  () => 'this token counts only with the client certificate that it was made with',
  'connect with that certificate through the proxy that forwards it, or make a new token',
)

export const stsErrors = [
  CiTrustNotFound,
  CiTrustLimit,
  CiScopeNotGiven,
  OauthRequestInvalid,
  OauthClientInvalid,
  OauthGrantInvalid,
  OauthScopeInvalid,
  OauthTargetInvalid,
  OauthGrantUnsupported,
  CertificateMismatch,
]

/** RFC 6749 section 5.2, RFC 8693 section 2.2.2, RFC 6750 section 3.1. */
const oauthNames: Readonly<Record<string, string>> = {
  oauth_client_invalid: 'invalid_client',
  oauth_grant_invalid: 'invalid_grant',
  oauth_scope_invalid: 'invalid_scope',
  oauth_target_invalid: 'invalid_target',
  oauth_grant_unsupported: 'unsupported_grant_type',
  not_signed_in: 'invalid_token',
  certificate_mismatch: 'invalid_token',
  forbidden: 'insufficient_scope',
  too_many_requests: 'temporarily_unavailable',
  internal_error: 'server_error',
}

/** How the endpoints of OAuth 2.0 speak: forms in, errors of RFC 6749 out. */
export const oauthWire: Wire = { contentType: 'application/json', takes: 'form', refusal: oauthError }

function oauthError(error: DomainError): object {
  // RFC 6749 section 5.2: no quotes, backslashes or letters beyond ASCII
  const description = `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`
  return {
    error: oauthNames[error.code] ?? 'invalid_request',
    error_description: description.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 1000),
  }
}
