import { afterAll, beforeAll, expect, test } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScriptedRepository, scriptRepository } from '../changes/testing/scripted-repository.ts'
import { assessChanges, latestAssessments, type Told } from './index.ts'

let product: TestProduct
let owner: Headers
let repository: ScriptedRepository
let repositoryId: string
let ids: string[]

const loose =
  "version: 1\nrisk: { paths: [{ match: ['src/auth/**'], dataSensitivity: low, systemCriticality: low, regulatoryImpact: none }] }\n"

beforeAll(async () => {
  product = await startTestProduct()
  owner = await product.asOwner()
  repository = scriptRepository([
    { name: 'a', message: 'A', files: { 'src/a.ts': 'a\n' } },
    // loosens the rules and uses that in the same change: it is judged by those before
    { name: 'b', parents: ['a'], message: 'B', files: { '.countersign.yaml': loose, 'src/auth/a.ts': 'a\n' } },
    { name: 'c', parents: ['b'], message: 'C', files: { 'src/auth/a.ts': 'b\n' } },
    { name: 'd', parents: ['c'], message: 'D', files: { '.countersign.yaml': 'version: 3\n' } },
    { name: 'e', parents: ['d'], message: 'E\n\nReviewed-by: Bo <bo@example.com>\n', files: { 'docs/a.md': 'b\n' } },
  ])
  const ctx = product.services.service('test')
  repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
  const reply = await product.app.inject({ url: '/v1/changes', headers: owner })
  ids = reply
    .json()
    .items.map((one: { id: string }) => one.id)
    .reverse()
  expect(ids).toHaveLength(5)
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

const assess = (told?: Record<string, Told>) =>
  assessChanges(product.db, product.services.service('assessor'), {
    repositoryId,
    ...(told === undefined ? {} : { toldOf: async () => new Map(Object.entries(told)) }),
  })
const get = async (url: string) => (await product.app.inject({ url, headers: owner })).json()

test('every change of a repository is assessed once, under the rules of the commit that it was merged to', async () => {
  expect(await assess()).toEqual({ recorded: 5, unchanged: 0 })
  const found = await latestAssessments(product.db, ids)
  const levels = ids.map((id) => {
    const one = found.get(id)?.assessment
    return [
      one?.score.used,
      one?.level,
      ...(one?.factors.slice(0, 3).map(({ value, source }) => `${value} ${source}`) ?? []),
    ]
  })
  expect(levels).toEqual([
    // 2 + 2 + 0 + 1 = 5, not reviewed
    [7.5, 'medium', 'medium default', 'medium default', 'none default'],
    // 3 + 3 + 1 + 1 = 8, not reviewed
    [12, 'high', 'high derived', 'high derived', 'low derived'],
    // 1 + 1 + 0 + 1 = 3, not reviewed
    [4.5, 'medium', 'low derived', 'low derived', 'none derived'],
    // the file of rules itself: 3 + 3 + 0 + 1 = 7, not reviewed
    [10.5, 'high', 'high derived', 'high derived', 'none default'],
    // rules with mistakes: 4 + 4 + 3 + 1 = 12, reviewed
    [12, 'high', 'critical unknown', 'critical unknown', 'high unknown'],
  ])
})

test('changes are counted by level, and listed with the highest score first, page by page', async () => {
  expect(await get('/v1/risk/figures')).toEqual({ changes: { low: 0, medium: 2, high: 3, critical: 0 } })
  const seen: [title: string, used: number, level: string][] = []
  let next: string | null = ''
  while (next !== null) {
    const page: { items: { title: string; score: { used: number }; level: string }[]; next: string | null } = await get(
      `/v1/risk/assessments?limit=2${next === '' ? '' : `&cursor=${next}`}`,
    )
    expect(page.items.length).toBeLessThanOrEqual(2)
    seen.push(...page.items.map(({ title, score, level }): [string, number, string] => [title, score.used, level]))
    next = page.next
  }
  // of equal scores either may be first
  expect(seen.slice(0, 2).sort()).toEqual([
    ['B', 12, 'high'],
    ['E', 12, 'high'],
  ])
  expect(seen.slice(2)).toEqual([
    ['D', 10.5, 'high'],
    ['A', 7.5, 'medium'],
    ['C', 4.5, 'medium'],
  ])
  const medium = await get('/v1/risk/assessments?level=medium')
  expect(medium.items.map((one: { title: string }) => one.title)).toEqual(['A', 'C'])
  const refused = await product.app.inject({ url: '/v1/risk/assessments?cursor=none', headers: owner })
  expect([refused.statusCode, refused.json().code]).toEqual([400, 'cursor_invalid'])
})

test('the record of an assessment names what it rests on, and no path, text or person', async () => {
  const records = await product.records()
  const assessed = records.filter(({ type }) => type === 'risk.assessed')
  expect(assessed).toHaveLength(5)
  const record = assessed.find(({ targets }) => targets.some(({ id }) => id === ids[1]))
  const change = records.find(
    ({ type, targets }) => type === 'change.imported' && targets.some(({ id }) => id === ids[1]),
  )
  const stored = (await latestAssessments(product.db, ids)).get(ids[1] ?? '')
  expect(record).toMatchObject({
    id: stored?.recordId,
    operation: 'risk.assess',
    targets: [
      { type: 'change', id: ids[1] },
      { type: 'repository', id: repositoryId },
    ],
    refs: [change?.id],
    data: {
      assessmentId: stored?.id,
      number: 1,
      score: { used: 12, low: 8, high: 14.4 },
      level: 'high',
      inputs: stored?.inputs,
      factors: [
        { name: 'dataSensitivity', value: 'high', points: 3, source: 'derived' },
        { name: 'systemCriticality', value: 'high', points: 3, source: 'derived' },
        { name: 'regulatoryImpact', value: 'low', points: 1, source: 'derived' },
        { name: 'aiComplexity', value: 'simple', points: 1, source: 'derived' },
        { name: 'aiGenerated', value: 'not_generated', multiplier: 1, source: 'default' },
        { name: 'humanReviewed', value: 'not_reviewed', multiplier: 1.5, source: 'unknown' },
      ],
    },
  })
  expect(stored?.id).toMatch(/^rsk_/)
  expect(JSON.stringify(assessed)).not.toMatch(/src\/|docs\/|example\.com|(?<![\w-])Bo(?![\w-])/)
})

test('it is assessed again when what it rests on has changed, as a new record, and not otherwise', async () => {
  expect(await assess()).toEqual({ recorded: 0, unchanged: 5 })
  const [, , third = ''] = ids
  expect(await assess({ [third]: { review: 'reviewed', aiStatement: 'assisted' } })).toEqual({
    recorded: 1,
    unchanged: 4,
  })
  const { items, next } = await get(`/v1/changes/${third}/risk`)
  expect(next).toBeNull()
  // 1 + 1 + 0 + 1 = 3, AI: 3.6
  expect(
    items.map((one: { number: number; score: { used: number }; level: string }) => [
      one.number,
      one.score.used,
      one.level,
    ]),
  ).toEqual([
    [2, 3.6, 'low'],
    [1, 4.5, 'medium'],
  ])
  const records = await product.records()
  const second = records.find(({ id }) => id === items[0].recordId)
  expect(second?.refs).toContain(items[1].recordId)
  const page = await get(`/v1/changes/${third}/risk?limit=1`)
  expect([page.items[0].number, page.next]).toEqual([2, '2'])
  expect((await get(`/v1/changes/${third}/risk?limit=1&cursor=${page.next}`)).items[0].number).toBe(1)
})

test('only the named changes are assessed where some are named', async () => {
  const told = async () => new Map(ids.map((id) => [id, { review: 'not_reviewed' as const }]))
  const options = { repositoryId, changeIds: ids.slice(0, 2), toldOf: told }
  expect(await assessChanges(product.db, product.services.service('assessor'), options)).toEqual({
    recorded: 2,
    unchanged: 0,
  })
})

test('what does not exist is 404', async () => {
  for (const url of ['/v1/changes/chg_none/risk', '/v1/risk/rules?repositoryId=repo_none'])
    expect((await product.app.inject({ url, headers: owner })).statusCode).toBe(404)
  await expect(
    assessChanges(product.db, product.services.service('assessor'), { repositoryId: 'repo_none' }),
  ).rejects.toMatchObject({ code: 'repository_not_found' })
})

test('the rules are listed with their sources, those of a repository with its mistakes', async () => {
  const shipped = await get('/v1/risk/rules')
  expect(shipped).toMatchObject({
    state: 'absent',
    problems: [],
    defaults: { dataSensitivity: 'medium', systemCriticality: 'medium', regulatoryImpact: 'none' },
  })
  expect(shipped.rules[0]).toMatchObject({
    id: 'authentication',
    source: 'built-in',
    effect: 'raise',
    dataSensitivity: 'high',
  })
  const { state, problems } = await get(`/v1/risk/rules?repositoryId=${repositoryId}`)
  expect(state).toBe('wrong')
  expect(problems[0]).toMatchObject({ line: 1, column: 1, source: '.countersign.yaml' })
})

test('patterns that are made to take long are given up, and others are answered meanwhile', async () => {
  const patterns = Array.from({ length: 200 }, (_, at) => `*${'a'.repeat(280)}b${at}`)
  const rules = [0, 50, 100, 150].map((from) => ({ match: patterns.slice(from, from + 50), category: 'slow' }))
  const text = JSON.stringify({ version: 1, risk: { paths: rules } })
  const paths = Array.from({ length: 200 }, (_, at) => `${at}`.padEnd(4090, 'a'))
  const payload = { text, paths }
  const slow = product.app.inject({ method: 'POST', url: '/v1/risk/rules/preview', headers: owner, payload })
  const order: string[] = []
  const asked = slow.then(() => order.push('preview'))
  await product.app.inject({ url: '/healthz' }).then(() => order.push('health'))
  await asked
  expect(order).toEqual(['health', 'preview'])
  expect([(await slow).statusCode, (await slow).json().code]).toEqual([422, 'rules_too_slow'])
})

test('a preview tells which rule decides about each path, and the mistakes of a text', async () => {
  const preview = async (payload: object) =>
    (await product.app.inject({ method: 'POST', url: '/v1/risk/rules/preview', headers: owner, payload })).json()
  expect(await preview({ text: loose, paths: ['src/auth/a.ts', 'x/login.ts', 'yarn.lock', 'a.ts'] })).toEqual({
    state: 'read',
    problems: [],
    paths: [
      {
        path: 'src/auth/a.ts',
        rules: ['paths[0]', 'authentication'],
        categories: ['authentication'],
        dataSensitivity: { value: 'low', rule: 'paths[0] of .countersign.yaml' },
        systemCriticality: { value: 'low', rule: 'paths[0] of .countersign.yaml' },
        regulatoryImpact: { value: 'none', rule: 'paths[0] of .countersign.yaml' },
      },
      {
        path: 'x/login.ts',
        rules: ['authentication'],
        categories: ['authentication'],
        dataSensitivity: { value: 'high', rule: 'built-in authentication' },
        systemCriticality: { value: 'high', rule: 'built-in authentication' },
        regulatoryImpact: { value: 'low', rule: 'built-in authentication' },
      },
      {
        path: 'yarn.lock',
        rules: ['dependencies'],
        categories: ['dependencies'],
        dataSensitivity: { value: 'medium', rule: null },
        systemCriticality: { value: 'high', rule: 'built-in dependencies' },
        regulatoryImpact: { value: 'none', rule: null },
      },
      {
        path: 'a.ts',
        rules: [],
        categories: [],
        dataSensitivity: { value: 'medium', rule: null },
        systemCriticality: { value: 'medium', rule: null },
        regulatoryImpact: { value: 'none', rule: null },
      },
    ],
  })
  expect(await preview({ text: 'version: 1\nx: 1\n', paths: [] })).toMatchObject({
    state: 'wrong',
    problems: [{ line: 2, column: 1 }],
  })
})

test('a repository that is gone is said, and nothing is recorded', async () => {
  const gone = scriptRepository([{ name: 'a', message: 'A', files: { 'a.ts': 'a\n' } }])
  const ctx = product.services.service('test')
  const id = await registerRepository(product.db, ctx, gone.path)
  await importRepository(product.db, ctx, id, { signal: new AbortController().signal })
  gone.remove()
  await expect(assessChanges(product.db, ctx, { repositoryId: id })).rejects.toMatchObject({
    code: 'repository_unreadable',
  })
})
