import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayMs, type ExceptionsWorld, type Person, type Reply, startExceptionsWorld } from '#test/exceptions-world.ts'

let world: ExceptionsWorld
beforeAll(async () => {
  world = await startExceptionsWorld()
})
afterAll(() => world.close())

/** What `act` answers when somebody's roles are being taken away at that moment: the deletion is committed once `act` waits for it. */
async function losingRoles(person: Person, act: () => Promise<Reply>): Promise<Reply> {
  const { pool } = world.product.database
  const client = await pool.connect()
  const columns = '(id, user_id, role, team_id, change_id, since)'
  await client.query('begin')
  const pid = (await client.query('select pg_backend_pid() as pid')).rows[0].pid
  const { rows } = await client.query('delete from access_role_assignment where user_id = $1 returning *', [person.id])
  let isDone = false
  const acting = act().finally(() => {
    isDone = true
  })
  while (!isDone) {
    const waiting = await pool.query('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [pid])
    if (waiting.rows.length > 0) break
    await sleep(10)
  }
  await client.query('commit')
  client.release()
  const reply = await acting
  for (const { id, user_id, role, team_id, change_id, since } of rows)
    await pool.query(`insert into access_role_assignment ${columns} values ($1, $2, $3, $4, $5, $6)`, [
      ...[id, user_id, role, team_id, change_id, since],
    ])
  return reply
}

const denials = async () => (await world.product.records()).filter((one) => one.type === 'access.denied').length

describe('whoever loses the role while they act is refused, with a record', () => {
  test('an exception', async () => {
    const { people, ask, decide } = world
    const asked = (await ask(people.dev)).body
    const before = await denials()
    const refused = await losingRoles(people.officer, () => decide(people.officer, asked))
    expect([refused.status, refused.body.code]).toEqual([403, 'access_denied'])
    expect(await denials()).toBe(before + 1)
    expect((await decide(people.officer, asked)).body.state).toBe('approved')
    const path = `/v1/exceptions/${asked.id}/revocation`
    const kept = await losingRoles(people.officer, () => world.call(people.officer, 'POST', path, { reason: 'over' }))
    expect(kept.body.code).toBe('access_denied')
    const read = await world.call(people.dev, 'GET', `/v1/exceptions/${asked.id}`)
    expect(read.body.state).toBe('approved')
    await world.call(people.officer, 'POST', path, { reason: 'over' })
  })

  test('an override', async () => {
    const { people, call, repositoryId, commit } = world
    const path = '/v1/gates/merge/overrides'
    const { decisionId } = (await world.gate()).body
    const asked = (await call(people.dev, 'POST', path, { repositoryId, commit, decisionId, reason: 'it is urgent' }))
      .body
    const url = `${path}/${asked.id}/decision`
    const refused = await losingRoles(people.security, () =>
      world.decideOn('gate-override', url, people.security, asked, 'reject'),
    )
    expect(refused.body.code).toBe('access_denied')
    expect((await call(people.dev, 'GET', `${path}/${asked.id}`)).body.state).toBe('asked')
    await world.decideOn('gate-override', url, people.security, asked, 'reject')
  })

  test('how grants are issued', async () => {
    const { people, call } = world
    const now = (await call(people.admin, 'GET', '/v1/grant-settings')).body
    const body = { settings: { ...now.settings, grantMinutes: 60 }, replaces: now.version, reason: 'an hour is enough' }
    const proposed = (await call(people.admin, 'POST', '/v1/grant-settings-changes', body)).body
    const url = `/v1/grant-settings-changes/${proposed.id}/decision`
    const refused = await losingRoles(people.security, () =>
      world.decideOn('grant-settings', url, people.security, proposed, 'approve'),
    )
    expect(refused.body.code).toBe('access_denied')
    expect((await call(people.admin, 'GET', '/v1/grant-settings')).body.version).toBe(now.version)
  })

  test('an architecture decision', async () => {
    const { people, call, teamId } = world
    const validUntil = new Date(world.product.services.clock() + 30 * dayMs).toISOString()
    const body = {
      title: 'Models draft tests',
      scope: 'tests',
      text: 'Models draft tests, people review them.',
      teamId,
    }
    const asked = (await call(people.senior, 'POST', '/v1/architecture-decisions', { ...body, validUntil })).body
    const url = `/v1/architecture-decisions/${asked.id}/decision`
    const payload = async () => {
      const subject = { type: 'architecture-decision', id: asked.id, digest: asked.digest, decision: 'approve' }
      const { headers, authenticator } = people.lead
      const step = await world.product.app.inject({ method: 'POST', url: '/v1/step-up', headers, payload: subject })
      return { ...subject, type: undefined, id: undefined, conditions: null, assertion: authenticator.get(step.json()) }
    }
    const answer = await payload()
    const refused = await losingRoles(people.lead, () => call(people.lead, 'POST', url, answer))
    expect([refused.status, refused.body.code]).toEqual([403, 'access_denied'])
    expect((await call(people.lead, 'POST', url, await payload())).body.state).toBe('approved')
  })
})
