import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { decideAndRecord } from '../testing/decided.ts'
import { ask, goodFacts, noScan, sampleSet } from '../testing/sample.ts'

let product: TestProduct
let owner: Headers
const ids: Record<string, string> = {}

beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  const set = await sampleSet()
  const { evidence, change } = goodFacts
  const decide = async (name: string, facts: object, about: object = {}) => {
    const targets = [
      { type: 'change', id: `chg_${name}` },
      { type: 'repository', id: name === 'audited' ? 'repo_2' : 'repo_1' },
    ]
    const made = await decideAndRecord(product.services, set, ask(facts as never), { targets, ...about })
    ids[name] = made.decisionId
    product.pass(60_000)
  }
  await decide('good', goodFacts)
  await decide('untested', { ...goodFacts, evidence: { ...evidence, coverage: 12 } })
  await decide('audited', { ...goodFacts, evidence: { ...evidence, coverage: 34 } }, { mode: 'audit' })
  await decide('unscanned', {
    ...goodFacts,
    change: { ...change, risk: 'high', ticket: null },
    unknown: [noScan],
    evidence: { coverage: 90 },
  })
})
afterAll(() => product.close())

async function get(query: string) {
  const reply = await product.app.inject({ url: `/v1/decisions${query}`, headers: owner })
  return { status: reply.statusCode, body: reply.json() }
}
/** Names of the decisions that a query finds, newest first. */
async function found(query: string): Promise<string[]> {
  const { items } = (await get(`?${query}`)).body
  return items.map((one: { id: string }) => Object.keys(ids).find((name) => ids[name] === one.id))
}

describe('decisions are found', () => {
  test.each([
    ['decision=allow', ['good']],
    ['decision=deny', ['unscanned', 'audited', 'untested']],
    ['enforced=false', ['audited']],
    ['decision=deny&enforced=true', ['unscanned', 'untested']],
    ['rule=sample.coverage', ['audited', 'untested']],
    ['rule=sample.scan', ['unscanned']],
    ['rule=sample.scan&status=not_applicable', ['audited', 'untested', 'good']],
    ['rule=sample.none', []],
    ['repositoryId=repo_2', ['audited']],
    ['repositoryId=repo_1&target=change:chg_good', ['good']],
    ['from=2027-03-01T09:02:00Z', ['unscanned', 'audited']],
    ['to=2027-03-01T09:01:00Z', ['good']],
    ['from=2027-03-01T09:01:00Z&to=2027-03-01T09:02:00Z', ['untested']],
    ['words=coverage%2012%25', ['untested']],
    ['words=Coverage', ['audited', 'untested']],
    ['words=no%20ticket', ['unscanned']],
    ['words=nothing%20of%20it', []],
  ])('by %s', async (query, names) => {
    expect(await found(query)).toEqual(names)
  })

  test('page by page under a filter', async () => {
    const first = (await get('?decision=deny&limit=2')).body
    expect(first.items).toHaveLength(2)
    const second = (await get(`?decision=deny&limit=2&cursor=${first.next}`)).body
    expect(second).toMatchObject({ items: [{ id: ids['untested'] }], next: null })
  })

  test.each(['decision=maybe', 'enforced=yes', 'status=good', 'from=yesterday', 'words='])(
    'not by %s',
    async (query) => {
      expect(await get(`?${query}`)).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
    },
  )
})

test('an export has a line for each with what the rules answered, and is recorded as a read without its words', async () => {
  const headers = await product.asOwner()
  const reply = await product.app.inject({ url: '/v1/decisions/export?words=coverage', headers })
  expect(reply.headers['content-type']).toContain('application/x-ndjson')
  const lines = reply.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map((one) => one.id)).toEqual([ids['audited'], ids['untested']])
  expect(lines[1]).toMatchObject({
    decision: 'deny',
    enforced: true,
    rules: [{ id: 'sample.coverage', status: 'fail', message: 'coverage is 12%' }, {}, {}],
  })
  const read = (await product.records()).findLast((one) => one.type === 'ledger.read')
  expect(JSON.stringify(read?.data)).not.toContain('coverage')
})

describe('a decision in words', () => {
  const explanation = async (name: string) => (await get(`/${ids[name]}`)).body.explanation

  test('says what it was, what held it back and who can mend that', async () => {
    expect(await explanation('good')).toEqual([
      'The merge gate allowed it: all 2 rules that are enforced passed or did not apply.',
    ])
    expect(await explanation('untested')).toEqual([
      'The merge gate denied it, because 1 of 2 rules that are enforced was not met.',
      '`sample.coverage` (Changed lines are tested) is not met: coverage is 12%. For the author: Test the lines that you changed.',
      'It is forbidden by `merge.gate`: The gate says fail: sample.coverage.',
    ])
    expect((await explanation('audited'))[0]).toBe(
      'The merge gate denied it, because 1 of 2 rules that are enforced was not met; that was only told, and held nothing back.',
    )
    expect((await explanation('unscanned')).slice(1, 3)).toEqual([
      '`sample.scan` (scan) cannot be told yet: not known: a security scan. To know it: run the scanner',
      '`sample.ticket` (ticket) only tells, and is not met: no ticket.',
    ])
  })
})
