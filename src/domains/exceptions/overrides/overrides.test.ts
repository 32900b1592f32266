import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayMs, type ExceptionsWorld, type Person, startExceptionsWorld } from '#test/exceptions-world.ts'
import { approvedPullRequest } from '#test/judged-history.ts'

let world: ExceptionsWorld
beforeAll(async () => {
  world = await startExceptionsWorld()
})
afterAll(() => world.close())

const path = '/v1/gates/merge/overrides'

async function ask(by: Person, change: object = {}) {
  const { repositoryId, commit } = world
  const decisionId = 'decisionId' in change ? '' : (await world.gate()).body.decisionId
  return world.call(by, 'POST', path, { repositoryId, commit, decisionId, reason: 'customers cannot pay', ...change })
}

const decide = (by: Person, one: { id: string; digest: string }, decision: 'approve' | 'reject' = 'approve') =>
  world.decideOn('gate-override', `${path}/${one.id}/decision`, by, one, decision)

const recordsOf = async (type: string, id: string) =>
  (await world.product.records()).filter((one) => one.type === type && one.targets.some((target) => target.id === id))

describe('an override', () => {
  test('lets one failed gate through once, when two others approved it', async () => {
    const { people, commit } = world
    const before = (await world.gate()).body
    const asked = await ask(people.senior, { decisionId: before.decisionId })
    expect(asked.status).toBe(201)
    expect(asked.body).toMatchObject({
      state: 'asked',
      commit,
      rules: ['compliance.signed-commits'],
      requester: people.senior.id,
      approvers: [],
      expiresAt: '2027-03-02T09:00:00.000Z',
    })
    const { id } = asked.body
    expect((await ask(people.dev, { decisionId: before.decisionId })).body.code).toBe('override_open')
    const own = await decide(people.senior, asked.body)
    expect([own.status, own.body.detail]).toEqual([403, expect.stringContaining('You asked for this override')])
    expect((await decide(people.auditor, asked.body)).body.code).toBe('forbidden')
    const wrong = await decide(people.lead, { id, digest: `sha256:${'0'.repeat(64)}` })
    expect(wrong.body.code).toBe('override_other')
    expect((await decide(people.officer, asked.body)).body).toMatchObject({
      state: 'asked',
      approvers: [people.officer.id],
    })
    expect((await decide(people.officer, asked.body)).body.code).toBe('approval_repeated')
    expect((await world.gate()).body).toMatchObject({ result: 'fail', overridden: null })
    // neither of them is of security, or leads this team
    expect((await decide(people.owner, asked.body)).body.code).toBe('override_lead_needed')
    expect((await decide(people.other, asked.body)).status).toBe(403)
    world.product.pass(3_600_000)
    const approved = (await decide(people.lead, asked.body)).body
    expect(approved).toMatchObject({
      state: 'approved',
      approvers: [people.officer.id, people.lead.id],
      expiresAt: '2027-03-02T10:00:00.000Z',
    })
    const run = (await world.gate()).body
    expect(run).toMatchObject({
      result: 'pass',
      decision: 'allow',
      overridden: { overrideId: id, result: 'fail', decision: 'deny' },
    })
    expect(run.rules.find((one: { id: string }) => one.id === 'compliance.signed-commits').status).toBe('fail')
    const decision = (await world.call(people.owner, 'GET', `/v1/decisions/${run.decisionId}`)).body
    expect(decision).toMatchObject({ result: 'fail', decision: 'deny', enforced: false })
    const [made] = await recordsOf('decision.made', id)
    expect(made?.data).toMatchObject({ decisionId: run.decisionId, result: 'fail', decision: 'deny', overrideId: id })
    const [requested] = await recordsOf('override.requested', id)
    expect(JSON.stringify(requested)).not.toContain('customers')
    const [approval] = await recordsOf('override.approved', id)
    expect(made?.refs).toContain(approval?.id)
    const [used] = await recordsOf('override.used', id)
    expect(used).toMatchObject({ data: { usedDecisionId: run.decisionId }, refs: [approval?.id, made?.id] })
    expect((await world.call(people.dev, 'GET', `${path}/${id}`)).body).toMatchObject({
      state: 'used',
      usedDecisionId: run.decisionId,
    })
    // once, and no more
    expect((await world.gate()).body).toMatchObject({ result: 'fail', decision: 'deny', overridden: null })
    expect((await decide(people.security, asked.body)).body.code).toBe('override_closed')
  })

  test('of two runs at the same time lets one through', async () => {
    const { people } = world
    const asked = (await ask(people.dev)).body
    await decide(people.lead, asked)
    await decide(people.security, asked)
    const runs = await Promise.all([world.gate(), world.gate(), world.gate()])
    expect(runs.map((one) => one.body.result).sort()).toEqual(['fail', 'fail', 'pass'])
  })

  test('is over after 24 hours, asked for or approved', async () => {
    const { people } = world
    const asked = (await ask(people.dev)).body
    await world.pass(dayMs)
    expect((await decide(people.lead, asked)).body.code).toBe('override_closed')
    const other = (await ask(people.dev)).body
    await decide(people.lead, other)
    await decide(people.security, other)
    await world.pass(dayMs)
    expect((await world.gate()).body.result).toBe('fail')
    expect((await world.call(people.dev, 'GET', `${path}/${other.id}`)).body.state).toBe('lapsed')
  })

  test('is rejected by one', async () => {
    const { people } = world
    const asked = (await ask(people.dev)).body
    await decide(people.lead, asked)
    expect((await decide(people.senior, asked, 'reject')).body.state).toBe('rejected')
    expect((await decide(people.security, asked)).body.code).toBe('override_closed')
    expect(await recordsOf('override.rejected', asked.id)).toHaveLength(1)
    expect((await world.gate()).body.result).toBe('fail')
  })

  test('counts the approvals of those only who may still give one', async () => {
    const { people, product, teamId } = world
    const since = new Date(product.services.clock())
    const held = await product.database.pool.query(
      'delete from access_role_assignment where user_id = $1 returning *',
      [people.other.id],
    )
    await product.database.pool.query(
      "insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ('ras_short', $1, 'senior-developer', $2, 'rch_test', $3)",
      [people.other.id, teamId, since],
    )
    const asked = (await ask(people.dev)).body
    expect((await decide(people.other, asked)).body.state).toBe('asked')
    await product.database.pool.query("delete from access_role_assignment where id = 'ras_short'")
    expect((await decide(people.lead, asked)).body).toMatchObject({ state: 'asked', approvers: [people.lead.id] })
    const approved = (await decide(people.security, asked)).body
    expect(approved.state).toBe('approved')
    expect([...approved.approvers].sort()).toEqual([people.lead.id, people.security.id].sort())
    expect((await world.gate()).body.result).toBe('pass')
    const [row] = held.rows
    await product.database.pool.query(
      'insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, $4, $5, $6)',
      [row.id, row.user_id, row.role, row.team_id, row.change_id, row.since],
    )
  })

  test.each([
    ['lost the role', 'delete from access_role_assignment where user_id = $1 returning *'],
    ['has left', 'update access_approval set ended_at = now() where user_id = $1 and ended_at is null returning *'],
  ])('is not used once one who approved it %s, and another can be asked for', async (_, statement) => {
    const { people, product, call } = world
    const asked = (await ask(people.dev)).body
    await decide(people.senior, asked)
    expect((await decide(people.security, asked)).body.state).toBe('approved')
    const { rows } = await product.database.pool.query(statement, [people.senior.id])
    expect((await world.gate()).body).toMatchObject({ result: 'fail', decision: 'deny', overridden: null })
    expect((await call(people.dev, 'GET', `${path}/${asked.id}`)).body.state).toBe('lapsed')
    for (const { role, since } of rows.filter((one) => 'role' in one))
      await product.database.pool.query(
        "insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ('ras_back', $1, $2, null, 'rch_test', $3)",
        [people.senior.id, role, since],
      )
    await product.database.pool.query('update gate_override set expires_at = asked_at where id = $1', [asked.id])
    const other = await ask(people.dev)
    expect(other.status).toBe(201)
    await decide(people.security, other.body, 'reject')
  })

  test('is not decided by who wrote the change', async () => {
    const { people, call } = world
    const headers = await world.product.asOwner()
    const url = `/scim/v2/Users/${people.lead.id}`
    const author = { userName: 'lead@example.com', emails: [{ value: 'Ada@Example.com' }] }
    await world.product.app.inject({ method: 'PUT', url, headers, payload: author })
    const asked = (await ask(people.dev)).body
    const refused = await decide(people.lead, asked)
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      expect.stringContaining('You wrote part of this change'),
    ])
    const resource = { type: 'GateOverride', id: asked.id }
    const question = { userId: people.security.id, action: 'override:decide', resource }
    expect((await call(people.owner, 'POST', '/v1/access/explain', question)).body.decision).toBe('allow')
    await decide(people.security, asked, 'reject')
  })

  test('does not let through more than what held the commit back when it was asked for', async () => {
    const { people, product, repositoryId, commit } = world
    const asked = (await ask(people.dev)).body
    await decide(people.senior, asked)
    await decide(people.security, asked)
    const attached = await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`,
      headers: { ...(await product.asOwner()), 'content-type': 'application/octet-stream' },
      payload: Buffer.from(
        approvedPullRequest(commit).replaceAll('"login":"bo"', '"login":"ada"').replaceAll('bo@', 'ada@'),
      ),
    })
    expect(attached.statusCode).toBe(201)
    const run = (await world.gate()).body
    expect(run.rules.find((one: { id: string }) => one.id === 'compliance.no-self-approval').status).toBe('fail')
    expect(run).toMatchObject({ result: 'fail', decision: 'deny', overridden: null })
    // and for what allows no exception there is none to be had
    const never = await ask(people.dev)
    expect([never.status, never.body.code]).toEqual([409, 'override_never'])
  })
})

describe('asking is refused', () => {
  test.each([
    ['for a decision that is not there', { decisionId: 'dec_none' }, 400, 'override_invalid'],
    ['for no repository', { repositoryId: 'rep_none', decisionId: 'dec_none' }, 404, 'repository_not_found'],
    ['for a commit that is none', { commit: 'HEAD' }, 400, 'request_invalid'],
    ['without a reason', { reason: '' }, 400, 'request_invalid'],
  ])('%s', async (_, change, status, code) => {
    const reply = await ask(world.people.dev, change)
    expect([reply.status, reply.body.code]).toEqual([status, code])
  })

  test('for another commit than the decision is about, and to who may not ask', async () => {
    const { decisionId } = (await world.gate()).body
    const other = await ask(world.people.dev, { decisionId, commit: 'a'.repeat(40) })
    expect(other.body.code).toBe('override_invalid')
    expect((await ask(world.people.auditor)).body.code).toBe('forbidden')
  })

  test('lists are newest first, by repository and commit, page by page', async () => {
    const { people, call, repositoryId, commit } = world
    const list = async (query: string) => (await call(people.auditor, 'GET', `${path}?${query}`)).body
    const all = (await list('')).items
    expect(all.length).toBeGreaterThan(5)
    const first = await list(`limit=2&repositoryId=${repositoryId}`)
    const rest = await list(`commit=${commit}&cursor=${first.next}`)
    expect([...first.items, ...rest.items]).toEqual(all)
    expect((await list(`commit=${'b'.repeat(40)}`)).items).toEqual([])
    expect((await list('cursor=1.exc_a')).code).toBe('cursor_invalid')
    expect((await call(people.auditor, 'GET', `${path}/ovr_none`)).body.code).toBe('override_not_found')
    const none = await decide(people.lead, { id: 'ovr_none', digest: `sha256:${'0'.repeat(64)}` })
    expect(none.body.code).toBe('override_not_found')
  })
})
