import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, sameBytes, toHex } from './bytes.ts'
import { isSignature, requirePublicKey } from './public-key.ts'

/** A public key that is ready to verify. `ed25519.ts` has the same exports for Node. */
export interface PublicKey {
  /** The 32 bytes of RFC 8032. */
  readonly bytes: Uint8Array
  /** The key of WebCrypto; undefined where the page has no WebCrypto with Ed25519. */
  readonly handle: Promise<WebKey | undefined>
}

/** Signs with one Ed25519 key; the key itself stays inside. */
export interface PrivateKey {
  /** The 32 bytes of RFC 8032. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** The key of a 32-byte seed. */
export function openPrivateKey(seed: Uint8Array): PrivateKey {
  return { publicKey: ed25519.getPublicKey(seed), sign: (message) => ed25519.sign(message, seed) }
}

/** @throws LedgerError `key_invalid` unless there are 32 bytes of a point that can be trusted */
export function openPublicKey(bytes: Uint8Array): PublicKey {
  requirePublicKey(bytes)
  return { bytes, handle: importKey(bytes) }
}

/** Whether `signature` is of `message` by `key`: by WebCrypto, else in script. */
export async function verifyEd25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (!isSignature(signature)) return false
  const handle = await key.handle
  if (handle === undefined) return verifyInScript(key.bytes, message, signature)
  return handle.subtle.verify('Ed25519', handle.key, signature, message)
}

/**
 * RFC 8032 section 5.1.7, without the cofactor, and comparing bytes: the verdict of OpenSSL and of the browsers' own. The
 * library's `verify` multiplies by the cofactor, and so accepts signatures that those refuse.
 */
function verifyInScript(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const order = ed25519.Point.Fn.ORDER
  const s = fromLittleEndian(signature.subarray(32))
  if (s >= order) return false
  try {
    const point = ed25519.Point.fromBytes(publicKey)
    const r = signature.subarray(0, 32)
    const challenge = fromLittleEndian(sha512(concat(r, publicKey, message))) % order
    const left = ed25519.Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(challenge))
    return sameBytes(left.toBytes(), r)
  } catch {
    // The key is not a point of the curve.
    return false
  }
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(new Uint8Array(bytes).reverse())}`)
}

interface WebKey {
  readonly subtle: Subtle
  readonly key: unknown
}

/** What is used of WebCrypto; typed here because this file is checked with Node's types too. */
interface Subtle {
  importKey(
    form: 'raw',
    bytes: Uint8Array,
    algorithm: 'Ed25519',
    extractable: boolean,
    uses: ['verify'],
  ): Promise<unknown>
  verify(algorithm: 'Ed25519', key: unknown, signature: Uint8Array, message: Uint8Array): Promise<boolean>
}

async function importKey(bytes: Uint8Array): Promise<WebKey | undefined> {
  // A page that is not a secure context has `crypto` without `subtle`; older browsers have `subtle` without Ed25519.
  const scope: { readonly crypto?: { readonly subtle?: Subtle } } = globalThis as never
  const subtle = scope.crypto?.subtle
  if (subtle === undefined) return undefined
  try {
    return { subtle, key: await subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']) }
  } catch {
    return undefined
  }
}
