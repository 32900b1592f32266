import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approvalBy, canonical, eddsa, es256, preimage, rs256, subject } from '#test/approval-proof.ts'
import { verifyApproval } from './index.ts'

const key = es256()

describe('an approval holds', () => {
  test.each([
    ['ES256', es256()],
    ['RS256', rs256()],
    ['EdDSA', eddsa()],
  ])('by a key of %s', async (_, pair) => {
    expect(await verifyApproval(approvalBy(pair))).toEqual({ holds: true, subject, userId: 'usr_ada' })
  })

  test('also for whoever knows only the preimage, RFC 8785, SHA-256 and the signature', () => {
    const { clientDataJSON, authenticatorData, signature } = approvalBy(key)
    const client = Buffer.from(clientDataJSON, 'base64url')
    const signed = Buffer.concat([
      Buffer.from(authenticatorData, 'base64url'),
      createHash('sha256').update(client).digest(),
    ])
    expect(JSON.parse(client.toString()).challenge).toBe(createHash('sha256').update(canonical).digest('base64url'))
    const publicKey = createPublicKey({ key: key.publicKey.export({ format: 'jwk' }), format: 'jwk' })
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('for every ECDSA signature, however long its two numbers are', async () => {
    for (let i = 0; i < 40; i++) expect((await verifyApproval(approvalBy(key))).holds).toBe(true)
  })
})

describe('an approval does not hold', () => {
  const whole = approvalBy(key)
  const about = (change: object): object => ({
    ...whole,
    preimage: { ...preimage, subject: { ...subject, ...change } },
  })

  test.each<readonly [string, object, string]>([
    ['of another digest', about({ digest: `sha256:${'cd'.repeat(32)}` }), 'what was signed is not this subject'],
    ['of another thing', about({ id: '3' }), 'what was signed is not this subject'],
    ['turned into its opposite', about({ decision: 'reject' }), 'what was signed is not this subject'],
    ['of another person', { ...whole, preimage: { ...preimage, userId: 'usr_eve' } }, 'by this person'],
    [
      'with the key of somebody else',
      { ...whole, publicKey: es256().cose.toString('base64url') },
      'signature is wrong',
    ],
    [
      'with the signature of another answer',
      { ...whole, signature: approvalBy(key, { flags: 0x1d }).signature },
      'signature is wrong',
    ],
    ['without a verified person', approvalBy(key, { flags: 0x01 }), 'did not verify the person'],
    ['without a person', approvalBy(key, { flags: 0x04 }), 'nobody was present'],
    ['given at another address', approvalBy(key, { origin: 'https://evil.example' }), 'at another address'],
    ['for another site', approvalBy(key, { rpId: 'evil.example' }), 'for another site'],
    [
      'at an address that is not of its site',
      { ...approvalBy(key, { rpId: 'other.example' }), rpId: 'other.example' },
      'not of its site',
    ],
    ['given inside a page of another site', approvalBy(key, { crossOrigin: true }), 'inside a page of another site'],
    ['that answers something else', approvalBy(key, { type: 'webauthn.create' }), 'asked for something else'],
    [
      'of a challenge of its own',
      approvalBy(key, { challenge: randomBytes(32) }),
      'what was signed is not this subject',
    ],
    ['with a key of another kind', { ...whole, publicKey: 'oQEC' }, 'of no kind'],
    ['with a key that is no point', { ...whole, publicKey: noPoint() }, 'signature is wrong'],
    [
      'with more behind its key',
      { ...whole, publicKey: Buffer.concat([key.cose, Buffer.of(0)]).toString('base64url') },
      'of no kind',
    ],
    ['written in another base64', { ...whole, signature: `${whole.signature}=` }, 'base64url'],
    ['without a nonce', { ...whole, preimage: { ...preimage, nonce: undefined } }, 'shape'],
    ['of another purpose', { ...whole, preimage: { ...preimage, purpose: 'sign-in' } }, 'shape'],
    ['that is cut', { ...whole, authenticatorData: whole.authenticatorData.slice(0, 40) }, 'too short'],
  ])('%s', async (_, data, reason) => {
    expect(await verifyApproval(data)).toEqual({ holds: false, reason: expect.stringContaining(reason) })
  })

  test('whatever is changed in what was signed, and never by an exception', async () => {
    const names = ['clientDataJSON', 'authenticatorData', 'signature', 'publicKey'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, at, change) => {
          const bytes = Buffer.from(whole[name], 'base64url')
          const index = at % bytes.length
          bytes[index] = (bytes[index] ?? 0) ^ change
          const { holds } = await verifyApproval({ ...whole, [name]: bytes.toString('base64url') })
          expect(holds).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('whatever the data is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (data) => {
        expect((await verifyApproval(data)).holds).toBe(false)
        expect((await verifyApproval({ ...whole, preimage: data })).holds).toBe(false)
      }),
    )
  })
})

/** x and y of ES256 that are on no curve. */
function noPoint(): string {
  const cose = Buffer.from(key.cose)
  cose.fill(1, 10, 42)
  return cose.toString('base64url')
}
