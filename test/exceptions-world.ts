import { importRepository, registerRepository } from '#domains/changes'
import { addPerson, approver, type Subject, signedInAs } from './approver.ts'
import type { Authenticator } from './authenticator.ts'
import { startTestProduct, type TestProduct } from './harness.ts'
import { approvedPullRequest, judgedHistory } from './judged-history.ts'

/** A product with a repository, one of whose commits fails one rule that can be excepted, and people who may do this and that. */
export interface ExceptionsWorld {
  readonly product: TestProduct
  readonly repositoryId: string
  readonly repositoryPath: string
  readonly teamId: string
  /** Fails `compliance.signed-commits`, and nothing else that is enforced. */
  readonly commit: string
  readonly people: People
  call(by: Person, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object): Promise<Reply>
  /** Asks for an exception from `compliance.signed-commits` for 30 days; `change` says what is otherwise. */
  ask(by: Person, change?: object): Promise<Reply>
  /** Answers about one thing of this type with a passkey. */
  decideOn(type: string, url: string, by: Person, one: Shown, decision: 'approve' | 'reject'): Promise<Reply>
  decide(by: Person, one: Shown, decision?: 'approve' | 'reject'): Promise<Reply>
  /** Asked for by the developer and approved by the compliance officer. */
  approved(change?: object): Promise<Reply['body']>
  /** What the merge gate says of the commit now. */
  gate(): Promise<Reply>
  /** Moves the clock; everybody signs in again. */
  pass(ms: number): Promise<void>
  /** Runs a job as the server would. */
  job(name: string, data?: object): Promise<void>
  close(): Promise<void>
}

/** Somebody who is signed in and has a passkey; a session ends long before an exception does. */
export interface Person {
  readonly id: string
  headers: Readonly<Record<string, string>>
  readonly authenticator: Authenticator
}

interface People {
  readonly owner: Person
  readonly admin: Person
  readonly dev: Person
  readonly senior: Person
  /** Tech lead of the team whose repository it is. */
  readonly lead: Person
  /** Tech lead of another team. */
  readonly other: Person
  readonly security: Person
  readonly officer: Person
  readonly auditor: Person
}

interface Shown {
  readonly id: string
  readonly digest: string
}

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a route answered, of which each test reads what it is about
  readonly body: any
}

export const dayMs = 86_400_000

export async function startExceptionsWorld(): Promise<ExceptionsWorld> {
  const product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
  const { services } = product
  const call: ExceptionsWorld['call'] = async (by, method, url, payload) => {
    const { headers } = by
    const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    return { status: reply.statusCode, body: reply.json() }
  }
  const repository = judgedHistory()
  const ctx = services.service('test')
  const repositoryId = await registerRepository(product.db, ctx, repository.path)
  await importRepository(product.db, ctx, repositoryId, { signal: new AbortController().signal })
  const { teamId, ...people } = await makePeople(product, call, repositoryId)
  const commit = repository.oid('parser')
  await attach(product, `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`, approvedPullRequest(commit))
  const ask: ExceptionsWorld['ask'] = (by, change = {}) =>
    call(by, 'POST', '/v1/exceptions', {
      ruleId: 'compliance.signed-commits',
      repositoryId,
      reason: 'the signing keys are being replaced',
      ownerId: people.lead.id,
      expiresAt: new Date(services.clock() + 30 * dayMs).toISOString(),
      compensatingControls: [{ kind: 'described', text: 'commits are pushed from one machine' }],
      ...change,
    })
  const decideOn: ExceptionsWorld['decideOn'] = async (type, url, by, { id, digest }, decision) => {
    const assertion = await answer(product, by, { type, id, digest, decision })
    return call(by, 'POST', url, { decision, digest, assertion })
  }
  const decide: ExceptionsWorld['decide'] = (by, one, decision = 'approve') =>
    decideOn('exception', `/v1/exceptions/${one.id}/decision`, by, one, decision)
  return {
    repositoryPath: repository.path,
    ...{ product, repositoryId, teamId, commit, people, call, ask, decide, decideOn },
    approved: async (change) => {
      const decided = await decide(people.officer, (await ask(people.dev, change)).body)
      if (decided.body.state !== 'approved') throw new Error(JSON.stringify(decided.body))
      return decided.body
    },
    gate: () => call(people.dev, 'POST', '/v1/gates/merge/runs', { repositoryId, commit }),
    pass: async (ms) => {
      product.pass(ms)
      for (const one of Object.values(people)) one.headers = await signedInAs(product, one.id)
    },
    job: async (name, data = {}) => {
      const job = product.modules.flatMap((one) => one.jobs).find((one) => one.name === name)
      if (job === undefined) throw new Error(`there is no job ${name}`)
      await job.run(data, new AbortController().signal)
    },
    close: async () => {
      await product.close()
      repository.remove()
    },
  }
}

async function answer(product: TestProduct, by: Person, payload: Subject): Promise<Record<string, unknown>> {
  const asked = await product.app.inject({ method: 'POST', url: '/v1/step-up', headers: by.headers, payload })
  return by.authenticator.get(asked.json())
}

async function attach(product: TestProduct, url: string, content: string): Promise<void> {
  const headers = { ...(await product.asOwner()), 'content-type': 'application/octet-stream' }
  const reply = await product.app.inject({ method: 'POST', url, headers, payload: Buffer.from(content) })
  if (reply.statusCode !== 201) throw new Error(reply.body)
}

async function makePeople(product: TestProduct, call: ExceptionsWorld['call'], repositoryId: string) {
  const session = await product.asOwner()
  const ownerId = (await product.app.inject({ url: '/v1/session', headers: session })).json().userId
  const known = async (userId: string): Promise<Person> => ({ ...(await approver(product, userId)) })
  const owner = await known(ownerId)
  const person = async (name: string) => known(await addPerson(product, `${name}@example.com`))
  const team = async (name: string) => (await call(owner, 'POST', '/v1/teams', { name })).body.id as string
  const [teamId, otherTeam] = [await team('Payments'), await team('Search')]
  await call(owner, 'PUT', `/v1/teams/${teamId}/repositories`, { repositories: [repositoryId] })
  const people = {
    owner,
    admin: await person('admin'),
    dev: await person('dev'),
    senior: await person('senior'),
    lead: await person('lead'),
    other: await person('other'),
    security: await person('security'),
    officer: await person('officer'),
    auditor: await person('auditor'),
  }
  const item = (one: Person, role: string, inTeam: string | null = null) => ({
    ...{ kind: 'assignment', userId: one.id, role, teamId: inTeam },
  })
  const propose = (add: object[]) => call(owner, 'POST', '/v1/role-changes', { add, reason: 'they work here' })
  await propose([item(people.admin, 'platform-administrator')])
  const { id, digest } = (
    await propose([
      item(people.dev, 'junior-developer'),
      item(people.senior, 'senior-developer'),
      item(people.lead, 'tech-lead', teamId),
      item(people.other, 'tech-lead', otherTeam),
      item(people.security, 'security'),
      item(people.officer, 'compliance-officer'),
      item(people.auditor, 'auditor'),
    ])
  ).body
  const assertion = await answer(product, people.admin, { type: 'role-change', id, digest, decision: 'approve' })
  const body = { decision: 'approve', digest, assertion }
  const decided = await call(people.admin, 'POST', `/v1/role-changes/${id}/decision`, body)
  if (decided.body.state !== 'applied') throw new Error(JSON.stringify(decided.body))
  return { ...people, teamId }
}
