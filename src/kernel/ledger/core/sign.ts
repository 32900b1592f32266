import { concat, fromBase64, sameBytes, toBase64 } from './bytes.ts'
import { openPrivateKey, type PrivateKey } from './ed25519.ts'
import { LedgerError } from './errors.ts'
import { kidOf, PKCS8_PREFIX, spkiOf } from './public-key.ts'

/** Signs records with one Ed25519 key. */
export interface Signer extends PrivateKey {
  /** The key's name in the entries that it signs. */
  readonly kid: string
}

/** The signer of a 32-byte Ed25519 seed (RFC 8032 section 5.1.5). */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new LedgerError('key_invalid', `an Ed25519 seed has ${seed.length} bytes instead of 32`)
  const key = openPrivateKey(seed)
  return { ...key, kid: kidOf(spkiOf(key.publicKey)) }
}

/** The PKCS #8 PEM text of a seed, as `openssl pkey` reads it. */
export function seedToPem(seed: Uint8Array): string {
  return `-----BEGIN PRIVATE KEY-----\n${toBase64(concat(PKCS8_PREFIX, seed))}\n-----END PRIVATE KEY-----\n`
}

/**
 * The signer of a PKCS #8 PEM text with an Ed25519 key and nothing else.
 *
 * @throws LedgerError `key_invalid`; its text holds nothing of the key
 */
export function signerFromPem(pem: string): Signer {
  const found = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*$/.exec(pem)
  const der = fromBase64((found?.[1] ?? '').replaceAll(/\s/g, ''))
  const isEd25519 =
    der?.length === PKCS8_PREFIX.length + 32 && sameBytes(der.subarray(0, PKCS8_PREFIX.length), PKCS8_PREFIX)
  if (der === undefined || !isEd25519)
    throw new LedgerError('key_invalid', 'the text is not a PKCS #8 PEM of an Ed25519 key')
  return signerFromSeed(der.subarray(PKCS8_PREFIX.length))
}
