import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

/** Tokens bound to client certificates (RFC 8705) where the TLS is our own: real connections, real certificates. */
let product: TestProduct
let origin: string
let proxied: TestProduct
const folder = mkdtempSync(join(tmpdir(), 'countersign-mtls-'))
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const name of ['server', 'one', 'two'])
    execFileSync(
      'openssl',
      ['req', ...kind, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)],
      {
        stdio: 'ignore',
      },
    )
  const tls = { 'tls.cert': at('server.crt'), 'tls.key': at('server.key') }
  product = await startTestProduct({ config: { requestsPerMinute: 100_000, ...tls } })
  origin = await product.app.listen({ port: 0, host: '127.0.0.1' })
  proxied = await startTestProduct({ config: { requestsPerMinute: 100_000, trustedProxies: ['127.0.0.1'], ...tls } })
})
afterAll(async () => {
  await product.close()
  await proxied.close()
  rmSync(folder, { recursive: true })
})

interface Asked {
  readonly path: string
  /** Shown in the handshake. */
  readonly certificate?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly to?: string
  /** Of TLS, which the connection resumes. */
  readonly session?: Buffer | undefined
}

interface Answer {
  readonly status: number
  readonly isResumed: boolean
  /** That a later connection may resume. */
  readonly session: Buffer | undefined
  // biome-ignore lint/suspicious/noExplicitAny: what a route answered, of which each test reads what it is about
  readonly body: any
}

/** Over a connection of its own. */
function call({ path, certificate, headers = {}, form, to = origin, session }: Asked): Promise<Answer> {
  const shown =
    certificate === undefined
      ? {}
      : { cert: readFileSync(at(`${certificate}.crt`)), key: readFileSync(at(`${certificate}.key`)) }
  const content = form === undefined ? undefined : new URLSearchParams(form).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const options = {
      ...shown,
      agent: false as const,
      ...(session === undefined ? {} : { session }),
      ca: readFileSync(at('server.crt')),
      checkServerIdentity: () => undefined,
      method: content === undefined ? 'GET' : 'POST',
      headers: { ...(content === undefined ? {} : type), ...headers },
    }
    let given: Buffer | undefined
    const sent = request(new URL(path, to), options, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.on('end', () => {
        const isResumed = (reply.socket as TLSSocket).isSessionReused()
        const body = JSON.parse(Buffer.concat(chunks).toString())
        resolve({ status: reply.statusCode ?? 0, isResumed, session: given, body })
      })
    })
    sent.on('socket', (socket) =>
      socket.on('session', (one: Buffer) => {
        given = one
      }),
    )
    sent.on('error', reject)
    sent.end(content)
  })
}

const thumbprint = (name: string) =>
  createHash('sha256')
    .update(new X509Certificate(readFileSync(at(`${name}.crt`))).raw)
    .digest('base64url')
const header = (name: string) => `:${new X509Certificate(readFileSync(at(`${name}.crt`))).raw.toString('base64')}:`

async function agentOf(one: TestProduct) {
  const headers = await one.asOwner()
  const payload = { name: 'bot', purpose: 'helps', autonomy: 'suggest', tools: [], scopes: ['change:read'] }
  const agent = (await one.app.inject({ method: 'POST', url: '/v1/agents', headers, payload })).json()
  const key = { name: 'key', expiresInDays: 1 }
  const url = `/v1/agents/${agent.id}/keys`
  const made = (await one.app.inject({ method: 'POST', url, headers, payload: key })).json()
  return { grant_type: 'client_credentials', client_id: agent.id as string, client_secret: made.key as string }
}

async function tokenWith(certificate: string | undefined, headers = {}): Promise<string> {
  const { status, body } = await call({ path: '/oauth/token', form: await agentOf(product), certificate, headers })
  expect(status).toBe(200)
  return body.access_token
}

const changes = (token: string, asked: Omit<Asked, 'path'> = {}) =>
  call({ path: '/v1/changes', ...asked, headers: { authorization: `Bearer ${token}`, ...asked.headers } })

async function introspect(token: string) {
  const { authorization } = await product.token({ scopes: ['token:introspect'] })
  return (await call({ path: '/oauth/introspect', form: { token }, headers: { authorization } })).body
}

describe('a token that is made with a client certificate, over TLS of our own', () => {
  test('is bound to it: it counts on a connection with that certificate and no other', async () => {
    const token = await tokenWith('one')
    expect(await introspect(token)).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprint('one') } })
    expect((await changes(token, { certificate: 'one' })).status).toBe(200)
    for (const asked of [{}, { certificate: 'two' }, { headers: { 'client-cert': header('one') } }])
      expect(await changes(token, asked)).toMatchObject({ status: 401, body: { code: 'certificate_mismatch' } })
    const claimed = { certificate: 'two', headers: { 'client-cert': header('one') } }
    expect(await changes(token, claimed)).toMatchObject({ status: 401, body: { code: 'certificate_mismatch' } })
  })

  test('counts on a connection that resumes one with it as well', async () => {
    const token = await tokenWith('one')
    const first = await changes(token, { certificate: 'one' })
    const again = await changes(token, { certificate: 'one', session: first.session })
    expect([first.status, first.isResumed, again.status, again.isResumed]).toEqual([200, false, 200, true])
  })

  test('is traded only with it', async () => {
    const token = await tokenWith('one')
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }
    for (const certificate of [undefined, 'two'])
      expect(await call({ path: '/oauth/token', form, certificate })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      })
    expect((await call({ path: '/oauth/token', form, certificate: 'one' })).status).toBe(200)
  })
})

describe('without a certificate', () => {
  test('a token is bound to none, whatever the client writes, and counts with any', async () => {
    const token = await tokenWith(undefined, { 'client-cert': header('one') })
    expect(await introspect(token)).not.toHaveProperty('cnf')
    expect((await changes(token)).status).toBe(200)
    expect((await changes(token, { certificate: 'two' })).status).toBe(200)
  })
})

describe('behind a trusted proxy that speaks TLS to us', () => {
  test('the certificate that it forwards counts, and its own does not', async () => {
    const to = await proxied.app.listen({ port: 0, host: '127.0.0.1' })
    const form = await agentOf(proxied)
    const headers = { 'client-cert': header('one') }
    const bound = (await call({ to, path: '/oauth/token', form, certificate: 'two', headers })).body.access_token
    expect((await changes(bound, { to, certificate: 'two', headers })).status).toBe(200)
    expect(await changes(bound, { to, certificate: 'one' })).toMatchObject({ body: { code: 'certificate_mismatch' } })
    const free = (await call({ to, path: '/oauth/token', form, certificate: 'two' })).body.access_token
    expect((await changes(free, { to })).status).toBe(200)
  })
})
