import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
// @ts-expect-error: a script of the build, without types
import { clientTypes } from '../../scripts/client-types.mjs'

const root = join(import.meta.dirname, '..', '..')
const assets = join(root, 'dist', 'console', 'assets')

let product: TestProduct
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
})
afterAll(() => product.close())

const page = { accept: 'text/html,application/xhtml+xml' }

test('every address of the console is one page that is never kept, under a policy without inline code', async () => {
  for (const url of ['/', '/changes', '/changes/chg_1?file=a', '/sign-in', '/nowhere']) {
    const reply = await product.app.inject({ url, headers: page })
    expect([url, reply.statusCode, reply.headers['cache-control']]).toEqual([url, 200, 'no-store'])
    expect(reply.body).toContain('<div id="root">')
    const policy = String(reply.headers['content-security-policy'])
    expect(policy).toMatch(
      /default-src 'none'.*script-src 'self'.*style-src 'self'.*frame-ancestors 'none'.*trusted-types 'none'/,
    )
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  }
})

test('what is no page is a problem for programs and for browsers alike', async () => {
  for (const [url, headers] of [
    ['/nowhere', {}],
    ['/nowhere', { accept: 'application/json' }],
    ['/v1/nothing', page],
    ['/log/nothing', page],
    ['/assets/nothing.js', page],
    ['/assets/..%2findex.html', page],
    ['/assets/index.html', page],
  ] as const) {
    const reply = await product.app.inject({ url, headers })
    expect([url, reply.statusCode]).toEqual([url, url.includes('%2f') ? 400 : 404])
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  }
})

test('scripts are kept for ever under their hashed names, packed as the browser takes them', async () => {
  const name = readdirSync(assets).find((one) => /^index-.*\.js$/.test(one)) ?? ''
  const plain = readFileSync(join(assets, name))
  const get = (encoding: string) =>
    product.app.inject({ url: `/assets/${name}`, headers: encoding === '' ? {} : { 'accept-encoding': encoding } })
  for (const [encoding, used] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['', undefined],
  ] as const) {
    const reply = await get(encoding)
    expect(reply.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'accept-encoding',
    })
    expect(reply.headers['content-encoding']).toBe(used)
    const unpack = used === 'br' ? brotliDecompressSync : used === 'gzip' ? gunzipSync : Buffer.from
    expect(unpack(reply.rawPayload).equals(plain)).toBe(true)
  }
})

test('a browser that comes by a bare address of this machine is sent to its name, a program is not', async () => {
  const get = (host: string, mode: string) =>
    product.app.inject({ url: '/changes', headers: { ...page, host, 'sec-fetch-mode': mode } })
  expect((await get('127.0.0.1:7420', 'navigate')).headers.location).toBe('http://localhost:7420/changes')
  expect((await get('[::1]:7420', 'navigate')).headers.location).toBe('http://localhost:7420/changes')
  for (const host of ['localhost:7420', 'countersign.example.com', '127.0.0.1.evil.example'])
    expect([host, (await get(host, 'navigate')).statusCode]).toEqual([host, 200])
  expect((await get('127.0.0.1:7420', 'cors')).statusCode).toBe(200)
})

test('signing in by link needs no script, and refuses other sites once somebody is signed in', async () => {
  const link = await product.signInLink()
  const form = await product.app.inject({ url: `/sign-in?link=${link}` })
  expect(form.body).toMatch(/<form method="post" action="\/sign-in">/)
  expect(form.body).not.toContain('<script')
  const post = (headers: Record<string, string>, text: string) =>
    product.app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: `link=${text}`,
    })
  const first = await post({}, link)
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
  const foreign = await post(
    { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    await product.signInLink(),
  )
  expect(foreign.statusCode).toBe(403)
  const again = await post({ cookie, 'sec-fetch-site': 'same-origin' }, await product.signInLink())
  expect(again.statusCode).toBe(303)
  expect((await product.app.inject({ url: '/v1/session', headers: { cookie } })).statusCode).toBe(401)
})

test('the types of the client are those of the OpenAPI document', () => {
  const document = JSON.parse(readFileSync(join(root, 'docs/reference/openapi.json'), 'utf8'))
  expect(readFileSync(join(root, 'src/client/api.ts'), 'utf8')).toBe(clientTypes(document))
  expect(clientTypes(document)).toContain("'GET /v1/changes/{id}': {")
})
