import { randomUUID } from 'node:crypto'
import { fewRandomBytes } from './random.ts'

/**
 * A UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then 74 random bits.
 * Ids of one millisecond are not ordered among themselves; the ledger gives the order.
 */
export function uuidv7(atMs: number): string {
  const time = atMs.toString(16).padStart(12, '0')
  // a random UUID has its version digit, variant and random bits in the same places
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** An opaque prefixed id with 120 random bits, such as `usr_3yq…`. */
export function newId(prefix: string): string {
  return `${prefix}_${fewRandomBytes(15).toString('base64url')}`
}
