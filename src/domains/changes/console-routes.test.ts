import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScriptedRepository, scriptRepository } from './testing/scripted-repository.ts'

const ai = '\n\nCo-authored-by: Claude <noreply@anthropic.com>\n'
const day = 86_400
const start = Date.parse('2026-01-30T12:00:00Z') / 1000

let product: TestProduct
let repository: ScriptedRepository
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ jobs: 'run', config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  repository = scriptRepository([
    // 2 lines of nobody, 3 lines that a tool is declared for, a line of nobody
    { name: 'a', message: 'Begin the parser', at: start, files: { 'a.ts': 'one\ntwo\n' } },
    { name: 'b', parents: ['a'], message: `Quote: fix_it/now${ai}`, at: start + day, files: { 'b.ts': '1\n2\n3\n' } },
    {
      name: 'c',
      parents: ['b'],
      message: 'Ärger mit dem Parser',
      author: 'Zoë Ray <z@example.com>',
      at: start + 3 * day,
      files: { 'old.ts': null, 'c.ts': 'x\n', 'bin.dat': Buffer.from([0, 1, 2]) },
    },
  ])
  const payload = { path: repository.path }
  await product.app.inject({ method: 'POST', url: '/v1/repositories', headers: owner, payload })
  await vi.waitFor(async () => expect((await get('/v1/changes')).items).toHaveLength(3), {
    timeout: 20_000,
    interval: 100,
  })
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

async function get(url: string) {
  return (await product.app.inject({ url, headers: owner })).json()
}

const titles = async (query: string) =>
  (await get(`/v1/changes?${query}`)).items.map((one: { title: string }) => one.title)
const [first, second, third] = ['Begin the parser', 'Quote: fix_it/now', 'Ärger mit dem Parser']

describe('changes', () => {
  test.each([
    ['q=parser', [third, first]],
    ['q=PARS', [third, first]],
    ['q=fix+quote', [second]],
    ['q=it', [second]],
    ['q=%C3%A4rger', [third]],
    ['q=zo%C3%AB', [third]],
    ['q=arser', []],
    ['q=%27%3A%2A+%26+%7C+%21+parser', [third, first]],
    ['q=%26%7C%21', []],
    ['ai=ai', [second]],
    ['ai=declared', [second]],
    ['ai=attested', []],
    ['ai=unknown', [third, first]],
    ['from=2026-01-31T12:00:00Z', [third, second]],
    ['to=2026-01-31T12:00:00Z', [first]],
    ['from=2026-01-31T12:00:00Z&to=2026-02-01T00:00:00Z&q=quote', [second]],
    ['order=oldest', [first, second, third]],
    ['repositoryId=repo_other', []],
  ])('that are asked for by %s', async (query, wanted) => {
    expect(await titles(query)).toEqual(wanted)
  })

  test('are found by the start of their commit, and by their id', async () => {
    expect(await titles(`q=${repository.oid('b').slice(0, 8)}`)).toEqual([second])
    const { items } = await get('/v1/changes')
    expect(await titles(`q=${items[0].id}`)).toEqual([third])
  })

  test.each(['newest', 'oldest'])('page by cursor without a gap, %s first', async (order) => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { items: { title: string }[]; next: string | null } = await get(
        `/v1/changes?limit=1&order=${order}${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      seen.push(...page.items.map((one) => one.title))
      cursor = page.next
    }
    expect(seen).toEqual(order === 'newest' ? [third, second, first] : [first, second, third])
  })

  test('are counted by grade and month, with what is unknown', async () => {
    const figures = await get('/v1/changes/figures')
    const grades = { attested: 0, hinted: 0, humanAttested: 0 }
    expect(figures).toMatchObject({
      changes: 3,
      lines: { ...grades, declared: 3, unknown: 3, total: 6 },
      share: { attested: 0, declared: 0.5, high: 1, unknown: 0.5 },
      months: [
        { month: '2026-01', changes: 2, lines: { declared: 3, unknown: 2, total: 5 } },
        { month: '2026-02', changes: 1, lines: { declared: 0, unknown: 1, total: 1 } },
      ],
    })
    expect(figures.unknowns.map((one: { changes: number }) => one.changes)).toEqual([2, 1])
    expect((await get('/v1/changes/figures?ai=ai')).changes).toBe(1)
  })
})

describe('the diff of a file', () => {
  const idOf = async (title: string) =>
    (await get('/v1/changes')).items.find((one: { title: string }) => one.title === title).id

  test('has each line with its grade', async () => {
    const diff = await get(`/v1/changes/${await idOf(second)}/diff?path=b.ts`)
    expect(diff).toMatchObject({ path: 'b.ts', previousPath: null, class: 'counted', isCut: false, hasGrades: true })
    expect(diff.hunks[0].lines).toEqual(
      ['1', '2', '3'].map((text, at) => ({ kind: 'added', old: null, new: at + 1, text, grade: 'declared' })),
    )
  })

  test('of a root and of a binary file is one as well', async () => {
    expect((await get(`/v1/changes/${await idOf(first)}/diff?path=a.ts`)).hunks[0].lines).toHaveLength(2)
    expect(await get(`/v1/changes/${await idOf(third)}/diff?path=bin.dat`)).toMatchObject({ isBinary: true, hunks: [] })
  })

  test('is of files of the change alone, whatever the path would mean to git', async () => {
    const id = await idOf(second)
    for (const path of ['a.ts', '../b.ts', ':(top)b.ts', '*', 'b.ts/', '--output=x', '']) {
      const reply = await product.app.inject({
        url: `/v1/changes/${id}/diff?path=${encodeURIComponent(path)}`,
        headers: owner,
      })
      expect([path, reply.json().code]).toEqual([path, path === '' ? 'request_invalid' : 'file_not_in_change'])
    }
    expect((await get('/v1/changes/chg_never/diff?path=b.ts')).code).toBe('change_not_found')
  })

  test('needs its own permission', async () => {
    const headers = await product.token({ scopes: ['change:read'] })
    const url = `/v1/changes/${await idOf(second)}/diff?path=b.ts`
    expect((await product.app.inject({ url, headers })).json()).toMatchObject({ status: 403, code: 'forbidden' })
  })
})
