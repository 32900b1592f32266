import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { importRepository, registerRepository } from './service.ts'
import { type ScriptedRepository, scriptRepository } from './testing/scripted-repository.ts'

let product: TestProduct
let owner: Headers
let repository: ScriptedRepository
let id: string

beforeAll(async () => {
  repository = scriptRepository([
    { name: 'old', message: 'Begin', files: { 'gone.ts': 'x\n' } },
    {
      name: 'new',
      parents: ['old'],
      message: 'Go on',
      files: {
        'gone.ts': null,
        'README.md': 'hello\n',
        'src/b.ts': 'b\n',
        'src/a.ts': 'a\n',
        'src/A big one.ts': 'A\n',
        'src-other/c.ts': 'c\n',
        'evil/\u202etxt\nexe"<b>.ts': 'x\n',
        'link.ts': { mode: '120000', content: 'src/a.ts' },
        vendored: { mode: '160000', content: 'a'.repeat(40) },
      },
    },
  ])
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  id = await registerRepository(product.db, product.services.service('test'), repository.path)
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

async function get(query = '', headers: object = owner, of = id) {
  const reply = await product.app.inject({ url: `/v1/repositories/${of}/files${query}`, headers: { ...headers } })
  return { status: reply.statusCode, body: reply.json() }
}
const paths = async (query: string) => (await get(query)).body.items.map((one: { path: string }) => one.path)

// git sorts by bytes of the whole path: a hyphen comes before the slash
const all = [
  'README.md',
  'evil/\u202etxt\nexe"<b>.ts',
  'link.ts',
  'src-other/c.ts',
  'src/A big one.ts',
  'src/a.ts',
  'src/b.ts',
]

test('before a commit was read there is none, and no file', async () => {
  expect(await get()).toEqual({ status: 200, body: { items: [], next: null, commit: null } })
})

describe('the files of the newest commit that was read', () => {
  beforeAll(async () => {
    const signal = new AbortController().signal
    await importRepository(product.db, product.services.service('test'), id, { signal })
  })

  test('are listed in the order of git with the commit, without submodules', async () => {
    expect(await get()).toMatchObject({ status: 200, body: { next: null, commit: repository.oid('new') } })
    expect(await paths('')).toEqual(all)
  })

  test.each([
    ['?prefix=src/', ['src/A big one.ts', 'src/a.ts', 'src/b.ts']],
    ['?prefix=src', ['src-other/c.ts', 'src/A big one.ts', 'src/a.ts', 'src/b.ts']],
    ['?prefix=SRC', []],
    ['?q=BIG', ['src/A big one.ts']],
    ['?q=.ts&prefix=src/', ['src/A big one.ts', 'src/a.ts', 'src/b.ts']],
    ['?q=*', []],
    ['?prefix=../', []],
  ])('are narrowed by %s', async (query, wanted) => {
    expect(await paths(query)).toEqual(wanted)
  })

  test('page by cursor without a gap, also where few of them are wanted', async () => {
    for (const [query, wanted] of [
      ['limit=2', all],
      ['limit=1&q=s&prefix=src', ['src-other/c.ts', 'src/A big one.ts', 'src/a.ts', 'src/b.ts']],
    ] as const) {
      const seen: string[] = []
      for (let cursor = ''; ; ) {
        const { body } = await get(`?${query}${cursor}`)
        seen.push(...body.items.map((one: { path: string }) => one.path))
        if (body.next === null) break
        cursor = `&cursor=${body.next}`
      }
      expect(seen).toEqual(wanted)
    }
  })

  test('a cursor that is torn, or of another commit, is refused', async () => {
    for (const cursor of ['x', `${repository.oid('old')}.1`, `${repository.oid('new')}.-1`, `HEAD.1`])
      expect(await get(`?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'cursor_invalid' } })
  })

  test.each(['?limit=0', '?limit=1001', `?q=${'x'.repeat(201)}`, `?prefix=${'x'.repeat(4097)}`])(
    'what is out of bounds is refused: %.20s',
    async (query) => {
      expect(await get(query)).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
    },
  )

  test('who has no token, no permission or names no repository is refused', async () => {
    expect(await get('', {})).toMatchObject({ status: 401, body: { code: 'not_signed_in' } })
    const other = await product.token({ scopes: ['change:read'] })
    expect(await get('', other)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await get('', owner, 'repo_none')).toMatchObject({ status: 404, body: { code: 'repository_not_found' } })
    expect((await get('', await product.token({ scopes: ['repository:read'] }))).status).toBe(200)
  })

  test('a repository that is gone is a problem, not a fault', async () => {
    const gone = scriptRepository([{ name: 'only', message: 'Begin', files: { a: 'a\n' } }])
    const ctx = product.services.service('test')
    const goneId = await registerRepository(product.db, ctx, gone.path)
    await importRepository(product.db, ctx, goneId, { signal: new AbortController().signal })
    gone.remove()
    expect(await get('', owner, goneId)).toMatchObject({ status: 422, body: { code: 'repository_unreadable' } })
  })
})
