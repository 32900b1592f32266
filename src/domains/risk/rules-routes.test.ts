import { afterAll, beforeAll, expect, test } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScriptedRepository, scriptRepository } from '../changes/testing/scripted-repository.ts'

const text = 'version: 1\nroles:\n  ada@example.com: [legal]\n# \u202e <script>\n'
let product: TestProduct
let owner: Headers
let repository: ScriptedRepository
let id: string

beforeAll(async () => {
  repository = scriptRepository([
    { name: 'none', message: 'Begin', files: { 'a.ts': 'a\n' } },
    { name: 'rules', parents: ['none'], message: 'Rule', files: { '.countersign.yaml': text } },
  ])
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  id = await registerRepository(product.db, product.services.service('test'), repository.path)
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

async function get(repositoryId: string | undefined, headers: object = owner) {
  const query = repositoryId === undefined ? '' : `?repositoryId=${repositoryId}`
  const reply = await product.app.inject({ url: `/v1/risk/rules/file${query}`, headers: { ...headers } })
  return { status: reply.statusCode, body: reply.json() }
}

async function governed(other: ScriptedRepository): Promise<string> {
  const ctx = product.services.service('test')
  const repositoryId = await registerRepository(product.db, ctx, other.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
  return repositoryId
}

test('before a commit was read there is no text', async () => {
  expect(await get(id)).toEqual({ status: 200, body: { commit: null, text: null, isCut: false } })
})

test('the text is that of the newest commit that was read, as it stands there', async () => {
  await governed(repository)
  expect(await get(id)).toEqual({ status: 200, body: { commit: repository.oid('rules'), text, isCut: false } })
})

test('no more than a file of rules may have is answered, and no file is none', async () => {
  const large = scriptRepository([
    { name: 'a', message: 'A', files: { '.countersign.yaml': `# ${'x'.repeat(70_000)}\n` } },
  ])
  const reply = await get(await governed(large))
  expect(reply.body.isCut).toBe(true)
  expect(reply.body.text.length).toBe(65_537)
  large.remove()
  const absent = scriptRepository([{ name: 'a', message: 'A', files: { 'a.ts': 'a\n' } }])
  expect((await get(await governed(absent))).body).toEqual({ commit: absent.oid('a'), text: null, isCut: false })
  absent.remove()
})

test('it may name people: who may not read lines is refused', async () => {
  expect(await get(id, {})).toMatchObject({ status: 401, body: { code: 'not_signed_in' } })
  const other = await product.token({ scopes: ['risk:read', 'repository:read'] })
  expect(await get(id, other)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await get(id, await product.token({ scopes: ['diff:read'] }))).status).toBe(200)
})

test('what names no repository is refused', async () => {
  expect(await get('repo_none')).toMatchObject({ status: 404, body: { code: 'repository_not_found' } })
  expect(await get('x'.repeat(101))).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
  expect(await get(undefined)).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
})
