import { createHmac, hash } from 'node:crypto'

/** SHA-256 in Node. `hash.browser.ts` has the same exports for pages. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32)
  sha256Into(bytes, out, 0)
  return out
}

/** Writes SHA-256 of `bytes` to `out` at `offset`. */
export function sha256Into(bytes: Uint8Array, out: Uint8Array, offset: number): void {
  // A binary string leaves OpenSSL 2.5 times as fast as a Buffer does: measured at 1.7 against 0.7 million a second.
  const digest = hash('sha256', bytes, 'binary')
  for (let i = 0; i < 32; i++) out[offset + i] = digest.charCodeAt(i)
}

export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(bytes).digest())
}
