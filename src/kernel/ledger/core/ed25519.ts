import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { concat } from './bytes.ts'
import { isSignature, PKCS8_PREFIX, requirePublicKey, SPKI_PREFIX } from './public-key.ts'

/** A public key that is ready to verify. `ed25519.browser.ts` has the same exports for pages. */
export interface PublicKey {
  /** The 32 bytes of RFC 8032. */
  readonly bytes: Uint8Array
  readonly handle: KeyObject
}

/** Signs with one Ed25519 key; the key itself stays inside. */
export interface PrivateKey {
  /** The 32 bytes of RFC 8032. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** The key of a 32-byte seed. The key object is made once: reading a PEM at each signature is 11 times slower. */
export function openPrivateKey(seed: Uint8Array): PrivateKey {
  const key = createPrivateKey({ key: Buffer.from(concat(PKCS8_PREFIX, seed)), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
  return { publicKey, sign: (message) => new Uint8Array(sign(null, message, key)) }
}

/** @throws LedgerError `key_invalid` unless there are 32 bytes of a point that can be trusted */
export function openPublicKey(bytes: Uint8Array): PublicKey {
  requirePublicKey(bytes)
  const der = concat(SPKI_PREFIX, bytes)
  return { bytes, handle: createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }) }
}

/** Whether `signature` is of `message` by `key`. Runs on the thread pool, so many at a time use all cores. */
export function verifyEd25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (!isSignature(signature)) return Promise.resolve(false)
  return new Promise((resolve) => {
    verify(null, message, key.handle, signature, (error, verified) => resolve(error === null && verified))
  })
}
