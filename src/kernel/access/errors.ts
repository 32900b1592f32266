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

export const accessErrors = [SignInLinkInvalid, TokenNotFound, ScopeNotHeld, ScopeUnknown]
