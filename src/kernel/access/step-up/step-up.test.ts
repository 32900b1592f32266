import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Approvable,
  type Approval,
  type Assertion,
  approvalsOf,
  ensureOwner,
  requireSecondPerson,
  takeApproval,
} from '#kernel/access'
import { transact } from '#kernel/ledger'
import { type Approver, addPerson, approver, signedInAs } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { verifyApproval } from './proof/index.ts'

let product: TestProduct
let ada: Approver
let count = 0
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  ada = await approver(product, await addPerson(product, 'ada'))
})
afterAll(() => product.close())

let subject: Approvable
beforeEach(() => {
  count++
  subject = { type: 'thing', id: `thing-${count}`, digest: `sha256:${'ab'.repeat(32)}`, decision: 'approve' }
})

/** What the approve route of a domain does. */
async function give(by: Approver, about: Approvable, assertion: Record<string, unknown>): Promise<Approval> {
  const ctx = await by.context()
  return transact(product.services.db, ctx, (tx, record) =>
    takeApproval(tx, record, ctx, by.id, about, assertion as unknown as Assertion),
  )
}

const given = () => approvalsOf(product.services.db, subject.type, subject.id, subject.digest)
const isRefused = { code: 'step_up_refused', status: 401 }

describe('asking', () => {
  test('gives a challenge for the person’s own passkeys, with a person who is verified', async () => {
    const asked = await product.app.inject({
      method: 'POST',
      url: '/v1/step-up',
      headers: ada.headers,
      payload: subject,
    })
    expect(asked.statusCode).toBe(200)
    expect(asked.json()).toMatchObject({
      rpId: 'localhost',
      userVerification: 'required',
      allowCredentials: [{ id: ada.authenticator.credentialId }],
    })
  })

  test('gives another challenge each time', async () => {
    const ask = () => product.app.inject({ method: 'POST', url: '/v1/step-up', headers: ada.headers, payload: subject })
    expect((await ask()).json().challenge).not.toBe((await ask()).json().challenge)
  })

  test('is refused to who has no passkey, and to an API token', async () => {
    const bob = await signedInAs(product, await addPerson(product, 'bob'))
    const without = await product.app.inject({ method: 'POST', url: '/v1/step-up', headers: bob, payload: subject })
    expect([without.statusCode, without.json().code]).toEqual([409, 'passkey_needed'])
    const headers = { ...(await product.token({ scopes: ['*'] })), host: 'localhost:7420' }
    const token = await product.app.inject({ method: 'POST', url: '/v1/step-up', headers, payload: subject })
    expect([token.statusCode, token.json().code]).toEqual([403, 'session_needed'])
  })

  test.each([
    ['a digest of another kind', { digest: 'md5:00' }],
    ['a subject without a name', { id: '' }],
    ['neither yes nor no', { decision: 'maybe' }],
    ['more than that', { note: 'by the way' }],
  ])('is refused for %s', async (_, change) => {
    const payload = { ...subject, ...change }
    const reply = await product.app.inject({ method: 'POST', url: '/v1/step-up', headers: ada.headers, payload })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request_invalid'])
  })
})

describe('an approval', () => {
  test('is kept, and its record proves it to anyone', async () => {
    const approval = await give(ada, subject, await ada.answer(subject))
    expect(await given()).toEqual([approval])
    expect(approval).toMatchObject({ userId: ada.id, subject, at: '2027-03-01T09:00:00.000Z' })
    const record = (await product.records()).find((one) => one.id === approval.recordId)
    expect(record).toMatchObject({
      type: 'approval.given',
      actor: { id: ada.id, kind: 'user' },
      inputHash: subject.digest,
      review: { status: 'approved', reviewer: ada.id },
      targets: expect.arrayContaining([{ type: 'thing', id: subject.id }]),
    })
    expect(await verifyApproval(record?.data)).toEqual({ holds: true, subject, userId: ada.id })
  })

  test('may be a no', async () => {
    const no = { ...subject, decision: 'reject' } as const
    const approval = await give(ada, no, await ada.answer(no))
    const record = (await product.records()).find((one) => one.id === approval.recordId)
    expect(record?.review).toEqual({ status: 'changes_requested', reviewer: ada.id })
    expect((await given()).map((one) => one.subject.decision)).toEqual(['reject'])
  })

  test('counts once for one revision, and a new revision asks anew', async () => {
    await give(ada, subject, await ada.answer(subject))
    await expect(give(ada, subject, await ada.answer(subject))).rejects.toMatchObject({
      code: 'approval_repeated',
      status: 409,
    })
    const no = { ...subject, decision: 'reject' } as const
    await expect(give(ada, no, await ada.answer(no))).rejects.toMatchObject({ code: 'approval_repeated' })
    const next = { ...subject, digest: `sha256:${'cd'.repeat(32)}` }
    await give(ada, next, await ada.answer(next))
    expect(await given()).toHaveLength(1)
  })

  test('that leads to nothing leaves nothing, and may be used for what it is for', async () => {
    const assertion = await ada.answer(subject)
    const ctx = await ada.context()
    const failing = transact(product.services.db, ctx, async (tx, record) => {
      await takeApproval(tx, record, ctx, ada.id, subject, assertion as unknown as Assertion)
      throw new Error('the deed failed')
    })
    await expect(failing).rejects.toThrow('the deed failed')
    expect(await given()).toEqual([])
    await give(ada, subject, assertion)
    expect(await given()).toHaveLength(1)
  })
})

describe('an approval is refused', () => {
  test.each<readonly [string, Partial<Approvable>]>([
    ['for another digest', { digest: `sha256:${'cd'.repeat(32)}` }],
    ['for another thing', { id: 'other' }],
    ['for a thing of another type', { type: 'other' }],
    ['as its opposite', { decision: 'reject' }],
  ])('%s than was asked', async (_, change) => {
    await expect(give(ada, { ...subject, ...change }, await ada.answer(subject))).rejects.toMatchObject(isRefused)
    expect(await given()).toEqual([])
  })

  test.each([
    ['without a verified person', { flags: 0x01 }],
    ['from another site', { origin: 'https://evil.example' }],
    ['for another site', { rpId: 'evil.example' }],
    ['with another signature', { signature: Buffer.from('300602010102010a', 'hex') }],
    ['for a challenge of nobody', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
    ['with the handle of somebody else', { userHandle: Buffer.from('usr_eve').toString('base64url') }],
    ['with the count of a copied authenticator', { count: 0 }],
  ])('%s', async (_, bent) => {
    // a use counts, so that a copy is behind
    await give(
      ada,
      { ...subject, id: `${subject.id}-before` },
      await ada.answer({ ...subject, id: `${subject.id}-before` }),
    )
    await expect(give(ada, subject, await ada.answer(subject, bent))).rejects.toMatchObject(isRefused)
    expect(await given()).toEqual([])
  })

  test('a second time with the same assertion', async () => {
    const assertion = await ada.answer(subject)
    await give(ada, subject, assertion)
    await expect(give(ada, subject, assertion)).rejects.toMatchObject(isRefused)
  })

  test('of two at the same time with one assertion', async () => {
    const assertion = await ada.answer(subject)
    const both = await Promise.allSettled([give(ada, subject, assertion), give(ada, subject, assertion)])
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await given()).toHaveLength(1)
  })

  test('after five minutes', async () => {
    const assertion = await ada.answer(subject)
    product.pass(5 * 60_000)
    await expect(give(ada, subject, assertion)).rejects.toMatchObject(isRefused)
  })

  test('in another session than asked, by another person, and by whoever acts for one', async () => {
    const eve = await approver(product, await addPerson(product, `eve-${count}`))
    const assertion = await ada.answer(subject)
    const ctx = await ada.context()
    const other = await eve.context()
    const as = (bent: object, userId = ada.id) => {
      const acting = { ...ctx, ...bent }
      return transact(product.services.db, acting, (tx, record) =>
        takeApproval(tx, record, acting, userId, subject, assertion as unknown as Assertion),
      )
    }
    await expect(as({ sessionId: other.sessionId })).rejects.toMatchObject(isRefused)
    await expect(as({ sessionId: undefined })).rejects.toMatchObject(isRefused)
    await expect(as({ actor: other.actor, sessionId: other.sessionId }, eve.id)).rejects.toMatchObject(isRefused)
    await expect(as({ actor: other.actor })).rejects.toMatchObject(isRefused)
    const agent = { id: 'agt_one', kind: 'agent', role: 'agent', onBehalfOf: ada.id }
    await expect(as({ actor: agent }, 'agt_one')).rejects.toMatchObject(isRefused)
    await expect(as({ actor: agent })).rejects.toMatchObject(isRefused)
    await as({})
  })

  test('once its passkey is removed', async () => {
    const kim = await approver(product, await addPerson(product, 'kim'))
    const assertion = await kim.answer(subject)
    const { items } = (await product.app.inject({ url: '/v1/passkeys', headers: kim.headers })).json()
    await product.app.inject({ method: 'DELETE', url: `/v1/passkeys/${items[0].id}`, headers: kim.headers })
    await expect(give(kim, subject, assertion)).rejects.toMatchObject({ code: 'passkey_needed', status: 409 })
  })
})

describe('whoever leaves', () => {
  test('has no approval that waits any more, also when they come back', async () => {
    const lea = await approver(product, await addPerson(product, 'lea'))
    const waiting = await lea.answer({ ...subject, id: 'waiting' })
    const ctx = await lea.context()
    await give(lea, subject, await lea.answer(subject))
    const owner = await product.asOwner()
    const activate = (active: boolean) =>
      product.app.inject({
        method: 'PATCH',
        url: `/scim/v2/Users/${lea.id}`,
        headers: owner,
        payload: { Operations: [{ op: 'replace', path: 'active', value: active }] },
      })
    await activate(false)
    expect(await given()).toEqual([])
    const left = (await product.records()).findLast((one) => one.type === 'user.deactivated')
    expect(left?.data).toMatchObject({ challenges: 1, approvals: 1 })
    await activate(true)
    expect(await given()).toEqual([])
    const late = transact(product.services.db, ctx, (tx, record) =>
      takeApproval(tx, record, ctx, lea.id, { ...subject, id: 'waiting' }, waiting as unknown as Assertion),
    )
    await expect(late).rejects.toMatchObject(isRefused)
    const back = await approver(product, lea.id, lea.authenticator)
    await give(back, subject, await back.answer(subject))
    expect(await given()).toHaveLength(1)
  })
})

describe('a second person', () => {
  test('is required where there is none besides who asks', async () => {
    const lone = await startTestProduct()
    const owner = await ensureOwner(lone.services.db, lone.services.service('test'))
    const require = (needed: number) => requireSecondPerson(lone.services.db, needed, ['owner'], [owner])
    await expect(require(1)).rejects.toMatchObject({ code: 'second_person_required', status: 409 })
    await lone.database.pool.query(
      "insert into access_user (id, role, created_at, disabled_at) values ('usr_left', 'owner', now(), now()), ('agt_one', 'agent', now(), null)",
    )
    await expect(require(1)).rejects.toMatchObject({ code: 'second_person_required' })
    await lone.database.pool.query(
      "insert into access_user (id, role, created_at) values ('usr_second', 'owner', now())",
    )
    await require(1)
    await expect(require(2)).rejects.toMatchObject({ code: 'second_person_required' })
    await lone.close()
  })
})
