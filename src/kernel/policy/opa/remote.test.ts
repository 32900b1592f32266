import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askRemote, type RemoteOpa } from './remote.ts'

/** An OPA that answers as a test says; what it was asked is kept. */
let answer: (response: ServerResponse) => void
const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = []
let server: Server
let url: string
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push({ url: request.url ?? '', headers: request.headers, body })
      answer(response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const ask = (more: Partial<RemoteOpa> = {}) =>
  askRemote({ url, path: 'a/b', token: undefined, timeoutMs: 5000, expectedRevision: null, ...more }, '{"n":1}')
const says = (body: unknown) => {
  answer = (response) => response.end(JSON.stringify(body))
}
const provenance = { bundles: { main: { revision: 'v7-abc' }, other: { revision: 'v7-def' } } }

test('is asked for the document with the facts as input, its provenance, and its token', async () => {
  says({ result: { allow: true }, decision_id: 'd1', provenance })
  expect(await ask({ token: 'secret' })).toEqual({
    said: { isAllowed: true, violations: [] },
    revision: 'v7-abc,v7-def',
    decisionId: 'd1',
  })
  expect(asked.at(-1)).toMatchObject({
    url: '/v1/data/a/b?provenance=true',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: '{"input":{"n":1}}',
  })
})

test('counts only when it runs the expected policies', async () => {
  says({ result: { allow: true }, provenance })
  expect(await ask({ expectedRevision: 'v7-*' })).toMatchObject({ said: { isAllowed: true } })
  for (const expectedRevision of ['v7-abc', 'v8-*', '*-abc'])
    expect(await ask({ expectedRevision })).toMatchObject({
      error: 'it runs other policies than the expected revision',
    })
  says({ result: { allow: true } })
  expect(await ask({ expectedRevision: '*' })).toMatchObject({ error: expect.stringMatching('other policies') })
})

test.each<[string, (response: ServerResponse) => void, RegExp]>([
  ['an undefined document', (one) => one.end('{}'), /undefined/],
  ['an error of its own', (one) => one.writeHead(500).end('{}'), /status 500/],
  ['a way elsewhere', (one) => one.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(), /status 307/],
  ['no JSON', (one) => one.end('<html>'), /no JSON/],
  ['two results', (one) => one.end('{"result":{"allow":false},"result":{"allow":true}}'), /no JSON/],
  [
    'a book',
    (one) => one.end(JSON.stringify({ result: { allow: true }, more: 'x'.repeat(300_000) })),
    /more than 262144/,
  ],
  ['something else', (one) => one.end('{"result":true}'), /no document/],
  [
    'half an answer',
    (one) => one.writeHead(200, { 'content-length': '100' }).write('{"re', () => one.destroy()),
    /reached/,
  ],
])('is an error with %s', async (_, reply, words) => {
  answer = reply
  expect(await ask()).toEqual({ revision: null, decisionId: null, error: expect.stringMatching(words) })
})

test('is an error when it is slow, also in the middle of its answer', async () => {
  answer = () => undefined
  expect(await ask({ timeoutMs: 50 })).toMatchObject({ error: 'it does not answer within 50 ms' })
  answer = (response) => response.write('{"result"')
  expect(await ask({ timeoutMs: 50 })).toMatchObject({ error: 'it does not answer within 50 ms' })
})

test('is an error when nobody is there', async () => {
  expect(await ask({ url: 'http://127.0.0.1:1' })).toMatchObject({ error: 'it cannot be reached' })
})
