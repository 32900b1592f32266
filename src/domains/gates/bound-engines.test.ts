import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { createBoundEngines } from '#kernel/policy'
import { type Approver, addPerson, approver, giveRole } from '#test/approver.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { digestOfBytes, policyBundle } from '#test/opa-wasm.ts'
import { type ScriptedRepository, scriptRepository } from '../changes/testing/scripted-repository.ts'
import { createPolicySource } from './policy.ts'
import { judgeChanges } from './service.ts'

let product: TestProduct
let owner: Headers
let security: Approver
let repository: ScriptedRepository
let repositoryId: string
let server: Server
let opaUrl: string
/** What the OPA elsewhere answers, and what it was asked. */
let answer: (response: ServerResponse) => void
const asked: { input: Record<string, unknown>; authorization: string | undefined }[] = []

beforeAll(async () => {
  repository = scriptRepository([
    { name: 'first', message: 'Begin\n', at: Date.UTC(2026, 0, 5) / 1000, files: { 'README.md': 'hello\n' } },
    {
      name: 'second',
      message: 'Go on\n',
      at: Date.UTC(2026, 0, 6) / 1000,
      parents: ['first'],
      files: { 'a.md': 'a\n' },
    },
  ])
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push({ input: JSON.parse(body).input, authorization: request.headers.authorization })
      answer(response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opaUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
  owner = await product.asOwner()
  security = await approver(product, await addPerson(product, 'security'))
  await giveRole(product, security.id, 'security')
  const ctx = product.services.service('test')
  repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await product.close()
  repository.remove()
})
beforeEach(async () => {
  asked.length = 0
  const { items } = (await call('GET', '/v1/policy-engines')).body
  for (const { id } of items) await agreed('DELETE', `/v1/policy-engines/${id}`)
})

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers: object = {}) {
  const reply = await product.app.inject({
    method,
    url,
    headers: { ...owner, ...headers },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
}

/** What another person approves first, where that is needed. */
async function agreed(method: 'PATCH' | 'DELETE', url: string, payload?: Record<string, unknown>) {
  const reply = await call(method, url, payload)
  if (reply.body?.code !== 'policy_engine_approval_needed') return reply
  const { token: _, ...change } = payload ?? {}
  expect((await approve(url, digestIn(reply.body), method === 'DELETE' ? null : change)).status).toBe(204)
  return call(method, url, payload)
}

const digestIn = ({ detail }: { detail: string }): string => /sha256:[0-9a-f]{64}/.exec(detail)?.[0] ?? ''

async function approve(url: string, digest: string, change: object | null, by = security) {
  const id = url.split('/').at(-1) ?? ''
  const assertion = await by.answer({ type: 'policy-engine-change', id, digest, decision: 'approve' })
  return call('POST', `${url}/approvals`, { change, digest, assertion }, by.headers)
}

async function send(result: unknown): Promise<string> {
  const content = policyBundle({ result })
  const reply = await call('POST', '/v1/policy-bundles', content, { 'content-type': 'application/gzip' })
  expect(reply).toMatchObject({ status: 201, body: { digest: digestOfBytes(content), revision: 'r1' } })
  return reply.body.digest
}

const remote = (more: object = {}) =>
  call('POST', '/v1/policy-engines', {
    kind: 'opa-remote',
    name: 'corp',
    url: opaUrl,
    path: 'a/b',
    mode: 'enforce',
    timeoutMs: 5000,
    ...more,
  })
const bundle = (digest: string, more: object = {}) =>
  call('POST', '/v1/policy-engines', { kind: 'opa-bundle', name: 'packed', bundle: digest, mode: 'enforce', ...more })
const run = async () => {
  const reply = await call('POST', '/v1/gates/merge/runs', { repositoryId, commit: 'HEAD' })
  expect(reply.status).toBe(200)
  return reply.body
}
const opaRules = (gateRun: { rules: { id: string; mode: string; status: string; message: string }[] }) =>
  gateRun.rules.filter((one) => one.id.startsWith('opa.')).map(({ id, mode, status }) => `${id} ${mode} ${status}`)
const says = (body: unknown) => {
  answer = (response) => response.end(JSON.stringify(body))
}
const denial = { allow: false, violations: [{ id: 'freeze', msg: 'nothing is merged today', severity: 'critical' }] }

/** The decision of a gate run once its record can be opened, and made again. */
async function replayed(decisionId: string) {
  await product.records()
  await vi.waitFor(async () => expect((await product.ledger.follower.status()).lag).toBe(0), { timeout: 20_000 })
  return (await call('POST', `/v1/decisions/${decisionId}/replay`)).body
}

describe('an OPA elsewhere', () => {
  test('is asked about the published facts, and what it finds are rules of the gate', async () => {
    await remote({ token: 'secret-token' })
    says({ result: denial, decision_id: 'd1', provenance: { bundles: { main: { revision: 'v1' } } } })
    const gate = await run()
    expect(opaRules(gate)).toEqual(['opa.corp.allow enforce not_applicable', 'opa.corp.freeze enforce fail'])
    expect(gate).toMatchObject({ result: 'fail', decision: 'deny' })
    expect(asked[0]?.authorization).toBe('Bearer secret-token')
    expect(asked[0]?.input).toMatchObject({ schema: 'countersign.facts.merge/v1', now: expect.stringMatching(/Z$/) })
    const records = await product.records()
    const made = records.filter((one) => one.type === 'decision.made').at(-1)
    expect(made?.data['opa']).toEqual({
      more: 0,
      engines: [
        {
          engine: 'corp',
          kind: 'opa-remote',
          mode: 'enforce',
          path: 'a/b',
          digest: null,
          revision: 'v1',
          decisionId: 'd1',
          answered: true,
          replayable: false,
        },
      ],
    })
    const shown = (await call('GET', `/v1/decisions/${gate.decisionId}`)).body
    expect(shown.rules.find((one: { id: string }) => one.id === 'opa.corp.freeze')).toMatchObject({
      pack: 'opa.corp',
      title: 'freeze, of corp',
      severity: 'critical',
      status: 'fail',
      message: 'nothing is merged today',
    })
    expect(await replayed(gate.decisionId)).toMatchObject({
      same: true,
      replayable: false,
      reason: 'what `corp` said was taken as recorded: it is an OPA elsewhere, which cannot be asked the same again',
    })
    expect(product.logged()).not.toContain('secret-token')
    expect(JSON.stringify(records)).not.toContain('secret-token')
  })

  test.each([
    ['undefined', () => says({}), /undefined/],
    ['an error of its own', () => (answer = (response) => response.writeHead(500).end()), /status 500/],
    ['slow', () => (answer = () => undefined), /within 60 ms/],
    ['with other policies', () => says({ result: { allow: true } }), /other policies/],
  ])('that is %s denies, and says so', async (_, set, words) => {
    const more = {
      timeoutMs: /within/.test(words.source) ? 60 : 5000,
      ...(words.source === 'other policies' ? { expectedRevision: 'v1' } : {}),
    }
    await remote(more)
    set()
    const gate = await run()
    expect(gate).toMatchObject({ result: 'error', decision: 'deny' })
    expect(gate.rules.find((one: { id: string }) => one.id === 'opa.corp.allow')).toMatchObject({
      status: 'error',
      message: expect.stringMatching(words),
    })
  })

  test('that is down denies where it is enforced, and only says so where it is not', async () => {
    const { body } = await remote({ url: 'http://127.0.0.1:1' })
    expect(await run()).toMatchObject({ result: 'error', decision: 'deny' })
    await agreed('PATCH', `/v1/policy-engines/${body.id}`, { mode: 'audit' })
    const gate = await run()
    expect(opaRules(gate)).toEqual(['opa.corp.allow audit error'])
    expect(gate.result).toBe('unknown')
    await call('PATCH', `/v1/policy-engines/${body.id}`, { mode: 'off' })
    expect(opaRules(await run())).toEqual([])
  })

  test('at another address is not shown the token that was given for the one before', async () => {
    says({ result: { allow: true } })
    const { body } = await remote({ url: 'https://opa.example', token: 'secret-of-the-first' })
    const at = `/v1/policy-engines/${body.id}`
    expect(await call('PATCH', at, { url: opaUrl })).toMatchObject({
      status: 400,
      body: { code: 'policy_engine_token_elsewhere' },
    })
    expect((await agreed('PATCH', at, { url: 'https://opa.example/below' })).body.hasToken).toBe(true)
    expect((await agreed('PATCH', at, { url: opaUrl, token: null })).body.hasToken).toBe(false)
  })

  test('is asked about the repositories that it is for, and not about a history', async () => {
    says({ result: { allow: true } })
    await remote({ repositories: ['repo_other'] })
    expect(opaRules(await run())).toEqual([])
    const { items } = (await call('GET', '/v1/policy-engines')).body
    await agreed('PATCH', `/v1/policy-engines/${items[0].id}`, { repositories: [repositoryId] })
    expect(opaRules(await run())).toEqual(['opa.corp.allow enforce pass'])
    asked.length = 0
    await judgeHistory()
    expect(asked).toEqual([])
  })
})

const judgeHistory = () => {
  const { db, services } = product
  const judge = {
    engine: services.policy,
    policy: createPolicySource(),
    bound: createBoundEngines(db, services.policy),
  }
  return judgeChanges(db, services.service('gate'), judge, { repositoryId })
}

describe('a bundle', () => {
  test('answers in the server, and its decisions are made again with it', async () => {
    const digest = await send(denial)
    await bundle(digest)
    const gate = await run()
    expect(opaRules(gate)).toEqual(['opa.packed.allow enforce not_applicable', 'opa.packed.freeze enforce fail'])
    expect(await replayed(gate.decisionId)).toMatchObject({ same: true, replayable: true, reason: null })
    const { items } = (await call('GET', '/v1/policy-engines')).body
    expect(items).toMatchObject([
      { name: 'packed', kind: 'opa-bundle', isReplayable: true, path: 'countersign/gate/merge' },
    ])
    expect(await call('DELETE', `/v1/policy-bundles/${digest}`)).toMatchObject({
      status: 409,
      body: { code: 'policy_bundle_in_use' },
    })
    await agreed('DELETE', `/v1/policy-engines/${items[0].id}`)
    expect((await call('DELETE', `/v1/policy-bundles/${digest}`)).status).toBe(204)
    expect(await replayed(gate.decisionId)).toMatchObject({
      same: true,
      replayable: false,
      reason: 'what `packed` said was taken as recorded: its bundle is not here',
    })
  })

  test('takes part in judging a history, which is judged anew when it says something else', async () => {
    await judgeHistory()
    expect(await judgeHistory()).toEqual({ judged: 0, unchanged: 2 })
    const { body } = await bundle(await send({ allow: true }))
    expect(await judgeHistory()).toEqual({ judged: 2, unchanged: 0 })
    expect(await judgeHistory()).toEqual({ judged: 0, unchanged: 2 })
    await agreed('PATCH', `/v1/policy-engines/${body.id}`, { bundle: await send(denial) })
    expect(await judgeHistory()).toEqual({ judged: 2, unchanged: 0 })
  })

  test('says what it would, when it is checked', async () => {
    const denying = (await bundle(await send(denial))).body
    expect((await call('POST', `/v1/policy-engines/${denying.id}/check`)).body).toMatchObject({
      ok: true,
      error: null,
      revision: 'r1',
      violations: ['opa.packed.freeze'],
    })
    const silent = (await bundle(await send(undefined), { name: 'silent' })).body
    expect((await call('POST', `/v1/policy-engines/${silent.id}/check`)).body).toMatchObject({
      ok: false,
      error: 'the document is undefined: it has no default',
    })
  })
})

describe('an engine that is enforced', () => {
  const needed = { status: 409, body: { code: 'policy_engine_approval_needed' } }

  test.each([
    ['another address', { url: 'https://other.example' }],
    ['another document', { path: 'other' }],
    ['another revision', { expectedRevision: 'v2*' }],
    ['any revision', { expectedRevision: null }],
    ['fewer repositories', { repositories: ['repo_other'] }],
    ['a mode that holds nothing back', { mode: 'warn' }],
  ])('gets %s only when another person has approved exactly that', async (_, change) => {
    const { body } = await remote({ expectedRevision: 'v1*' })
    const at = `/v1/policy-engines/${body.id}`
    const before = (await call('GET', '/v1/policy-engines')).body.items
    const refused = await call('PATCH', at, change)
    expect(refused).toMatchObject(needed)
    expect((await call('GET', '/v1/policy-engines')).body.items).toEqual(before)
    expect((await approve(at, digestIn(refused.body), change)).status).toBe(204)
    // another one was not approved
    expect(await call('PATCH', at, { ...change, path: 'c/d' })).toMatchObject(needed)
    expect(await call('PATCH', at, change)).toMatchObject({ status: 200, body: change })
    const records = await product.records()
    const given = records.findLast((one) => one.type === 'approval.given')
    const changed = records.findLast((one) => one.type === 'policy-engine.changed')
    expect(changed).toMatchObject({ targets: [{ id: body.id }], refs: [given?.id] })
  })

  test('is removed only so, and an approval counts for the engine as it was, once', async () => {
    const { body } = await remote()
    const at = `/v1/policy-engines/${body.id}`
    const refused = await call('DELETE', at)
    expect(refused).toMatchObject(needed)
    expect((await approve(at, digestIn(refused.body), null)).status).toBe(204)
    product.pass(1000)
    expect((await call('PATCH', at, { owner: 'legal' })).status).toBe(200)
    expect(await call('DELETE', at)).toMatchObject(needed)
    expect((await agreed('DELETE', at)).status).toBe(204)
  })

  test('may hold more back, and be told another owner or token, by one person', async () => {
    const { body } = await remote({ repositories: ['repo_a'] })
    const at = `/v1/policy-engines/${body.id}`
    for (const change of [
      { repositories: ['repo_a', 'repo_b'] },
      { repositories: null },
      { expectedRevision: 'v1' },
      { owner: 'legal', timeoutMs: 100 },
      { token: 'another' },
    ])
      expect((await call('PATCH', at, change)).status).toBe(200)
  })

  test('is approved by nobody who makes the change, by no platform administrator, and with nothing else in mind', async () => {
    const { body } = await remote()
    const at = `/v1/policy-engines/${body.id}`
    const change = { mode: 'off' }
    const digest = digestIn((await call('PATCH', at, change)).body)
    expect(await approve(at, digest, { mode: 'audit' })).toMatchObject({ body: { code: 'revision_other' } })
    expect(await approve(at, digest, null)).toMatchObject({ body: { code: 'revision_other' } })
    const admin = await approver(product, await addPerson(product, 'admin'))
    await giveRole(product, admin.id, 'platform-administrator')
    expect(await approve(at, digest, change, admin)).toMatchObject({ status: 403, body: { code: 'access_denied' } })
    const unsigned = {
      change,
      digest,
      assertion: await security.answer({ type: 'other', id: body.id, digest, decision: 'approve' }),
    }
    expect(await call('POST', `${at}/approvals`, unsigned, security.headers)).toMatchObject({
      body: { code: 'step_up_refused' },
    })
    expect((await approve(at, digest, change)).status).toBe(204)
    const own = await call('PATCH', at, change, security.headers)
    expect(own).toMatchObject(needed)
    expect((await call('PATCH', at, change)).status).toBe(200)
    const none = await approve('/v1/policy-engines/eng_no', digest, change)
    expect(none).toMatchObject({ status: 404, body: { code: 'policy_engine_not_found' } })
  })
})

test('where there is no second person an enforced engine stays as it is', async () => {
  const alone = await startTestProduct()
  const headers = await alone.asOwner()
  const payload = { kind: 'opa-remote', name: 'corp', url: 'https://a.example', path: 'a', mode: 'enforce' }
  const made = await alone.app.inject({ method: 'POST', url: '/v1/policy-engines', headers, payload })
  const url = `/v1/policy-engines/${made.json().id}`
  const reply = await alone.app.inject({ method: 'PATCH', url, headers, payload: { mode: 'off' } })
  expect([reply.statusCode, reply.json().code]).toEqual([409, 'second_person_required'])
  await alone.close()
})

describe('what is refused', () => {
  test.each([
    ['http to another machine', { url: 'http://opa.example:8181' }, 'policy_engine_address_invalid'],
    ['the address of a cloud', { url: 'http://169.254.169.254' }, 'policy_engine_address_invalid'],
    ['a password in the address', { url: 'https://a:b@opa.example' }, 'policy_engine_address_invalid'],
    ['a query', { url: 'https://opa.example/?a=1' }, 'policy_engine_address_invalid'],
    ['a path that climbs', { path: '../config' }, 'request_invalid'],
    ['a name with a dot', { name: 'a.b' }, 'request_invalid'],
    ['two stars', { expectedRevision: '*a*' }, 'request_invalid'],
  ])('%s', async (_, more, code) => {
    expect(await remote(more)).toMatchObject({ status: 400, body: { code } })
  })

  test('a name that is taken, a bundle or engine that is not there, a setting of another kind', async () => {
    const { body } = await remote({ mode: 'off' })
    expect(await remote()).toMatchObject({ status: 409, body: { code: 'policy_engine_taken' } })
    const none = `sha256:${'0'.repeat(64)}`
    expect(await bundle(none)).toMatchObject({ status: 404, body: { code: 'policy_bundle_not_found' } })
    expect(await call('DELETE', `/v1/policy-bundles/${none}`)).toMatchObject({
      body: { code: 'policy_bundle_not_found' },
    })
    const digest = await send({ allow: true })
    expect(await bundle(digest, { path: 'other' })).toMatchObject({
      status: 400,
      body: { code: 'policy_bundle_entrypoint_missing' },
    })
    const at = `/v1/policy-engines/${body.id}`
    expect(await call('PATCH', at, { bundle: digest })).toMatchObject({
      body: { code: 'policy_engine_setting_invalid' },
    })
    expect(await call('PATCH', at, { url: 'http://a.example' })).toMatchObject({
      body: { code: 'policy_engine_address_invalid' },
    })
    for (const [method, url] of [
      ['PATCH', '/v1/policy-engines/eng_no'],
      ['DELETE', '/v1/policy-engines/eng_no'],
      ['POST', '/v1/policy-engines/eng_no/check'],
    ] as const)
      expect(await call(method, url, method === 'PATCH' ? { mode: 'off' } : undefined)).toMatchObject({
        status: 404,
        body: { code: 'policy_engine_not_found' },
      })
  })

  test('a bundle that cannot be run, and the one engine too many', async () => {
    const hostile = policyBundle({ builtins: ['http.send'] })
    const reply = await call('POST', '/v1/policy-bundles', hostile, { 'content-type': 'application/gzip' })
    expect(reply).toMatchObject({ status: 422, body: { code: 'policy_bundle_refused' } })
    for (let i = 0; i < 20; i++) expect((await remote({ name: `n${i}`, mode: 'off' })).status).toBe(201)
    expect(await remote({ name: 'one-more' })).toMatchObject({ status: 409, body: { code: 'policy_engine_limit' } })
  })

  test('the bundle that is one too many', async () => {
    await product.database.pool.query(
      `insert into policy_bundle (digest, revision, entrypoints, content, added_at)
       select 'filler ' || i, '', '{}', '', now() from generate_series(1, 200) i`,
    )
    const reply = await call('POST', '/v1/policy-bundles', policyBundle({ result: 'last' }), {
      'content-type': 'application/gzip',
    })
    expect(reply).toMatchObject({ status: 409, body: { code: 'policy_bundle_limit' } })
    await product.database.pool.query(`delete from policy_bundle where digest like 'filler %'`)
  })
})
