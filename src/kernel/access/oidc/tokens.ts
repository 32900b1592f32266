import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '#platform/clock.ts'
import type { Provider, Signer } from './provider.ts'
import { ProviderFault } from './provider-fetch.ts'
import { type RefusalReason, Refused } from './refusals.ts'

/** RFC 7515 section 3.1: libraries take spaces and padding as well, so that one token has many texts. */
const strictForm = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/
const tokenLengthMax = 16_384
/** Signatures by a private key only; `none` and HMAC are not among them. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
/** How far the provider's clock may be from ours. */
export const skewSeconds = 60
const logoutTokenAgeSeconds = 300

interface Expected {
  readonly provider: Provider
  readonly clientId: string
  readonly clock: Clock
}

/** What an ID token said, once it was believed. */
export interface Authenticated {
  readonly subject: string
  readonly sid: string | null
  readonly authTimeSeconds: number | null
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly claims: JWTPayload
}

/**
 * The claims of an ID token (OpenID Connect Core 1.0 section 3.1.3.7), whatever the library that asked for it has checked.
 *
 * @throws Refused
 */
export async function readIdToken(
  token: string,
  expected: Expected & { readonly nonce: string; readonly maxAgeSeconds: number | null },
): Promise<Authenticated> {
  const { payload, typ } = await readToken(token, expected)
  if (typ !== undefined && typ.toUpperCase() !== 'JWT') throw new Refused('token_type')
  if (payload['events'] !== undefined) throw new Refused('token_type')
  if (typeof payload.exp !== 'number') throw new Refused('token_expired')
  refuseFuture(payload, expected.clock)
  if (payload['nonce'] !== expected.nonce) throw new Refused('token_nonce')
  const subject = payload.sub
  if (typeof subject !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(subject)) throw new Refused('token_subject')
  return {
    subject,
    sid: shortText(payload['sid'], 255),
    authTimeSeconds: authTimeIn(payload, expected),
    acr: shortText(payload['acr'], 200),
    amr: texts(payload['amr']),
    claims: payload,
  }
}

/** @throws Refused when a fresh authentication was asked for and is not shown */
function authTimeIn(
  payload: JWTPayload,
  { clock, maxAgeSeconds }: { readonly clock: Clock; readonly maxAgeSeconds: number | null },
): number | null {
  const said = payload['auth_time']
  const isTime = typeof said === 'number' && said >= 0 && said <= clock() / 1000 + skewSeconds
  const authTime = isTime ? Math.floor(said) : null
  if (maxAgeSeconds !== null && (authTime === null || authTime + maxAgeSeconds + skewSeconds < clock() / 1000))
    throw new Refused('authentication_too_old')
  return authTime
}

export function refuseFuture({ iat }: JWTPayload, clock: Clock): void {
  if (typeof iat !== 'number' || iat > clock() / 1000 + skewSeconds) throw new Refused('token_issued_at')
}

/** What a logout token says. */
export interface LogoutOrder {
  readonly subject: string | undefined
  readonly sid: string | undefined
  readonly id: string
  /** Until when the token must be remembered as used. */
  readonly expiresAtMs: number
}

/**
 * The order in a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6). Whether it was used before is not asked here.
 *
 * @throws Refused
 */
export async function readLogoutToken(token: string, expected: Expected): Promise<LogoutOrder> {
  const { payload, typ } = await readToken(token, expected)
  if (typ !== undefined && !['JWT', 'LOGOUT+JWT'].includes(typ.toUpperCase())) throw new Refused('token_type')
  const { sub, sid, nonce, jti, iat = 0 } = payload
  if (!isLogout(payload) || nonce !== undefined) throw new Refused('token_type')
  refuseFuture(payload, expected.clock)
  if (iat < expected.clock() / 1000 - logoutTokenAgeSeconds - skewSeconds) throw new Refused('token_expired')
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) throw new Refused('token_id')
  if (!isOptionalText(sub) || !isOptionalText(sid) || (sub ?? sid) === undefined) throw new Refused('token_subject')
  return { subject: sub, sid, id: jti, expiresAtMs: (iat + logoutTokenAgeSeconds + 3 * skewSeconds) * 1000 }
}

function isLogout({ events }: JWTPayload): boolean {
  return isObject(events) && isObject(events['http://schemas.openid.net/event/backchannel-logout'])
}

/** @throws Refused for what is no compact token, before anybody is asked for keys */
export function refuseForm(token: string): void {
  if (token.length > tokenLengthMax || !strictForm.test(token)) throw new Refused('token_malformed')
}

async function readToken(token: string, { provider, clientId, clock }: Expected) {
  const { keyOf, metadata } = provider
  const read = await readSigned(token, { issuer: metadata.issuer, keyOf, audience: clientId, clock })
  const { aud } = read.payload
  const azp = read.payload['azp']
  if (azp !== undefined ? azp !== clientId : Array.isArray(aud) && aud.length > 1) throw new Refused('token_audience')
  return read
}

/** The checks that every token has to pass: form, signature, issuer, audience, time. @throws Refused, ProviderFault */
export async function readSigned(
  token: string,
  expected: Signer & { readonly audience: string | string[]; readonly clock: Clock },
): Promise<{ payload: JWTPayload; typ: string | undefined }> {
  refuseForm(token)
  try {
    const { payload, protectedHeader } = await jwtVerify(token, expected.keyOf, {
      algorithms,
      issuer: expected.issuer,
      audience: expected.audience,
      clockTolerance: skewSeconds,
      currentDate: new Date(expected.clock()),
    })
    return { payload, typ: protectedHeader.typ }
  } catch (error) {
    if (error instanceof ProviderFault) throw error
    throw new Refused(reasonOf(error), error)
  }
}

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'token_algorithm'
  if (error instanceof errors.JWTExpired) return 'token_expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    const byClaim: Readonly<Record<string, RefusalReason>> = {
      iss: 'token_issuer',
      aud: 'token_audience',
      exp: 'token_expired',
      nbf: 'token_issued_at',
      iat: 'token_issued_at',
    }
    return byClaim[error.claim] ?? 'token_malformed'
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'token_malformed'
  return 'token_signature'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && value.length <= 255)
}

export function shortText(value: unknown, lengthMax: number): string | null {
  return typeof value === 'string' && value.length <= lengthMax ? value : null
}

/** Methods of RFC 8176 are short words; whatever is none is left out. */
function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value.filter((one): one is string => typeof one === 'string' && /^[\x21-\x7e]{1,50}$/.test(one)).slice(0, 20)
}
