import { concat, toHex } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'

/** What stands before the 32 bytes of an Ed25519 key in its SPKI DER form (RFC 8410 section 4). */
export const SPKI_PREFIX: Uint8Array = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0)

/** What stands before the 32-byte seed of an Ed25519 key in its PKCS #8 DER form (RFC 8410 section 7). */
export const PKCS8_PREFIX: Uint8Array = Uint8Array.of(
  0x30,
  0x2e,
  2,
  1,
  0,
  0x30,
  5,
  6,
  3,
  0x2b,
  0x65,
  0x70,
  4,
  0x22,
  4,
  0x20,
)

/**
 * Refuses what is not one honest point: another length than 32 bytes, a coordinate that is not below p = 2^255 - 19,
 * and the points of small order, for which a signature can be made without any secret key.
 *
 * @throws LedgerError `key_invalid`
 */
export function requirePublicKey(bytes: Uint8Array): void {
  if (bytes.length !== 32)
    throw new LedgerError('key_invalid', `an Ed25519 public key has ${bytes.length} bytes instead of 32`)
  // The y coordinate is little endian, under the sign bit of x.
  const y = new Uint8Array(bytes).reverse()
  y[0] = (y[0] ?? 0) & 0x7f
  const hex = toHex(y)
  if (hex >= prime) throw new LedgerError('key_invalid', 'the Ed25519 public key is not in its canonical form')
  if (smallOrder.has(hex)) throw new LedgerError('key_invalid', 'the Ed25519 public key is a point of small order')
}

/** Name of a record key: the first 8 hex digits of SHA-256 of its SPKI DER form. */
export function kidOf(spki: Uint8Array): string {
  return toHex(sha256(spki).subarray(0, 4))
}

/** The SPKI DER form of an Ed25519 key's 32 bytes. */
export function spkiOf(publicKey: Uint8Array): Uint8Array {
  return concat(SPKI_PREFIX, publicKey)
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
