import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestProduct, type TestProduct, testRepository } from '#test/harness.ts'

let product: TestProduct
let repository: Awaited<ReturnType<typeof testRepository>>
let id: string

beforeAll(async () => {
  product = await startTestProduct({ jobs: 'run' })
  repository = await testRepository(['Begin', 'Go on'])
  const headers = await product.asOwner()
  const payload = { path: repository.path }
  id = (await product.app.inject({ method: 'POST', url: '/v1/repositories', headers, payload })).json().id
  await vi.waitFor(async () => expect((await get('report.json')).statusCode).toBe(200), {
    timeout: 20_000,
    interval: 200,
  })
})
afterAll(async () => {
  await product.close()
  await repository.remove()
})

test('what jobs record names who asked for them, and belongs to the request', async () => {
  const headers = await product.asOwner()
  const { userId } = (await product.app.inject({ url: '/v1/session', headers })).json()
  const records = await product.records()
  const added = records.find((one) => one.type === 'repository.added')
  expect(added?.actor).toMatchObject({ id: userId, kind: 'user' })
  for (const [type, id] of [
    ['change.imported', 'svc_importer'],
    ['repository.imported', 'svc_importer'],
    ['pack.made', 'svc_packer'],
  ]) {
    const made = records.find((one) => one.type === type)
    expect(made?.actor).toEqual({ id, kind: 'service', role: 'service', onBehalfOf: userId })
    expect(made?.correlationId).toBe(added?.correlationId)
  }
})

test('whoever downloads a pack has read every audit record in it, and that is a record', async () => {
  const before = (await product.records()).length
  const reply = await get('evidence-pack.zip')
  expect(reply.statusCode).toBe(200)
  const manifest = JSON.parse(await reportOf('report.json'))
  const [read, ...more] = (await product.records()).slice(before).filter((one) => one.type === 'ledger.read')
  expect(more).toEqual([])
  expect(read?.data).toMatchObject({
    filter: [`pack=${id}`],
    count: manifest.ledger.size,
    first: 0,
    last: manifest.ledger.size - 1,
  })
})

test('a report has no audit records in it, and reading it is none', async () => {
  const before = (await product.records()).length
  expect((await get('report.html')).statusCode).toBe(200)
  expect((await product.records()).slice(before).map((one) => one.type)).not.toContain('ledger.read')
})

test('packs that are asked for while a history is read are made one after the other, and what is there fits together', async () => {
  const headers = await product.asOwner()
  const made = async () => (await product.records()).filter((one) => one.type === 'pack.made').length
  const before = await made()
  await repository.commit('And on')
  for (const what of ['import', 'pack', 'import', 'pack'])
    await product.app.inject({ method: 'POST', url: `/v1/repositories/${id}/${what}`, headers })
  await expect.poll(made, { timeout: 20_000 }).toBeGreaterThan(before)
  await expect.poll(async () => JSON.parse(await reportOf('report.json')).changes.length, { timeout: 20_000 }).toBe(3)
  // until the last of them is made, file and row are of one pack or the other
  const unfinished = `select count(*)::int as n from jobs.job where name in ('repository.import', 'pack.make') and state < 'completed'`
  await expect.poll(async () => (await product.database.pool.query(unfinished)).rows[0].n, { timeout: 60_000 }).toBe(0)
  const pack = (await get('evidence-pack.zip')).rawPayload
  const row = await product.database.pool.query('select sha256 from pack where repository_id = $1', [id])
  expect(createHash('sha256').update(pack).digest('hex')).toBe(row.rows[0].sha256)
})

async function get(name: string) {
  // a session of its own: reads of one session are recorded by the minute
  const headers = await product.asOwner()
  return product.app.inject({ method: 'GET', url: `/v1/repositories/${id}/${name}`, headers })
}

async function reportOf(name: string): Promise<string> {
  return (await get(name)).payload
}

test('a file that somebody took from the data folder is said to be gone, and no read of it is recorded', async () => {
  const headers = await product.asOwner()
  const folder = join(product.folder.reports, id)
  for (const name of ['evidence-pack.zip', 'report.html']) {
    rmSync(join(folder, name))
    const before = (await product.records()).length
    const reply = await product.app.inject({ url: `/v1/repositories/${id}/${name}`, headers })
    expect([reply.statusCode, reply.json().code]).toEqual([410, 'pack_file_gone'])
    expect((await product.records()).length).toBe(before)
  }
})
