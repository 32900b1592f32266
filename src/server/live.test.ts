import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let owner: Headers
let url: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(product.app.server.address() as AddressInfo).port}/v1/events/stream`
  owner = await product.asOwner()
})
afterAll(() => product.close())

interface Stream {
  readonly status: number
  readonly type: string | null
  /** The next event that is told. */
  next(): Promise<{ kinds: string[]; size: number }>
  close(): Promise<void>
}

async function open(headers: Record<string, string>): Promise<Stream> {
  const leaving = new AbortController()
  const reply = await fetch(url, { headers, signal: leaving.signal })
  const reader = reply.body?.getReader()
  let text = ''
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    next: async () => {
      for (;;) {
        const found = /event: changed\nid: \d+\ndata: (.*)\n\n/.exec(text)
        if (found !== null) {
          text = text.slice(found.index + found[0].length)
          return JSON.parse(found[1] ?? '')
        }
        const part = await reader?.read()
        if (part === undefined || part.done) throw new Error('the stream ended')
        text += new TextDecoder().decode(part.value)
      }
    },
    close: async () => {
      leaving.abort()
      await reader?.closed.catch(() => undefined)
    },
  }
}

const mint = () =>
  product.app.inject({
    method: 'POST',
    url: '/v1/tokens',
    headers: owner,
    payload: { name: 'Secret name', scopes: ['change:read'] },
  })

test('tells which kinds of things changed, and nothing of what they are', async () => {
  await product.records()
  const stream = await open(owner)
  expect([stream.status, stream.type]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const told = stream.next()
  await new Promise((resolve) => setTimeout(resolve, 700))
  await mint()
  const { kinds, size } = await told
  expect(kinds.sort()).toEqual(['record', 'token'])
  expect(size).toBeGreaterThan(0)
  await stream.close()
})

test('goes on from where a reader was, as its `Last-Event-ID` says', async () => {
  const before = (await product.records()).length
  await mint()
  await product.records()
  const stream = await open({ ...owner, 'last-event-id': String(before) })
  expect((await stream.next()).kinds.sort()).toEqual(['record', 'token'])
  await stream.close()
})

test('does not tell of reads of records, which would make readers read again for ever', async () => {
  const before = (await product.records()).length
  await product.app.inject({ url: '/v1/ledger/records', headers: await product.asOwner() })
  await product.records()
  const stream = await open({ ...owner, 'last-event-id': String(before) })
  // the sign-in of the reader is news, the reading is not
  expect((await stream.next()).kinds.sort()).toEqual(['record', 'session', 'sign-in-link'])
  await stream.close()
})

test('is bounded: eight of one session, and a ninth is told to wait', async () => {
  const headers = await product.asOwner()
  const streams = []
  for (let i = 0; i < 8; i++) streams.push(await open(headers))
  expect(streams.map((one) => one.status)).toEqual(Array(8).fill(200))
  const refused = await fetch(url, { headers })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
  expect(await refused.json()).toMatchObject({ code: 'too_many_streams' })
  await streams[0]?.close()
  await expect
    .poll(
      async () => {
        const again = await open(headers)
        streams.push(again)
        return again.status
      },
      { timeout: 10_000 },
    )
    .toBe(200)
  for (const one of streams) await one.close()
})

test('ends when the server ends, and does not keep it from ending', async () => {
  const other = await startTestProduct()
  await other.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = other.app.server.address() as AddressInfo
  const reply = await fetch(`http://127.0.0.1:${port}/v1/events/stream`, { headers: await other.asOwner() })
  await other.close()
  await expect(reply.text()).rejects.toThrow()
})
