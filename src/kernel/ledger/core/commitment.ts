import { concat, sameBytes, toHex, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { hmacSha256 } from './hash.ts'

/** Bytes in the salt of a commitment. */
export const SALT_BYTES = 32

/**
 * Commits to a value without showing it: `hmac-sha256:<hex>` of `"countersign/<field>/v1\0" || value` under a random salt.
 * A plain digest of a short prompt, name or e-mail could be guessed; without the salt this one cannot, and when the salt
 * is erased nothing is left that says anything of the value.
 *
 * @param salt 32 random bytes, one per record and group of fields
 * @throws LedgerError `commitment_invalid`
 */
export function commitment(salt: Uint8Array, field: string, value: Uint8Array): string {
  if (salt.length !== SALT_BYTES)
    throw new LedgerError('commitment_invalid', `a salt has ${salt.length} bytes instead of 32`)
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(field))
    throw new LedgerError('commitment_invalid', `\`${field}\` is not the name of a field`)
  return `hmac-sha256:${toHex(hmacSha256(salt, concat(utf8(`countersign/${field}/v1\0`), value)))}`
}

/** Whether `text` is the commitment to this value under this salt. */
export function verifyCommitment(text: string, salt: Uint8Array, field: string, value: Uint8Array): boolean {
  return sameBytes(utf8(text), utf8(commitment(salt, field, value)))
}
