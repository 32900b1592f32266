import { afterAll, beforeAll, expect, test } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { createEvidenceReader } from '#domains/evidence'
import { replay } from '#kernel/policy'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScriptedRepository, scriptRepository } from '../changes/testing/scripted-repository.ts'
import { judgeLocally } from './local.ts'
import { createPolicySource } from './policy.ts'
import { judgeChanges } from './service.ts'

const day = 86_400
const start = Date.UTC(2026, 0, 5) / 1000
const claude = 'Read tokens\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n'
const junit = '<testsuites><testsuite name="all"><testcase name="a"/></testsuite></testsuites>'

let product: TestProduct
let owner: Headers
let repository: ScriptedRepository
let repositoryId: string

beforeAll(async () => {
  repository = scriptRepository([
    { name: 'first', message: 'Begin\n', at: start, files: { 'README.md': 'hello\n' } },
    {
      name: 'tokens',
      message: claude,
      at: start + day,
      parents: ['first'],
      files: { 'src/auth/token.ts': 'export const a = 1\n' },
    },
    { name: 'docs', message: 'Explain\n', at: start + 2 * day, parents: ['tokens'], files: { 'docs/a.md': 'why\n' } },
  ])
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
  owner = await product.asOwner()
  const ctx = product.services.service('test')
  repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
})
afterAll(async () => {
  await product.close()
  repository.remove()
})

const judge = () => ({ engine: product.services.policy, policy: createPolicySource() })
const judgeAgain = () => judgeChanges(product.db, product.services.service('gate'), judge(), { repositoryId })

async function get(url: string) {
  const reply = await product.app.inject({ method: 'GET', url, headers: owner })
  return { status: reply.statusCode, body: reply.json() }
}

async function post(url: string, payload: object) {
  const reply = await product.app.inject({ method: 'POST', url, headers: owner, payload })
  return { status: reply.statusCode, body: reply.json() }
}

async function attach(commit: string, content: string) {
  const reply = await product.app.inject({
    method: 'POST',
    url: `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`,
    headers: { ...owner, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(content),
  })
  expect(reply.statusCode).toBe(201)
}

async function changeOf(name: string): Promise<string> {
  const { body } = await get(`/v1/changes?repositoryId=${repositoryId}`)
  for (const { id } of body.items) {
    const { body: change } = await get(`/v1/changes/${id}`)
    if (change.headOid === repository.oid(name)) return id
  }
  throw new Error(`no change ${name}`)
}

test('before anything judged a change, the gate says how to ask', async () => {
  const reply = await get(`/v1/changes/${await changeOf('tokens')}/gate`)
  expect(reply).toMatchObject({ status: 404, body: { code: 'gate_not_run' } })
})

test('each change of a history is assessed and judged once, as of its time, with a record of both', async () => {
  expect(await judgeAgain()).toEqual({ judged: 3, unchanged: 0 })
  const records = await product.records()
  const of = (type: string) => records.filter((one) => one.type === type)
  expect([of('risk.assessed').length, of('decision.made').length, of('policy.activated').length]).toEqual([3, 3, 1])
  const change = await changeOf('tokens')
  const decision = of('decision.made').find((one) => one.targets.some((target) => target.id === change))
  const assessed = of('risk.assessed').find((one) => one.targets.some((target) => target.id === change))
  const imported = of('change.imported').find((one) => one.targets.some((target) => target.id === change))
  expect(decision?.refs).toEqual([imported?.id, assessed?.id])
  expect(decision?.compliance).toMatchObject({ decision: 'deny', policy: 'merge' })
  expect(await judgeAgain()).toEqual({ judged: 0, unchanged: 3 })
  expect((await product.records()).length).toBe(records.length)
})

test('what git alone cannot tell is unknown, and a declared AI tool is known', async () => {
  const { body } = await get(`/v1/changes/${await changeOf('tokens')}/gate`)
  const status = (id: string) => body.rules.find((one: { id: string }) => one.id === id)?.status
  expect(status('security.scan-ai')).toBe('unknown')
  expect(status('compliance.human-approval')).toBe('unknown')
  expect(status('compliance.signed-commits')).toBe('fail')
  expect(status('charter.accountable-human')).toBe('pass')
  expect(body.unknowns.map((one: { path: string }) => one.path)).toContain('evidence.sast')
  expect(body.assessment.factors.find((one: { name: string }) => one.name === 'aiGenerated')).toMatchObject({
    value: 'generated',
    source: 'derived',
  })
  const { body: docs } = await get(`/v1/changes/${await changeOf('docs')}/gate`)
  expect(docs.rules.find((one: { id: string }) => one.id === 'quality.tests').status).toBe('not_applicable')
})

test('what the gate says of all changes is counted, with the facts that it waits for', async () => {
  const { body } = await get('/v1/gates/merge/figures')
  expect(body).toMatchObject({ judged: 3, results: { pass: 0, fail: 0, unknown: 3, error: 0 } })
  const changes = (what: string) => body.missing.find((one: { what: string }) => one.what === what)?.changes
  expect(changes('its reviews and approvals')).toBe(3)
  // only one of them touches what can be tested
  expect(changes('the test report of exactly this commit')).toBe(1)
  const counts = body.missing.map((one: { changes: number }) => one.changes)
  expect(counts).toEqual([...counts].sort((a, b) => b - a))
})

test('evidence makes one rule known, in a new decision that names the one before', async () => {
  const change = await changeOf('tokens')
  const before = (await get(`/v1/changes/${change}/gate`)).body
  await attach(repository.oid('tokens'), junit)
  expect(await judgeAgain()).toEqual({ judged: 1, unchanged: 2 })
  const after = (await get(`/v1/changes/${change}/gate`)).body
  expect(after.rules.find((one: { id: string }) => one.id === 'quality.tests').status).toBe('pass')
  expect(after.decisionId).not.toBe(before.decisionId)
  const { body: attached } = await get(`/v1/evidence?changeId=${change}`)
  expect(attached.items.map((one: { commit: string }) => one.commit)).toEqual([repository.oid('tokens')])
  expect((await get(`/v1/evidence?changeId=${await changeOf('docs')}`)).body.items).toEqual([])
  const none = await get('/v1/evidence?changeId=chg_none')
  expect([none.status, none.body.code]).toEqual([404, 'change_not_found'])
  const records = (await product.records()).filter((one) => one.type === 'decision.made')
  const old = records.find((one) => (one.data as { decisionId: string }).decisionId === before.decisionId)
  expect(records.at(-1)?.refs).toContain(old?.id)
})

test('a commit is judged when somebody asks, with the answer recorded and replayed to the same bytes', async () => {
  const { status, body } = await post('/v1/gates/merge/runs', { repositoryId, commit: repository.oid('tokens') })
  expect(status).toBe(200)
  expect(body).toMatchObject({ result: 'unknown', decision: 'deny', decisionId: expect.stringMatching(/^dec_/) })
  await product.records()
  while ((await product.ledger.follower.status()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const again = await post(`/v1/decisions/${body.decisionId}/replay`, {})
  expect(again).toMatchObject({ status: 200, body: { same: true } })
})

test('the command line and the server say the same of the same commit with the same reports', async () => {
  const { body } = await post('/v1/gates/merge/runs', {
    repositoryId,
    commit: repository.oid('tokens'),
    base: 'main~2',
  })
  expect(body).toMatchObject({ code: 'branch_missing' })
  const asked = await post('/v1/gates/merge/runs', {
    repositoryId,
    commit: repository.oid('tokens'),
    base: repository.oid('first'),
  })
  const reader = createEvidenceReader()
  const report = await reader.read(Buffer.from(junit), {})
  await reader.close()
  const local = await judgeLocally(judge(), {
    path: repository.path,
    commit: repository.oid('tokens'),
    base: repository.oid('first'),
    reports: [{ name: 'junit.xml', parsed: report }],
    now: '2027-03-01T09:00:00.000Z',
  })
  expect(local.verdict.factsDigest).toBe(asked.body.factsDigest)
  expect(local.verdict.revision).toBe(asked.body.policyRevision)
  const told = (rules: readonly { id: string; status: string; message: string }[]) =>
    rules.map(({ id, status, message }) => [id, status, message])
  expect(told(local.verdict.rules)).toEqual(told(asked.body.rules))
})

test('a decision is made again from what a pack carries, and not from anything else', async () => {
  const { createGovernance } = await import('#server')
  const files = await createGovernance(product.services).attachments(repositoryId)
  const texts = await Promise.all(
    files.map(async (file) => [file.sha256, Buffer.from(await file.read()).toString()] as const),
  )
  const records = (await product.records()).filter((one) => one.type === 'decision.made')
  const snapshots = new Map(texts.map(([sha256, text]) => [`sha256:${sha256}`, text]))
  const questions = texts.flatMap(([, text]) => text.split('\n')).filter((line) => line.startsWith('{"exceptions"'))
  expect(questions.length).toBe(records.length)
  for (const { data } of records) {
    const { policyRevision } = data as { policyRevision: string }
    const snapshot = snapshots.get(policyRevision) ?? ''
    const answers = await Promise.all(
      questions.map((question) => replay(product.services.policy, { data, question, snapshot })),
    )
    expect(answers.filter((one) => one.same).length).toBe(1)
  }
})

test('the rules of the base commit count: a change cannot loosen its own', async () => {
  const loose = 'version: 1\ngate:\n  modes:\n    compliance.ticket: warn\n'
  const own = scriptRepository([
    { name: 'first', message: 'Begin\n', at: start, files: { 'a.ts': 'export {}\n' } },
    { name: 'loosen', message: 'Loosen\n', at: start + day, parents: ['first'], files: { '.countersign.yaml': loose } },
    { name: 'later', message: 'Later\n', at: start + 2 * day, parents: ['loosen'], files: { 'b.ts': 'export {}\n' } },
  ])
  const modeOf = async (name: string) => {
    const { verdict } = await judgeLocally(judge(), {
      path: own.path,
      commit: own.oid(name),
      base: undefined,
      reports: [],
      now: '2027-03-01T09:00:00.000Z',
    })
    return verdict.rules.find((one) => one.id === 'compliance.ticket')?.mode
  }
  expect(await modeOf('loosen')).toBe('enforce')
  expect(await modeOf('later')).toBe('warn')
  own.remove()
})

test('settings that cannot be used stop the question with what to correct', async () => {
  const wrong = scriptRepository([
    {
      name: 'first',
      message: 'Begin\n',
      at: start,
      files: { '.countersign.yaml': 'version: 1\ngate:\n  params:\n    quality:\n      minCoverage: 400\n' },
    },
    { name: 'later', message: 'Later\n', at: start + day, parents: ['first'], files: { 'b.ts': 'export {}\n' } },
  ])
  const ask = judgeLocally(judge(), {
    path: wrong.path,
    commit: wrong.oid('later'),
    base: undefined,
    reports: [],
    now: '2027-03-01T09:00:00.000Z',
  })
  await expect(ask).rejects.toMatchObject({ code: 'policy_setting_invalid' })
  wrong.remove()
})
