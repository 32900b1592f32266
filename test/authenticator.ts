import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/**
 * An authenticator in software, after WebAuthn level 3: makes passkeys (ES256, attestation `none`) and answers challenges as a
 * browser on `origin` would hand it on. What it says can be bent, to see that the server minds.
 */
export interface Authenticator {
  readonly credentialId: string
  create(options: Options, bent?: Bent): Record<string, unknown>
  get(options: Options, bent?: Bent): Record<string, unknown>
}

interface Options {
  readonly challenge: string
  readonly user?: { readonly id: string }
  readonly rp?: { readonly id: string }
  readonly rpId?: string
}

interface Bent {
  readonly origin?: string
  readonly rpId?: string
  /** 0x01 present, 0x04 verified; the rest is added. */
  readonly flags?: number
  readonly count?: number
  readonly challenge?: string
  readonly type?: string
  readonly userHandle?: string
  readonly signature?: Buffer
}

export function createAuthenticator(origin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const state = { count: 0, user: '' }
  const client = (type: string, options: Options, bent: Bent) =>
    Buffer.from(
      JSON.stringify({
        type: bent.type ?? type,
        challenge: bent.challenge ?? options.challenge,
        origin: bent.origin ?? origin,
        crossOrigin: false,
      }),
    )
  return {
    credentialId: id.toString('base64url'),
    create: (options, bent = {}) => {
      state.user = options.user?.id ?? ''
      const attested = Buffer.concat([Buffer.alloc(16), uint16(id.length), id, coseKey(publicKey)])
      const data = authenticatorData(bent.rpId ?? options.rp?.id ?? '', 0x40 | (bent.flags ?? 0x05), 0, attested)
      return credential(id, {
        clientDataJSON: client('webauthn.create', options, bent).toString('base64url'),
        attestationObject: attestation(data).toString('base64url'),
        transports: ['internal'],
      })
    },
    get: (options, bent = {}) => {
      state.count++
      const clientData = client('webauthn.get', options, bent)
      const data = authenticatorData(bent.rpId ?? options.rpId ?? '', bent.flags ?? 0x05, bent.count ?? state.count)
      const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
      return credential(id, {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: (bent.signature ?? sign('sha256', signed, privateKey)).toString('base64url'),
        userHandle: bent.userHandle ?? state.user,
      })
    },
  }
}

function credential(id: Buffer, response: Record<string, unknown>): Record<string, unknown> {
  const text = id.toString('base64url')
  return { id: text, rawId: text, type: 'public-key', clientExtensionResults: {}, response }
}

function authenticatorData(rpId: string, flags: number, count: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(count)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.of(flags), counter, rest])
}

/** `{fmt: "none", attStmt: {}, authData}` in CBOR. */
function attestation(data: Buffer): Buffer {
  return Buffer.concat([
    Buffer.of(0xa3),
    text('fmt'),
    text('none'),
    text('attStmt'),
    Buffer.of(0xa0),
    text('authData'),
    bytes(data),
  ])
}

/** COSE key: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const point = (value: string) => bytes(Buffer.from(value, 'base64url'))
  return Buffer.concat([Buffer.of(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21), point(x), Buffer.of(0x22), point(y)])
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(0x60 | value.length), Buffer.from(value)])
}

function bytes(value: Buffer): Buffer {
  const length =
    value.length < 256 ? Buffer.of(0x58, value.length) : Buffer.concat([Buffer.of(0x59), uint16(value.length)])
  return Buffer.concat([length, value])
}

function uint16(value: number): Buffer {
  const two = Buffer.alloc(2)
  two.writeUInt16BE(value)
  return two
}
