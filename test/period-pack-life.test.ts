import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countersign } from './e2e/command-line.ts'
import { startTestProduct, type TestProduct } from './harness.ts'
import { january, type PeriodWorld, startPeriodWorld, until } from './period-world.ts'

let world: PeriodWorld
let product: TestProduct
let send: PeriodWorld['send']
let make: PeriodWorld['make']
let folder: string
let id: string

beforeAll(async () => {
  world = await startPeriodWorld()
  ;({ product, send, make, folder, repositoryId: id } = world)
}, 120_000)
afterAll(() => world.close())

describe('the command line', () => {
  let environment: Record<string, string>
  beforeAll(async () => {
    await product.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = product.app.server.address() as AddressInfo
    const { authorization } = await product.token({ scopes: ['pack:read', 'pack:write'] })
    environment = {
      COUNTERSIGN_SERVER: `http://127.0.0.1:${port}`,
      COUNTERSIGN_TOKEN: authorization.replace('Bearer ', ''),
    }
  })

  test('has a pack made, waits for it and fetches it', async () => {
    const out = join(folder, 'new', 'q1.zip')
    const args = ['--repository', id, '--from', '2026-01-01', '--to', '2026-02-01', '--out', out]
    const told = await countersign(['pack', 'make', ...args, '--json'], { cwd: folder, env: environment })
    expect(told.code, told.err).toBe(0)
    const made = JSON.parse(told.out)
    expect(made).toMatchObject({ path: out, state: 'made', changes: 2 })
    expect(createHash('sha256').update(readFileSync(out)).digest('hex')).toBe(made.sha256)
    expect(readdirSync(join(folder, 'new'))).toEqual(['q1.zip'])
    expect((await countersign(['verify', out], { cwd: folder })).code).toBe(0)
  })

  test('says why there is none', async () => {
    const place = { cwd: folder, env: environment }
    const empty = await countersign(['pack', 'make', '--repository', id, '--to', '2000-01-01'], place)
    expect(empty).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no change of the repository') })
    const wrong = await countersign(['pack', 'make'], place)
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('needs `--repository`') })
  })
})

describe('what is refused', () => {
  test.each([
    ['a period that ends before it begins', { from: '2026-02-01', to: '2026-01-01' }, 400, 'period_invalid'],
    ['a period without length', { from: '2026-01-01', to: '2026-01-01' }, 400, 'period_invalid'],
    ['a moment outside of the years', { from: '0000-01-01T00:00:00+14:00' }, 400, 'period_invalid'],
    ['a day that does not exist', { from: '2026-02-30' }, 400, 'request_invalid'],
    ['another word for a moment', { from: 'yesterday' }, 400, 'request_invalid'],
    ['a period in which nothing was merged', { from: '2020-01-01', to: '2021-01-01' }, 409, 'period_empty'],
    ['a repository that is not governed', { repositoryId: 'repo_none' }, 404, 'repository_not_found'],
  ])('%s', async (_, request, status, code) => {
    const before = (await product.records()).length
    const reply = await send('POST', '/v1/packs', { repositoryId: id, ...request })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect((await product.records()).length).toBe(before)
  })

  test('whoever may only read packs makes and removes none', async () => {
    const headers = await product.token({ scopes: ['pack:read'] })
    for (const [method, url, payload] of [
      ['POST', '/v1/packs', { repositoryId: id }],
      ['DELETE', '/v1/packs/pack_x', undefined],
    ] as const) {
      const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'forbidden'])
    }
  })

  test('a pack that is not there', async () => {
    for (const [method, url] of [
      ['GET', '/v1/packs/pack_none'],
      ['GET', '/v1/packs/pack_none/evidence-pack.zip'],
      ['DELETE', '/v1/packs/pack_none'],
    ] as const) {
      const reply = await send(method, url)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'pack_not_found'])
    }
    const reply = await send('GET', '/v1/packs/made?cursor=pack_none')
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  })
})

describe('packs that were made', () => {
  test('are listed newest first, by repository and page', async () => {
    const made: string[] = []
    for (const period of [{ from: '2026-01-01' }, { to: '2026-02-01' }]) {
      product.pass(1000)
      made.unshift(await make(period))
    }
    const list = async (query: string) => (await send('GET', `/v1/packs/made?${query}`)).json()
    const first = await list(`repositoryId=${id}&limit=1`)
    expect(first.items.map((one: { id: string }) => one.id)).toEqual(made.slice(0, 1))
    const second = await list(`repositoryId=${id}&limit=1&cursor=${first.next}`)
    expect(second.items.map((one: { id: string }) => one.id)).toEqual(made.slice(1))
    expect((await list('repositoryId=repo_none')).items).toEqual([])
  })

  test('are removed with a record of it, file and all', async () => {
    const packId = await make(january)
    expect(filesOf(id)).toContain(`${packId}.zip`)
    const before = (await product.records()).length
    expect((await send('DELETE', `/v1/packs/${packId}`)).statusCode).toBe(204)
    expect(filesOf(id)).not.toContain(`${packId}.zip`)
    expect((await send('GET', `/v1/packs/${packId}/evidence-pack.zip`)).statusCode).toBe(404)
    const [removed] = (await product.records()).slice(before)
    expect(removed).toMatchObject({ type: 'pack.removed', data: { packId, reason: 'asked' } })
  })

  test('are kept up to twenty of a repository; older ones go with a record of each', async () => {
    const made: string[] = []
    for (let i = 0; i < 21; i++) {
      product.pass(1000)
      made.push(await make({ from: '2026-02-01' }))
    }
    const { items } = (await send('GET', `/v1/packs/made?repositoryId=${id}`)).json()
    expect(items.map((one: { id: string }) => one.id)).toEqual(made.slice(1).reverse())
    await until(async () => filesOf(id).length === 20)
    const removed = (await product.records()).filter((one) => one.type === 'pack.removed').at(-1)
    expect(removed?.data).toMatchObject({ packId: made[0], reason: 'newer_ones' })
  }, 120_000)
})

describe('a server that ends', () => {
  test('leaves what was asked for to the next one, which makes it; asking for too many at once is refused', async () => {
    const waiting = await startTestProduct({ jobs: 'queue' })
    try {
      const headers = await waiting.asOwner()
      const ask = (url: string, payload: object) => waiting.app.inject({ method: 'POST', url, headers, payload })
      const state = async (packId: string) =>
        (await waiting.app.inject({ url: `/v1/packs/${packId}`, headers })).json().state
      const { id: repositoryId } = (await ask('/v1/repositories', { path: world.repository.path })).json()
      const imports = waiting.modules.flatMap((one) => one.jobs).find((one) => one.name === 'repository.import')
      const asker = { onBehalfOf: null, correlationId: 'test' }
      await imports?.run({ repositoryId, asker }, new AbortController().signal)
      const asked: string[] = []
      for (let i = 0; i < 5; i++) asked.push((await ask('/v1/packs', { repositoryId })).json().id)
      expect(await state(asked[0] ?? '')).toBe('queued')
      const download = await waiting.app.inject({ url: `/v1/packs/${asked[0]}/evidence-pack.zip`, headers })
      expect([download.statusCode, download.json().code]).toEqual([409, 'pack_not_ready'])
      const sixth = await ask('/v1/packs', { repositoryId })
      expect([sixth.statusCode, sixth.json().code]).toEqual([409, 'packs_waiting'])
      // one is taken back before it is made
      const last = asked.pop()
      expect((await waiting.app.inject({ method: 'DELETE', url: `/v1/packs/${last}`, headers })).statusCode).toBe(204)
      await waiting.services.jobs.start(waiting.modules.flatMap((one) => one.jobs))
      for (const packId of asked) await until(async () => (await state(packId)) === 'made')
      await waiting.services.jobs.stop(5000)
    } finally {
      await waiting.close()
    }
  }, 90_000)
})

function filesOf(repositoryId: string): string[] {
  return readdirSync(join(product.folder.reports, repositoryId, 'packs'))
}
