import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export const subject = {
  type: 'charter-version',
  id: '2',
  digest: `sha256:${'ab'.repeat(32)}`,
  decision: 'approve',
} as const
export const preimage = { v: 1, purpose: 'approval', subject, userId: 'usr_ada', nonce: 'bm9uY2U' } as const
/** RFC 8785 of it, written by hand. */
export const canonical = `{"nonce":"bm9uY2U","purpose":"approval","subject":{"decision":"approve","digest":"sha256:${'ab'.repeat(32)}","id":"2","type":"charter-version"},"userId":"usr_ada","v":1}`

interface Bent {
  readonly flags?: number
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  readonly challenge?: Buffer
  readonly crossOrigin?: boolean
}

/** What an authenticator with this key answers, after WebAuthn level 3 sections 5.8.1 and 6.1. */
export function approvalBy(key: KeyPair, bent: Bent = {}) {
  const challenge = bent.challenge ?? createHash('sha256').update(canonical).digest()
  const client = Buffer.from(
    JSON.stringify({
      type: bent.type ?? 'webauthn.get',
      challenge: challenge.toString('base64url'),
      origin: bent.origin ?? 'https://sign.example.com',
      crossOrigin: bent.crossOrigin ?? false,
    }),
  )
  const site = createHash('sha256')
    .update(bent.rpId ?? 'example.com')
    .digest()
  const authenticator = Buffer.concat([site, Buffer.of(bent.flags ?? 0x05, 0, 0, 0, 9)])
  const signed = Buffer.concat([authenticator, createHash('sha256').update(client).digest()])
  return {
    preimage,
    clientDataJSON: client.toString('base64url'),
    authenticatorData: authenticator.toString('base64url'),
    signature: sign(key.hash, signed, key.privateKey).toString('base64url'),
    publicKey: key.cose.toString('base64url'),
    rpId: 'example.com',
    origin: 'https://sign.example.com',
  }
}

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly hash: 'sha256' | null
  readonly cose: Buffer
}

const member = (key: KeyObject, name: 'x' | 'y' | 'n' | 'e') =>
  Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url')
const text = (bytes: Buffer) =>
  bytes.length < 24
    ? Buffer.concat([Buffer.of(0x40 | bytes.length), bytes])
    : Buffer.concat([
        bytes.length < 256 ? Buffer.of(0x58, bytes.length) : Buffer.of(0x59, bytes.length >> 8, bytes.length & 255),
        bytes,
      ])

export function es256(): KeyPair {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const point = [text(member(pair.publicKey, 'x')), Buffer.of(0x22), text(member(pair.publicKey, 'y'))]
  return { ...pair, hash: 'sha256', cose: Buffer.concat([Buffer.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21), ...point]) }
}

export function rs256(): KeyPair {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const parts = [text(member(pair.publicKey, 'n')), Buffer.of(0x21), text(member(pair.publicKey, 'e'))]
  return { ...pair, hash: 'sha256', cose: Buffer.concat([Buffer.of(0xa4, 1, 3, 3, 0x39, 1, 0, 0x20), ...parts]) }
}

export function eddsa(): KeyPair {
  const pair = generateKeyPairSync('ed25519')
  return {
    ...pair,
    hash: null,
    cose: Buffer.concat([Buffer.of(0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21), text(member(pair.publicKey, 'x'))]),
  }
}
