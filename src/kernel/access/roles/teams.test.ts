import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '../../../../test/harness.ts'

let product: TestProduct
let headers: Record<string, string>
beforeAll(async () => {
  product = await startTestProduct()
  headers = await product.asOwner()
})
afterAll(() => product.close())

const call = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
  const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
}
const made = async (name: string): Promise<string> => (await call('POST', '/v1/teams', { name })).body.id

test('a team is made, renamed, given repositories, and removed, each of it a record', async () => {
  const id = await made('Ledger')
  expect((await call('PATCH', `/v1/teams/${id}`, { name: 'Log' })).body).toMatchObject({ id, name: 'Log', people: 0 })
  const set = await call('PUT', `/v1/teams/${id}/repositories`, { repositories: ['repo_b', 'repo_a', 'repo_a'] })
  expect(set.body.repositories).toEqual(['repo_a', 'repo_b'])
  expect((await call('GET', '/v1/teams')).body.items.map((one: { name: string }) => one.name)).toContain('Log')
  expect((await call('DELETE', `/v1/teams/${id}`)).status).toBe(204)
  expect((await call('GET', `/v1/teams/${id}`)).body.code).toBe('team_not_found')
  const types = (await product.records()).map((one) => one.type)
  for (const type of ['team.made', 'team.renamed', 'team.repositories-set', 'team.removed'])
    expect(types).toContain(type)
})

test('a name is one team’s, whatever its letters', async () => {
  await made('Search')
  const other = await made('Find')
  expect((await call('POST', '/v1/teams', { name: 'SEARCH' })).body.code).toBe('team_name_taken')
  expect((await call('PATCH', `/v1/teams/${other}`, { name: 'search' })).body.code).toBe('team_name_taken')
})

test('a repository belongs to one team, and a refused list changes nothing', async () => {
  const [first, second] = [await made('First'), await made('Second')]
  await call('PUT', `/v1/teams/${first}/repositories`, { repositories: ['repo_1'] })
  await call('PUT', `/v1/teams/${second}/repositories`, { repositories: ['repo_2'] })
  const refused = await call('PUT', `/v1/teams/${second}/repositories`, { repositories: ['repo_3', 'repo_1'] })
  expect(refused.body.code).toBe('repository_of_another_team')
  expect((await call('GET', `/v1/teams/${second}`)).body.repositories).toEqual(['repo_2'])
})

test('a team that is not there is told so', async () => {
  for (const [method, url, payload] of [
    ['PATCH', '/v1/teams/team_none', { name: 'x' }],
    ['DELETE', '/v1/teams/team_none', undefined],
    ['PUT', '/v1/teams/team_none/repositories', { repositories: [] }],
  ] as const)
    expect((await call(method, url, payload)).body.code).toBe('team_not_found')
})
