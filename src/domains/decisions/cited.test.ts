import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { importRepository, registerRepository } from '#domains/changes'
import { createPolicySource, judgeLocally } from '#domains/gates'
import { type Approver, addPerson, approver, signedInAs } from '../../../test/approver.ts'
import { startTestProduct, type TestProduct, type TestRepository, testRepository } from '../../../test/harness.ts'

/** What a gate knows of a change that cites AI architecture decisions: asked of the server, and of the repository alone. */
let product: TestProduct
let owner: Approver
let developer: Readonly<Record<string, string>>
let repository: TestRepository
let repositoryId: string
let teamId: string
const unknownId = `adr_${'x'.repeat(20)}`

beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
  const session = await product.asOwner()
  owner = await approver(product, (await product.app.inject({ url: '/v1/session', headers: session })).json().userId)
  teamId = (await post('/v1/teams', { name: 'Payments' })).id
  const id = await addPerson(product, 'senior@example.com')
  // as if two people had agreed
  await product.database.pool.query(
    `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ('rol_1', $1, 'senior-developer', $2, 'rch_1', now())`,
    [id, teamId],
  )
  developer = await signedInAs(product, id)
  repository = await testRepository(['Begin'])
  const ctx = product.services.service('test')
  repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
  const payload = { repositories: [repositoryId] }
  await product.app.inject({ method: 'PUT', url: `/v1/teams/${teamId}/repositories`, headers: owner.headers, payload })
})
afterAll(async () => {
  await product.close()
  await repository.remove()
})

async function post(url: string, payload: object, headers = owner.headers) {
  return (await product.app.inject({ method: 'POST', url, headers, payload })).json()
}

async function requested(change: object = {}): Promise<{ id: string; digest: string }> {
  const validUntil = new Date(product.services.clock() + 30 * 86_400_000).toISOString()
  const payload = { title: 'Search', scope: 'The help desk', text: 'By meaning', teamId, validUntil, ...change }
  return post('/v1/architecture-decisions', payload, developer)
}

async function decided({ id, digest }: { id: string; digest: string }, decision: 'approve' | 'reject' = 'approve') {
  const assertion = await owner.answer({ type: 'architecture-decision', id, digest, decision })
  expect((await post(`/v1/architecture-decisions/${id}/decision`, { decision, digest, assertion })).decidedBy).toBe(
    owner.id,
  )
  return id
}

/** The fact of the newest commit, as the gate decided by it. */
async function factOf(message: string) {
  await repository.commit(message)
  const run = await post('/v1/gates/merge/runs', { repositoryId, commit: 'HEAD' })
  expect(run.errors).toEqual([])
  // its record has to be published first
  return vi.waitFor(
    async () => {
      const url = `/v1/decisions/${run.decisionId}/facts`
      const reply = await product.app.inject({ url, headers: owner.headers })
      expect(reply.statusCode).toBe(200)
      return reply.json().facts.change.architectureDecision
    },
    { timeout: 20_000, interval: 50 },
  )
}

test('a change that cites nothing has no such fact', async () => {
  expect(await factOf('Go on')).toBeUndefined()
})

test('one of several that is approved and covers the repository is enough', async () => {
  const open = await requested()
  expect(await factOf(`Add\n\nAI-Decision: ${open.id}`)).toEqual({ cited: [open.id], state: 'not_approved' })
  const id = await decided(open)
  const cited = [id, unknownId].sort()
  expect(await factOf(`Add\n\nAI-Decision: ${unknownId}\nAI-Decision: ${id}`)).toEqual({ cited, state: 'approved' })
  const named = await decided(await requested({ repositories: [repositoryId] }))
  expect((await factOf(`Add\n\nAI-Decision: ${named}`)).state).toBe('approved')
})

test('what is rejected, over, replaced, of another team or nowhere approves nothing', async () => {
  const soon = new Date(product.services.clock() + 1000).toISOString()
  const other = (await post('/v1/teams', { name: 'Search' })).id
  const ids = [
    await decided(await requested(), 'reject'),
    await decided(await requested({ validUntil: soon })),
    await decided(await requested()),
    await decided(await requested({ teamId: other })),
    unknownId,
  ]
  await decided(await requested({ supersedes: ids[2] }))
  product.pass(1000)
  expect((await factOf(`Add\n\nAI-Decision: ${ids.join(', ')}`)).state).toBe('not_approved')
})

test('a repository that moves to another team takes no decision of the first one along', async () => {
  const named = await decided(await requested({ repositories: [repositoryId] }))
  const wide = await decided(await requested())
  const other = (await post('/v1/teams', { name: 'Billing' })).id
  const put = (id: string, repositories: string[]) =>
    product.app.inject({
      method: 'PUT',
      url: `/v1/teams/${id}/repositories`,
      headers: owner.headers,
      payload: { repositories },
    })
  await put(teamId, [])
  await put(other, [repositoryId])
  expect((await factOf(`Add\n\nAI-Decision: ${named}, ${wide}`)).state).toBe('not_approved')
  await put(other, [])
  await put(teamId, [repositoryId])
  expect((await factOf(`Add\n\nAI-Decision: ${named}`)).state).toBe('approved')
})

test('without a server it is unknown, and says whom to ask', async () => {
  await repository.commit(`Add\n\nAI-Decision: ${unknownId}`)
  const { facts, verdict } = await judgeLocally(
    { engine: product.services.policy, policy: createPolicySource() },
    { path: repository.path, commit: 'HEAD', base: undefined, reports: [], now: '2027-03-01T00:00:00.000Z' },
  )
  expect(verdict.errors).toEqual([])
  expect(facts.change.architectureDecision).toEqual({ cited: [unknownId] })
  expect(facts.unknown.map((one) => one.path)).toContain('change.architectureDecision.state')
})
