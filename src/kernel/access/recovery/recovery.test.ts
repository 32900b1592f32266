import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Approver,
  addOwner,
  addPerson,
  approver,
  approverOrigin,
  giveRole,
  registerPasskey,
  signedInAs,
} from '#test/approver.ts'
import { createAuthenticator } from '#test/authenticator.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'

let product: TestProduct
let first: Approver
let second: Approver
let lost: Approver
let count = 0
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  first = await approver(product, await addOwner(product, 'usr_first'))
  second = await approver(product, await addOwner(product, 'usr_second'))
})
afterAll(() => product.close())
beforeEach(async () => {
  lost = await approver(product, await addPerson(product, `lost-${count++}`))
})

const path = (personId = lost.id) => `/v1/people/${personId}/recovery`

function open(by = first, personId = lost.id) {
  return product.app.inject({ method: 'POST', url: path(personId), headers: by.headers })
}

async function answer(
  by: Approver,
  decision: 'approve' | 'reject' = 'approve',
  about: object = {},
  personId = lost.id,
) {
  const { id, digest } = (await product.app.inject({ url: path(personId), headers: first.headers })).json()
  const subject = { type: 'recovery', id, digest, decision, ...about }
  const assertion = await by.answer(subject)
  const payload = { decision, digest, assertion }
  return product.app.inject({ method: 'POST', url: `${path(personId)}/approvals`, headers: by.headers, payload })
}

const code = (reply: Awaited<ReturnType<typeof open>>) => [reply.statusCode, reply.json().code]
const signIn = (link: string) => product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })

describe('a recovery of a program', () => {
  test('is none: a session would let it do what its keys do not', async () => {
    const tool = { name: 'bot', purpose: 'helps', autonomy: 'suggest', tools: [], scopes: ['change:read'] }
    const url = '/v1/agents'
    const made = await product.app.inject({ method: 'POST', url, headers: first.headers, payload: tool })
    expect(code(await open(first, made.json().id))).toEqual([404, 'person_not_found'])
  })
})

describe('a recovery', () => {
  test('lets a person register a new passkey once two others have approved it, with half of a link each', async () => {
    const opened = await open()
    expect(opened.statusCode).toBe(201)
    expect(opened.json()).toMatchObject({
      personId: lost.id,
      openedBy: first.id,
      state: 'open',
      expiresAt: '2027-03-02T09:00:00.000Z',
      approvals: [],
    })
    const one = (await answer(first)).json()
    expect(one).toMatchObject({ state: 'open', half: { position: 'first' }, approvals: [{ userId: first.id }] })
    const two = (await answer(second)).json()
    expect(two).toMatchObject({ state: 'approved', half: { position: 'second' } })

    // what was lost is worth nothing, and neither is one half
    expect((await product.app.inject({ url: '/v1/session', headers: lost.headers })).statusCode).toBe(401)
    for (const half of [one.half.text, two.half.text, two.half.text + one.half.text])
      expect(code(await signIn(half))).toEqual([401, 'sign_in_link_invalid'])
    const session = await signIn(one.half.text + two.half.text)
    expect(session.statusCode).toBe(201)
    expect(session.json().userId).toBe(lost.id)
    const headers = { host: 'localhost:7420', authorization: `Bearer ${session.json().token}` }
    expect((await product.app.inject({ url: '/v1/passkeys', headers })).json().items).toEqual([])
    const made = await registerPasskey(product, headers, createAuthenticator(approverOrigin))
    expect(made.statusCode).toBe(201)
    expect(code(await signIn(one.half.text + two.half.text))).toEqual([401, 'sign_in_link_invalid'])
  })

  test('leaves nothing alive that was made with what was lost', async () => {
    await giveRole(product, lost.id, 'senior-developer')
    const { headers } = lost
    const post = (url: string, payload: object) => product.app.inject({ method: 'POST', url, headers, payload })
    const made = (await post('/v1/tokens', { name: 'ci', scopes: ['change:read'] })).json()
    const tool = { name: 'bot', purpose: 'helps', autonomy: 'suggest', tools: [], scopes: ['change:read'] }
    const agent = (await post('/v1/agents', tool)).json()
    const key = (await post(`/v1/agents/${agent.id}/keys`, { name: 'key' })).json()
    const subject = { type: 'note', id: 'one', digest: `sha256:${'a'.repeat(64)}`, decision: 'approve' as const }
    await product.database.pool.query(
      `insert into access_approval (id, user_id, subject_type, subject_id, digest, decision, given_at, record_id)
       values ($1, $2, 'note', 'one', $3, 'approve', now(), 'none')`,
      [`apr_${lost.id}`, lost.id, subject.digest],
    )
    const before = (await product.records()).length
    await open()
    await answer(first)
    expect((await answer(second)).json().state).toBe('approved')
    for (const token of [made.token, key.key]) {
      const reply = await product.app.inject({ url: '/v1/session', headers: { authorization: `Bearer ${token}` } })
      expect(reply.statusCode).toBe(401)
    }
    const { rows } = await product.database.pool.query('select ended_at from access_approval where user_id = $1', [
      lost.id,
    ])
    expect(rows.map((one) => one.ended_at === null)).toEqual([false])
    const records = (await product.records()).slice(before)
    const ended = records.flatMap((one) =>
      ['token.revoked', 'agent.token-ended'].includes(one.type) ? one.targets.map((target) => target.id) : [],
    )
    expect(ended).toEqual(expect.arrayContaining([made.id, key.id]))
    expect(records.find((one) => one.type === 'recovery.approved')?.data).toMatchObject({
      ...{ passkeys: 1, sessions: 1, tokens: 1, exchanged: 0, agentKeys: 1, approvals: 1 },
    })
  })

  test('is told whole by the log, and neither half of the link is', async () => {
    const before = (await product.records()).length
    await open()
    const halves = [(await answer(first)).json().half.text, (await answer(second)).json().half.text]
    await signIn(halves.join(''))
    const records = (await product.records()).slice(before)
    expect(records.map((one) => one.type)).toEqual([
      'recovery.opened',
      'approval.given',
      'approval.given',
      'passkey.removed',
      'session.ended',
      'sign-in-link.issued',
      'recovery.approved',
      'session.started',
    ])
    const approved = records.find((one) => one.type === 'recovery.approved')
    const given = records.filter((one) => one.type === 'approval.given').map((one) => one.id)
    expect(approved).toMatchObject({ refs: expect.arrayContaining(given), data: { passkeys: 1, sessions: 1 } })
    expect(approved?.refs).toHaveLength(2)
    expect(records.at(-1)?.data).toMatchObject({ method: 'recovery' })
    for (const half of halves) {
      expect(JSON.stringify(records)).not.toContain(half)
      expect(product.logged()).not.toContain(half)
    }
    const rows = await product.database.pool.query(
      'select second_half from access_recovery where second_half is not null',
    )
    expect(rows.rows).toEqual([])
  })

  test('is listed with whom it is of, by how it stands', async () => {
    const listed = async (query: string, by = first) => {
      const reply = await product.app.inject({ url: `/v1/recoveries?${query}`, headers: by.headers })
      return reply.json().items.map((one: { personId: string }) => one.personId)
    }
    // after all that was opened before
    product.pass(1000)
    await open()
    expect((await listed('state=open'))[0]).toBe(lost.id)
    const page = await product.app.inject({ url: '/v1/recoveries?limit=1', headers: first.headers })
    expect(page.json()).toMatchObject({
      items: [{ personId: lost.id, openedBy: first.id, openerName: null, state: 'open' }],
      next: expect.any(String),
    })
    const further = await listed(`limit=1&cursor=${page.json().next}`)
    expect(further).not.toContain(lost.id)
    await answer(second, 'reject')
    expect(await listed('state=open')).not.toContain(lost.id)
    expect((await listed('state=rejected'))[0]).toBe(lost.id)
    const refused = await product.app.inject({ url: '/v1/recoveries', headers: lost.headers })
    expect(code(refused)).toEqual([403, 'forbidden'])
    expect(code(await product.app.inject({ url: '/v1/recoveries?cursor=x', headers: first.headers }))).toEqual([
      400,
      'cursor_invalid',
    ])
  })

  test('is over with one rejection', async () => {
    await open()
    await answer(first)
    expect((await answer(second, 'reject')).json()).toMatchObject({ state: 'rejected', half: null })
    const third = await approver(product, await addOwner(product, 'usr_third'))
    expect(code(await answer(third))).toEqual([409, 'recovery_closed'])
    expect((await open()).statusCode).toBe(201)
  })

  test('is over after a day, and its link after an hour', async () => {
    await open()
    product.pass(24 * 3_600_000)
    ;[first, second] = [
      await approver(product, first.id, first.authenticator),
      await approver(product, second.id, second.authenticator),
    ]
    expect((await product.app.inject({ url: path(), headers: first.headers })).json().state).toBe('expired')
    expect(code(await answer(first))).toEqual([409, 'recovery_closed'])
    expect((await open()).statusCode).toBe(201)
    const halves = [(await answer(first)).json().half.text, (await answer(second)).json().half.text]
    product.pass(3_600_000)
    expect(code(await signIn(halves.join('')))).toEqual([401, 'sign_in_link_invalid'])
  })

  test('counts no approval of whoever has left', async () => {
    await open()
    const leaver = await approver(product, await addPerson(product, `leaver-${count}`))
    await giveRole(product, leaver.id, 'security')
    expect((await answer(leaver)).json().half.position).toBe('first')
    await deactivate(leaver.id)
    expect((await answer(first)).json()).toMatchObject({ state: 'open', half: { position: 'first' } })
    expect((await answer(second)).json()).toMatchObject({ state: 'approved' })
  })

  test('ends when its person is deactivated', async () => {
    await open()
    await answer(first)
    await deactivate(lost.id)
    expect(code(await answer(second))).toEqual([409, 'recovery_closed'])
    expect(code(await open())).toEqual([404, 'person_not_found'])
  })
})

async function deactivate(userId: string): Promise<void> {
  const headers = await product.asOwner()
  const payload = { Operations: [{ op: 'replace', path: 'active', value: false }] }
  await product.app.inject({ method: 'PATCH', url: `/scim/v2/Users/${userId}`, headers, payload })
}

describe('a recovery is refused', () => {
  test('a second time while one is open', async () => {
    await open()
    expect(code(await open(second))).toEqual([409, 'recovery_open'])
  })

  test('for nobody, and where nothing was asked', async () => {
    expect(code(await open(first, 'usr_nobody'))).toEqual([404, 'person_not_found'])
    const read = await product.app.inject({ url: path('usr_nobody'), headers: first.headers })
    expect(code(read)).toEqual([404, 'recovery_not_found'])
    expect(code(await answer(first, 'approve', { id: 'rcv_none', digest: `sha256:${'0'.repeat(64)}` }))).toEqual([
      400,
      'request_invalid',
    ])
  })

  test('an approval of one’s own, one given twice, and one of another revision', async () => {
    await open(first, second.id)
    expect(code(await answer(second, 'approve', {}, second.id))).toEqual([403, 'access_denied'])
    await open()
    await answer(first)
    expect(code(await answer(first))).toEqual([409, 'approval_repeated'])
    const { id } = (await product.app.inject({ url: path(), headers: first.headers })).json()
    const other = { type: 'recovery', id, digest: `sha256:${'0'.repeat(64)}`, decision: 'approve' as const }
    const payload = { decision: 'approve', digest: other.digest, assertion: await second.answer(other) }
    const stale = await product.app.inject({
      method: 'POST',
      url: `${path()}/approvals`,
      headers: second.headers,
      payload,
    })
    expect(code(stale)).toEqual([409, 'revision_other'])
    expect(code(await answer(second, 'approve', { id: 'rcv_other' }))).toEqual([401, 'step_up_refused'])
  })

  test('to whoever may not, to API tokens, and to whoever has no passkey', async () => {
    const reply = await product.app.inject({ method: 'POST', url: path(), headers: lost.headers })
    expect(code(reply)).toEqual([403, 'forbidden'])
    const token = await product.token({ scopes: ['*'] })
    expect(code(await product.app.inject({ method: 'POST', url: path(), headers: token }))).toEqual([
      403,
      'session_needed',
    ])
    await open()
    const fresh = await signedInAs(product, await addOwner(product, `usr_fresh_${count}`))
    const { digest } = (await product.app.inject({ url: path(), headers: first.headers })).json()
    const payload = {
      decision: 'approve',
      digest,
      assertion: createAuthenticator(approverOrigin).get({ challenge: 'AA' }, { userHandle: 'AA' }),
    }
    const without = await product.app.inject({ method: 'POST', url: `${path()}/approvals`, headers: fresh, payload })
    expect(code(without)).toEqual([409, 'passkey_needed'])
  })

  test('to whoever holds the role in one team only', async () => {
    const member = await approver(product, await addPerson(product, `member-${count}`))
    await product.database.pool.query(
      "insert into access_team (id, name, created_at) values ('team_one', 'One', now()) on conflict do nothing",
    )
    await product.database.pool.query(
      "insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ('ras_team', $1, 'security', 'team_one', 'rch', now())",
      [member.id],
    )
    expect(code(await open(member))).toEqual([403, 'access_denied'])
    await open()
    expect(code(await answer(member))).toEqual([403, 'access_denied'])
  })

  test('where there are not two others', async () => {
    const lone = await startTestProduct()
    const person = await addPerson(lone, 'ada')
    const headers = await lone.asOwner()
    const reply = await lone.app.inject({ method: 'POST', url: `/v1/people/${person}/recovery`, headers })
    expect(code(reply)).toEqual([409, 'second_person_required'])
    await lone.close()
  })
})
