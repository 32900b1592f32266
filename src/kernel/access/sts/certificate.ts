import { createHash } from 'node:crypto'

/**
 * SHA-256 of the client certificate in `Client-Cert` (RFC 9440: the DER between colons, in base64), in base64url as `x5t#S256` has it
 * (RFC 8705 section 3.1). Undefined when there is none, or what came is no such value. Whatever a client writes into the header was
 * replaced before: see `src/server/client-certificate.ts`.
 */
export function certificateHashIn(header: string | undefined): string | undefined {
  const base64 = /^:((?:[A-Za-z0-9+/]{4}){1,4000}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/.exec(header ?? '')?.[1]
  return base64 === undefined
    ? undefined
    : createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64url')
}
