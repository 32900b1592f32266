import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { importRepository, registerRepository } from './service.ts'
import { type ScriptedRepository, scriptRepository } from './testing/scripted-repository.ts'

/** More than two batches of an import. */
const commits = 450

let product: TestProduct
let repository: ScriptedRepository
beforeAll(async () => {
  product = await startTestProduct()
  const names = Array.from({ length: commits }, (_, at) => `c${at}`)
  repository = scriptRepository(
    names.map((name, at) => ({
      name,
      parents: at === 0 ? [] : [`c${at - 1}`],
      message: `Change ${at}`,
      files: { 'a.ts': `${name}\n` },
    })),
  )
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

async function titles(): Promise<string[]> {
  const found = await product.database.pool.query('select title from change order by position')
  return found.rows.map((row) => row.title)
}

test('an import that cannot record one batch ends with that error, keeps what came before, and goes on there next time', async () => {
  const { services, database } = product
  const ctx = services.service('test')
  const id = await registerRepository(services.db, ctx, repository.path)
  const counted: number[] = []
  const run = () =>
    importRepository(services.db, ctx, id, {
      signal: new AbortController().signal,
      onProgress: (changes) => counted.push(changes),
    })
  await database.pool.query('alter table change add constraint broken check (position < 250)')
  await expect(run()).rejects.toThrow('broken')
  const kept = await titles()
  expect(kept.length).toBeGreaterThan(0)
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => `Change ${at}`))
  await database.pool.query('alter table change drop constraint broken')
  await expect(run()).resolves.toMatchObject({ newChanges: commits - kept.length, knownChanges: 0 })
  expect(await titles()).toEqual(Array.from({ length: commits }, (_, at) => `Change ${at}`))
  expect((await product.records()).filter((one) => one.type === 'change.imported')).toHaveLength(commits)
  expect(counted.at(-1)).toBe(commits - kept.length)
})
