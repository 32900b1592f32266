import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** SHA-256 in a page, synchronous and offline. `hash.ts` has the same exports for Node. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes)
}

/** Writes SHA-256 of `bytes` to `out` at `offset`. */
export function sha256Into(bytes: Uint8Array, out: Uint8Array, offset: number): void {
  out.set(nobleSha256(bytes), offset)
}

export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, bytes)
}
