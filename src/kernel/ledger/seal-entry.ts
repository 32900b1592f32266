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
  const unsigned = prepare(record)
  return assemble(unsigned, signer.kid, signer.sign(unsigned.message))
}

/** The same, signed on the thread pool while this thread goes on. */
export async function sealEntryApart(record: AuditRecord, signer: RecordSigner): Promise<Uint8Array> {
  const unsigned = prepare(record)
  return assemble(unsigned, signer.kid, await signer.signApart(unsigned.message))
}

/** Signs records on this thread or on the thread pool. */
export interface RecordSigner extends Signer {
  signApart(message: Uint8Array): Promise<Uint8Array>
}

interface Unsigned {
  /** DSSE PAE, of which the record is the end. */
  readonly message: Buffer
  readonly bodyAt: number
}

function prepare(record: AuditRecord): Unsigned {
  const p = canonicalText(record)
  const bytes = Buffer.byteLength(p)
  if (bytes > ENTRY_BYTES_MAX)
    throw new LedgerError('entry_too_large', `the record has ${bytes} bytes; the ledger takes ${ENTRY_BYTES_MAX}`)
  const prefix = `DSSEv1 ${RECORD_TYPE.length} ${RECORD_TYPE} ${bytes} `
  const message = Buffer.allocUnsafe(prefix.length + bytes)
  message.write(prefix, 'latin1')
  message.write(p, prefix.length)
  return { message, bodyAt: prefix.length }
}

function assemble({ message, bodyAt }: Unsigned, kid: string, signature: Uint8Array): Uint8Array {
  const sig = Buffer.from(signature).toString('base64')
  const tail = `,"s":[{"alg":"Ed25519","kid":"${kid}","sig":"${sig}"}]}`
  const bytes = message.length - bodyAt
  const entry = Buffer.allocUnsafe(head.length + bytes + tail.length)
  if (entry.length > ENTRY_BYTES_MAX)
    throw new LedgerError('entry_too_large', `the entry has ${entry.length} bytes; the ledger takes ${ENTRY_BYTES_MAX}`)
  entry.write(head, 'latin1')
  message.copy(entry, head.length, bodyAt)
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
