import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let headers: Record<string, string>
beforeAll(async () => {
  product = await startTestProduct()
  headers = { ...(await product.asOwner()), 'content-type': 'application/json' }
})
afterAll(() => product.close())

const post = (payload: string) => product.app.inject({ method: 'POST', url: '/v1/teams', headers, payload })

test.each([
  ['the character NUL in a text', '{"name":"a\\u0000b"}'],
  ['the character NUL in a name', '{"name":"a","b\\u0000":1}'],
  ['a body of lists in lists, as deep as it may be large', `{"name":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
  ['a body of objects in objects', `{"name":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
])('%s is refused', async (_what, payload) => {
  const reply = await post(payload)
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
})

test('and in an address as well', async () => {
  const reply = await product.app.inject({ url: '/v1/people?q=a%00b', headers: await product.asOwner() })
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
})
