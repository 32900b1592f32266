import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
beforeAll(async () => {
  product = await startTestProduct()
})
afterAll(() => product.close())

test('the metrics tell how far the ledger is, as its status does', async () => {
  await product.signInLink()
  const size = (await product.records()).length
  expect(size).toBeGreaterThan(0)
  const headers = await product.token({ scopes: ['metrics:read'] })
  const figures = async () =>
    (await product.app.inject({ method: 'GET', url: '/metrics', headers })).payload.split('\n')
  const published = Number(
    (await figures()).find((one) => one.startsWith('countersign_ledger_published_records '))?.split(' ')[1],
  )
  expect(published).toBeGreaterThanOrEqual(size)
  for (const name of [
    'sequenced_records',
    'queued_records',
    'index_lag_records',
    'index_dead_letters',
    'checkpoint_age_seconds',
  ])
    expect(
      (await figures()).some((one) => one.startsWith(`countersign_ledger_${name} `)),
      name,
    ).toBe(true)
  expect((await figures()).find((one) => one.startsWith('countersign_ledger_writer_halted '))).toBe(
    'countersign_ledger_writer_halted 0',
  )
})
