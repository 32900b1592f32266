import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayMs, type ExceptionsWorld, startExceptionsWorld } from '#test/exceptions-world.ts'

let world: ExceptionsWorld
beforeAll(async () => {
  world = await startExceptionsWorld()
})
afterAll(() => world.close())

const inDays = (days: number) => new Date(world.product.services.clock() + days * dayMs).toISOString()
const ruleOf = (run: { rules: { id: string }[] }, id = 'compliance.signed-commits') =>
  run.rules.find((one) => one.id === id)
const recordsOf = async (type: string, id: string) =>
  (await world.product.records()).filter((one) => one.type === type && one.targets.some((target) => target.id === id))
const revoke = (by: keyof ExceptionsWorld['people'], id: string, reason = 'the keys are there') =>
  world.call(world.people[by], 'POST', `/v1/exceptions/${id}/revocation`, { reason })

describe('asking', () => {
  test('makes an exception that waits for another person, with a record that commits to all of it', async () => {
    const { people } = world
    const { status, body } = await world.ask(people.dev)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      ruleId: 'compliance.signed-commits',
      category: 'compliance',
      state: 'asked',
      requester: people.dev.id,
      ownerId: people.lead.id,
      uses: 0,
      warning: null,
      isUnused: false,
      decidedBy: null,
    })
    const [record] = await recordsOf('exception.asked', body.id)
    expect(record?.data).toMatchObject({ digest: body.digest, isForOneFinding: false, controls: 1 })
    expect(JSON.stringify(record)).not.toContain('signing keys')
    expect((await world.gate()).body).toMatchObject({ result: 'fail', decision: 'deny' })
    expect((await revoke('dev', body.id)).body.state).toBe('revoked')
  })

  test.each([
    ['a rule that is not there', { ruleId: 'compliance.nothing' }, 400, 'exception_invalid'],
    ['a rule without exceptions (CH-5)', { ruleId: 'charter.no-automatic-delivery' }, 409, 'exception_never'],
    ['a rule without exceptions (CH-6)', { ruleId: 'charter.no-sensitive-data-in-prompts' }, 409, 'exception_never'],
    ['self-approval', { ruleId: 'compliance.no-self-approval' }, 409, 'exception_never'],
    ['no repository', { repositoryId: 'rep_none' }, 404, 'repository_not_found'],
    ['an owner who is nobody', { ownerId: 'usr_none' }, 400, 'exception_invalid'],
    ['a time that is past', { expiresAt: '2027-02-28T00:00:00Z' }, 400, 'exception_invalid'],
    ['more than 90 days', { expiresAt: '2027-05-30T09:00:00.001Z' }, 400, 'exception_invalid'],
    ['nothing that makes up for it', { compensatingControls: [] }, 400, 'request_invalid'],
    [
      'itself as what makes up for it',
      { compensatingControls: [{ kind: 'rule', ruleId: 'compliance.signed-commits' }] },
      400,
      'exception_invalid',
    ],
    [
      'a rule that is not there as what makes up for it',
      { compensatingControls: [{ kind: 'rule', ruleId: 'quality.nothing' }] },
      400,
      'exception_invalid',
    ],
    ['a renewal of nothing', { renews: 'exc_none' }, 400, 'exception_invalid'],
    ['no reason', { reason: ' ' }, 400, 'request_invalid'],
  ])('is refused for %s', async (_, change, status, code) => {
    const reply = await world.ask(world.people.dev, change)
    expect([reply.status, reply.body.code]).toEqual([status, code])
  })

  test('takes 90 days and no more', async () => {
    const { status, body } = await world.ask(world.people.dev, { expiresAt: '2027-05-30T09:00:00Z' })
    expect(status).toBe(201)
    expect((await revoke('lead', body.id)).body).toMatchObject({ state: 'revoked', endedBy: world.people.lead.id })
  })

  test('is not for an auditor', async () => {
    expect((await world.ask(world.people.auditor)).body.code).toBe('forbidden')
  })
})

describe('deciding', () => {
  test('is for another person whose role allows it, over exactly what was asked for', async () => {
    const { people, decide } = world
    const asked = (await world.ask(people.officer, { ownerId: people.officer.id })).body
    const reasonOf = async (by: keyof typeof people) => {
      const reply = await decide(people[by], asked)
      return [reply.status, reply.body.code, reply.body.detail]
    }
    expect(await reasonOf('officer')).toEqual([403, 'access_denied', expect.stringContaining('You asked for this')])
    for (const by of ['security', 'lead'] as const) expect((await reasonOf(by))[0]).toBe(403)
    for (const by of ['dev', 'auditor'] as const) expect((await reasonOf(by))[1]).toBe('forbidden')
    const other = await decide(people.owner, { ...asked, digest: `sha256:${'0'.repeat(64)}` })
    expect(other.body.code).toBe('exception_other')
    const approved = await decide(people.owner, asked)
    expect(approved.body).toMatchObject({ state: 'approved', decidedBy: people.owner.id })
    expect((await decide(people.owner, asked)).body.code).toBe('exception_closed')
    expect((await revoke('officer', asked.id)).status).toBe(200)
    const missing = await world.decide(people.owner, { id: 'exc_none', digest: asked.digest })
    expect([missing.status, missing.body.code]).toEqual([404, 'exception_not_found'])
  })

  test('is not for its owner', async () => {
    const { people, decide } = world
    const asked = (await world.ask(people.dev, { ownerId: people.officer.id })).body
    const own = await decide(people.officer, asked)
    expect(own.body.detail).toContain('You own this exception')
    const denied = await recordsOf('access.denied', asked.id)
    expect(denied.at(-1)?.data).toMatchObject({ action: 'exception:decide', determining: ['sod.exception.owner'] })
    const rejected = await decide(people.owner, asked, 'reject')
    expect(rejected.body).toMatchObject({ state: 'rejected', decidedBy: people.owner.id })
    expect(await recordsOf('exception.rejected', asked.id)).toHaveLength(1)
    expect((await revoke('dev', asked.id)).body).toMatchObject({ code: 'exception_closed' })
  })

  test('on quality is for security, and for the tech lead of the team and of no other', async () => {
    const { people, decide } = world
    const asked = (await world.ask(people.dev, { ruleId: 'quality.tests', ownerId: people.dev.id })).body
    expect((await decide(people.other, asked)).status).toBe(403)
    expect((await decide(people.officer, asked)).status).toBe(403)
    expect((await decide(people.lead, asked)).body.state).toBe('approved')
    expect((await revoke('other', asked.id)).body.code).toBe('access_denied')
    expect((await revoke('security', asked.id)).body.state).toBe('revoked')
    const onSecurity = (await world.ask(people.dev, { ruleId: 'security.secrets' })).body
    expect((await decide(people.lead, onSecurity)).status).toBe(403)
    expect((await decide(people.security, onSecurity)).body.state).toBe('approved')
    expect((await revoke('auditor', onSecurity.id)).body.code).toBe('access_denied')
    expect((await revoke('security', onSecurity.id, ' ')).body.code).toBe('request_invalid')
    expect((await revoke('security', onSecurity.id)).body).toMatchObject({ endReason: 'the keys are there' })
    expect((await revoke('security', 'exc_none')).body.code).toBe('exception_not_found')
  })

  test('is asked of the policies too, which say why not', async () => {
    const { people, call } = world
    const { id } = (await world.ask(people.dev)).body
    const resource = { type: 'Exception', id }
    const explain = async (userId: string) =>
      (await call(people.owner, 'POST', '/v1/access/explain', { userId, action: 'exception:decide', resource })).body
    expect(await explain(people.dev.id)).toMatchObject({
      decision: 'deny',
      determining: [{ id: 'sod.exception.self' }],
    })
    expect(await explain(people.officer.id)).toMatchObject({ determining: [{ id: 'exception.decide.compliance' }] })
    await revoke('dev', id)
  })
})

describe('at the gate', () => {
  test('the rule is excepted over its failure from the approval on, until it is revoked', async () => {
    const before = await world.gate()
    expect(before.body).toMatchObject({ result: 'fail', decision: 'deny' })
    const { id } = await world.approved()
    const { body: run } = await world.gate()
    expect(run).toMatchObject({ result: 'pass', decision: 'allow' })
    expect(ruleOf(run)).toMatchObject({ status: 'excepted', exceptionId: id })
    const decision = (await world.call(world.people.owner, 'GET', `/v1/decisions/${run.decisionId}`)).body
    expect(ruleOf(decision)).toMatchObject({ status: 'excepted', underlying: 'fail', exceptionId: id })
    const used = (await world.call(world.people.dev, 'GET', `/v1/exceptions/${id}`)).body
    expect(used).toMatchObject({ uses: 1, lastUsedAt: '2027-03-01T09:00:00.000Z' })
    const uses = (await world.call(world.people.dev, 'GET', `/v1/exceptions/${id}/uses`)).body
    expect(uses).toEqual({
      items: [{ decisionId: run.decisionId, target: `commit:${world.commit}`, usedAt: '2027-03-01T09:00:00.000Z' }],
      next: null,
    })
    await revoke('lead', id)
    expect(ruleOf((await world.gate()).body)).toMatchObject({ status: 'fail', exceptionId: null })
  })

  test('one whose compensating rule does not pass there excepts nothing', async () => {
    const failing = { compensatingControls: [{ kind: 'rule', ruleId: 'compliance.ticket' }] }
    const first = await world.approved(failing)
    const { body: run } = await world.gate()
    expect(ruleOf(run, 'compliance.ticket')).toMatchObject({ status: 'unknown' })
    expect(run.result).toBe('fail')
    await revoke('lead', first.id)
    const passing = { compensatingControls: [{ kind: 'rule', ruleId: 'charter.accountable-human' }] }
    const second = await world.approved(passing)
    expect((await world.gate()).body.result).toBe('pass')
    await revoke('lead', second.id)
  })

  test('a decision that it was used in is made again to the same bytes', async () => {
    const { id } = await world.approved({
      compensatingControls: [{ kind: 'rule', ruleId: 'charter.accountable-human' }],
    })
    const { decisionId } = (await world.gate()).body
    await world.product.records()
    const { follower } = world.product.ledger
    await expect.poll(async () => (await follower.status()).lag, { timeout: 20_000 }).toBe(0)
    const replayed = await world.call(world.people.owner, 'POST', `/v1/decisions/${decisionId}/replay`)
    expect(replayed.body).toMatchObject({ same: true })
    await revoke('lead', id)
  })
})

describe('its life', () => {
  test('the history is judged again when it begins and when it ends', async () => {
    const { product, repositoryId, call, people } = world
    const { correlationId } = product.services.service('test')
    const judge = () => world.job('repository.judge', { repositoryId, asker: { onBehalfOf: null, correlationId } })
    await judge()
    const changes = (await call(people.owner, 'GET', `/v1/changes?repositoryId=${repositoryId}`)).body.items
    const change = changes.find((one: { title: string }) => one.title === 'Add the parser').id
    const status = async () => {
      const { body } = await call(people.owner, 'GET', `/v1/changes/${change}/gate`)
      return [body.result, ruleOf(body)]
    }
    expect(await status()).toMatchObject(['fail', { status: 'fail' }])
    const { id } = await world.approved({ expiresAt: inDays(20) })
    expect(await product.services.jobs.stateOf('repository.judge', repositoryId)).toBe('queued')
    await judge()
    expect(await status()).toMatchObject(['pass', { status: 'excepted', exceptionId: id }])
    const counted = async () => (await product.records()).filter((one) => one.type === 'decision.made').length
    const before = await counted()
    await judge()
    expect(await counted()).toBe(before)
    const watched = async (days: number) => {
      await world.pass(days * dayMs)
      await world.job('exception.watch')
      await world.job('exception.watch')
      const records = await product.records()
      return records
        .filter((one) => one.type.startsWith('exception.expir') && one.targets.some((target) => target.id === id))
        .map((one) => [one.type, one.data['days'] ?? null])
    }
    expect(await watched(5)).toEqual([])
    expect(await watched(1)).toEqual([['exception.expiring', 14]])
    expect((await call(people.dev, 'GET', `/v1/exceptions/${id}`)).body.warning).toBe(14)
    expect(await watched(7)).toEqual([
      ['exception.expiring', 14],
      ['exception.expiring', 7],
    ])
    expect(await watched(6)).toHaveLength(3)
    expect((await world.gate()).body.result).toBe('pass')
    await world.pass(dayMs)
    // at its end, before anything noticed
    expect((await world.gate()).body.result).toBe('fail')
    expect((await call(people.dev, 'GET', `/v1/exceptions/${id}`)).body.state).toBe('ended')
    expect((await watched(0)).at(-1)).toEqual(['exception.expired', null])
    expect(await watched(0)).toHaveLength(4)
    await judge()
    expect(await status()).toMatchObject(['fail', { status: 'fail' }])
    const [expired] = await recordsOf('exception.expired', id)
    // six of the seven changes of the history were merged before its end and are not signed; the gate was asked once more
    expect(expired?.data).toMatchObject({ wasApproved: true, uses: 7 })
  })

  test('one that was never decided ends too, and cannot be decided then', async () => {
    const { people } = world
    const asked = (await world.ask(people.dev, { expiresAt: inDays(2) })).body
    await world.pass(2 * dayMs)
    expect((await world.decide(people.officer, asked)).body.code).toBe('exception_closed')
    await world.job('exception.watch')
    const [expired] = await recordsOf('exception.expired', asked.id)
    expect(expired?.data).toMatchObject({ wasApproved: false, uses: 0 })
    expect((await world.ask(people.dev, { renews: asked.id })).status).toBe(201)
  })

  test('a renewal names the old one, is for the same, and stands from its approval on', async () => {
    const { people } = world
    const old = await world.approved()
    const other = await world.ask(people.dev, { ruleId: 'quality.tests', renews: old.id })
    expect(other.body.code).toBe('exception_invalid')
    const renewed = await world.approved({ renews: old.id, expiresAt: inDays(60) })
    expect(renewed.renews).toBe(old.id)
    expect(ruleOf((await world.gate()).body)).toMatchObject({ exceptionId: renewed.id })
    await revoke('lead', renewed.id)
    expect(ruleOf((await world.gate()).body)).toMatchObject({ exceptionId: old.id })
    expect((await world.ask(people.dev, { renews: renewed.id })).body.code).toBe('exception_invalid')
    await revoke('lead', old.id)
  })

  test('one that nothing needs is flagged after 14 days', async () => {
    const { people, call } = world
    const { id } = (await world.ask(people.dev, { ruleId: 'quality.complexity', expiresAt: inDays(60) })).body
    const { digest } = (await call(people.dev, 'GET', `/v1/exceptions/${id}`)).body
    await world.decide(people.security, { id, digest })
    await world.pass(14 * dayMs - 1)
    const isUnused = async () => (await call(people.dev, 'GET', `/v1/exceptions/${id}`)).body.isUnused
    expect(await isUnused()).toBe(false)
    await world.pass(1)
    expect(await isUnused()).toBe(true)
  })
})

describe('lists', () => {
  test('are by state, rule, repository, use and end, in four orders, page by page', async () => {
    const { people, call, repositoryId } = world
    const list = async (query: string) => (await call(people.auditor, 'GET', `/v1/exceptions?${query}`)).body
    const all = (await list('limit=200')).items
    expect(all.length).toBeGreaterThan(8)
    for (const order of ['newest', 'oldest', 'ending', 'most-used']) {
      const paged = []
      for (let cursor = ''; ; ) {
        const page = await list(`limit=3&order=${order}${cursor}`)
        paged.push(...page.items)
        if (page.next === null) break
        cursor = `&cursor=${page.next}`
      }
      expect(new Set(paged.map((one) => one.id)).size).toBe(all.length)
      const keys = paged.map((one) =>
        order === 'ending' ? one.expiresAt : order === 'most-used' ? one.uses : one.askedAt,
      )
      const isUp = order === 'oldest' || order === 'ending'
      const sorted = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0) * (isUp ? 1 : -1))
      expect(keys).toEqual(sorted)
    }
    for (const state of ['asked', 'approved', 'rejected', 'revoked', 'ended']) {
      const found = (await list(`state=${state}&limit=200`)).items
      expect(found.map((one: { id: string }) => one.id)).toEqual(
        all.filter((one: { state: string }) => one.state === state).map((one: { id: string }) => one.id),
      )
    }
    expect((await list('rule=quality.complexity')).items).toHaveLength(1)
    expect((await list('repositoryId=rep_none')).items).toEqual([])
    expect(
      (await list(`repositoryId=${repositoryId}&use=some`)).items.every((one: { uses: number }) => one.uses > 0),
    ).toBe(true)
    expect((await list('use=never&state=approved')).items).toMatchObject([{ isUnused: true }])
    expect((await list('endsWithinDays=45')).items).toEqual([])
    expect((await list('endsWithinDays=46')).items).toHaveLength(1)
    for (const wrong of ['cursor=1.dec_a', 'cursor=x', 'cursor=99999999999999999.exc_a'])
      expect((await list(wrong)).code).toBe('cursor_invalid')
    expect((await call(people.dev, 'GET', '/v1/exceptions/exc_none')).status).toBe(404)
    expect((await call(people.dev, 'GET', '/v1/exceptions/exc_none/uses')).status).toBe(404)
    const uses = await call(people.dev, 'GET', `/v1/exceptions/${all[0].id}/uses?cursor=no`)
    expect(uses.body.code).toBe('cursor_invalid')
  })
})
