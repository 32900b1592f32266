import { z } from 'zod'
import { OauthRequestInvalid, OauthTargetInvalid } from './errors.ts'

const tokenText = z.string().min(1).max(16_384)
const type = z.string().max(200)

/** The parameters of RFC 6749 section 3.2, RFC 7521 section 4.2 and RFC 8693 section 2.1 that count here, and two of our own. */
export const TokenRequest = z
  .object({
    grant_type: z.string().max(200),
    subject_token: tokenText.optional(),
    subject_token_type: type.optional(),
    actor_token: tokenText.optional(),
    actor_token_type: type.optional(),
    requested_token_type: type.optional(),
    audience: z.string().max(500).optional(),
    resource: z.string().max(500).optional(),
    scope: z.string().max(5000).optional(),
    client_id: z.string().max(200).optional(),
    client_secret: z.string().max(200).optional(),
    client_assertion: tokenText.optional(),
    client_assertion_type: type.optional(),
    /** Seconds that the token should live. */
    expires_in: z
      .string()
      .regex(/^[1-9]\d{0,4}$/)
      .transform(Number)
      .pipe(z.number().min(300).max(3600))
      .default(900),
    /** What the token is for: an issue, a review. Stays with everything that is made of it. */
    task: z.string().min(1).max(200).optional(),
    /** Names of the tools that may be called with it, with spaces; those of the agent unless said. */
    tools: z.string().max(13_000).optional(),
  })
  .meta({ id: 'TokenRequest' })
export type TokenRequest = z.infer<typeof TokenRequest>

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const clientGrant = 'client_credentials'
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const typePrefix = 'urn:ietf:params:oauth:token-type:'
export const accessTokenType = `${typePrefix}access_token`

/** What a token is said to be. @throws oauth_request_invalid */
export function typeOf(name: string | undefined, parameter: string): 'id' | 'access' | 'any' {
  if (name === accessTokenType) return 'access'
  if (name === `${typePrefix}id_token`) return 'id'
  if (name === `${typePrefix}jwt`) return 'any'
  throw OauthRequestInvalid({
    detail: `\`${parameter}\` must be one of access_token, id_token and jwt, as ${typePrefix}...`,
  })
}

/** Words of a list with single spaces, each once. @throws oauth_request_invalid */
export function wordsOf(text: string | undefined, parameter: string): string[] | undefined {
  if (text === undefined) return undefined
  const words = text.split(' ')
  // RFC 6749 section 3.3
  if (words.length > 100 || words.some((one) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one)))
    throw OauthRequestInvalid({ detail: `\`${parameter}\` must be words with single spaces between them` })
  return [...new Set(words)]
}

/**
 * For whom a token is asked: us, or who will ask us about it.
 *
 * @throws oauth_target_invalid for what is no address, and for two that differ
 */
export function audienceOf({ audience, resource }: TokenRequest, own: string): string {
  if (audience !== undefined && resource !== undefined && audience !== resource)
    throw OauthTargetInvalid({ detail: '`audience` and `resource` name different ones; a token is for one' })
  const named = audience ?? resource ?? own
  if (!/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/.test(named) || named.includes('#') || !URL.canParse(named))
    throw OauthTargetInvalid({ detail: '`audience` must be an address without a fragment' })
  return isOwn(named, own) ? own : named
}

function isOwn(named: string, own: string): boolean {
  return named === own || named === `${own}/`
}
