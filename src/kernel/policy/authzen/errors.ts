import { defineError } from '#platform/errors.ts'

export const SearchTokenInvalid = defineError<object>(
  'authzen_token_invalid',
  400,
  () => 'the page token is not one that this search gave',
  'send what was asked first, with nothing changed but `page.token`; or begin again without a token',
)
export const SearchUnsupported = defineError<{ type: string }>(
  'authzen_search_unsupported',
  400,
  ({ type }) => `things of the type \`${type}\` cannot be listed here`,
  'ask about one by its id with `POST /access/v1/evaluation`',
)
export const DecisionPointAddress = defineError<object>(
  'authzen_address_unknown',
  409,
  () => 'the address under which this decision point is known is not set',
  'set `publicUrl` to the name that gateways use, with https',
)

export const authzenErrors = [SearchTokenInvalid, SearchUnsupported, DecisionPointAddress]
