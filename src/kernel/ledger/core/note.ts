import { concat, fromBase64, toBase64, toHex, utf8 } from './bytes.ts'
import { openPublicKey, type PrivateKey, type PublicKey, verifyEd25519 } from './ed25519.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'

/** Kinds of signature (C2SP signed-note): over the text itself, or a witness's over the text and the time. */
export const noteKeyTypes = { ed25519: 1, cosignature: 4 } as const

export type NoteKeyType = (typeof noteKeyTypes)[keyof typeof noteKeyTypes]

/** A trusted key, from its vkey text. */
export interface Verifier {
  readonly name: string
  /** 4 bytes as hex digits. */
  readonly keyId: string
  readonly type: NoteKeyType
  readonly key: PublicKey
}

export interface NoteSigner {
  readonly name: string
  readonly key: PrivateKey
}

/** A signature of a note that verified. */
interface NoteSignature {
  readonly verifier: Verifier
  /** Seconds since 1970, of a cosignature. */
  readonly time: number | undefined
}

export interface OpenNote {
  /** What was signed, up to and with its last line feed. */
  readonly text: string
  /** One for each known key that signed; never empty. */
  readonly signatures: readonly NoteSignature[]
}

const maxNoteLength = 1_000_000
const maxSignatures = 100

/** `SHA-256(name || 0x0A || type || public key)`, its first 4 bytes in hex (C2SP signed-note). */
export function keyId(name: string, type: NoteKeyType, publicKey: Uint8Array): string {
  return toHex(sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).subarray(0, 4))
}

/** `name+id+base64(type || public key)`: the text by which a log's or witness's key is handed on. */
export function formatVkey(name: string, type: NoteKeyType, publicKey: Uint8Array): string {
  requireName(name)
  return `${name}+${keyId(name, type, publicKey)}+${toBase64(concat(Uint8Array.of(type), publicKey))}`
}

/** @throws LedgerError `key_invalid` */
export function parseVkey(vkey: string): Verifier {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,64})$/.exec(vkey)
  const [, name = '', id = '', base64 = ''] = found ?? []
  const bytes = fromBase64(base64) ?? new Uint8Array(0)
  const type = Object.values(noteKeyTypes).find((known) => known === bytes[0])
  if (found === null || !isName(name))
    throw new LedgerError('key_invalid', 'the text is not a vkey of the form name+id+key')
  if (type === undefined) throw new LedgerError('key_invalid', `the vkey of \`${name}\` is of a kind that is not known`)
  const key = openPublicKey(bytes.subarray(1))
  if (keyId(name, type, key.bytes) !== id)
    throw new LedgerError('key_invalid', `the vkey of \`${name}\` does not have the id of its key`)
  return { name, keyId: id, type, key }
}

/** The text with an Ed25519 signature line of each signer. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!isText(text) || !text.endsWith('\n'))
    throw new LedgerError('note_invalid', 'the text of a note is lines of UTF-8')
  const lines = signers.map(({ name, key }) => {
    requireName(name)
    const id = keyIdBytes(name, noteKeyTypes.ed25519, key.publicKey)
    return `— ${name} ${toBase64(concat(id, key.sign(utf8(text))))}\n`
  })
  return `${text}\n${lines.join('')}`
}

/**
 * Reads a signed note (C2SP signed-note) and checks it with the keys that are trusted. Signatures of other keys are
 * passed over; one of a trusted key that does not verify refuses the whole note.
 *
 * @throws LedgerError `note_invalid`, `note_signature_wrong`, or `note_unsigned` when no trusted key signed
 */
export async function openNote(note: string, verifiers: readonly Verifier[]): Promise<OpenNote> {
  const { text, lines } = splitNote(note)
  const byKey = new Map(verifiers.map((verifier) => [`${verifier.name} ${verifier.keyId}`, verifier]))
  if (byKey.size !== verifiers.length)
    throw new LedgerError('key_invalid', 'two of the trusted keys have one name and id')
  const signatures = new Map<Verifier, NoteSignature>()
  for (const { name, id, signature } of lines) {
    const verifier = byKey.get(`${name} ${id}`)
    if (verifier === undefined) continue
    const verified = await verifyLine(text, signature, verifier)
    if (verified === undefined)
      throw new LedgerError('note_signature_wrong', `the signature of \`${name}\` does not verify`)
    signatures.set(verifier, verified)
  }
  if (signatures.size === 0) throw new LedgerError('note_unsigned', 'no trusted key signed the note')
  return { text, signatures: [...signatures.values()] }
}

interface SignatureLine {
  readonly name: string
  readonly id: string
  readonly signature: Uint8Array
}

/** Text and signature lines part at the last empty line, so that the text may hold empty lines. */
function splitNote(note: string): { text: string; lines: SignatureLine[] } {
  if (note.length > maxNoteLength)
    throw new LedgerError('note_invalid', `a note is longer than ${maxNoteLength} characters`)
  const split = note.lastIndexOf('\n\n')
  if (!isText(note) || !note.endsWith('\n') || split < 0 || split + 2 === note.length) {
    throw new LedgerError('note_invalid', 'a note is text, an empty line and signature lines')
  }
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > maxSignatures)
    throw new LedgerError('note_invalid', `a note has more than ${maxSignatures} signatures`)
  return { text: note.slice(0, split + 1), lines: lines.map(parseLine) }
}

function parseLine(line: string): SignatureLine {
  const found = /^— (\S+) (\S+)$/.exec(line)
  const [, name = '', base64 = ''] = found ?? []
  const bytes = fromBase64(base64)
  if (found === null || !isName(name) || bytes === undefined || bytes.length < 5) {
    throw new LedgerError('note_invalid', 'a signature line of a note is not well formed')
  }
  return { name, id: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}

async function verifyLine(text: string, signature: Uint8Array, verifier: Verifier): Promise<NoteSignature | undefined> {
  if (verifier.type === noteKeyTypes.ed25519) {
    return (await verifyEd25519(verifier.key, utf8(text), signature)) ? { verifier, time: undefined } : undefined
  }
  // C2SP tlog-cosignature: 8 bytes of time, big endian, then the signature over the time and the text.
  if (signature.length !== 72) return undefined
  const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0))
  const message = utf8(`cosignature/v1\ntime ${time}\n${text}`)
  const isSigned = Number.isSafeInteger(time) && (await verifyEd25519(verifier.key, message, signature.subarray(8)))
  return isSigned ? { verifier, time } : undefined
}

function keyIdBytes(name: string, type: NoteKeyType, publicKey: Uint8Array): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).subarray(0, 4)
}

/** No control characters but the line feed, and no half surrogate pairs. */
function isText(text: string): boolean {
  return !/[^\P{Cc}\n\u007f-\u009f]|\p{Surrogate}/u.test(text)
}

function isName(name: string): boolean {
  return name !== '' && isText(name) && !/[\s+]/u.test(name)
}

function requireName(name: string): void {
  if (!isName(name))
    throw new LedgerError('key_invalid', `\`${name}\` cannot be the name of a key: spaces and + are not allowed`)
}
