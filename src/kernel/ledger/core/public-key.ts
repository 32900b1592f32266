import { concat, toHex } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** What stands before the 32 bytes of an Ed25519 key in its SPKI DER form (RFC 8410 section 4). */
export const SPKI_PREFIX: Uint8Array = fromHex('302a300506032b6570032100')

/** What stands before the 32-byte seed of an Ed25519 key in its PKCS #8 DER form (RFC 8410 section 7). */
export const PKCS8_PREFIX: Uint8Array = fromHex('302e020100300506032b657004220420')

/**
 * Refuses what is not one honest point: another length than 32 bytes, a coordinate that is not below p = 2^255 - 19,
 * and the points of small order, for which a signature can be made without any secret key.
 *
 * @throws LedgerError `key_invalid`
 */
export function requirePublicKey(bytes: Uint8Array): void {
  if (bytes.length !== 32)
    throw new LedgerError('key_invalid', `an Ed25519 public key has ${bytes.length} bytes instead of 32`)
  const weakness = pointWeakness(bytes)
  if (weakness !== undefined) throw new LedgerError('key_invalid', `the Ed25519 public key is ${weakness}`)
}

/**
 * Whether a signature can be looked at: it has 64 bytes, and its point R is not of small order. Node 24 refuses such an R
 * and Node 20 does not; an honest signer never makes one, and a signature has one verdict everywhere.
 */
export function isSignature(signature: Uint8Array): boolean {
  return signature.length === 64 && pointWeakness(signature.subarray(0, 32)) === undefined
}

/** Name of a record key: the first 8 hex digits of SHA-256 of its SPKI DER form. */
export function kidOf(spki: Uint8Array): string {
  return toHex(sha256(spki).subarray(0, 4))
}

/** The SPKI DER form of an Ed25519 key's 32 bytes. */
export function spkiOf(publicKey: Uint8Array): Uint8Array {
  return concat(SPKI_PREFIX, publicKey)
}

/** What is wrong with the encoding of a point: the y coordinate, little endian, under the sign bit of x. */
function pointWeakness(bytes: Uint8Array): string | undefined {
  const y = new Uint8Array(bytes).reverse()
  y[0] = (y[0] ?? 0) & 0x7f
  const hex = toHex(y)
  if (hex >= prime) return 'not in its canonical form'
  return smallOrder.has(hex) ? 'a point of small order' : undefined
}

const prime = `7${'f'.repeat(61)}ed`

/** The y coordinates of the eight points whose order divides 8, big endian. */
const smallOrder: ReadonlySet<string> = new Set([
  '0'.repeat(64),
  `${'0'.repeat(63)}1`,
  `7${'f'.repeat(61)}ec`,
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
])
