import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { type Approver, addPerson, approver } from './approver.ts'
import { formBrowser } from './form-browser.ts'
import { type TestRepository, testRepository } from './harness.ts'
import { startProvider, type TestProvider } from './oidc-provider.ts'
import { type OidcWorld, startOidcWorld } from './oidc-world.ts'

/**
 * The role matrix of the mission, tried over HTTP by people who signed in at a real provider. The expected answers are written by
 * hand from its text: juniors get assistants of the team tier and integrations of their editor, no production deployment, limited
 * context; seniors enterprise assistants and vetted APIs; leads all approved tools, AI architecture decisions and the audit log of
 * their team; security every finding, exceptions from rules of security, the complete audit trail.
 */
const who = ['junior-developer', 'senior-developer', 'tech-lead', 'security'] as const
type Who = (typeof who)[number]

let world: OidcWorld
let provider: TestProvider
let repository: TestRepository
let owner: Approver
let security: Approver
let team: string
const sessions = new Map<Who, Record<string, string>>()
const ids: Record<string, string> = {}

beforeAll(async () => {
  world = await startOidcWorld()
  const { product } = world
  // jobs can be queued, and nobody takes them up
  await product.services.jobs.prepare(product.modules.flatMap((one) => one.jobs))
  await ensureCharter(product.services.db, product.services.service('charter'))
  provider = await startProvider()
  const added = await world.addIssuer(provider.issuer)
  provider.serve(added.client)
  owner = await approver(
    product,
    (await product.app.inject({ url: '/v1/session', headers: world.owner })).json().userId,
  )
  security = await approver(product, await addPerson(product, 'approver@example.com'))
  await as(owner.headers, 'POST', '/v1/role-changes', { add: [held(security.id, 'security')], reason: 'the second' })
  repository = await testRepository()
  const repositoryId = (await as(owner.headers, 'POST', '/v1/repositories', { path: repository.path })).body.id
  team = (await as(owner.headers, 'POST', '/v1/teams', { name: 'Payments' })).body.id
  await as(owner.headers, 'PUT', `/v1/teams/${team}/repositories`, { repositories: [repositoryId] })
  const people = await Promise.all(who.map((role) => world.addPerson(added.id, role)))
  const add = who.map((role, at) => held(people[at] ?? '', role, role === 'security' ? null : team))
  await decided('/v1/role-changes', 'role-change', { add, reason: 'they joined' })
  for (const role of who) sessions.set(role, await signedIn(added.id, role))
  const tools = [
    { name: 'team-pair', tier: 'assistant-team' },
    { name: 'editor-help', tier: 'ide-integration' },
    { name: 'enterprise-chat', tier: 'assistant-enterprise' },
    { name: 'model-api', tier: 'vetted-api' },
    { name: 'odd-one', tier: 'other' },
  ]
  const { version, settings } = (await as(owner.headers, 'GET', '/v1/grant-settings')).body
  const proposal = { settings: { ...settings, tools }, replaces: version, reason: 'approved' }
  await decided('/v1/grant-settings-changes', 'grant-settings', proposal)
  const decision = { title: 'Search', scope: 'Help', text: 'By meaning', teamId: team, validUntil: inDays(90) }
  ids['repository'] = repositoryId
  ids['decision'] = (await as(owner.headers, 'POST', '/v1/architecture-decisions', decision)).body.id
  const exception = {
    ruleId: 'security.findings',
    repositoryId,
    fingerprint: null,
    reason: 'It is mended next week',
    ownerId: owner.id,
    expiresAt: inDays(30),
    compensatingControls: [{ kind: 'described', text: 'It is not reachable' }],
  }
  const asked = await as(owner.headers, 'POST', '/v1/exceptions', exception)
  expect(asked.body).toMatchObject({ state: 'asked' })
  ids['exception'] = asked.body.id
})
afterAll(async () => {
  await world.product.services.jobs.stop(5000)
  await world.close()
  await provider.close()
  await repository.remove()
})

const held = (userId: string, role: string, teamId: string | null = null) => ({
  kind: 'assignment',
  userId,
  role,
  teamId,
})
const inDays = (days: number) => new Date(world.product.services.clock() + days * 86_400_000).toISOString()

async function as(
  headers: Readonly<Record<string, string>>,
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  payload?: object,
) {
  const { product } = world
  const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: reply.statusCode, body: reply.json() }
}

/** Proposed by the owner, and approved by somebody else. */
async function decided(url: string, type: string, payload: object) {
  const { id, digest } = (await as(owner.headers, 'POST', url, payload)).body
  const assertion = await security.answer({ type, id, digest, decision: 'approve' })
  const done = await as(security.headers, 'POST', `${url}/${id}/decision`, { decision: 'approve', digest, assertion })
  expect(done.status).toBe(200)
}

async function signedIn(issuer: string, login: string): Promise<Record<string, string>> {
  const browser = formBrowser()
  await world.signIn(browser, issuer, login)
  const cookie = `countersign=${browser.cookie(world.origin, 'countersign')}`
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  const { csrfToken } = (await as(headers, 'GET', '/v1/session')).body
  return { ...headers, 'x-csrf-token': csrfToken }
}

const yes = 'yes'
/** What each answers, in the order of `who`. */
type Row = readonly [
  what: string,
  ask: (role: Who) => Promise<string>,
  answers: readonly [string, string, string, string],
]

const by = (role: Who) => sessions.get(role) ?? {}
const grant = (tool: string) => async (role: Who) => {
  const { status, body } = await as(by(role), 'POST', '/v1/grants', { tool, purpose: 'write it', teamId: team })
  return status === 201 ? yes : body.code
}
const reads = (url: () => string) => async (role: Who) => {
  const { status, body } = await as(by(role), 'GET', url())
  return status === 200 ? yes : body.code
}
const may = (action: string, resource: () => object, context?: object) => async (role: Who) => {
  const { body } = await as(by(role), 'POST', '/v1/access/explain', {
    action,
    resource: resource(),
    ...(context && { context }),
  })
  return body.decision === 'allow' ? yes : (body.determining[0]?.id ?? 'nothing permits it')
}
const context = (files: number, classification: number) => async (role: Who) => {
  const check = { repositoryId: ids['repository'], files, classification }
  const { body } = await as(by(role), 'POST', '/v1/context-checks', check)
  return body.decision === 'allow' ? yes : 'no'
}
const production = () => ({ type: 'Environment', id: 'production', attrs: { production: true }, team })
const none = 'nothing permits it'

const table: readonly Row[] = [
  ['an approved assistant of the team tier', grant('team-pair'), [yes, yes, yes, 'tool_not_authorized']],
  ['an approved integration of the editor', grant('editor-help'), [yes, yes, yes, 'tool_not_authorized']],
  ['an enterprise assistant', grant('enterprise-chat'), ['tool_not_authorized', yes, yes, 'tool_not_authorized']],
  ['a vetted API', grant('model-api'), ['tool_not_authorized', yes, yes, 'tool_not_authorized']],
  [
    'any other approved tool',
    grant('odd-one'),
    ['tool_not_authorized', 'tool_not_authorized', yes, 'tool_not_authorized'],
  ],
  ['a little context of the own team', context(10, 1), [yes, yes, yes, 'no']],
  ['confidential context of the own team', context(10, 2), ['no', yes, yes, 'no']],
  ['much context of the own team', context(51, 1), ['no', yes, yes, 'no']],
  ['a production deployment', may('deployment:request', production), ['deployment.junior.production', yes, yes, none]],
  [
    'an AI architecture decision of the team',
    may('architecture-decision:decide', () => ({ type: 'ArchitectureDecision', id: ids['decision'] })),
    [none, none, yes, none],
  ],
  ["the team's AI audit log", reads(() => `/v1/teams/${team}/records`), ['forbidden', 'forbidden', yes, yes]],
  ['the complete audit trail', reads(() => '/v1/ledger/records'), ['forbidden', 'forbidden', 'forbidden', yes]],
  [
    'an exception from a rule of security',
    may('exception:decide', () => ({ type: 'Exception', id: ids['exception'] })),
    [none, none, none, yes],
  ],
  [
    'the review of a finding',
    may('finding:review', () => ({ type: 'Finding', id: 'one', attrs: { severity: 'high' } })),
    [none, none, none, yes],
  ],
  [
    'a stricter policy for the team',
    may('policy-settings:write', () => ({ type: 'PolicySettings', id: team })),
    [none, none, yes, yes],
  ],
  [
    'a stricter policy for the organization',
    may('policy-settings:write', () => ({ type: 'PolicySettings', id: 'organization' })),
    [none, none, none, yes],
  ],
  ['changes with their risk and gate result', reads(() => '/v1/changes'), [yes, yes, yes, yes]],
]

describe('the role matrix', () => {
  test.each(table)('%s', async (_what, ask, answers) => {
    const given: string[] = []
    for (const role of who) given.push(`${role}: ${await ask(role)}`)
    expect(given).toEqual(who.map((role, at) => `${role}: ${answers[at]}`))
  })
})
