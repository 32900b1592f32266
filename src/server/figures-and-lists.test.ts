import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changesModule, importRepository, registerRepository } from '#domains/changes'
import { createPolicySource, judgeChanges } from '#domains/gates'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { approvedPullRequest, judgedHistory } from '#test/judged-history.ts'

interface Listed {
  readonly title: string
  readonly risk: { readonly level: string; readonly score: number } | null
  readonly gate: { readonly result: string } | null
}

const [begin, ask, parser, nothing] = ['Begin', 'Ask for signatures', 'Add the parser', 'Ask for nothing']
const [explain, guard, future] = ['Explain the parser', 'Guard the tokens', 'Come from the future']
const repository = judgedHistory()
let product: TestProduct
let owner: Headers
let repositoryId: string
beforeAll(async () => {
  product = await startTestProduct({ jobs: 'queue', config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  const ctx = product.services.service('test')
  repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

const get = async (url: string) => (await product.app.inject({ url, headers: owner })).json()
const titles = async (query: string) =>
  (await get(`/v1/changes?${query}`)).items.map((one: { title: string }) => one.title)

test('what was neither assessed nor judged tells so, and is among no level and no result', async () => {
  const { items } = await get('/v1/changes')
  expect(items.map(({ risk, gate }: Listed) => [risk, gate])).toEqual(Array.from({ length: 7 }, () => [null, null]))
  expect(await titles('risk=medium')).toEqual([])
  expect((await get('/v1/gates/merge/figures')).months).toEqual([])
})

describe('once they are judged', () => {
  beforeAll(async () => {
    const commit = repository.oid('explain')
    await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`,
      headers: { ...owner, 'content-type': 'application/octet-stream' },
      payload: approvedPullRequest(commit),
    })
    const judge = { engine: product.services.policy, policy: createPolicySource() }
    await judgeChanges(product.db, product.services.service('gate'), judge, { repositoryId })
  })

  test('each change tells its risk and what the gate said', async () => {
    const { items } = await get('/v1/changes')
    expect(items.map(({ title, risk, gate }: Listed) => [title, risk?.level, risk?.score, gate?.result])).toEqual([
      [future, 'medium', 7.5, 'unknown'],
      [guard, 'critical', 14.4, 'unknown'],
      [explain, 'low', 3, 'pass'],
      [nothing, 'high', 10.5, 'fail'],
      [parser, 'medium', 7.5, 'fail'],
      [ask, 'high', 10.5, 'unknown'],
      [begin, 'medium', 7.5, 'unknown'],
    ])
  })

  test.each([
    ['risk=low', [explain]],
    ['risk=medium', [future, parser, begin]],
    ['risk=medium&order=oldest', [begin, parser, future]],
    ['risk=high', [nothing, ask]],
    ['risk=critical', [guard]],
    ['gate=pass', [explain]],
    ['gate=fail', [nothing, parser]],
    ['gate=unknown', [future, guard, ask, begin]],
    ['gate=error', []],
    ['risk=medium&gate=unknown', [future, begin]],
    ['risk=high&gate=pass', []],
    ['risk=medium&q=parser', [parser]],
    ['gate=unknown&ai=ai', [guard]],
    ['gate=unknown&repositoryId=repo_other', []],
    // the first moment counts, the last one does not
    ['gate=fail&from=2026-10-20T12:00:00Z&to=2026-12-10T12:00:00Z', [parser]],
    ['risk=medium&gate=unknown&from=2027-01-01T00:00:00Z', [future]],
  ])('those that are asked for by %s are listed, and counted', async (query, wanted) => {
    expect(await titles(query)).toEqual(wanted)
    const { changes } = await get(`/v1/changes/figures?${query.replace(/&?order=\w+/, '')}`)
    expect(changes).toBe(wanted.length)
  })

  test.each([
    ['gate=unknown&order=newest', [future, guard, ask, begin]],
    ['gate=unknown&order=oldest', [begin, ask, guard, future]],
    ['risk=medium&gate=unknown&order=newest', [future, begin]],
    ['risk=medium&gate=unknown&order=oldest', [begin, future]],
  ])('they page by cursor without a gap: %s', async (query, wanted) => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const page: { items: { title: string }[]; next: string | null } = await get(
        `/v1/changes?limit=1&${query}${next === '' ? '' : `&cursor=${next}`}`,
      )
      expect(page.items).toHaveLength(1)
      seen.push(...page.items.map((one) => one.title))
      next = page.next
    }
    expect(seen).toEqual(wanted)
  })

  test.each(['risk=severe', 'gate=maybe', 'risk=', 'gate=PASS'])(
    '%s is refused: there is no such value',
    async (query) => {
      for (const path of ['/v1/changes', '/v1/changes/figures']) {
        const reply = await product.app.inject({ url: `${path}?${query}`, headers: owner })
        expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
      }
    },
  )

  test('levels and results are counted as the lists show them', async () => {
    expect((await get('/v1/risk/figures')).changes).toEqual({ low: 1, medium: 3, high: 2, critical: 1 })
    expect((await get('/v1/gates/merge/figures')).results).toEqual({ pass: 1, fail: 2, unknown: 4, error: 0 })
    const { items } = await get('/v1/risk/assessments?limit=3')
    // of equal scores either may be first
    expect(items.map((one: Listed) => one.title).sort()).toEqual([ask, nothing, guard].sort())
  })

  test('results by month are those of the last two years that have any, without a gap and without what has not come yet', async () => {
    const month = (name: string, counts: object) => ({ month: name, pass: 0, fail: 0, unknown: 0, error: 0, ...counts })
    expect((await get('/v1/gates/merge/figures')).months).toEqual([
      month('2026-10', { fail: 1, unknown: 1 }),
      month('2026-11', {}),
      month('2026-12', { fail: 1 }),
      month('2027-01', { pass: 1 }),
      month('2027-02', { unknown: 1 }),
    ])
    product.pass(Date.parse('2028-10-01T00:00:00Z') - product.services.clock())
    owner = await product.asOwner()
    const later = (await get('/v1/gates/merge/figures')).months
    expect(later.map((one: { month: string }) => one.month)).toEqual([
      ...['2026-10', '2026-11', '2026-12', '2027-01', '2027-02', '2027-03', '2027-04'],
    ])
  })

  test('decisions tell the title of the change or commit that they are about, and null of what is not known', async () => {
    const { items } = await get('/v1/decisions')
    expect(items.map((one: Listed) => one.title).sort()).toEqual(
      [ask, begin, explain, future, guard, nothing, parser].sort(),
    )
    const run = async (commit: string) => {
      const payload = { repositoryId, commit }
      const reply = await product.app.inject({ method: 'POST', url: '/v1/gates/merge/runs', headers: owner, payload })
      const url = `/v1/decisions/${reply.json().decisionId}`
      return get(url)
    }
    expect(await run(repository.oid('guard'))).toMatchObject({
      targets: [`commit:${repository.oid('guard')}`, `repository:${repositoryId}`],
      title: guard,
    })
    const ada = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
    const tree = repository.git('rev-parse', 'main^{tree}')
    const apart = repository.git(...ada, 'commit-tree', tree, '-p', repository.oid('guard'), '-m', 'Not merged')
    expect((await run(apart)).title).toBeNull()
  })
})

test('a product without risk and gates has neither their parameters nor their fields', () => {
  const { routes } = changesModule({ ...product.services, afterImport: async () => undefined })
  const query = (path: string) => Object.keys(routes.find((one) => one.path === path)?.query.shape ?? {})
  const filters = ['repositoryId', 'q', 'ai', 'from', 'to']
  expect(query('/v1/changes')).toEqual([...filters, 'limit', 'cursor', 'order'])
  expect(query('/v1/changes/figures')).toEqual(filters)
})
