import {
  canonicalize,
  concat,
  fromBase64,
  fromUtf8,
  type Json,
  LedgerError,
  openPublicKey,
  parseStrict,
  sameBytes,
  sha256,
  utf8,
  verifyEd25519,
} from '#kernel/ledger/core'
import { JsonInvalid } from '#platform/canonical-json.ts'
import { type CredentialKey, readCoseKey } from './cose.ts'

/** What exactly is approved. `digest` = `sha256:…` of the RFC 8785 bytes that were shown. */
export interface Approvable {
  readonly type: string
  readonly id: string
  readonly digest: string
  readonly decision: 'approve' | 'reject'
}

/** SHA-256 of its RFC 8785 bytes is the challenge that the authenticator signed. */
export interface ApprovalPreimage {
  readonly v: 1
  readonly purpose: 'approval'
  readonly subject: Approvable
  readonly userId: string
  /** 32 random bytes, base64url: no two challenges are alike. */
  readonly nonce: string
}

/** The `data` of an `approval.given` record: all that the check needs. Bytes are base64url without padding. */
export interface ApprovalProof {
  readonly preimage: ApprovalPreimage
  /** What the browser says was signed, and where (WebAuthn level 3, section 5.8.1). */
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  /** COSE key. */
  readonly publicKey: string
  readonly rpId: string
  readonly origin: string
}

export type ApprovalVerdict =
  | { readonly holds: true; readonly subject: Approvable; readonly userId: string }
  | { readonly holds: false; readonly reason: string }

const present = 0x01
const verified = 0x04
/** rpIdHash, flags, counter (WebAuthn level 3, section 6.1). */
const authenticatorBytesMin = 37

/**
 * Whether `data` proves that the person of its preimage approved (or rejected) its subject with the key that it names: the
 * challenge is the digest of the preimage, for this site, by a verified person, under a right signature. That the key is the
 * person's is what the log says: `passkey.registered` and this record are by the same actor. Needs no network and no trust in us;
 * never throws for what `data` may be.
 */
export async function verifyApproval(data: unknown): Promise<ApprovalVerdict> {
  const proof = readProof(data)
  if (proof === undefined) return refuse('it has not the shape of an approval')
  const client = bytesOf(proof.clientDataJSON)
  const authenticator = bytesOf(proof.authenticatorData)
  const signature = bytesOf(proof.signature)
  const key = readCoseKey(bytesOf(proof.publicKey) ?? new Uint8Array())
  if (client === undefined || authenticator === undefined || signature === undefined)
    return refuse('it is not written in base64url')
  if (key === undefined) return refuse('its public key is of no kind that passkeys have')
  const reason = clientFault(proof, client) ?? authenticatorFault(proof, authenticator)
  if (reason !== undefined) return refuse(reason)
  if (!(await isSigned(key, concat(authenticator, sha256(client)), signature))) return refuse('its signature is wrong')
  const { subject, userId } = proof.preimage
  return { holds: true, subject, userId }
}

/** The 32 bytes that an authenticator signs for this preimage. */
export function challengeOf(preimage: ApprovalPreimage): Uint8Array {
  const { v, purpose, userId, nonce } = preimage
  const { type, id, digest, decision } = preimage.subject
  return sha256(utf8(canonicalize({ v, purpose, subject: { type, id, digest, decision }, userId, nonce })))
}

function refuse(reason: string): ApprovalVerdict {
  return { holds: false, reason }
}

function clientFault(proof: ApprovalProof, client: Uint8Array): string | undefined {
  const said = readJson(client)
  if (said === undefined) return 'what the browser said cannot be read'
  if (said.get('type') !== 'webauthn.get') return 'the browser was asked for something else'
  if (said.get('crossOrigin') === true) return 'it was given inside a page of another site'
  if (said.get('origin') !== proof.origin) return 'it was given at another address'
  const challenge = said.get('challenge')
  const given = typeof challenge === 'string' ? bytesOf(challenge) : undefined
  if (given === undefined || !sameBytes(given, challengeOf(proof.preimage)))
    return 'what was signed is not this subject, by this person'
  return undefined
}

function authenticatorFault({ rpId, origin }: ApprovalProof, data: Uint8Array): string | undefined {
  if (data.length < authenticatorBytesMin) return 'what the authenticator said is too short'
  if (!sameBytes(data.subarray(0, 32), sha256(utf8(rpId)))) return 'the key is for another site'
  if (!isAtSite(origin, rpId)) return 'its address is not of its site'
  const flags = data[32] ?? 0
  if ((flags & present) === 0) return 'nobody was present'
  if ((flags & verified) === 0) return 'the authenticator did not verify the person'
  return undefined
}

function isAtSite(origin: string, rpId: string): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname, protocol } = new URL(origin)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost')
  return isSafe && (hostname === rpId || hostname.endsWith(`.${rpId}`))
}

async function isSigned(key: CredentialKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    if (key.alg === 'EdDSA') return await verifyEd25519(openPublicKey(key.bytes), message, signature)
    const isEc = key.alg === 'ES256'
    const raw = isEc ? rawSignature(signature) : signature
    if (raw === undefined) return false
    const algorithm = isEc
      ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const { subtle } = globalThis.crypto
    const handle = await subtle.importKey('jwk', key.jwk, algorithm, false, ['verify'])
    return await subtle.verify(algorithm, handle, new Uint8Array(raw), new Uint8Array(message))
  } catch (error) {
    // a key that is no point of its curve, or no modulus
    if (error instanceof LedgerError || error instanceof DOMException) return false
    throw error
  }
}

/** `r || s` of 32 bytes each, as WebCrypto takes them, of the DER that authenticators give. */
function rawSignature(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  const r = integerAt(der, 2)
  const s = r === undefined ? undefined : integerAt(der, r.end)
  return r === undefined || s === undefined || s.end !== der.length ? undefined : concat(r.bytes, s.bytes)
}

function integerAt(der: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1] ?? 0
  const end = at + 2 + length
  if (der[at] !== 0x02 || length === 0 || length > 33 || end > der.length) return undefined
  const digits = der.subarray(at + 2, end)
  const bytes = length === 33 ? digits.subarray(1) : digits
  if (length === 33 && digits[0] !== 0) return undefined
  return { bytes: concat(new Uint8Array(32 - bytes.length), bytes), end }
}

function readProof(data: unknown): ApprovalProof | undefined {
  const proof = membersOf(data)
  const preimage = membersOf(proof.get('preimage'))
  const subject = membersOf(preimage.get('subject'))
  const decision = subject.get('decision')
  const texts = [
    ...['clientDataJSON', 'authenticatorData', 'signature', 'publicKey', 'rpId', 'origin'].map((one) => proof.get(one)),
    ...['userId', 'nonce'].map((one) => preimage.get(one)),
    ...['type', 'id', 'digest'].map((one) => subject.get(one)),
  ]
  const isWhole =
    texts.every((one) => typeof one === 'string' && /^[\x20-\x7e]{1,16384}$/.test(one)) &&
    (decision === 'approve' || decision === 'reject') &&
    preimage.get('v') === 1 &&
    preimage.get('purpose') === 'approval'
  return isWhole ? (data as ApprovalProof) : undefined
}

function readJson(bytes: Uint8Array): ReadonlyMap<string, Json> | undefined {
  const text = fromUtf8(bytes)
  if (text === undefined) return undefined
  try {
    return membersOf(parseStrict(text, { maxBytes: 16_384, maxDepth: 8 }))
  } catch (error) {
    if (!JsonInvalid.is(error)) throw error
    return undefined
  }
}

function membersOf<T = Json>(value: unknown): ReadonlyMap<string, T> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return new Map<string, T>(isObject ? Object.entries(value) : [])
}

/** Exactly one text stands for given bytes. */
function bytesOf(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return fromBase64(standard + '='.repeat((4 - (standard.length % 4)) % 4))
}
