import {
  type AuditRecord,
  canonicalize,
  ENTRY_BYTES_MAX,
  type Json,
  LedgerError,
  RECORD_TYPE,
  type Signer,
} from './core/index.ts'

/**
 * The signed entry of a record whose objects were built in the order of their names: the same bytes as core's `signRecord`,
 * in a third of its time, because the text is written by `JSON.stringify` and encoded once.
 *
 * @throws LedgerError `entry_invalid`, `entry_too_large`
 */
export function sealEntry(record: AuditRecord, signer: Signer): Uint8Array {
  const p = canonicalText(record)
  const bytes = Buffer.byteLength(p)
  const prefix = `DSSEv1 ${RECORD_TYPE.length} ${RECORD_TYPE} ${bytes} `
  const signed = Buffer.allocUnsafe(prefix.length + bytes)
  signed.write(prefix, 'latin1')
  signed.write(p, prefix.length)
  const sig = Buffer.from(signer.sign(signed)).toString('base64')
  const tail = `,"s":[{"alg":"Ed25519","kid":"${signer.kid}","sig":"${sig}"}]}`
  const entry = Buffer.allocUnsafe(head.length + bytes + tail.length)
  if (entry.length > ENTRY_BYTES_MAX)
    throw new LedgerError('entry_too_large', `the entry has ${entry.length} bytes; the ledger takes ${ENTRY_BYTES_MAX}`)
  entry.write(head, 'latin1')
  signed.copy(entry, head.length, prefix.length)
  entry.write(tail, head.length + bytes, 'latin1')
  return entry
}

const head = '{"p":'

/**
 * RFC 8785 text. `JSON.stringify` writes numbers and strings as it asks, and members in the order in which they were set,
 * with two exceptions that go the slow and strict way: names that are array indexes come first in every object, and half a
 * surrogate pair is written as an escape where RFC 8785 has an error.
 */
export function canonicalText(sorted: object): string {
  const text = JSON.stringify(sorted)
  return /"[0-9]{1,10}":|\\ud[89a-f]/.test(text) ? canonicalize(sorted as Json) : text
}
