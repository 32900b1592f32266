import { createHash } from 'node:crypto'

/**
 * SHA-256 of the client certificate that a proxy forwards as `Client-Cert` (RFC 9440: the DER between colons, in base64), in base64url
 * as `x5t#S256` has it (RFC 8705 section 3.1). Undefined when there is none, or what came is no such value. The header is read only
 * where it was not taken away: see `app.ts`, which lets it come from trusted proxies alone.
 */
export function certificateHashIn(header: string | undefined): string | undefined {
  const base64 = /^:((?:[A-Za-z0-9+/]{4}){1,4000}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/.exec(header ?? '')?.[1]
  return base64 === undefined
    ? undefined
    : createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64url')
}
