import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct, type TestRepository, testRepository } from '#test/harness.ts'

let product: TestProduct
let owner: Headers
const repositories: TestRepository[] = []
const ids: string[] = []

beforeAll(async () => {
  product = await startTestProduct({ jobs: 'run' })
  owner = await product.asOwner()
  for (let i = 0; i < 5; i++) {
    const repository = await testRepository([`History ${i}`])
    repositories.push(repository)
    const payload = { path: repository.path }
    const added = await product.app.inject({ method: 'POST', url: '/v1/repositories', headers: owner, payload })
    ids.push(added.json().id)
  }
})
afterAll(async () => {
  await product.close()
  for (const one of repositories) await one.remove()
})

async function list(query: string) {
  return (await product.app.inject({ url: `/v1/repositories?${query}`, headers: owner })).json()
}

test('repositories are listed by name, in pages, each once', async () => {
  const all = await list('limit=200')
  expect(all.next).toBeNull()
  const names: string[] = all.items.map((one: { name: string }) => one.name)
  expect(names).toEqual([...names].sort())
  expect(all.items.map((one: { id: string }) => one.id).toSorted()).toEqual(ids.toSorted())
  const first = await list('limit=2')
  const second = await list(`limit=2&cursor=${first.next}`)
  const third = await list(`limit=2&cursor=${second.next}`)
  const shown = [first, second, third].flatMap(({ items }) => items.map((one: { name: string }) => one.name))
  expect(shown).toEqual(names)
  expect([first.items, second.items, third.items].map((items) => items.length)).toEqual([2, 2, 1])
  expect(third.next).toBeNull()
})

test.each(['repositories?cursor=repo_none', 'changes?cursor=x', 'changes?cursor=9999999999999999.1.chg_a'])(
  'a cursor that the list did not give is refused: %s',
  async (path) => {
    const reply = await product.app.inject({ url: `/v1/${path}`, headers: owner })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  },
)
