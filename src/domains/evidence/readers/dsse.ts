import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { EvidenceSignatureWrong } from '../errors.ts'
import { at, listAt, textAt } from '../reading/json.ts'
import type { JsonFormat, Trust } from './format.ts'
import { findSigner, payloadOf, readStatement } from './statement.ts'

/** An in-toto Statement v1 in a DSSE envelope, verified with a public key where one is given. */
export const dsse: JsonFormat = {
  name: 'dsse',
  title: 'in-toto Statement v1 in DSSE',
  about: 'signed statements about artifacts: provenance, verification summaries, test results',
  names: /\.(intoto|dsse|att)(\.json)?$/i,
  kind: 'json',
  recognises: (doc) => textAt(doc, 'payloadType') !== undefined && Array.isArray(at(doc, 'signatures')),
  signed: (doc) => [payloadOf(doc).toString('utf8')],
  read: async (doc, reading, trust) => {
    if (listAt(doc, 'signatures').length === 0) reading.problem('the envelope has no signature')
    // verified before it is read, and the very bytes that are read
    const signer = await findSigner(trust, async (root) => signerOf(doc, root))
    const verified = signer === null ? ('unverified' as const) : ('verified' as const)
    reading.set({ statement: { ...readStatement(doc, reading), verified, signer } })
  },
}

function signerOf(envelope: unknown, trust: Trust): string {
  if (trust.kind !== 'key')
    throw EvidenceSignatureWrong({ reason: 'an envelope by itself is verified with a public key' })
  const key = publicKeyOf(trust.publicKey)
  const signed = preAuthentication(textAt(envelope, 'payloadType') ?? '', payloadOf(envelope))
  // `keyid` is only a hint: any of the signatures may be by this key
  const signatures = listAt(envelope, 'signatures').map((one) => Buffer.from(textAt(one, 'sig') ?? '', 'base64'))
  if (!signatures.slice(0, 20).some((signature) => verifies(key, signed, signature)))
    throw EvidenceSignatureWrong({ reason: 'no signature is by that key' })
  const spki = key.export({ type: 'spki', format: 'der' })
  return `key:${createHash('sha256').update(spki).digest('hex')}`
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch (error) {
    throw EvidenceSignatureWrong({ reason: 'the trust root is no public key in PEM' }, error)
  }
}

/** Pre-authentication encoding (DSSE 1.0.2, `protocol.md`). */
export function preAuthentication(type: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}

function verifies(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  try {
    const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    return verify(hash, signed, key, signature)
  } catch {
    return false
  }
}
