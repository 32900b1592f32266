import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let opa: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  opa = await product.token({ scopes: ['opa:log'] })
})
afterAll(() => product.close())

/** As OPA's documentation shows an event of its decision log. */
const event = {
  labels: { app: 'my-example-app', id: '1780d507-aea2-45cc-ae50-fa153c8e4a5a', version: 'v1.18.2' },
  decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1',
  bundles: { authz: { revision: 'W3sibCI6InN5cy9jYXRhbG9nIiwicyI6NDA3MX1d' } },
  path: 'http/example/authz/allow',
  input: { method: 'GET', path: '/salary/bob', user: 'bob-the-raw-user' },
  result: true,
  requested_by: '203.0.113.77:59943',
  timestamp: '2027-02-28T18:00:00.123456789Z',
}

async function send(body: Buffer, headers: object = { 'content-encoding': 'gzip' }) {
  const reply = await product.app.inject({
    method: 'POST',
    url: '/v1/opa/logs',
    headers: { ...opa, 'content-type': 'application/json', ...headers },
    payload: body,
  })
  return { status: reply.statusCode, body: reply.json() }
}
const packed = (value: unknown) => gzipSync(JSON.stringify(value))
const told = async () => (await product.records()).filter((one) => one.type === 'opa.decided')

test('a decision of an OPA is recorded once, by digests and never by what was asked', async () => {
  const other = { ...event, decision_id: 'other', result: { allow: false }, erased: ['/input/user'], path: undefined }
  expect(await send(packed([event, other]))).toEqual({ status: 200, body: { recorded: 2, known: 0 } })
  expect(await send(packed([event, { ...event, decision_id: 'third', input: undefined, result: undefined }]))).toEqual({
    status: 200,
    body: { recorded: 1, known: 1 },
  })
  expect(await send(packed([event]))).toEqual({ status: 200, body: { recorded: 0, known: 1 } })
  expect(await send(Buffer.from('[]'), {})).toEqual({ status: 200, body: { recorded: 0, known: 0 } })
  const records = await told()
  expect(
    records.map((one) => one.data).sort((a, b) => (String(a['decisionId']) < String(b['decisionId']) ? -1 : 1)),
  ).toEqual([
    {
      decisionId: event.decision_id,
      decidedAt: '2027-02-28T18:00:00.123Z',
      path: 'http/example/authz/allow',
      revisions: ['authz=W3sibCI6InN5cy9jYXRhbG9nIiwicyI6NDA3MX1d'],
      isAllowed: true,
      input: expect.stringMatching(/^hmac-sha256:/),
      result: expect.stringMatching(/^hmac-sha256:/),
      hidden: 0,
    },
    expect.objectContaining({ decisionId: 'other', isAllowed: false, hidden: 1, path: null }),
    expect.objectContaining({ decisionId: 'third', isAllowed: null, input: null, result: null }),
  ])
  const everything = JSON.stringify(records) + product.logged()
  for (const raw of ['bob-the-raw-user', '203.0.113.77', '/salary']) expect(everything).not.toContain(raw)
  const kept = await product.ledger.readPayloads('org_test', [records[0]?.id ?? ''])
  for (const values of kept.values())
    for (const value of values.values()) expect(Buffer.from(value).toString()).toMatch(/^sha256:[0-9a-f]{64}$/)
})

test.each([
  ['what is no list', packed({ decision_id: 'a' }), {}],
  ['a decision without an id', packed([{ timestamp: event.timestamp }]), {}],
  ['a time that is none', packed([{ ...event, decision_id: 'x', timestamp: 'yesterday' }]), {}],
  ['one wrong decision among right ones', packed([{ ...event, decision_id: 'fresh' }, { decision_id: 1 }]), {}],
  ['what is no JSON', gzipSync('{'), {}],
  ['what is no gzip', Buffer.from('[]'), {}],
  ['a flood', gzipSync(Buffer.alloc(17 * 1024 * 1024, 32)), {}],
  ['too many', packed(Array.from({ length: 2001 }, (_, i) => ({ ...event, decision_id: `n${i}` }))), {}],
])('%s is refused, and nothing of it is recorded', async (_, body) => {
  const before = (await told()).length
  expect(await send(body)).toMatchObject({ status: 400, body: { code: 'opa_log_invalid' } })
  expect((await told()).length).toBe(before)
})
