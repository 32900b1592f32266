import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
})
afterAll(() => product.close())

describe('a command line', () => {
  test('gets a token once somebody confirms its code, with what was asked for and no more, for 8 hours', async () => {
    const begun = await begin('?scopes=change:read,ledger:read')
    expect(begun.userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(begun.verificationUri).toBe('http://localhost/device')
    expect(await redeem(begun)).toMatchObject({ code: 'device_sign_in_waits' })
    const asked = await product.app.inject({ url: `/v1/device-sign-in/${begun.userCode}`, headers: owner })
    expect(asked.json()).toMatchObject({ scopes: ['change:read', 'ledger:read'] })
    expect(await answer(begun.userCode.toLowerCase().replace('-', ' '), true)).toBe(204)
    product.pass(3000)
    const given = await redeem(begun)
    expect(given).toMatchObject({ token: expect.stringMatching(/^cst_api_/), scopes: ['change:read', 'ledger:read'] })
    const headers = { authorization: `Bearer ${given['token']}` }
    expect((await product.app.inject({ url: '/v1/changes', headers })).statusCode).toBe(200)
    expect((await product.app.inject({ url: '/v1/tokens', headers })).statusCode).toBe(403)
    product.pass(3000)
    expect(await redeem(begun)).toMatchObject({ code: 'device_sign_in_over' })
    const types = (await product.records()).slice(-2).map((one) => one.type)
    expect(types).toEqual(['device-sign-in.allowed', 'token.minted'])
    product.pass(8 * 3_600_000)
    expect((await product.app.inject({ url: '/v1/session', headers })).statusCode).toBe(401)
    owner = await product.asOwner()
  })

  test('that asks for nothing by name gets what only reads, and never everything', async () => {
    const begun = await begin('')
    await answer(begun.userCode, true)
    const scopes = (await redeem(begun))['scopes'] as string[]
    expect(scopes).toContain('change:read')
    expect(scopes.filter((one) => !one.endsWith(':read'))).toEqual([])
  })

  test('that was refused, or waited for more than ten minutes, gets nothing', async () => {
    const refused = await begin('')
    expect(await answer(refused.userCode, false)).toBe(204)
    expect(await redeem(refused)).toMatchObject({ code: 'device_sign_in_over', status: 410 })
    const late = await begin('')
    product.pass(600_001)
    expect(await answer(late.userCode, true)).toBe(404)
    expect(await redeem(late)).toMatchObject({ code: 'device_sign_in_over' })
    expect(await redeem({ deviceCode: 'x' })).toMatchObject({ code: 'device_sign_in_over' })
  })

  test('that asks too often is told to wait', async () => {
    const begun = await begin('')
    await redeem(begun)
    expect(await redeem(begun)).toMatchObject({ code: 'device_sign_in_too_fast', status: 429 })
  })

  test('is confirmed once, by a session and by no token, and for permissions that there are', async () => {
    const begun = await begin('')
    const headers = await product.token({ scopes: ['*'] })
    const url = `/v1/device-sign-in/${begun.userCode}`
    expect((await product.app.inject({ url, headers })).json()).toMatchObject({ code: 'session_needed' })
    const byToken = { method: 'POST', url: `${url}/answer`, headers, payload: { allow: true } } as const
    expect((await product.app.inject(byToken)).json()).toMatchObject({ code: 'session_needed' })
    expect(await answer(begun.userCode, true)).toBe(204)
    expect(await answer(begun.userCode, true)).toBe(404)
    expect(await answer('BCDF-GHJK', true)).toBe(404)
    const reply = await product.app.inject({ url: '/v1/device-sign-in?scopes=no:thing', headers: atLocalhost })
    expect(reply.json()).toMatchObject({ code: 'scope_unknown' })
  })

  test('of somebody who was switched off in the meantime gets nothing', async () => {
    const begun = await begin('')
    await answer(begun.userCode, true)
    await product.database.pool.query('update access_user set disabled_at = now()')
    expect(await redeem(begun)).toMatchObject({ code: 'device_sign_in_over' })
    await product.database.pool.query('update access_user set disabled_at = null')
  })

  test('neither code is kept', async () => {
    const begun = await begin('')
    const rows = JSON.stringify(await product.db.selectFrom('access_device').selectAll().execute())
    expect(rows).not.toContain(begun.deviceCode)
    expect(rows).not.toContain(begun.userCode.replace('-', ''))
  })
})

const atLocalhost = { host: 'localhost' }

async function begin(query: string) {
  const reply = await product.app.inject({ url: `/v1/device-sign-in${query}`, headers: atLocalhost })
  expect(reply.statusCode).toBe(200)
  return reply.json() as { deviceCode: string; userCode: string; verificationUri: string }
}

async function redeem({ deviceCode }: { readonly deviceCode: string }): Promise<Record<string, unknown>> {
  const payload = { deviceCode }
  return (await product.app.inject({ method: 'POST', url: '/v1/device-sign-in', payload })).json()
}

async function answer(userCode: string, allow: boolean): Promise<number> {
  const url = `/v1/device-sign-in/${encodeURIComponent(userCode)}/answer`
  return (await product.app.inject({ method: 'POST', url, headers: owner, payload: { allow } })).statusCode
}
