import { defineError } from '#platform/errors.ts'

export const SignInLinkInvalid = defineError<object>(
  'sign_in_link_invalid',
  401,
  () => 'this sign-in link is used, expired or not ours',
  'start the server again, or run `countersign sign-in-link`, for a new one',
)
export const TokenNotFound = defineError<{ tokenId: string }>(
  'token_not_found',
  404,
  ({ tokenId }) => `token \`${tokenId}\` does not exist`,
)
export const ScopeNotHeld = defineError<{ scope: string }>(
  'scope_not_held',
  403,
  ({ scope }) => `you cannot give the scope \`${scope}\`, which you do not hold`,
)
export const ScopeUnknown = defineError<{ scope: string }>(
  'scope_unknown',
  400,
  ({ scope }) => `there is no permission \`${scope}\``,
  'the reference page `permissions` lists them all',
)

export const AccessDenied = defineError<{ action: string; reasons: readonly string[] }>(
  'access_denied',
  403,
  ({ action, reasons }) =>
    `the policies of roles deny \`${action}\`: ${reasons.join('; ').slice(0, 1000) || 'nothing permits it'}`,
  'the page `Roles` tells who may do it, and what is missing for you',
)
export const SessionNeeded = defineError<object>(
  'session_needed',
  403,
  () => 'an API token may not do this',
  'sign in with a browser and do it there',
)
export const SessionNotFound = defineError<{ sessionId: string }>(
  'session_not_found',
  404,
  ({ sessionId }) => `session \`${sessionId}\` is not one of yours that is open`,
)
export const PasskeyNotFound = defineError<{ passkeyId: string }>(
  'passkey_not_found',
  404,
  ({ passkeyId }) => `passkey \`${passkeyId}\` does not exist`,
)
export const PasskeyRefused = defineError<object>(
  'passkey_refused',
  401,
  () => 'this passkey was not accepted',
  'try again within five minutes in one browser; without a passkey, `countersign sign-in-link` makes a new link',
)
export const PasskeySession = defineError<object>(
  'passkey_session_needed',
  403,
  () => 'you have or had a passkey, so another one is added only in a session that one of yours began',
  'sign in with a passkey that you have; if you have lost all, two others can approve your recovery',
)
export const PasskeyLimit = defineError<{ max: number }>(
  'passkey_limit',
  409,
  ({ max }) => `you have ${max} passkeys, which is the most`,
  'remove one that you do not use',
)
export const PasskeyAddress = defineError<{ host: string }>(
  'passkey_address_unusable',
  409,
  ({ host }) => `browsers know no passkeys for \`${host}\``,
  'set `publicUrl` to the name that people use, with https; on one machine open `http://localhost` with the port',
)

export const accessErrors = [
  SignInLinkInvalid,
  TokenNotFound,
  ScopeNotHeld,
  ScopeUnknown,
  AccessDenied,
  SessionNeeded,
  SessionNotFound,
  PasskeyNotFound,
  PasskeyRefused,
  PasskeySession,
  PasskeyLimit,
  PasskeyAddress,
]
