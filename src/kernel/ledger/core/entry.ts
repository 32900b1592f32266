import { canonicalize, type Json, JsonInvalid } from '#platform/canonical-json.ts'
import { concat, fromBase64, fromUtf8, toBase64, utf8 } from './bytes.ts'
import { openPublicKey, type PublicKey, verifyEd25519 } from './ed25519.ts'
import { LedgerError } from './errors.ts'
import { kidOf, spkiOf } from './public-key.ts'
import { AuditRecord, Entry } from './record.ts'
import { isEntry, isRecord } from './record-form.ts'
import type { Signer } from './sign.ts'

/** Media type that the signature of a record covers. */
export const RECORD_TYPE = 'application/vnd.countersign.audit.v1+json'

/** Largest entry that the ledger takes. */
export const ENTRY_BYTES_MAX = 32 * 1024

/** The trusted record keys by their `kid`. */
export type RecordKeys = ReadonlyMap<string, PublicKey>

/** Keys that records may be signed with, from their 32 bytes. Two keys of one `kid` are refused. */
export function recordKeys(publicKeys: readonly Uint8Array[]): RecordKeys {
  const keys = new Map(publicKeys.map((bytes) => [kidOf(spkiOf(bytes)), openPublicKey(bytes)]))
  if (keys.size !== publicKeys.length) throw new LedgerError('key_invalid', 'two of the record keys have one kid')
  return keys
}

/** What a DSSE signature covers: `DSSEv1 <length> <type> <length> <body>` (DSSE v1 protocol, PAE). */
export function dssePae(type: string, body: Uint8Array): Uint8Array {
  return concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${body.length} `), body)
}

/**
 * The entry of a record: RFC 8785 JSON of `{"p":record,"s":[signature]}`. The bytes that were signed, those of `p`, stand
 * in it unchanged. The record is trusted to have its form; `validateRecord` checks one.
 *
 * @throws LedgerError `entry_invalid`, or `entry_too_large` above 32 KiB
 */
export function signRecord(record: AuditRecord, signer: Signer): Uint8Array {
  // Written inside its entry, so that the depth of the whole is bounded.
  const p = canonical({ p: record }).slice(recordMember.length, -1)
  const sig = toBase64(signer.sign(dssePae(RECORD_TYPE, utf8(p))))
  // The members of a signature and of the entry are written in sorted order, and none needs an escape.
  const entry = utf8(`{"p":${p},"s":[{"alg":"Ed25519","kid":"${signer.kid}","sig":"${sig}"}]}`)
  requireEntrySize(entry)
  return entry
}

/**
 * Checks that a value has the form of a record: every member, no other, and a reason for each required field that is null.
 *
 * @throws LedgerError `entry_invalid` with the first thing that is wrong
 */
export function validateRecord(record: unknown): AuditRecord {
  if (isRecord(record)) return record
  const parsed = AuditRecord.safeParse(record)
  if (!parsed.success) throw entryInvalid(parsed.error.issues[0])
  return parsed.data
}

/**
 * Reads the bytes of an entry and accepts exactly one form: its RFC 8785 text, with the members of a record and no other.
 * The signatures are not checked.
 *
 * @throws LedgerError `entry_too_large`, `entry_invalid` or `entry_not_canonical`
 */
export function parseEntry(bytes: Uint8Array): Entry {
  return readEntry(bytes).entry
}

/**
 * Reads an entry and checks every signature on it; each must be of a trusted key.
 *
 * @throws LedgerError the codes of `parseEntry`, `entry_key_unknown` or `entry_signature_wrong`
 */
export async function verifyEntry(bytes: Uint8Array, keys: RecordKeys): Promise<Entry> {
  const { entry, p } = readEntry(bytes)
  const message = dssePae(RECORD_TYPE, p)
  for (const { kid, sig } of entry.s) {
    const key = keys.get(kid)
    if (key === undefined)
      throw new LedgerError('entry_key_unknown', `the entry is signed by key \`${kid}\`, which is not trusted`)
    const verified = await verifyEd25519(key, message, fromBase64(sig) ?? new Uint8Array(0))
    if (!verified)
      throw new LedgerError('entry_signature_wrong', `the entry's signature by key \`${kid}\` does not verify`)
  }
  return entry
}

/** An entry, with the bytes of its record as they stand in it. */
function readEntry(bytes: Uint8Array): { readonly entry: Entry; readonly p: Uint8Array } {
  requireEntrySize(bytes)
  const text = fromUtf8(bytes)
  if (text === undefined) throw new LedgerError('entry_invalid', 'the entry is not valid UTF-8')
  const json = parseJson(text)
  // A name that occurs twice, white space, another order or number form: all give another text when written again.
  requireCanonical(text, json)
  const entry = isEntry(json) ? json : parsedEntry(json)
  // The schema passes over a member of this name, which would then stand in the log and in no reader's record.
  if (text.includes('__proto__')) requireCanonical(text, entry)
  if (new Set(entry.s.map(({ kid }) => kid)).size !== entry.s.length) {
    throw new LedgerError('entry_invalid', 'the entry is not an audit record: one key signs it twice')
  }
  // What follows the record is ASCII, and no signature holds this text.
  const tail = text.length - text.lastIndexOf(signaturesMember)
  return { entry, p: bytes.subarray(recordMember.length, bytes.length - tail) }
}

const recordMember = '{"p":'
const signaturesMember = ',"s":['

function requireEntrySize(bytes: Uint8Array): void {
  if (bytes.length > ENTRY_BYTES_MAX) {
    throw new LedgerError('entry_too_large', `the entry has ${bytes.length} bytes; the ledger takes ${ENTRY_BYTES_MAX}`)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LedgerError('entry_invalid', 'the entry is not JSON', error)
  }
}

function parsedEntry(json: unknown): Entry {
  const parsed = Entry.safeParse(json)
  if (!parsed.success) throw entryInvalid(parsed.error.issues[0])
  return parsed.data
}

/** @param value what `JSON.parse` read from `text`, or what a schema made of that */
function requireCanonical(text: string, value: unknown): void {
  if (isSurelyCanonical(text, value)) return
  if (canonical(value) !== text) {
    throw new LedgerError('entry_not_canonical', 'the entry is not written in its RFC 8785 form')
  }
}

/**
 * `true` for nearly every canonical text, in less time than writing it strictly. `JSON.stringify` writes as RFC 8785 asks
 * but for the order of members, which is looked at here, and half a surrogate pair, which it writes as an escape.
 */
function isSurelyCanonical(text: string, value: unknown): boolean {
  return !text.includes('\\ud') && JSON.stringify(value) === text && isSorted(value, 1)
}

/** Below the nesting at which writing strictly refuses. */
const nestingMax = 60

function isSorted(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > nestingMax) return false
  if (Array.isArray(value)) return value.every((item) => isSorted(item, depth + 1))
  let last: string | undefined
  for (const name of Object.keys(value)) {
    if (last !== undefined && name <= last) return false
    last = name
    if (!isSorted(Reflect.get(value, name), depth + 1)) return false
  }
  return true
}

function canonical(value: unknown): string {
  try {
    return canonicalize(value as Json)
  } catch (error) {
    if (JsonInvalid.is(error)) throw new LedgerError('entry_invalid', error.message, error)
    throw error
  }
}

function entryInvalid(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): LedgerError {
  const path = issue?.path.map(String).join('.') ?? ''
  return new LedgerError('entry_invalid', `the entry is not an audit record: ${path} ${issue?.message ?? ''}`.trim())
}
