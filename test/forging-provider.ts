import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'

/** A provider that answers whatever a test wants: for what a real one cannot be made to do. */
export interface ForgingProvider {
  readonly issuer: string
  readonly publicKey: KeyObject
  /** A good signature of anything, for `handmade`. */
  readonly rs256: (input: string) => string
  /** What the token endpoint answers from now on; `undefined` is an answer without an ID token. */
  answer(idToken: () => Promise<string | undefined>): void
  /** Replaces what a path answers. */
  serve(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): void
  /** Members of the discovery document beside or instead of the usual ones. */
  describe(members: object): void
  /** A token signed as a good one is, with these claims over the usual ones; `undefined` takes one away. */
  sign(claims: object, header?: object): Promise<string>
  close(): Promise<void>
}

export async function startForger(clientId = 'countersign'): Promise<ForgingProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }
  const state = { answer: async (): Promise<string | undefined> => undefined, members: {} }
  const special = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const handler = special.get(path)
    if (handler !== undefined) return void handler(request, response)
    if (path === '/.well-known/openid-configuration') return json(response, { ...metadata(), ...state.members })
    if (path === '/keys') return json(response, { keys: [jwk] })
    if (path === '/token')
      return void state.answer().then((token) =>
        json(response, {
          access_token: 'a',
          token_type: 'Bearer',
          ...(token === undefined ? {} : { id_token: token }),
        }),
      )
    response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    end_session_endpoint: `${issuer}/end`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  })
  return {
    issuer,
    publicKey,
    rs256: (input) => sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url'),
    answer: (idToken) => {
      state.answer = idToken
    },
    serve: (path, handler) => void special.set(path, handler),
    describe: (members) => {
      state.members = members
    },
    sign: (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const usual = { iss: issuer, aud: clientId, sub: 'ada', iat: now, exp: now + 300 }
      return new SignJWT(claimsOf({ ...usual, ...claims }))
        .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
        .sign(privateKey)
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => {
        server.close(() => done())
      })
    },
  }
}

/** A compact JWS put together by hand, whatever stands in it. */
export function handmade(header: object, claims: object, signature: (input: string) => string): string {
  const input = [header, claims].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.')
  return `${input}.${signature(input)}`
}

export function hmac(key: string | Buffer): (input: string) => string {
  return (input) => createHmac('sha256', key).update(input).digest('base64url')
}

function claimsOf(claims: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

function json(response: ServerResponse, content: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}
