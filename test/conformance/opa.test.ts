import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createPolicySource } from '#domains/gates'
import { createPolicyEngine, type Question, type Verdict } from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import { silentLog } from '#platform/log.ts'
import { type MergeFacts, MergeFacts as MergeFactsSchema } from '../../src/domains/gates/facts/model.ts'
import { goodFacts, withFact } from '../../src/domains/gates/testing/good-facts.ts'
import { askRemote } from '../../src/kernel/policy/opa/remote.ts'
import { removeFolder } from '../folders.ts'
import { type Headers, startTestProduct, type TestProduct } from '../harness.ts'
import { findOpa, freePort, type RunningOpa, startOpa } from '../opa.ts'
import { digestOfBytes } from '../opa-wasm.ts'

/** A real OPA: what it builds is run here, what it serves is asked, and what it logs is taken. */
const execute = promisify(execFile)
const found = await findOpa()
if ('why' in found) process.stdout.write(`NOT RUN: a real OPA: ${found.why}\n`)
const opa = 'why' in found ? '' : found.program
const rules = join(import.meta.dirname, '../../examples/opa/merge.rego')
const path = 'countersign/gate/merge'

const none = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
const issue = { id: 'f1', rule: 'js/eval', severity: 'high', path: 'a.ts', line: 1 }
const dirty = { ran: true, tools: ['scanner'], open: { ...none, high: 1 }, findings: [issue] }
const notRun = { ran: false, tools: ['scanner'], open: none, findings: [] }
const approval = (id: string, more: object = {}) => ({
  ...{ by: { id, kind: 'human' }, state: 'approved', commit: goodFacts.change.head, onHead: true },
  ...more,
})
const { dependencies, interactions, tests } = goodFacts.evidence
const added = (more: object) => ({ ...dependencies, added: [{ ...dependencies?.added[0], ...more }] })

/** What may be otherwise in a change; undefined where nobody knows. */
const changes: readonly (readonly [at: string, value: unknown])[] = [
  ...['sast', 'secrets', 'sca'].flatMap((scan) =>
    [dirty, notRun, undefined].map((value) => [`evidence.${scan}`, value] as const),
  ),
  ['evidence.dependencies', added({ existence: 'missing' })],
  ['evidence.dependencies', added({ ageDays: 6 })],
  ['evidence.dependencies', undefined],
  ['evidence.dependencies.existenceKnown', undefined],
  ['evidence.dependencies.agesKnown', undefined],
  ['evidence.coverage', { lines: 200, hit: 159, percent: 79.5 }],
  ['evidence.coverage', { lines: 0, hit: 0, percent: 0 }],
  ['evidence.coverage', undefined],
  ['evidence.tests', { ...tests, failed: 1 }],
  ['evidence.tests', { ...tests, errors: 1 }],
  ['evidence.tests', { total: 0, passed: 0, failed: 0, errors: 0, skipped: 0 }],
  ['evidence.tests', undefined],
  ['evidence.interactions', { ...interactions, complete: false }],
  ['evidence.interactions', { ...interactions, sessions: 0 }],
  ['evidence.interactions', { ...interactions, sensitivePassed: 1 }],
  ['evidence.interactions', { ...interactions, unscanned: 1 }],
  ['evidence.interactions', { ...interactions, unapprovedTools: ['Mystery'] }],
  ['evidence.interactions', undefined],
  ['ai.assisted', false],
  ['ai.assisted', undefined],
  ['ai.byAgent', true],
  ['ai.contradictions', ['they differ']],
  ['risk.level', 'low'],
  ['risk.requiredControls', []],
  ['risk.requiredControls', ['security-review']],
  ['change.sensitive', []],
  ['change.dependencyFiles', []],
  ['change.sourceLines', 0],
  ['change.complexity.level', 'advanced'],
  ['change.complexity.decisionsAdded', 401],
  ['change.complexity.decisionsAdded', undefined],
  ['change.accountable', []],
  ['change.tickets', []],
  ['change.tickets', undefined],
  ['change.mergedBy', { id: 'p9', kind: 'automation' }],
  ['change.mergedBy', undefined],
  ['change.authors', ['p1', 'p2', 'p3']],
  ['change.authors', undefined],
  ['change.prompters', ['p2', 'p3']],
  ['change.prompters', undefined],
  ['change.authorRoles', ['senior-developer']],
  ['change.authorRoles', undefined],
  ['review.approvals', []],
  ['review.approvals', undefined],
  ['review.approvals', [approval('p1')]],
  ['review.approvals', [approval('p2')]],
  ['review.approvals', [approval('p2'), approval('p3', { state: 'changes_requested' })]],
  ['review.approvals', [approval('p4', { by: { id: 'p4', kind: 'agent' } })]],
  ['review.approvals', [approval('p2', { onHead: false }), approval('p3', { state: 'dismissed' })]],
  ['review.roles', []],
  ['review.roles', [{ id: 'p2', role: 'legal' }]],
  ['review.rolesKnown', undefined],
  ['merge.adminOverride', true],
  ['merge.adminOverride', undefined],
  ['merge.directPush', true],
  ['merge.directPush', undefined],
  ['protection', { enabled: false, requiredApprovals: 0, forcePushBlocked: true }],
  ['protection', { enabled: true, requiredApprovals: 0, forcePushBlocked: false }],
  ['protection', undefined],
]

describe.skipIf(opa === '')('a real OPA', () => {
  const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
  let folder: string
  let bundle: Buffer
  let server: RunningOpa
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-opa-'))
    await cp(rules, join(folder, 'merge.rego'))
    bundle = await build('merge.rego', path, 'house-7')
    // an OPA that Go builds without C runs no WebAssembly of its own
    await execute(opa, ['build', '--revision', 'house-7', '-o', 'served.tar.gz', 'merge.rego'], { cwd: folder })
    const running = await startOpa(opa, ['--bundle', join(folder, 'served.tar.gz')])
    if (running === undefined) throw new Error('OPA did not start')
    server = running
  })
  afterAll(async () => {
    await server?.stop()
    await engine.close()
    await removeFolder(folder)
  })

  async function build(file: string, entrypoint: string, revision: string): Promise<Buffer> {
    const out = `${file}.tar.gz`
    const args = ['build', '-t', 'wasm', '-e', entrypoint, '--revision', revision, '-o', out, file]
    await execute(opa, args, { cwd: folder })
    return readFile(join(folder, out))
  }

  async function buildText(text: string, entrypoint: string): Promise<Buffer> {
    await writeFile(join(folder, 'other.rego'), text)
    return build('other.rego', entrypoint, 'r')
  }

  const ask = (facts: Json, more: object = {}) =>
    askRemote(
      { url: server.url, path, token: undefined, timeoutMs: 5000, expectedRevision: null, ...more },
      JSON.stringify(facts),
    )

  describe('the Rego of ours', () => {
    /** Ids of enforced rules that hold a change back, by our packs, by the bundle, and by the OPA. */
    async function saidBy(facts: MergeFacts): Promise<[string[], string[], string[]]> {
      MergeFactsSchema.parse(facts)
      const { set } = await createPolicySource().rulesFor({ params: {}, modes: {} })
      const verdict = await engine.decide(set, questionOf(facts))
      const kept = { digest: digestOfBytes(bundle), bytes: async () => bundle }
      const packed = await engine.bundles.ask(kept, path, JSON.stringify(facts))
      const served = await ask(facts as unknown as Json)
      const said = 'result' in packed ? (packed.result as { allow: boolean; violations: { id: string }[] }) : undefined
      if (said === undefined || !('said' in served)) throw new Error(JSON.stringify([packed, served]))
      expect(said.allow).toBe(said.violations.length === 0)
      expect(served.said.isAllowed).toBe(said.allow)
      return [heldBack(verdict), said.violations.map((one) => one.id), served.said.violations.map((one) => one.id)].map(
        (ids) => ids.sort(),
      ) as [string[], string[], string[]]
    }

    test('says of a change in which everything is as it should be that it may be merged', async () => {
      expect(await saidBy(goodFacts)).toEqual([[], [], []])
    })

    test.each(changes.map(([at, value]) => [at, JSON.stringify(value), value] as const))(
      'says what our packs say when %s is %s',
      async (at, _, value) => {
        const [ours, packed, served] = await saidBy(withFact(goodFacts, at, value))
        expect(packed).toEqual(ours)
        expect(served).toEqual(ours)
      },
    )

    test('says what our packs say of any of these together', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.nat(changes.length - 1), { maxLength: 8 }), async (picks) => {
          const [ours, packed, served] = await saidBy(picks.reduce(applied, goodFacts))
          expect(packed).toEqual(ours)
          expect(served).toEqual(ours)
        }),
        { numRuns: 300, seed: 7 },
      )
    })
  })

  describe('by its REST interface', () => {
    test('tells the revision of its bundle, which has to be the expected one', async () => {
      expect(await ask(goodFacts as unknown as Json, { expectedRevision: 'house-*' })).toMatchObject({
        said: { isAllowed: true },
        revision: 'house-7',
      })
      expect(await ask(goodFacts as unknown as Json, { expectedRevision: 'house-8' })).toMatchObject({
        error: 'it runs other policies than the expected revision',
        revision: 'house-7',
      })
    })

    test('is an error where a document is undefined', async () => {
      expect(await ask({}, { path: 'countersign/gate/nothing' })).toMatchObject({
        error: expect.stringMatching(/undefined/),
      })
    })

    test('is an error when it is slow, and when it is down', async () => {
      const text =
        'package slow\nimport rego.v1\nallow if count([1 | some a in numbers.range(1, 9000); some b in numbers.range(1, 9000); a * b < 0]) == 0'
      await writeFile(join(folder, 'slow.rego'), text)
      const slow = await startOpa(opa, [join(folder, 'slow.rego')])
      expect(await ask({}, { url: slow?.url, path: 'slow', timeoutMs: 100 })).toMatchObject({
        error: 'it does not answer within 100 ms',
      })
      await slow?.stop()
      expect(await ask({}, { url: `http://127.0.0.1:${await freePort()}` })).toMatchObject({
        error: 'it cannot be reached',
      })
    })
  })

  describe('as a bundle', () => {
    test.each([
      ['the time', 'allow if time.now_ns() > 0', /time\.now_ns/],
      [
        'the network',
        'allow if http.send({"method": "get", "url": "http://127.0.0.1"}).status_code == 200',
        /http\.send/,
      ],
      ['chance', 'allow if rand.intn("a", 9) > 4', /rand\.intn/],
      [
        'what there is not outside OPA',
        'allow if json.match_schema(input, {"type": "object"})[0]',
        /json\.match_schema/,
      ],
    ])('is not taken when it needs %s', async (_, rule, words) => {
      const refused = await buildText(`package other\nimport rego.v1\ndefault allow := false\n${rule}`, 'other')
      expect(await engine.bundles.check(refused)).toEqual({ reason: expect.stringMatching(words) })
    })

    test('is undefined without a default, is bounded in memory, and a conflict in it is an error', async () => {
      const asked = async (text: string, input: string) => {
        const content = await buildText(text, 'other/allow')
        return engine.bundles.ask({ digest: digestOfBytes(content), bytes: async () => content }, 'other/allow', input)
      }
      const head = 'package other\nimport rego.v1\n'
      expect(await asked(`${head}allow if input.a`, '{}')).toEqual({ result: undefined })
      expect(await asked(`${head}allow := true if input.a\nallow := false if input.b`, '{"a":1,"b":1}')).toEqual({
        error: expect.stringMatching(/^it failed: /),
      })
      const flood = `${head}allow := [x | x := numbers.range(1, 9000000)[_]]`
      expect(await asked(flood, '{}')).toEqual({ error: expect.stringMatching(/^it (failed|takes)/) })
      expect(await asked(`${head}allow := input.a`, '{"a":true}')).toEqual({ result: true })
    })
  })
})

describe.skipIf(opa === '')('a real OPA and a server of ours', () => {
  let product: TestProduct
  let owner: Headers
  let address: string
  beforeAll(async () => {
    product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
    owner = await product.asOwner()
    address = await product.app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(() => product.close())

  test('what it decides elsewhere reaches the ledger by its decision log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-opa-'))
    const { authorization } = await product.token({ scopes: ['opa:log'] })
    const config = {
      services: {
        countersign: { url: `${address}/v1/opa`, credentials: { bearer: { token: authorization.slice(7) } } },
      },
      decision_logs: { service: 'countersign', reporting: { min_delay_seconds: 1, max_delay_seconds: 1 } },
    }
    await writeFile(join(folder, 'config.json'), JSON.stringify(config))
    await writeFile(
      join(folder, 'a.rego'),
      'package a\nimport rego.v1\ndefault allow := false\nallow if input.user == "ada-raw"',
    )
    const running = await startOpa(opa, ['--config-file', join(folder, 'config.json'), join(folder, 'a.rego')])
    if (running === undefined) throw new Error('OPA did not start')
    const body = JSON.stringify({ input: { user: 'ada-raw' } })
    const reply = await fetch(`${running.url}/v1/data/a/allow`, { method: 'POST', body })
    const answered = (await reply.json()) as { readonly decision_id: string }
    expect(answered).toMatchObject({ result: true, decision_id: expect.any(String) })
    await vi.waitFor(
      async () => {
        const told = (await product.records()).filter((one) => one.type === 'opa.decided')
        expect(told.map((one) => one.data)).toMatchObject([
          { decisionId: answered.decision_id, path: 'a/allow', isAllowed: true },
        ])
        expect(JSON.stringify(told)).not.toContain('ada-raw')
      },
      { timeout: 30_000, interval: 200 },
    )
    await running.stop()
    await removeFolder(folder)
  })

  test('a bundle that it built is sent and bound over HTTP', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-opa-'))
    await execute(opa, ['build', '-t', 'wasm', '-e', path, '-o', join(folder, 'b.tar.gz'), rules])
    const payload = await readFile(join(folder, 'b.tar.gz'))
    const headers = { ...owner, 'content-type': 'application/gzip' }
    const sent = await product.app.inject({ method: 'POST', url: '/v1/policy-bundles', headers, payload })
    expect(sent.statusCode).toBe(201)
    const engine = { kind: 'opa-bundle', name: 'house', bundle: sent.json().digest }
    const bound = await product.app.inject({
      method: 'POST',
      url: '/v1/policy-engines',
      headers: owner,
      payload: engine,
    })
    const url = `/v1/policy-engines/${bound.json().id}/check`
    const checked = await product.app.inject({ method: 'POST', url, headers: owner })
    expect(checked.json()).toMatchObject({
      ok: true,
      violations: expect.arrayContaining(['opa.house.charter.no-bypass']),
    })
    await removeFolder(folder)
  })
})

/** The merge gate on these facts, with who merges as Cedar sees them. */
function questionOf(facts: MergeFacts): Question {
  const principal = { type: 'Countersign::User', id: 'p2' }
  const resource = { type: 'Countersign::Change', id: facts.change.head }
  return {
    gate: 'merge',
    facts: facts as unknown as Json,
    exceptions: [],
    request: {
      principal,
      action: 'Countersign::Action::"change:merge"',
      resource,
      entities: [
        { uid: principal, attrs: {}, parents: [] },
        { uid: resource, attrs: { author: 'p1', risk: facts.risk.level }, parents: [] },
      ],
      context: { approvers: ['p2', 'p3'] },
    },
  }
}

function heldBack({ rules: answered }: Verdict): string[] {
  return answered
    .filter((one) => one.mode === 'enforce' && ['fail', 'unknown'].includes(one.status))
    .map((one) => one.id)
}

/** One change more; what is named as unknown already stays so. */
function applied(facts: MergeFacts, pick: number): MergeFacts {
  const [at, value] = changes[pick] ?? ['', undefined]
  const isUnknown = facts.unknown.some((one) => at === one.path || at.startsWith(`${one.path}.`))
  return isUnknown ? facts : withFact(facts, at, value)
}
