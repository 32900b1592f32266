import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyApproval } from '#kernel/access/step-up/proof'
import { type Approver, addPerson, approver, giveRole, signedInAs } from '#test/approver.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { acknowledgementOf, ensureCharter } from './index.ts'

const dayMs = 86_400_000

let product: TestProduct
let officer: Approver
let lead: Approver
let security: Approver
let owner: Headers

async function begin(): Promise<void> {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  await ensureCharter(product.services.db, product.services.service('charter'))
  officer = await withRole('officer', 'compliance-officer')
  lead = await withRole('lead', 'tech-lead')
  security = await withRole('security', 'security')
  owner = await product.asOwner()
}

async function withRole(name: string, role: string): Promise<Approver> {
  const id = await addPerson(product, name)
  await giveRole(product, id, role)
  return approver(product, id)
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
const send = (method: Method, url: string, headers: Readonly<Record<string, string>>, payload?: object) =>
  product.app.inject({ method, url: `/v1/charter${url}`, headers, ...(payload === undefined ? {} : { payload }) })
const code = (reply: Awaited<ReturnType<typeof send>>) => [reply.statusCode, reply.json().code]
const inForce = async () => (await send('GET', '', owner)).json()

/** The document in force with clauses changed or added by `change`. */
async function documentWith(change: object = {}, more: readonly object[] = []) {
  const { items } = (await send('GET', '/versions', owner)).json()
  const { title, clauses } = items[0].document
  const [first, ...others] = clauses
  return { title, clauses: [{ ...first, ...change }, ...others, ...more] }
}

async function propose(by: Approver, document: object, reason = 'It was asked for.') {
  return send('POST', '/proposals', by.headers, { document, reason })
}

async function decide(
  by: Approver,
  proposal: { id: string; digest: string },
  decision: 'approve' | 'reject' = 'approve',
) {
  const { id, digest } = proposal
  const assertion = await by.answer({ type: 'charter-version', id, digest, decision })
  return send('POST', `/proposals/${id}/decision`, by.headers, { decision, digest, assertion })
}

describe('the first charter', () => {
  beforeAll(begin)
  afterAll(() => product.close())

  test('is in force from the first start, with the clauses of the mission, and adopted by the system', async () => {
    const charter = await inForce()
    expect(charter).toMatchObject({ number: 1, title: 'AI Development Charter', graceDays: 14 })
    const of = (kind: string) =>
      charter.clauses.filter((one: { kind: string }) => one.kind === kind).map((one: { id: string }) => one.id)
    expect(of('principle')).toEqual(['CH-2', 'CH-3', 'CH-4', 'CH-13', 'CH-14'])
    expect(of('prohibited')).toEqual(['CH-5', 'CH-6', 'CH-7', 'CH-8'])
    expect(of('mandatory')).toEqual(['CH-9', 'CH-10', 'CH-11', 'CH-12'])
    expect(charter.clauses[0]).toMatchObject({
      title: 'Human accountability',
      text: 'Humans remain accountable for all AI-generated code.',
    })
    const adopted = (await product.records()).filter((one) => one.type === 'charter.adopted')
    expect(adopted).toHaveLength(1)
    expect(adopted[0]).toMatchObject({
      actor: { id: 'svc_charter', kind: 'service' },
      data: { version: 1, digest: charter.digest },
      refs: [],
    })
  })

  test('is adopted once, also by two nodes that start together', async () => {
    const { db, service } = product.services
    await Promise.all([1, 2, 3].map(() => ensureCharter(db, service('charter'))))
    expect((await product.records()).filter((one) => one.type === 'charter.adopted')).toHaveLength(1)
  })

  test('links its clauses to the rules that enforce them, with figures of what they said', async () => {
    const clauseOf = async (id: string) => (await inForce()).clauses.find((one: { id: string }) => one.id === id)
    expect(await clauseOf('CH-2')).toMatchObject({
      rules: [{ id: 'charter.accountable-human', mode: 'enforce', controls: ['ISO42001:A.2.2'] }],
      figures: { decisions: 0, denials: 0, violations: 0, lastDecisionAt: null },
    })
    const now = product.services.clock()
    // two changes of now, of which one fails the rule, one lacks facts of it; one of before the window
    await judged('a', now, 'fail')
    await judged('b', now - dayMs, 'unknown')
    await judged('c', now - 31 * dayMs, 'fail')
    await judged('d', now, 'not_applicable')
    expect((await clauseOf('CH-2')).figures).toEqual({
      decisions: 2,
      denials: 2,
      violations: 1,
      lastDecisionAt: new Date(now).toISOString(),
    })
    expect((await clauseOf('CH-3')).rules).toEqual([])
  })

  test('is read by whoever is signed in, and not by a token without its scope', async () => {
    const nobody = await signedInAs(product, await addPerson(product, 'nobody'))
    expect((await send('GET', '', nobody)).statusCode).toBe(200)
    expect((await send('GET', '/versions/1', nobody)).json().number).toBe(1)
    expect(code(await send('GET', '/versions/2', nobody))).toEqual([404, 'charter_version_not_found'])
    expect(code(await send('GET', '/versions?cursor=x', nobody))).toEqual([400, 'cursor_invalid'])
    expect(code(await send('GET', '', await product.token({ scopes: ['gate:read'] })))).toEqual([403, 'forbidden'])
    expect(code(await send('GET', '/acknowledgements', nobody))).toEqual([403, 'forbidden'])
    expect(code(await send('POST', '/proposals', nobody, {}))).toEqual([403, 'forbidden'])
  })
})

async function judged(id: string, atMs: number, status: string): Promise<void> {
  const { pool } = product.database
  const rules = JSON.stringify([{ id: 'charter.accountable-human', mode: 'enforce', status, unknown: [] }])
  await pool.query('insert into gate_shape (digest, rules) values ($1, $2) on conflict do nothing', [status, rules])
  await pool.query(
    `insert into gate_verdict (change_id, repository_id, decision_id, decision_record_id, assessment_id, result, decision,
      policy_revision, facts_digest, judged_at, merged_at, place, shape)
    values ($1, 'repo_1', 'dec_1', gen_random_uuid(), 'rsk_1', 'fail', 'deny', 'x', 'y', $2, $2, $1, $3)`,
    [`chg_${id}`, new Date(atMs), status],
  )
}

test('before the first start has ended there is no charter, and whoever asks is told overdue', async () => {
  const bare = await startTestProduct()
  const reply = await bare.app.inject({ url: '/v1/charter', headers: await bare.asOwner() })
  expect([reply.statusCode, reply.json().code]).toEqual([404, 'charter_missing'])
  const person = await addPerson(bare, 'ada')
  expect(await acknowledgementOf(bare.services.db, person, bare.services.clock())).toBe('overdue')
  await bare.close()
})

describe('a new version', () => {
  beforeAll(begin)
  afterAll(() => product.close())
  beforeEach(async () => {
    for (const { id } of (await send('GET', '/proposals?state=proposed', owner)).json().items)
      await product.database.pool.query(
        "update charter_version set state = 'withdrawn', decided_at = now() where id = $1",
        [id],
      )
  })

  test('is proposed with its difference, approved by two others, and then in force for all', async () => {
    const before = (await product.records()).length
    const clause = { id: 'CH-15', kind: 'mandatory', title: 'Training', text: 'Who uses AI is trained.', controls: [] }
    const document = await documentWith({ text: 'A named human remains accountable.' }, [clause])
    const proposed = await propose(lead, document, 'The audit asked for it.')
    expect(proposed.statusCode).toBe(201)
    expect(proposed.json()).toMatchObject({
      state: 'proposed',
      proposer: lead.id,
      reason: 'The audit asked for it.',
      approvals: [],
      approvalsNeeded: 2,
      diff: {
        title: null,
        added: [clause],
        removed: [],
        changed: [
          {
            before: { id: 'CH-2', text: 'Humans remain accountable for all AI-generated code.' },
            after: { id: 'CH-2', text: 'A named human remains accountable.' },
          },
        ],
        isReordered: false,
      },
    })
    const one = (await decide(officer, proposed.json())).json()
    expect(one).toMatchObject({ state: 'proposed', approvals: [{ userId: officer.id, decision: 'approve' }] })
    expect((await inForce()).number).toBe(1)
    const two = (await decide(security, proposed.json())).json()
    expect(two).toMatchObject({ state: 'adopted', number: 2, diff: null })
    expect(await inForce()).toMatchObject({ number: 2, digest: two.digest })

    const records = (await product.records()).slice(before)
    expect(records.map((record) => record.type)).toEqual([
      'charter.proposed',
      'approval.given',
      'approval.given',
      'charter.adopted',
    ])
    const [first, approval, , adopted] = records
    expect(first?.data).toMatchObject({ base: 1, added: ['CH-15'], changed: ['CH-2'], removed: [] })
    expect(JSON.stringify(records)).not.toContain('The audit asked for it.')
    expect(adopted).toMatchObject({ data: { version: 2, document }, actor: { id: security.id } })
    expect([...(adopted?.refs ?? [])].sort()).toEqual(
      records
        .filter((record) => record.type === 'approval.given')
        .map((record) => record.id)
        .sort(),
    )
    const subject = { type: 'charter-version', id: proposed.json().id, digest: two.digest, decision: 'approve' }
    expect(await verifyApproval(approval?.data)).toEqual({ holds: true, subject, userId: officer.id })
    expect((await send('GET', '/versions/1', owner)).json().document.clauses).toHaveLength(13)
    // what was adopted tells who approved it, also when they have left
    await product.database.pool.query('update access_approval set ended_at = now() where user_id = $1', [officer.id])
    expect((await send('GET', `/proposals/${proposed.json().id}`, owner)).json().approvals).toHaveLength(2)
    expect((await send('GET', '/versions?limit=1', owner)).json()).toMatchObject({ items: [{ number: 2 }], next: '2' })
    expect((await send('GET', '/versions?limit=1&cursor=2', owner)).json()).toMatchObject({
      items: [{ number: 1 }],
      next: null,
    })
  })

  test('is over with one rejection', async () => {
    const proposal = (await propose(lead, await documentWith({ title: 'Answerable' }))).json()
    await decide(officer, proposal)
    expect((await decide(security, proposal, 'reject')).json()).toMatchObject({ state: 'rejected', number: null })
    const third = await withRole(`third-${proposal.id}`, 'security')
    expect(code(await decide(third, proposal))).toEqual([409, 'charter_proposal_closed'])
    const rejected = (await product.records()).findLast((one) => one.type === 'charter.rejected')
    expect(rejected?.actor.id).toBe(security.id)
  })

  test('is never approved by who proposed it, by whoever may not, twice by one, or unseen', async () => {
    const proposal = (await propose(lead, await documentWith({ title: 'Answerable' }))).json()
    const own = await decide(lead, proposal)
    expect(code(own)).toEqual([403, 'access_denied'])
    expect(own.json().detail).toContain('two other people approve it')
    const developer = await withRole(`developer-${proposal.id}`, 'senior-developer')
    expect(code(await decide(developer, proposal))).toEqual([403, 'forbidden'])
    await decide(officer, proposal)
    expect(code(await decide(officer, proposal))).toEqual([409, 'approval_repeated'])
    const other = { ...proposal, digest: `sha256:${'0'.repeat(64)}` }
    expect(code(await decide(security, other))).toEqual([409, 'revision_other'])
    expect(code(await decide(security, { ...proposal, id: 'chv_none' }))).toEqual([404, 'charter_proposal_not_found'])
    const assertion = await security.answer({
      type: 'charter-version',
      id: 'chv_other',
      digest: proposal.digest,
      decision: 'approve',
    })
    const payload = { decision: 'approve', digest: proposal.digest, assertion }
    const wrong = await send('POST', `/proposals/${proposal.id}/decision`, security.headers, payload)
    expect(code(wrong)).toEqual([401, 'step_up_refused'])
    expect((await send('GET', `/proposals/${proposal.id}`, owner)).json()).toMatchObject({
      state: 'proposed',
      number: null,
    })
  })

  test('counts only who may still approve when the second one does', async () => {
    const former = await withRole(`former-${Math.random()}`, 'security')
    const proposal = (await propose(lead, await documentWith({ title: 'Answerable' }))).json()
    await decide(former, proposal)
    await product.database.pool.query('delete from access_role_assignment where user_id = $1', [former.id])
    expect((await decide(officer, proposal)).json().state).toBe('proposed')
    expect((await decide(security, proposal)).json().state).toBe('adopted')
  })

  test('is taken back by who proposed it, and by nobody else', async () => {
    product.pass(1000)
    const proposal = (await propose(lead, await documentWith({ title: 'Accountable' }))).json()
    const url = `/proposals/${proposal.id}`
    expect(code(await send('DELETE', url, officer.headers))).toEqual([404, 'charter_proposal_not_found'])
    expect((await send('DELETE', url, lead.headers)).json().state).toBe('withdrawn')
    expect(code(await send('DELETE', url, lead.headers))).toEqual([409, 'charter_proposal_closed'])
    expect((await send('GET', '/proposals?limit=1', owner)).json().items[0].id).toBe(proposal.id)
  })

  test.each<readonly [string, (document: { title: string; clauses: { id: string }[] }) => object, string]>([
    ['leaves out a clause that rules enforce', (it) => ({ ...it, clauses: it.clauses.slice(1) }), '`CH-2`'],
    ['says a clause twice', (it) => ({ ...it, clauses: [...it.clauses, it.clauses[0]] }), '`CH-2` stands in it twice'],
    [
      'is too long for a record',
      (it) => ({ ...it, clauses: it.clauses.map((one) => ({ ...one, text: 'long '.repeat(199) })).concat(padding) }),
      'longer than',
    ],
  ])('is refused where it %s', async (_, change, reason) => {
    const reply = await propose(lead, change(await documentWith()))
    expect(code(reply)).toEqual([400, 'charter_invalid'])
    expect(reply.json().detail).toContain(reason)
  })

  test('is refused where it says the same, while another is open, and where it is no document', async () => {
    expect(code(await propose(lead, await documentWith()))).toEqual([409, 'charter_unchanged'])
    const proposal = (await propose(lead, await documentWith({ title: 'Other' }))).json()
    const second = await propose(officer, await documentWith({ title: 'Yet another' }))
    expect(code(second)).toEqual([409, 'charter_proposal_open'])
    expect(second.json().detail).toContain(proposal.id)
    expect(code(await propose(lead, { title: 'x', clauses: [] }))).toEqual([400, 'request_invalid'])
    expect(code(await propose(lead, await documentWith({ text: 'two\nlines' })))).toEqual([400, 'request_invalid'])
  })

  test('needs two others: where there are not, it is refused before anybody reads it', async () => {
    const { pool } = product.database
    await pool.query('update access_user set disabled_at = now() where id = any($1)', [[officer.id, security.id]])
    const everyone = await pool.query('select distinct user_id from access_role_assignment where user_id <> $1', [
      lead.id,
    ])
    await pool.query('update access_user set disabled_at = now() where id = any($1)', [
      everyone.rows.map((one) => one.user_id),
    ])
    expect(code(await propose(lead, await documentWith({ title: 'Alone' })))).toEqual([409, 'second_person_required'])
    await pool.query('update access_user set disabled_at = null')
  })
})

const padding = Array.from({ length: 20 }, (_, at) => ({
  id: `CH-${100 + at}`,
  kind: 'principle',
  title: 'Long',
  text: 'long '.repeat(199),
  controls: [],
}))

describe('an acknowledgement', () => {
  beforeEach(begin)
  afterEach(() => product.close())

  const stateOf = (who: Approver) => acknowledgementOf(product.services.db, who.id, product.services.clock())
  const acknowledge = (by: Readonly<Record<string, string>>, version: number) =>
    send('POST', '/acknowledgement', by, { version })
  const again = (who: Approver) => approver(product, who.id, who.authenticator)

  test('is given once, recorded, and asked anew by a new version', async () => {
    expect(await stateOf(lead)).toBe('grace')
    expect((await acknowledge(lead.headers, 1)).json()).toEqual({
      state: 'acknowledged',
      dueAt: '2027-03-15T09:00:00.000Z',
      acknowledgedAt: '2027-03-01T09:00:00.000Z',
    })
    expect((await acknowledge(lead.headers, 1)).statusCode).toBe(200)
    const given = (await product.records()).filter((one) => one.type === 'charter.acknowledged')
    expect(given).toHaveLength(1)
    expect(given[0]).toMatchObject({ actor: { id: lead.id }, data: { version: 1, digest: (await inForce()).digest } })
    expect(await stateOf(lead)).toBe('acknowledged')
    const proposal = (await propose(lead, await documentWith({ title: 'New' }))).json()
    await decide(officer, proposal)
    await decide(security, proposal)
    expect(await stateOf(lead)).toBe('grace')
    expect(code(await acknowledge(lead.headers, 1))).toEqual([409, 'charter_version_other'])
    expect((await acknowledge(lead.headers, 2)).statusCode).toBe(200)
    expect(await stateOf(lead)).toBe('acknowledged')
  })

  test('is overdue when the grace period is over, which runs from when somebody came', async () => {
    product.pass(13 * dayMs)
    const late = await withRole('late', 'tech-lead')
    product.pass(dayMs)
    expect(await stateOf(lead)).toBe('overdue')
    expect(await stateOf(late)).toBe('grace')
    product.pass(13 * dayMs)
    expect(await stateOf(late)).toBe('overdue')
    expect(await acknowledgementOf(product.services.db, 'agt_one', product.services.clock())).toBe('overdue')
  })

  test('is asked for within as many days as was set, with who set it', async () => {
    expect((await send('GET', '/grace-period', owner)).json()).toEqual({ days: 14, history: [] })
    const set = await send('PUT', '/grace-period', officer.headers, { days: 3 })
    expect(set.json()).toEqual({
      days: 3,
      history: [{ days: 3, setBy: officer.id, setAt: '2027-03-01T09:00:00.000Z' }],
    })
    expect(code(await send('PUT', '/grace-period', lead.headers, { days: 30 }))).toEqual([403, 'forbidden'])
    expect(code(await send('PUT', '/grace-period', officer.headers, { days: 366 }))).toEqual([400, 'request_invalid'])
    expect((await product.records()).at(-1)).toMatchObject({
      type: 'charter.grace-period-set',
      data: { days: 3, before: 14 },
    })
    product.pass(3 * dayMs)
    expect(await stateOf(lead)).toBe('overdue')
  })

  test('is listed with who is missing, by pages, and whoever left is not asked for', async () => {
    await acknowledge(lead.headers, 1)
    await product.database.pool.query('update access_user set disabled_at = now() where id = $1', [security.id])
    const list = async (query: string, by = officer.headers) =>
      (await send('GET', `/acknowledgements${query}`, by)).json()
    // the owner of the installation as well
    expect(await list('')).toMatchObject({ people: 3, acknowledged: 1 })
    expect((await list('?state=acknowledged')).items).toMatchObject([
      { userId: lead.id, name: 'lead', state: 'acknowledged' },
    ])
    const missing = (await list('?state=missing')).items.map((one: { userId: string }) => one.userId)
    expect(missing).toHaveLength(2)
    expect(missing).toContain(officer.id)
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const { items, next } = await list(`?limit=1${cursor}`)
      paged.push(...items.map((one: { userId: string }) => one.userId))
      if (next === null) break
      cursor = `&cursor=${next}`
    }
    expect(new Set(paged).size).toBe(3)
    expect((await list('?state=grace')).items).toHaveLength(2)
    expect((await list('?state=overdue')).items).toEqual([])
    product.pass(14 * dayMs)
    officer = await again(officer)
    expect((await list('?state=grace', officer.headers)).items).toEqual([])
    expect((await list('?state=overdue', officer.headers)).items).toHaveLength(2)
    expect(code(await send('GET', '/acknowledgements?cursor=x', officer.headers))).toEqual([400, 'cursor_invalid'])
  })

  test('is reminded of once at half of the time and once at its end, by a job that may run again', async () => {
    const remind = product.modules.flatMap((one) => one.jobs).find((one) => one.name === 'charter.remind')
    const run = async () => {
      const before = (await product.records()).length
      await remind?.run({}, new AbortController().signal)
      return (await product.records())
        .slice(before)
        .map((one) => [one.type, one.data['stage'], one.targets.find((target) => target.type === 'user')?.id])
    }
    await acknowledge(lead.headers, 1)
    expect(await run()).toEqual([])
    product.pass(7 * dayMs)
    const late = await addPerson(product, 'late')
    const half = await run()
    expect(half).toHaveLength(3)
    expect(half).toContainEqual(['charter.acknowledgement-due', 'half', officer.id])
    expect(half.map(([, , id]) => id)).not.toContain(lead.id)
    expect(await run()).toEqual([])
    product.pass(7 * dayMs)
    const end = await run()
    expect(end).toHaveLength(4)
    expect(end).toContainEqual(['charter.acknowledgement-due', 'end', officer.id])
    expect(end).toContainEqual(['charter.acknowledgement-due', 'half', late])
    expect(await run()).toEqual([])
  })

  test('is not given by an agent or a token without its scope', async () => {
    const reply = await acknowledge(await product.token({ scopes: ['charter:read'] }), 1)
    expect(code(reply)).toEqual([403, 'forbidden'])
    expect(code(await acknowledge(lead.headers, 0))).toEqual([400, 'request_invalid'])
  })
})
