import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerRepository } from '#domains/changes'
import type { ScriptedRepository } from '../src/domains/changes/testing/scripted-repository.ts'
import { type Approver, addPerson, approver } from './approver.ts'
import { type Headers, startTestProduct, type TestProduct } from './harness.ts'
import { approvedPullRequest, judgedHistory } from './judged-history.ts'

/** A pack whose one rule denies what touches no test. */
export function testedPack({ id = 'house', version = '1.0.0', mode = 'enforce' } = {}): string {
  return `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: ${id}, title: House rules, owner: team:house, version: ${version}, category: quality, controls: [SOC2:CC8.1] }
spec:
  gate: merge
  mode: ${mode}
  rules:
    - id: tested
      title: Every change touches a test
      severity: medium
      owner: author
      require: change.touchesTests
      message: "'no test is touched by ' + change.head"
      remediation: Write a test.
`
}

export const testedTests = `apiVersion: countersign.dev/v1
kind: PolicyTest
fixture: example
cases:
  - name: a change with a test passes
    expect: { tested: pass }
  - name: a change without one fails
    patch: { change: { touchesTests: false } }
    expect: { tested: fail }
    message: { tested: '^no test is touched by c0ffee' }
`

/** A version whose rule every change keeps. */
export function mildPack(version: string): string {
  return testedPack({ version }).replace('require: change.touchesTests', 'require: change.commits >= 1')
}

export const mildTests = testedTests.replace('touchesTests: false', 'commits: 0')

/** Those who bring policies through their life: who writes, publishes and rolls out, and two who review. */
export interface PolicyHands {
  readonly author: Approver
  readonly reviewers: readonly [Approver, Approver]
  /** As the author, unless other headers are given. */
  call(method: Method, url: string, payload?: object, headers?: object): Promise<Reply>
  /** Takes a draft through every step but the reviews; answers its version. */
  prepare(packId: string, text: string, tests: string): Promise<string>
  review(packId: string, version: string, by: Approver, decision?: 'approve' | 'reject'): Promise<Reply>
  /** Takes a draft through every step up to its publication. */
  publish(packId: string, text: string, tests: string): Promise<void>
}

type Method = 'GET' | 'POST' | 'PATCH'
export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the answer of any route
  readonly body: any
}

export async function policyHands(product: TestProduct): Promise<PolicyHands> {
  const author = await policyPerson(product, 'ann', 'platform-administrator')
  const bob = await policyPerson(product, 'bob', 'tech-lead')
  const cleo = await policyPerson(product, 'cleo', 'compliance-officer')
  const call: PolicyHands['call'] = async (method, url, payload, headers = author.headers) => {
    const reply = await product.app.inject({ method, url, headers: { ...headers }, ...(payload && { payload }) })
    return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
  }
  const done = async (expected: number, reply: Promise<Reply>): Promise<Reply> => {
    const { status, body } = await reply
    if (status !== expected) throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
    return { status, body }
  }
  const review: PolicyHands['review'] = async (packId, version, by, decision = 'approve') => {
    const url = `/v1/policy-packs/${packId}/versions/${version}`
    const { id, digest } = (await done(200, call('GET', url))).body
    const assertion = await by.answer({ type: 'policy-version', id, digest, decision })
    return call('POST', `${url}/reviews`, { decision, digest, assertion }, by.headers)
  }
  const prepare: PolicyHands['prepare'] = async (packId, text, tests) => {
    const { version } = (await done(201, call('POST', `/v1/policy-packs/${packId}/versions`, { text, tests }))).body
    const url = `/v1/policy-packs/${packId}/versions/${version}`
    await done(200, call('POST', `${url}/check`))
    await done(200, call('POST', `${url}/test`))
    await done(200, call('POST', `${url}/consultations`, { userIds: [bob.id] }))
    await done(200, call('POST', `${url}/answers`, { answer: 'agree' }, bob.headers))
    await done(200, call('POST', `${url}/assess`, { days: 90 }))
    return version
  }
  const publish: PolicyHands['publish'] = async (packId, text, tests) => {
    const version = await prepare(packId, text, tests)
    await done(200, review(packId, version, bob))
    await done(200, review(packId, version, cleo))
    await done(200, call('POST', `/v1/policy-packs/${packId}/versions/${version}/publish`))
  }
  return { author, reviewers: [bob, cleo], call, prepare, review, publish }
}

export interface PolicyWorld extends PolicyHands {
  readonly product: TestProduct
  readonly owner: Headers
  /** A governed repository in which the gate allows `commit`. */
  addRepository(): Promise<{ readonly id: string; readonly commit: string }>
  /** What a real gate call answers for it. */
  gate(repository: { readonly id: string; readonly commit: string }): Promise<Reply>
  close(): Promise<void>
}

export async function policyWorld(options: { readonly jobs?: 'queue' | 'run' } = {}): Promise<PolicyWorld> {
  const product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: options.jobs ?? 'queue' })
  const owner = await product.asOwner()
  const hands = await policyHands(product)
  const history = judgedHistory()
  const copies: string[] = []
  return {
    ...hands,
    product,
    owner,
    addRepository: () => addRepository(product, owner, history, copies),
    gate: ({ id, commit }) => hands.call('POST', '/v1/gates/merge/runs', { repositoryId: id, commit }, owner),
    close: async () => {
      await product.close()
      history.remove()
      for (const path of copies) rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Somebody with a passkey and a role in the whole organization. */
export async function policyPerson(product: TestProduct, name: string, role: string): Promise<Approver> {
  const id = await addPerson(product, name)
  await giveRole(product, id, role)
  return approver(product, id)
}

async function addRepository(
  product: TestProduct,
  owner: Headers,
  history: ScriptedRepository,
  copies: string[],
): Promise<{ readonly id: string; readonly commit: string }> {
  const path = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
  copies.push(path)
  cpSync(history.path, path, { recursive: true })
  const id = await registerRepository(product.db, product.services.service('test'), path)
  const commit = history.oid('explain')
  const reply = await product.app.inject({
    method: 'POST',
    url: `/v1/evidence?repositoryId=${id}&commit=${commit}`,
    headers: { ...owner, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(approvedPullRequest(commit)),
  })
  if (reply.statusCode !== 201) throw new Error(`no evidence was attached: ${reply.body}`)
  return { id, commit }
}

/** From 0 to below 100: the first four bytes of the SHA-256 of an id, as the documentation says. */
export function percentOf(repositoryId: string): number {
  return (createHash('sha256').update(repositoryId).digest().readUInt32BE(0) / 4_294_967_296) * 100
}

/** Gives somebody a role in the whole organization, as an approved change of roles would. */
export async function giveRole(product: TestProduct, userId: string, role: string): Promise<void> {
  await product.database.pool.query(
    `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, null, 'rch_test', now())`,
    [`ras_${userId}_${role}`, userId, role],
  )
}
