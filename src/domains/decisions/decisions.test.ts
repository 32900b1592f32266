import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Approver, addPerson, approver, signedInAs } from '../../../test/approver.ts'
import { startTestProduct, type TestProduct } from '../../../test/harness.ts'

/** In the team Payments a lead, a second lead and a senior developer; in Search another lead. */
let product: TestProduct
let owner: Approver
let admin: Approver
let lead: Approver
let other: Approver
let elsewhere: Approver
let payments: string
let search: string
type Headers = Readonly<Record<string, string>>
let senior: { readonly id: string; readonly headers: Headers }

beforeAll(async () => {
  product = await startTestProduct()
  const session = await product.asOwner()
  owner = await approver(product, (await product.app.inject({ url: '/v1/session', headers: session })).json().userId)
  admin = await approver(product, await addPerson(product, 'admin@example.com'))
  await call(owner, 'POST', '/v1/role-changes', { add: [role(admin.id, 'platform-administrator')], reason: 'first' })
  payments = (await call(owner, 'POST', '/v1/teams', { name: 'Payments' })).json().id
  search = (await call(owner, 'POST', '/v1/teams', { name: 'Search' })).json().id
  await product.app.inject({
    method: 'PUT',
    url: `/v1/teams/${payments}/repositories`,
    headers: owner.headers,
    payload: { repositories: ['repo_pay', 'repo_bank'] },
  })
  const ids = []
  for (const name of ['lead', 'other', 'elsewhere', 'senior']) ids.push(await addPerson(product, `${name}@example.com`))
  const [leadId = '', otherId = '', elsewhereId = '', seniorId = ''] = ids
  await give([
    role(leadId, 'tech-lead', payments),
    role(otherId, 'tech-lead', payments),
    role(elsewhereId, 'tech-lead', search),
    role(seniorId, 'senior-developer', payments),
  ])
  lead = await approver(product, leadId)
  other = await approver(product, otherId)
  elsewhere = await approver(product, elsewhereId)
  senior = { id: seniorId, headers: await signedInAs(product, seniorId) }
})
afterAll(() => product.close())

const call = (by: { readonly headers: Headers }, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  product.app.inject({ method, url, headers: by.headers, ...(payload === undefined ? {} : { payload }) })

const role = (userId: string, name: string, teamId: string | null = null) => ({
  kind: 'assignment',
  userId,
  role: name,
  teamId,
})

async function give(items: object[]) {
  const { id, digest } = (await call(owner, 'POST', '/v1/role-changes', { add: items, reason: 'they joined' })).json()
  const assertion = await admin.answer({ type: 'role-change', id, digest, decision: 'approve' })
  await call(admin, 'POST', `/v1/role-changes/${id}/decision`, { decision: 'approve', digest, assertion })
}

const day = 86_400_000
const inDays = (days: number) => new Date(product.services.clock() + days * day).toISOString()
const request = () => ({
  title: 'Retrieval for the help desk',
  scope: 'The help desk may answer from our manuals; not from tickets of customers.',
  text: 'We keep embeddings in our own database.',
  teamId: payments,
  validUntil: inDays(90),
})
const ask = (by: { readonly headers: Headers }, change: object = {}) =>
  call(by, 'POST', '/v1/architecture-decisions', { ...request(), ...change })
const codeOf = (reply: { statusCode: number; json(): { code?: string } }) => reply.json().code ?? reply.statusCode

/** As the contract states it, worked out here on its own. */
function digestWith(digest: string, conditions: string): string {
  const text = `{"conditions":${JSON.stringify(conditions)},"request":"${digest}"}`
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

interface Answer {
  readonly decision?: 'approve' | 'reject'
  readonly conditions?: string
  /** Signed instead of what is sent. */
  readonly signed?: string
}

async function answer(by: Approver, asked: { id: string; digest: string }, given: Answer = {}) {
  const { decision = 'approve', conditions } = given
  const digest = conditions === undefined ? asked.digest : digestWith(asked.digest, conditions)
  const subject = { type: 'architecture-decision', id: asked.id, digest: given.signed ?? digest, decision }
  const payload = {
    ...{ decision, digest, assertion: await by.answer(subject) },
    ...(conditions === undefined ? {} : { conditions }),
  }
  return call(by, 'POST', `/v1/architecture-decisions/${asked.id}/decision`, payload)
}

async function since<T>(work: () => Promise<T>) {
  const before = (await product.records()).length
  const result = await work()
  return { result, records: (await product.records()).slice(before) }
}

describe('a request', () => {
  test('is answered with its digest, and recorded without its words', async () => {
    const { result, records } = await since(() => ask(senior, { repositories: ['repo_pay', 'repo_bank', 'repo_pay'] }))
    expect(result.statusCode).toBe(201)
    expect(result.json()).toMatchObject({
      ...{ state: 'requested', requester: senior.id, teamName: 'Payments', decidedBy: null, conditions: null },
      ...{ repositories: ['repo_bank', 'repo_pay'], link: null, supersedes: null },
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    expect(records.map((one) => one.type)).toEqual(['architecture-decision.requested'])
    expect(JSON.stringify(records)).not.toMatch(/help desk|embeddings/)
    const got = await call(lead, 'GET', `/v1/architecture-decisions/${result.json().id}`)
    expect(got.json()).toEqual(result.json())
  })

  test.each([
    ['nothing to read', { text: undefined }, 'request_invalid'],
    ['a link that is no TLS', { link: 'http://example.com/adr' }, 'request_invalid'],
    ['a link that runs', { link: 'javascript:alert(1)' }, 'request_invalid'],
    ['a link with a password', { link: 'https://a:b@example.com/' }, 'request_invalid'],
    ['no title', { title: ' ' }, 'request_invalid'],
    ['a title that no database holds', { title: 'a\u0000b' }, 'request_invalid'],
    ['a text that is no text', { text: 'a\ud800b' }, 'request_invalid'],
    ['another field', { approved: true }, 'request_invalid'],
    ['a team that is not there', { teamId: 'team_none' }, 'architecture_decision_invalid'],
    ['a repository of nobody', { repositories: ['repo_none'] }, 'architecture_decision_invalid'],
    ['a decision that is not there', { supersedes: 'adr_none' }, 'architecture_decision_invalid'],
  ])('with %s is refused', async (_, change, code) => {
    expect(codeOf(await ask(senior, change))).toBe(code)
  })

  test('holds for a year at most, and for some time', async () => {
    expect(codeOf(await ask(senior, { validUntil: inDays(0) }))).toBe('architecture_decision_invalid')
    expect(codeOf(await ask(senior, { validUntil: inDays(366.01) }))).toBe('architecture_decision_invalid')
    expect((await ask(senior, { validUntil: inDays(366), link: 'https://example.com/adr/1?x=1#y' })).statusCode).toBe(
      201,
    )
  })

  test('is withdrawn by whoever made it, while nobody has decided', async () => {
    const asked = (await ask(senior)).json()
    const withdraw = (by: { readonly headers: Headers }) => call(by, 'DELETE', `/v1/architecture-decisions/${asked.id}`)
    expect(codeOf(await withdraw(lead))).toBe('architecture_decision_not_found')
    expect((await withdraw(senior)).json().state).toBe('withdrawn')
    expect(codeOf(await withdraw(senior))).toBe('architecture_decision_closed')
    expect(codeOf(await answer(lead, asked))).toBe('architecture_decision_closed')
  })
})

describe('an answer', () => {
  test('is that of a tech lead of the team who did not ask', async () => {
    const asked = (await ask(lead)).json()
    const own = await answer(lead, asked)
    expect([codeOf(own), own.json().detail]).toEqual(['access_denied', expect.stringContaining('You asked for this')])
    expect(codeOf(await answer(elsewhere, asked))).toBe('access_denied')
    expect(codeOf(await answer(admin, asked))).toBe('forbidden')
    const { result, records } = await since(() => answer(other, asked))
    expect(result.json()).toMatchObject({ state: 'approved', decidedBy: other.id, conditions: null })
    expect(records.map((one) => one.type)).toEqual(['approval.given', 'architecture-decision.approved'])
    expect(records[1]?.data).toMatchObject({ digest: asked.digest, conditions: null, validUntil: asked.validUntil })
    expect(codeOf(await answer(other, asked))).toBe('approval_repeated')
    expect(codeOf(await answer(owner, asked))).toBe('architecture_decision_closed')
  })

  test('may be that of the owner', async () => {
    expect((await answer(owner, (await ask(senior)).json())).json().state).toBe('approved')
  })

  test('signs its conditions with what was asked', async () => {
    const asked = (await ask(senior)).json()
    const conditions = 'Only with the filter for personal data: "on" — überall.'
    expect(codeOf(await answer(lead, asked, { conditions, signed: asked.digest }))).toBe('step_up_refused')
    const bare = await by(lead, asked, { decision: 'approve', digest: asked.digest, conditions })
    expect(codeOf(bare)).toBe('architecture_decision_other')
    const { result, records } = await since(() => answer(lead, asked, { conditions }))
    expect(result.json()).toMatchObject({ state: 'approved-with-conditions', conditions })
    expect(records[1]?.data).toMatchObject({
      digest: digestWith(asked.digest, conditions),
      conditions: expect.stringMatching(/^hmac-sha256:/),
    })
    expect(JSON.stringify(records)).not.toContain('personal data')
  })

  test('may be no, with what would have to change', async () => {
    const asked = (await ask(senior)).json()
    const rejected = await answer(lead, asked, { decision: 'reject', conditions: 'Leave tickets out.' })
    expect(rejected.json()).toMatchObject({ state: 'rejected', conditions: 'Leave tickets out.' })
    const missing = await by(lead, { ...asked, id: 'adr_none' }, { decision: 'approve', digest: asked.digest })
    expect(codeOf(missing)).toBe('architecture_decision_not_found')
  })

  test('comes too late once the time is over that was asked for', async () => {
    const asked = (await ask(senior, { validUntil: new Date(product.services.clock() + 1000).toISOString() })).json()
    product.pass(1000)
    expect(codeOf(await answer(lead, asked))).toBe('architecture_decision_closed')
  })

  async function by(who: Approver, asked: { id: string; digest: string }, payload: object) {
    const subject = { type: 'architecture-decision', id: asked.id, digest: asked.digest, decision: 'approve' } as const
    const assertion = await who.answer(subject)
    return call(who, 'POST', `/v1/architecture-decisions/${asked.id}/decision`, { ...payload, assertion })
  }
})

describe('an approved decision', () => {
  test('holds until its time is over or another takes its place', async () => {
    const first = (await ask(senior, { validUntil: inDays(0.1), repositories: ['repo_pay'] })).json()
    await answer(lead, first)
    const [second, third] = [
      (await ask(senior, { supersedes: first.id })).json(),
      (await ask(senior, { supersedes: first.id })).json(),
    ]
    const state = async (id: string) => (await call(senior, 'GET', `/v1/architecture-decisions/${id}`)).json().state
    expect(await state(first.id)).toBe('approved')
    const { records } = await since(() => answer(lead, second))
    expect(records.map((one) => one.type)).toEqual([
      'approval.given',
      'architecture-decision.approved',
      'architecture-decision.superseded',
    ])
    expect(await state(first.id)).toBe('superseded')
    expect((await call(senior, 'GET', `/v1/architecture-decisions/${first.id}`)).json().supersededBy).toBe(second.id)
    expect(codeOf(await answer(lead, third))).toBe('architecture_decision_closed')
    expect(await state(third.id)).toBe('requested')
    expect(codeOf(await ask(senior, { supersedes: first.id }))).toBe('architecture_decision_invalid')
    expect(codeOf(await ask(elsewhere, { teamId: search, supersedes: second.id }))).toBe(
      'architecture_decision_invalid',
    )
    const short = (await ask(senior, { validUntil: inDays(0.1) })).json()
    await answer(lead, short)
    product.pass(0.1 * day)
    expect(await state(short.id)).toBe('expired')
  })

  test('is listed by state, team and repository, page by page', async () => {
    const list = async (query: string) => (await call(senior, 'GET', `/v1/architecture-decisions?${query}`)).json()
    const all = (await list('limit=200')).items
    expect(all.length).toBeGreaterThan(8)
    for (const state of [
      'requested',
      'approved',
      'approved-with-conditions',
      'rejected',
      'withdrawn',
      'superseded',
      'expired',
    ]) {
      const found = (await list(`state=${state}`)).items
      expect(found.length).toBeGreaterThan(0)
      expect(found).toEqual(all.filter((one: { state: string }) => one.state === state))
    }
    expect((await list(`team=${search}`)).items).toEqual([])
    expect((await list('repository=repo_pay')).items).toEqual(
      all.filter((one: { repositories: string[] }) => one.repositories.includes('repo_pay')),
    )
    const page = await list('limit=3')
    expect([...page.items, ...(await list(`limit=200&cursor=${page.next}`)).items]).toEqual(all)
    expect((await list('cursor=x')).code).toBe('cursor_invalid')
  })
})
