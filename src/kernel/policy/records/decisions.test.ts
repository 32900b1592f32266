import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eraseKeys, parseEntry, transact } from '#kernel/ledger'
import { silentLog } from '#platform/log.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { noteTaken } from '#test/ledger.ts'
import { createPolicyEngine } from '../engine/engine.ts'
import type { PolicySet } from '../policy-set.ts'
import { questionText } from '../question.ts'
import { decideAndRecord } from '../testing/decided.ts'
import { ask, goodFacts, noScan, sampleSet } from '../testing/sample.ts'
import { unanswered, verdictBytes } from '../verdict.ts'
import { recordDecision } from './record.ts'
import { openQuestion, replay, replayDecision } from './replay.ts'
import { findSnapshot } from './store.ts'

let product: TestProduct
let set: PolicySet
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  set = await sampleSet()
  owner = await product.asOwner()
})
afterAll(() => product.close())

const { evidence } = goodFacts
const failing = { ...goodFacts, evidence: { ...evidence, coverage: 12 } }
const lacking = {
  ...goodFacts,
  change: { ...goodFacts.change, risk: 'high' },
  unknown: [noScan],
  evidence: { coverage: 90 },
}

/** Everything durable is published and indexed, so that records open. */
async function settled(): Promise<void> {
  await product.records()
  await vi.waitFor(async () => expect((await product.ledger.follower.status()).lag).toBe(0), { timeout: 10_000 })
}

const get = (url: string, headers = owner) => product.app.inject({ url, headers })
const post = (url: string, headers = owner) => product.app.inject({ method: 'POST', url, headers })

describe('the record of a decision', () => {
  test('names question, policy and outcome, and shows no fact', async () => {
    const question = ask(failing)
    const { decisionId, recordId, verdict } = await decideAndRecord(product.services, set, question)
    const records = await product.records()
    const record = records.find((one) => one.id === recordId)
    const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
    expect(record).toMatchObject({
      type: 'decision.made',
      operation: 'decision.make',
      targets: [
        { type: 'change', id: 'chg_1' },
        { type: 'repository', id: 'repo_1' },
      ],
      inputHash: verdict.factsDigest,
      outputHash: sha256(verdictBytes(verdict)),
      compliance: { decision: 'deny', policy: 'merge', version: set.revision },
      data: {
        decisionId,
        gate: 'merge',
        result: 'fail',
        decision: 'deny',
        enforced: true,
        mode: 'enforce',
        policyRevision: sha256(set.snapshot),
        questionDigest: sha256(questionText(question).text),
        verdictDigest: sha256(verdictBytes(verdict)),
        rules: { fail: ['sample.coverage'], unknown: [], excepted: [], error: [], more: 0, pass: 1, notApplicable: 1 },
        determining: ['merge.gate'],
        errors: [],
      },
    })
    expect(JSON.stringify(record)).not.toContain('c0ffee')
    expect(records.filter((one) => one.type === 'policy.activated')).toMatchObject([
      {
        data: { revision: set.revision, packs: [{ id: 'sample', version: '1.0.0' }], packsTotal: 1, cedarPolicies: 2 },
      },
    ])
    expect(await findSnapshot(product.db, set.revision)).toBe(set.snapshot)
  })

  test('stays below the largest entry, however many rules there are', async () => {
    const rules = Array.from({ length: 200 }, (_, i) => ({
      ...unanswered('', '', '').authorization,
      id: `${'p'.repeat(64)}.${'r'.repeat(60)}${i}`,
      pack: 'p',
      title: 't',
      controls: [],
      category: 'quality' as const,
      severity: 'low' as const,
      owner: 'author' as const,
      mode: 'enforce' as const,
      status: (['fail', 'unknown', 'excepted', 'error'] as const)[i % 4] ?? 'fail',
      message: 'm',
      reads: [],
      saw: {},
      unknown: [],
      locations: [],
    }))
    const opa = Array.from({ length: 20 }, (_, i) => ({
      ...{
        engine: `${'e'.repeat(38)}${i}`,
        kind: 'opa-remote' as const,
        mode: 'enforce' as const,
        path: 'p'.repeat(200),
      },
      ...{ category: 'security' as const, owner: 'author' as const, digest: null, runner: null, error: null },
      ...{ revision: 'r'.repeat(500), decisionId: 'd'.repeat(200), isAllowed: true, violations: [] },
    }))
    const question = ask(goodFacts, { opa })
    const verdict = {
      ...unanswered(set.revision, questionText(question).factsDigest, 'e'.repeat(5000)),
      rules,
      authorization: {
        decision: 'deny' as const,
        determining: Array.from({ length: 100 }, (_, i) => ({
          id: `${'d'.repeat(120)}${i}`,
          effect: 'forbid' as const,
          reason: '',
          severity: null,
        })),
        errors: ['x'.repeat(5000)],
      },
    }
    const refs = Array.from({ length: 300 }, () => '01936f5e-0000-7000-8000-000000000000')
    const { recordId } = await decideAndRecord(product.services, set, question, { verdict, refs })
    await settled()
    const { record, index } = await product.ledger.records.get('org_test', recordId)
    const { bytes } = await product.ledger.published.entry(index)
    expect(parseEntry(bytes).p.id).toBe(recordId)
    expect(bytes.length).toBeLessThan(32 * 1024)
    expect(record.refs.length).toBe(64)
    expect(record.data['rules']).toMatchObject({ more: expect.any(Number) })
    const bound = record.data['opa'] as { engines: unknown[]; more: number }
    expect(bound.engines.length).toBeGreaterThan(3)
    expect(bound.engines.length + bound.more).toBe(20)
  })

  test('is not made of a verdict on another question or set', async () => {
    const { services } = product
    const verdict = await services.policy.decide(set, ask(failing))
    const wrong = { set, question: ask(), verdict, mode: 'enforce' as const, targets: [], refs: [] }
    const never = () => {
      throw new Error('it was recorded')
    }
    await expect(recordDecision(services.db as never, never, 0, wrong)).rejects.toThrow()
  })
})

describe('a decision over HTTP', () => {
  test('is listed newest first, by gate, result and target, a page at a time', async () => {
    const other = [{ type: 'change', id: 'chg_list' }]
    const ids: string[] = []
    for (const facts of [goodFacts, failing, lacking]) {
      product.pass(1000)
      ids.unshift(
        (await decideAndRecord(product.services, set, ask(facts), { targets: other, mode: 'audit' })).decisionId,
      )
    }
    const list = async (query: string) => (await get(`/v1/decisions?target=change:chg_list${query}`)).json()
    expect((await list('')).items.map((one: { id: string }) => one.id)).toEqual(ids)
    expect((await list('&result=unknown')).items).toMatchObject([
      {
        id: ids[0],
        gate: 'merge',
        result: 'unknown',
        decision: 'deny',
        enforced: false,
        mode: 'audit',
        targets: ['change:chg_list'],
      },
    ])
    expect((await list('&gate=deploy')).items).toEqual([])
    const first = await list('&limit=2')
    expect(first.items.length).toBe(2)
    const second = await list(`&limit=2&cursor=${first.next}`)
    expect(second).toMatchObject({ items: [{ id: ids[2] }], next: null })
  })

  test('is shown with what each rule answered and what to do, without the facts', async () => {
    const { decisionId } = await decideAndRecord(product.services, set, ask(lacking))
    const reply = await get(`/v1/decisions/${decisionId}`)
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({
      id: decisionId,
      result: 'unknown',
      rules: [
        { id: 'sample.coverage', status: 'pass', message: '' },
        { id: 'sample.scan', status: 'unknown', unknown: [noScan], message: 'not known: a security scan' },
        { id: 'sample.ticket', status: 'pass' },
      ],
      authorization: { decision: 'deny', determining: [{ id: 'merge.gate', effect: 'forbid', severity: 'high' }] },
    })
    expect(reply.body).not.toContain('c0ffee')
  })

  test('opens its facts to who may open them, and to nobody else', async () => {
    const { decisionId } = await decideAndRecord(product.services, set, ask(failing))
    await settled()
    const reader = await product.token({ scopes: ['decision:read'] })
    const refused = await get(`/v1/decisions/${decisionId}/facts`, reader)
    expect(refused.statusCode).toBe(403)
    const auditor = await product.token({ scopes: ['decision:facts'] })
    const opened = await get(`/v1/decisions/${decisionId}/facts`, auditor)
    expect(opened.json()).toMatchObject({ facts: failing, gate: 'merge', exceptions: [] })
    expect(opened.headers['cache-control']).toBe('no-store')
    const read = (await product.records()).filter((one) => one.type === 'ledger.read').at(-1)
    expect(read?.data).toMatchObject({ filter: [`decision-facts=${decisionId}`], count: 1 })
  })

  test('is made again on request, and that is recorded', async () => {
    const { decisionId } = await decideAndRecord(product.services, set, ask(failing))
    await settled()
    const reply = await post(`/v1/decisions/${decisionId}/replay`)
    expect(reply.json()).toEqual({
      ...{ same: true, replayable: true, reason: null },
      verdictDigest: expect.stringMatching(/^sha256:/),
    })
    const replayed = (await product.records()).filter((one) => one.type === 'decision.replayed').at(-1)
    expect(replayed?.data).toEqual({ decisionId, same: true, replayable: true, reason: null })
  })

  test('that there is not, or whose cursor is not ours, is refused', async () => {
    for (const url of ['/v1/decisions/dec_no', '/v1/decisions/dec_no/facts']) {
      const reply = await get(url)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'decision_not_found'])
    }
    expect((await post('/v1/decisions/dec_no/replay')).json().code).toBe('decision_not_found')
    for (const cursor of ['x', '1.chg_1', '1'.repeat(30), "1.dec_'--"]) {
      const reply = await get(`/v1/decisions?cursor=${encodeURIComponent(cursor)}`)
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
    }
    expect((await get('/v1/decisions?result=maybe')).statusCode).toBe(400)
  })
})

describe('a replay', () => {
  test('gives the same bytes on another engine, from what the record, the question and the snapshot say alone', async () => {
    const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
    for (const facts of [goodFacts, failing, lacking, { ...goodFacts, now: 'never' }]) {
      const { decisionId, recordId, verdict } = await decideAndRecord(product.services, set, ask(facts))
      await settled()
      const { record } = await product.ledger.records.get('org_test', recordId)
      const question = await openQuestion(product.ledger, 'org_test', decisionId, recordId)
      const again = await replay(engine, { data: record.data, question, snapshot: set.snapshot })
      expect(again).toMatchObject({ same: true, reason: undefined })
      expect(again.verdict && verdictBytes(again.verdict)).toBe(verdictBytes(verdict))
    }
    await engine.close()
  })

  test('says when question, policies or verdict are not the recorded ones', async () => {
    const { decisionId, recordId } = await decideAndRecord(product.services, set, ask(failing))
    await settled()
    const { data } = (await product.ledger.records.get('org_test', recordId)).record
    const question = await openQuestion(product.ledger, 'org_test', decisionId, recordId)
    const of = (input: object) =>
      replay(product.services.policy, { data, question, snapshot: set.snapshot, ...input }).then((one) => one.reason)
    expect(await of({ question: question.replace('12', '99') })).toBe('the question is not the one that was recorded')
    expect(await of({ snapshot: set.snapshot.replace('80', '10') })).toBe(
      'the policy set is not the one that was recorded',
    )
    expect(await of({ data: { ...data, verdictDigest: `sha256:${'0'.repeat(64)}` } })).toBe(
      'the verdict has other bytes than the recorded one',
    )
    expect(await of({ data: {} })).toBe('the record is not one of a decision')
    const old = set.snapshot.replace('countersign 1', 'countersign 0')
    const policyRevision = `sha256:${createHash('sha256').update(old).digest('hex')}`
    expect(await of({ data: { ...data, policyRevision }, snapshot: old })).toContain(
      'was decided by rules `countersign 0`',
    )
  })

  test('of a denial because the engine was away says that there is nothing to make again', async () => {
    const question = ask()
    const verdict = unanswered(set.revision, questionText(question).factsDigest, 'engine_timeout')
    const { decisionId } = await decideAndRecord(product.services, set, question, { verdict })
    await settled()
    const services = { ...product.services, engine: product.services.policy }
    expect(await replayDecision(services, 'org_test', decisionId)).toMatchObject({
      same: false,
      reason: expect.stringContaining('the engine did not answer then'),
    })
  })

  test('of a decision whose record is not published yet asks to try again', async () => {
    const quiet = await startTestProduct()
    await quiet.ledger.stop()
    const headers = await quiet.asOwner()
    const { decisionId } = await decideAndRecord(quiet.services, set)
    const reply = await quiet.app.inject({ method: 'POST', url: `/v1/decisions/${decisionId}/replay`, headers })
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'decision_not_published'])
    await quiet.close()
  })

  test('of a decision whose facts were erased says that they are gone', async () => {
    const erased = await startTestProduct()
    const { decisionId } = await decideAndRecord(erased.services, set)
    await erased.records()
    await vi.waitFor(async () => expect((await erased.ledger.follower.status()).lag).toBe(0), { timeout: 10_000 })
    await eraseContent(erased)
    const headers = await erased.asOwner()
    const reply = await erased.app.inject({ method: 'POST', url: `/v1/decisions/${decisionId}/replay`, headers })
    expect([reply.statusCode, reply.json().code]).toEqual([410, 'decision_facts_gone'])
    await erased.close()
  })
})

async function eraseContent({ services, db }: TestProduct): Promise<void> {
  const ctx = services.service('privacy')
  await transact(db, ctx, async (tx, record) => {
    const period = new Date(ctx.clock()).toISOString().slice(0, 7)
    const erased = await eraseKeys(tx, { organizationId: 'org_test', compartment: 'content', period })
    expect(erased).toBe(1)
    record(noteTaken({ data: { number: erased } }))
  })
}
