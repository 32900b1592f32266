import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'

export interface Account {
  readonly sub: string
  readonly [claim: string]: unknown
}

export interface TestProvider {
  readonly issuer: string
  /** Begins to serve; the client is known from here on. */
  serve(client: TestClient): void
  /** Signs with a new key from now on, and publishes the old one no more. */
  rotate(client: TestClient): void
  /** Answers nothing until the next `serve`. */
  fall(): void
  close(): Promise<void>
}

export interface TestClient {
  readonly id: string
  readonly secret?: string
  readonly redirectUri: string
  readonly signedOutUri: string
  readonly backChannelLogoutUri: string
}

/** A real OpenID Connect provider on this machine, with its own forms for login and consent; the login is the `sub`. */
export async function startProvider(claimsOf: (sub: string) => Account = (sub) => ({ sub })): Promise<TestProvider> {
  const { default: Provider } = await quietly(() => import('oidc-provider'))
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  let key = newKey('first')
  const serve = (client: TestClient) => {
    server.removeAllListeners('request')
    const provider = quietly(() => new Provider(issuer, configuration(client, claimsOf, key)))
    server.on('request', provider.callback())
  }
  return {
    issuer,
    serve,
    rotate: (client) => {
      key = newKey('second')
      serve(client)
    },
    fall: () => {
      server.removeAllListeners('request')
      server.on('request', (request) => request.socket.destroy())
    },
    close: () => closed(server),
  }
}

function configuration(client: TestClient, claimsOf: (sub: string) => Account, key: object): Configuration {
  return {
    clients: [
      {
        client_id: client.id,
        ...(client.secret === undefined
          ? { token_endpoint_auth_method: 'none' as const }
          : { client_secret: client.secret, token_endpoint_auth_method: 'client_secret_post' as const }),
        redirect_uris: [client.redirectUri],
        post_logout_redirect_uris: [client.signedOutUri],
        backchannel_logout_uri: client.backChannelLogoutUri,
        backchannel_logout_session_required: true,
        require_auth_time: true,
      },
    ],
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const yes = '<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes</button>'
          ctx.body = `<!doctype html><title>Sign out</title>${form}${yes}`
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = '<!doctype html><title>Signed out</title>'
        },
      },
    },
    // its own way refuses addresses of this machine
    fetch: (url, options) => {
      const { dispatcher: _, ...rest } = options as RequestInit & { dispatcher?: unknown }
      return fetch(url, rest)
    },
    jwks: { keys: [key as never] },
    cookies: { keys: ['a secret of a test'] },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 300, Interaction: 600, Session: 3600 },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'oid', 'amr', 'groups', 'email'] },
    findAccount: (_ctx: KoaContextWithOIDC, sub: string) => ({
      accountId: sub,
      claims: () => ({ ...claimsOf(sub) }),
    }),
  }
}

function newKey(kid: string): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
}

/** The provider warns of whatever is meant for tests, which is all that is done here. */
function quietly<T>(work: () => T): T {
  const { warn, info } = console
  const loud = () => Object.assign(console, { warn, info })
  Object.assign(console, { warn: () => undefined, info: () => undefined })
  const result = work()
  if (result instanceof Promise) result.finally(loud)
  else loud()
  return result
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => {
    server.close(() => done())
  })
}
