import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScriptedRepository, scriptRepository } from '../changes/testing/scripted-repository.ts'
import { createPolicySource } from './policy.ts'
import type { RuleFigures } from './rule-figures.ts'
import type { RuleInForce } from './rules-in-force.ts'
import { judgeChanges } from './service.ts'

const settings = `version: 1
gate:
  params:
    quality: { minCoverage: 85, allowedComplexity: [simple] }
  modes: { compliance.ticket: warn }
`
const lines = (count: number) => 'export const a = 1\n'.repeat(count)
const ai = '\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n'

let product: TestProduct
let owner: Headers
let ruled: ScriptedRepository
let plain: ScriptedRepository
let ruledId: string
let plainId: string

async function govern(repository: ScriptedRepository): Promise<string> {
  const ctx = product.services.service('test')
  const id = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, id, { signal: new AbortController().signal })
  const judge = { engine: product.services.policy, policy: createPolicySource() }
  await judgeChanges(product.db, ctx, judge, { repositoryId: id })
  return id
}

beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
  owner = await product.asOwner()
  // two large changes without documentation, one with AI; and one that documents
  plain = scriptRepository([
    { name: 'one', message: 'Write much', at: 1_760_000_000, files: { 'a.ts': lines(300) } },
    { name: 'two', message: `Write more${ai}`, at: 1_760_000_100, parents: ['one'], files: { 'b.ts': lines(250) } },
    { name: 'doc', message: 'Explain', at: 1_760_000_200, parents: ['two'], files: { 'docs/a.md': 'why\n' } },
  ])
  ruled = scriptRepository([
    { name: 'set', message: 'Set the rules', at: 1_760_000_050, files: { '.countersign.yaml': settings } },
    { name: 'big', message: 'Write a lot', at: 1_760_000_150, parents: ['set'], files: { 'c.ts': lines(220) } },
  ])
  plainId = await govern(plain)
  ruledId = await govern(ruled)
})
afterAll(async () => {
  await product.close()
  plain.remove()
  ruled.remove()
})

async function call(method: 'GET' | 'POST', url: string, headers: object = owner, payload?: object) {
  const body = payload === undefined ? {} : { payload }
  const reply = await product.app.inject({ method, url, headers: { ...headers }, ...body })
  return { status: reply.statusCode, body: reply.json() }
}
const rules = async (query = '') => (await call('GET', `/v1/gates/merge/rules${query}`)).body
const changes = (id: string, query = '') => call('GET', `/v1/gates/merge/rules/${id}/changes${query}`)
type Listed = RuleInForce & { readonly changes: RuleFigures }
const find = (list: { items: Listed[] }, id: string): Listed => {
  const found = list.items.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no rule ${id}`)
  return found
}
const titles = async (id: string, query: string) =>
  (await changes(id, query)).body.items.map((one: { title: string }) => one.title)

describe('the rules', () => {
  test('are 27, each with what it rests on, as they come', async () => {
    const list = await rules()
    expect(list.items).toHaveLength(27)
    expect(list.settings).toEqual({ state: 'absent', problems: [], refusal: null })
    expect(find(list, 'quality.coverage')).toMatchObject({
      title: 'AI-assisted code is covered by tests',
      pack: 'quality',
      packTitle: 'Quality of AI-assisted changes',
      severity: 'high',
      owner: 'author',
      mode: 'enforce',
      builtInMode: 'enforce',
      exception: 'allowed',
      when: 'ai.assisted && change.sourceLines > 0',
      reads: ['ai.assisted', 'change.sourceLines', 'evidence.coverage.lines', 'evidence.coverage.percent'],
      tells: ['change.head', 'evidence.coverage.hit'],
      params: [
        {
          name: 'minCoverage',
          type: 'double',
          value: 80,
          builtIn: 80,
          min: 0,
          max: 100,
          oneOf: null,
          about: 'percent of the added lines of AI-assisted code that tests run',
        },
      ],
      variables: [],
    })
    const needs = find(list, 'quality.coverage').needs.map((one: { path: string }) => one.path)
    expect(needs.sort()).toEqual(['ai.assisted', 'evidence.coverage'])
    expect(find(list, 'charter.no-automatic-delivery').variables).toEqual([
      { name: 'independent', expression: expect.stringContaining("a.state == 'approved'") },
    ])
    expect(find(list, 'charter.no-automatic-delivery').exception).toBe('never')
  })

  test('say of how many changes they say what, of all and of one repository', async () => {
    const none = { pass: 0, fail: 0, excepted: 0, unknown: 0, not_applicable: 0, error: 0, held: 0 }
    // 300, 250 and 220 lines without documentation; it warns only
    expect(find(await rules(), 'quality.documentation').changes).toEqual({ ...none, fail: 3, not_applicable: 2 })
    expect(find(await rules(`?repositoryId=${plainId}`), 'quality.documentation').changes).toEqual({
      ...none,
      fail: 2,
      not_applicable: 1,
    })
    // nobody scanned anything: unknown of all, and so each is held
    expect(find(await rules(), 'security.secrets').changes).toEqual({ ...none, unknown: 5, held: 5 })
    expect(find(await rules(), 'charter.accountable-human').changes).toEqual({ ...none, pass: 5 })
  })

  test('stand as the newest commit of a repository sets them', async () => {
    const list = await rules(`?repositoryId=${ruledId}`)
    expect(list.settings).toEqual({ state: 'read', problems: [], refusal: null })
    expect(find(list, 'compliance.ticket')).toMatchObject({ mode: 'warn', builtInMode: 'enforce' })
    expect(find(list, 'quality.coverage').params[0]).toMatchObject({ value: 85, builtIn: 80 })
    expect(find(list, 'quality.complexity').params[0]).toMatchObject({
      name: 'allowedComplexity',
      value: ['simple'],
      builtIn: ['simple', 'moderate', 'complex'],
    })
    expect(find(list, 'quality.tests').mode).toBe('enforce')
  })

  test('of a repository that is not there, or may not be read, are refused', async () => {
    const url = '/v1/gates/merge/rules'
    expect(await call('GET', `${url}?repositoryId=repo_none`)).toMatchObject({
      status: 404,
      body: { code: 'repository_not_found' },
    })
    expect((await call('GET', `${url}?repositoryId=${'x'.repeat(101)}`)).status).toBe(400)
    expect((await call('GET', url, {})).status).toBe(401)
    expect((await call('GET', url, await product.token({ scopes: ['risk:read'] }))).status).toBe(403)
  })
})

describe('the changes of a rule', () => {
  test('are those of which it says so now, newest first, with what it said', async () => {
    const { status, body } = await changes('quality.documentation')
    expect(status).toBe(200)
    expect(body.next).toBeNull()
    expect(body.items.map((one: { title: string }) => one.title)).toEqual(['Write a lot', 'Write more', 'Write much'])
    expect(body.items[0]).toMatchObject({
      repositoryId: ruledId,
      mode: 'warn',
      message: '220 lines of code and no documentation',
      mergedAt: '2025-10-09T08:55:50.000Z',
    })
    const decision = await call('GET', `/v1/decisions/${body.items[0].decisionId}`)
    expect(decision.body.targets).toContain(`change:${body.items[0].changeId}`)
  })

  test.each([
    ['quality.documentation', 'status=not_applicable', ['Explain', 'Set the rules']],
    ['quality.documentation', 'status=pass', []],
    ['security.secrets', 'status=unknown&limit=2', ['Explain', 'Write a lot']],
    ['security.secrets', 'status=fail', []],
    ['charter.accountable-human', 'status=pass&limit=1', ['Explain']],
  ])('%s with %s', async (id, query, wanted) => {
    expect(await titles(id, `?${query}`)).toEqual(wanted)
  })

  test('may be of one repository', async () => {
    expect(await titles('quality.documentation', `?repositoryId=${plainId}`)).toEqual(['Write more', 'Write much'])
    expect(await titles('quality.documentation', '?repositoryId=repo_none')).toEqual([])
  })

  test('page by cursor without a gap', async () => {
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await changes('security.secrets', `?status=unknown&limit=1${cursor}`)
      seen.push(...body.items.map((one: { title: string }) => one.title))
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(seen).toEqual(['Explain', 'Write a lot', 'Write more', 'Set the rules', 'Write much'])
  })

  test('of no rule, with a torn cursor or out of bounds are refused', async () => {
    for (const id of ['no.rule', 'constructor', '__proto__'])
      expect(await changes(id)).toMatchObject({ status: 404, body: { code: 'rule_not_found' } })
    for (const cursor of ['x', '1.2.3', '99999999999999999.1.chg_a', '1.1.chg_'])
      expect(await changes('security.secrets', `?cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: { code: 'cursor_invalid' },
      })
    for (const query of ['status=wrong', 'limit=0', 'limit=201'])
      expect(await changes('security.secrets', `?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'request_invalid' },
      })
    const url = '/v1/gates/merge/rules/security.secrets/changes'
    expect((await call('GET', url, {})).status).toBe(401)
    expect((await call('GET', url, await product.token({ scopes: ['change:read'] }))).status).toBe(403)
  })
})

describe('a preview of settings', () => {
  const preview = async (text: string | undefined, headers: object = owner) =>
    call('POST', '/v1/gates/merge/rules/preview', headers, text === undefined ? {} : { text })

  test('shows the rules as they would be, and records nothing', async () => {
    const before = (await product.records()).length
    const { status, body } = await preview(settings)
    expect(status).toBe(200)
    expect(body.settings).toEqual({ state: 'read', problems: [], refusal: null })
    expect(find(body, 'compliance.ticket').mode).toBe('warn')
    expect(find((await preview(undefined)).body, 'compliance.ticket').mode).toBe('enforce')
    expect((await product.records()).length).toBe(before)
  })

  test('tells mistakes with their lines, and uses nothing of such a file', async () => {
    const { body } = await preview(`${settings}rules: 1\n`)
    expect(body.settings).toMatchObject({ state: 'wrong', refusal: null })
    expect(body.settings.problems).toMatchObject([{ line: 6, column: 1, source: '.countersign.yaml' }])
    expect(find(body, 'compliance.ticket').mode).toBe('enforce')
  })

  test.each([
    ['params: { quality: { minCoverage: 101 } }', 'is above 100'],
    ['params: { quality: { minCover: 80 } }', 'no such parameter'],
    ['params: { beauty: { min: 1 } }', 'no such pack'],
    ['modes: { quality.beauty: warn }', 'no such rule'],
    ['modes: { charter.accountable-human: off }', 'always enforced'],
  ])('says why the gate would refuse %s', async (gate, why) => {
    const { body } = await preview(`version: 1\ngate:\n  ${gate}\n`)
    expect(body.settings.state).toBe('read')
    expect(body.settings.refusal).toContain(why)
  })

  test('is refused without permission, and beyond its bound', async () => {
    expect((await preview(settings, {})).status).toBe(401)
    expect((await preview(settings, await product.token({ scopes: ['risk:read'] }))).status).toBe(403)
    expect((await preview('x'.repeat(1_000_001))).status).toBe(400)
  })
})
