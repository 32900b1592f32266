import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Exchange } from '#platform/http/route.ts'

/** `__Host-` binds the cookie to this host and to TLS; without TLS a browser would refuse it. */
export function sessionCookie(secure: boolean): string {
  return secure ? '__Host-countersign' : 'countersign'
}

/** Ties a sign-in by passkey to the browser that began it. */
export function challengeCookie(secure: boolean): string {
  return `${sessionCookie(secure)}-challenge`
}

/** Ties a sign-in at an identity provider to the browser that began it. */
export function oidcCookie(secure: boolean): string {
  return `${sessionCookie(secure)}-oidc`
}

/** Tells a browser in which somebody signed in before; it opens nothing. */
export function browserCookie(secure: boolean): string {
  return `${sessionCookie(secure)}-browser`
}

/**
 * Sets a cookie that no script and no other site gets; an empty value with 0 seconds removes it. A `Lax` one also comes when
 * another site leads here, as an identity provider does.
 */
export function cookieHeader(
  name: string,
  value: string,
  secure: boolean,
  maxAgeSeconds: number,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`
}

export const csrfHeader = 'x-csrf-token'

/**
 * What a page must send with every write beside its cookie. It follows from the secret of the session, which no script
 * can read: only who can read our answers, our own page, can know it.
 */
export function csrfToken(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('countersign/csrf/v1').digest('base64url')
}

export function isCsrfToken(sessionToken: string, given: string | undefined): boolean {
  const wanted = Buffer.from(csrfToken(sessionToken))
  const found = Buffer.from(given ?? '')
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

/** The token of the session for the page that holds it; null for who came by another way. */
export function csrfTokenFor(exchange: Exchange, secure: boolean): string | null {
  const token = exchange.cookie(sessionCookie(secure))
  return exchange.header('authorization') === undefined && token !== undefined ? csrfToken(token) : null
}
