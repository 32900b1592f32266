import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseEvidence } from './parse.ts'
import { preAuthentication } from './readers/dsse.ts'
import type { Trust } from './readers/format.ts'

const type = 'application/vnd.in-toto+json'
const artifact = 'a'.repeat(64)
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [
    { name: 'app.tgz', digest: { sha256: artifact } },
    { name: 'source', digest: { gitCommit: 'b'.repeat(40) } },
  ],
  predicate: { anything: 1 },
}

/** The vector of the protocol: https://github.com/secure-systems-lab/dsse, protocol.md. */
test('what a DSSE signature covers', () => {
  expect(preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
})

describe.each([
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ['ECDSA', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
] as const)('an envelope signed with %s', (_, generate) => {
  const { privateKey, publicKey } = generate()
  const trust: Trust = { kind: 'key', publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  const envelope = (content: object, alphabet: 'base64' | 'base64url' = 'base64') => {
    const payload = Buffer.from(JSON.stringify(content))
    const signed = preAuthentication(type, payload)
    const sig = sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, privateKey)
    return {
      payloadType: type,
      payload: payload.toString(alphabet),
      signatures: [{ keyid: 'a hint', sig: sig.toString(alphabet) }],
    }
  }

  test('is verified with its key, in both alphabets', async () => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const report = await read(envelope(statement, alphabet), trust)
      expect(report.format).toBe('dsse')
      expect(report.statement).toEqual({
        predicateType: 'https://slsa.dev/provenance/v1',
        subjects: [
          { name: 'app.tgz', digests: { sha256: artifact } },
          { name: 'source', digests: { gitCommit: 'b'.repeat(40) } },
        ],
        verified: 'verified',
        signer: expect.stringMatching(/^key:[0-9a-f]{64}$/),
      })
      expect(report.speaksOf).toEqual({ commits: ['b'.repeat(40)], artifacts: [`sha256:${artifact}`] })
    }
  })

  test('is unverified without a key', async () => {
    expect((await read(envelope(statement))).statement).toMatchObject({ verified: 'unverified', signer: null })
  })

  test('is refused when its payload, its type or its key is another', async () => {
    const good = envelope(statement)
    const other = Buffer.from(JSON.stringify({ ...statement, predicate: { anything: 2 } })).toString('base64')
    await refused({ ...good, payload: other }, trust)
    await refused({ ...good, signatures: [] }, trust)
    await refused({ ...good, signatures: [{ sig: 'AAAA' }] }, trust)
    const stranger = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
    await refused(good, { kind: 'key', publicKey: stranger })
    await refused(good, { kind: 'key', publicKey: 'no key' })
    // where nobody demands it, it is only not verified
    const report = await read(good, { kind: 'key', publicKey: stranger }, 'unverified')
    expect(report.statement).toMatchObject({ verified: 'unverified', signer: null })
    await refused(good, { kind: 'sigstore', trustedRoot: {}, identity: 'x', issuer: 'y' })
  })
})

describe('an envelope', () => {
  const envelope = (content: unknown, payloadType = type) => ({
    payloadType,
    payload: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64'),
    signatures: [{ sig: 'AAAA' }],
  })

  test.each([
    ['of another type', envelope(statement, 'text/plain')],
    ['of something that is no statement', envelope({ _type: 'x' })],
    ['of something that is no JSON', envelope('{')],
    ['of bytes that are no text', { ...envelope(''), payload: '/w==' }],
    ['without payload', { ...envelope(''), payload: 7 }],
  ])('%s is refused', async (_, doc) => {
    await expect(read(doc)).rejects.toMatchObject({ code: 'evidence_unreadable' })
  })

  test('with a secret in the payload is refused, because it cannot be taken out', async () => {
    const secret = ['ghp', 'a1B2'.repeat(10)].join('_')
    const error = await read(envelope({ ...statement, predicate: { env: secret } })).catch((one) => one)
    expect(error.code).toBe('evidence_holds_secret')
    expect(JSON.stringify(error)).not.toContain(secret)
  })
})

describe('a Sigstore bundle', () => {
  test('that is nonsense is refused with a trust root and has no statement without one', async () => {
    const doc = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      messageSignature: { messageDigest: { digest: Buffer.from(artifact, 'hex').toString('base64') } },
    }
    const report = await read(doc)
    expect(report.statement).toEqual({
      predicateType: '',
      subjects: [{ name: '', digests: { sha256: artifact } }],
      verified: 'unverified',
      signer: null,
    })
    await refused(doc, { kind: 'sigstore', trustedRoot: {}, identity: 'x', issuer: 'y' })
    await refused(doc, { kind: 'key', publicKey: 'x' })
  })
})

async function refused(doc: unknown, trust: Trust) {
  await expect(read(doc, trust)).rejects.toMatchObject({ code: 'evidence_signature_wrong' })
}

function read(doc: unknown, trust?: Trust, otherwise: 'refuse' | 'unverified' = 'refuse') {
  const roots = trust === undefined ? undefined : { roots: [trust], otherwise }
  return parseEvidence(Buffer.from(JSON.stringify(doc)), { trust: roots })
}
