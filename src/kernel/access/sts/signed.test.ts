import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveRole } from '#test/approver.ts'
import { type ForgingProvider, handmade, hmac, startForger } from '#test/forging-provider.ts'
import type { Headers } from '#test/harness.ts'
import { type OidcWorld, startOidcWorld } from '#test/oidc-world.ts'
import { type Sts, type StsReply, stsOf, textOf, tokenType } from '#test/sts.ts'

/** Tokens that somebody else signed: of pipelines and of people. What a forger or a neighbour could send gets nothing. */
let world: OidcWorld
let sts: Sts
let forge: ForgingProvider
let neighbour: ForgingProvider
beforeAll(async () => {
  world = await startOidcWorld()
  forge = await startForger('countersign')
  neighbour = await startForger('countersign')
  // a pipeline's issuer offers no sign-in
  for (const one of [forge, neighbour])
    one.describe({ authorization_endpoint: undefined, token_endpoint: undefined, end_session_endpoint: undefined })
  sts = stsOf(world.product, await world.product.token({ scopes: ['token:introspect'] }))
})
afterAll(async () => {
  await world.close()
  await forge.close()
  await neighbour.close()
})

const idType = tokenType('id_token')
let serial = 0
const jti = () => `jti-${serial++}`
const now = () => Math.floor(Date.now() / 1000)

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, headers: object, payload?: object) {
  const reply = await world.product.app.inject({
    method,
    url,
    headers: { ...headers },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: reply.statusCode, body: reply.body === '' ? {} : JSON.parse(reply.body) }
}
const bearer = (reply: StsReply): Headers => ({ authorization: `Bearer ${reply.body.access_token}` })
const show = (token: string, more: Record<string, string> = {}) =>
  sts.exchange({ subject_token: token, subject_token_type: idType, ...more })

async function lastReason(): Promise<unknown> {
  return (await world.product.records()).filter((one) => one.type === 'token-exchange.refused').at(-1)?.data['reason']
}

async function expectRefused(reply: StsReply, reason: string): Promise<void> {
  expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await lastReason()).toBe(reason)
}

describe('a pipeline of GitHub Actions', () => {
  let trustId: string
  const workflow = 'acme/payments/.github/workflows/release.yml@refs/heads/main'
  const settings = () => ({
    name: 'Payments',
    provider: 'github-actions',
    issuer: forge.issuer,
    audience: 'https://countersign.example',
    repository: 'acme/payments',
    ref: 'refs/heads/*',
    workflow: 'acme/payments/.github/workflows/release.yml@refs/heads/main',
    scopes: ['evidence:write', 'gate:run'],
  })
  beforeAll(async () => {
    const added = await call('POST', '/v1/ci-trusts', world.owner, settings())
    expect(added).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^svc_/), environment: null } })
    trustId = added.body.id
  })

  /** As GitHub documents its claims. */
  const usual = () => ({
    aud: 'https://countersign.example',
    sub: 'repo:acme/payments:ref:refs/heads/main',
    jti: jti(),
    repository: 'acme/payments',
    repository_owner: 'acme',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    job_workflow_ref: workflow,
    workflow_ref: workflow,
    event_name: 'push',
  })
  const sign = (claims: object = {}, header?: object) => forge.sign({ ...usual(), ...claims }, header)

  test('gets a token of minutes as a service of its own, once for each of its tokens', async () => {
    const token = await sign()
    const reply = await show(token, { scope: 'gate:run' })
    expect(reply).toMatchObject({ status: 200, body: { scope: 'gate:run', expires_in: 900 } })
    expect((await call('GET', '/v1/session', bearer(reply))).body).toMatchObject({ userId: trustId, role: 'service' })
    expect(await sts.introspect(bearer(reply))).toMatchObject({ sub: trustId, scope: 'gate:run' })
    const record = (await world.product.records()).filter((one) => one.type === 'token.exchanged').at(-1)
    expect(record).toMatchObject({
      actor: { id: trustId, kind: 'service', onBehalfOf: null },
      data: { proof: 'pipeline', pipeline: { repository: 'acme/payments', ref: 'refs/heads/main', workflow } },
    })
    await expectRefused(await show(token, { scope: 'gate:run' }), 'token_replayed')
  })

  test('uses its token up also when two show it at once, and under another signature of the same', async () => {
    const token = await sign()
    const replies = await Promise.all(Array.from({ length: 5 }, () => show(token)))
    expect(replies.map((one) => one.status).sort()).toEqual([200, 400, 400, 400, 400])
    const id = jti()
    expect((await show(await sign({ jti: id }))).status).toBe(200)
    await expectRefused(await show(await sign({ jti: id, iat: now() - 5 })), 'token_replayed')
  })

  test('gets no more than the trust says', async () => {
    const reply = await show(await sign(), { scope: 'evidence:write repository:read' })
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  const bad: Record<string, [reason: string, token: () => Promise<string>]> = {
    'of another repository': ['pipeline_untrusted', () => sign({ repository: 'acme/payments2' })],
    'of a repository with the same name elsewhere': ['pipeline_untrusted', () => sign({ repository: 'evil/payments' })],
    'of the repository in other letters': ['pipeline_untrusted', () => sign({ repository: 'Acme/Payments' })],
    'whose subject alone names the repository': [
      'pipeline_untrusted',
      () => sign({ repository: 'evil/x', sub: 'repo:acme/payments:ref:refs/heads/main' }),
    ],
    'of a tag': ['pipeline_untrusted', () => sign({ ref: 'refs/tags/v1' })],
    'of a branch below the ones that are meant': ['pipeline_untrusted', () => sign({ ref: 'refs/heads/a/b' })],
    'of a pull request': ['pipeline_untrusted', () => sign({ ref: 'refs/pull/7/merge' })],
    'of a ref that only ends so': ['pipeline_untrusted', () => sign({ ref: 'x/refs/heads/main' })],
    'of another workflow': [
      'pipeline_untrusted',
      () => sign({ job_workflow_ref: 'acme/payments/.github/workflows/other.yml@refs/heads/main' }),
    ],
    'of the workflow as a branch has it': [
      'pipeline_untrusted',
      () => sign({ job_workflow_ref: 'acme/payments/.github/workflows/release.yml@refs/heads/mine' }),
    ],
    'without a workflow': ['pipeline_untrusted', () => sign({ job_workflow_ref: undefined })],
    'with a list for the repository': ['pipeline_untrusted', () => sign({ repository: ['acme/payments'] })],
    'for another audience': ['token_audience', () => sign({ aud: 'https://other.example' })],
    'for several audiences': [
      'token_audience',
      () => sign({ aud: ['https://countersign.example', 'https://other.example'] }),
    ],
    'of another issuer': ['token_issuer', () => sign({ iss: 'https://evil.example' })],
    'of a neighbour who is not trusted': ['token_issuer', () => neighbour.sign(usual())],
    'of a neighbour who says to be the issuer': [
      'token_signature',
      () => neighbour.sign({ ...usual(), iss: forge.issuer }),
    ],
    'without an issuer': ['token_issuer', () => sign({ iss: undefined })],
    'that has expired': ['token_expired', () => sign({ iat: now() - 700, exp: now() - 400 })],
    'that never expires': ['token_expired', () => sign({ exp: undefined })],
    'from the future': ['token_issued_at', () => sign({ iat: now() + 400, exp: now() + 700 })],
    'without an id': ['token_id', () => sign({ jti: undefined })],
    'of an access token': ['token_type', () => sign({}, { typ: 'at+jwt' })],
    'signed with nothing': ['token_malformed', async () => handmade({ alg: 'none' }, claims(), () => '')],
    'signed with nothing, with something behind': [
      'token_algorithm',
      async () => handmade({ alg: 'none' }, claims(), () => 'AAAA'),
    ],
    'signed by HS256 with the public key': [
      'token_algorithm',
      async () => {
        const pem = forge.publicKey.export({ type: 'spki', format: 'pem' })
        return handmade({ alg: 'HS256', kid: 'one' }, claims(), hmac(pem))
      },
    ],
    'with a critical extension that we do not know': [
      'token_algorithm',
      async () => handmade({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 }, claims(), forge.rs256),
    ],
    'with a key of its own in the header': [
      'token_signature',
      async () => {
        const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
        return neighbour.sign({ ...usual(), iss: forge.issuer }, { jwk })
      },
    ],
    'with a space': ['token_malformed', async () => `${await sign()} `],
    'with padding': ['token_malformed', async () => `${await sign()}=`],
    'that is none': ['token_malformed', async () => 'hello'],
  }
  const claims = () => ({ iss: forge.issuer, iat: now(), exp: now() + 300, ...usual() })
  test.each(Object.entries(bad))('%s gets nothing', async (_, [reason, token]) => {
    await expectRefused(await show(await token()), reason)
  })

  test('gets nothing for a token that is said to be an access token', async () => {
    const reply = await sts.exchange({ subject_token: await sign() })
    await expectRefused(reply, 'token_issuer')
  })

  test('that two trusts fit names one of them', async () => {
    const other = await call('POST', '/v1/ci-trusts', world.owner, {
      ...settings(),
      name: 'Other',
      scopes: ['gate:run'],
    })
    await expectRefused(await show(await sign()), 'pipeline_ambiguous')
    expect((await show(await sign(), { client_id: other.body.id })).body).toMatchObject({ scope: 'gate:run' })
    await expectRefused(await show(await sign(), { client_id: 'svc_other' }), 'pipeline_untrusted')
    await call('DELETE', `/v1/ci-trusts/${other.body.id}`, world.owner)
    expect((await show(await sign())).status).toBe(200)
  })

  test('in an environment gets what the trust of that environment says', async () => {
    const scoped = { ...settings(), repository: 'acme/deploy', environment: 'production', workflow: 'acme/deploy/**' }
    await call('POST', '/v1/ci-trusts', world.owner, scoped)
    const deploy = (environment?: unknown) =>
      sign({
        repository: 'acme/deploy',
        job_workflow_ref: 'acme/deploy/.github/workflows/d.yml@refs/heads/x',
        environment,
      })
    expect((await show(await deploy('production'))).status).toBe(200)
    await expectRefused(await show(await deploy('staging')), 'pipeline_untrusted')
    await expectRefused(await show(await deploy()), 'pipeline_untrusted')
    await expectRefused(await show(await deploy(['production'])), 'pipeline_untrusted')
  })

  test('loses its trust for a reason, to which the record commits', async () => {
    const url = '/v1/ci-trusts'
    const { id } = (await call('POST', url, world.owner, { ...settings(), repository: 'acme/gone' })).body
    const revoke = (reason: string) => call('POST', `${url}/${id}/revocation`, world.owner, { reason })
    expect((await revoke(' ')).status).toBe(400)
    expect((await revoke('The repository was archived')).status).toBe(204)
    expect((await revoke('again')).body).toMatchObject({ code: 'ci_trust_not_found' })
    const record = (await world.product.records()).filter((one) => one.type === 'ci-trust.removed').at(-1)
    expect(record?.data).toMatchObject({ tokens: 0, reason: expect.anything() })
    expect(JSON.stringify(record)).not.toContain('archived')
  })

  test('acts through an agent, which answers for itself', async () => {
    const payload = { name: 'Bot', purpose: 'Tests', autonomy: 'suggest', scopes: ['gate:run'] }
    const { id } = (await call('POST', '/v1/agents', world.owner, payload)).body
    const { key } = (await call('POST', `/v1/agents/${id}/keys`, world.owner, { name: 'k' })).body
    const reply = await show(await sign(), { actor_token: key, actor_token_type: tokenType('access_token') })
    expect(reply.status).toBe(200)
    const ownerId = (await call('GET', '/v1/session', world.owner)).body.userId
    expect(await sts.introspect(bearer(reply))).toMatchObject({ sub: trustId, act: { sub: id }, on_behalf_of: ownerId })
  })

  test('is that of the repository which came first: one that was renamed or made again is another', async () => {
    const pinned = { ...settings(), repository: 'acme/pinned', workflow: 'acme/pinned/**' }
    const trust = (await call('POST', '/v1/ci-trusts', world.owner, pinned)).body
    expect(trust).toMatchObject({ providerRepositoryId: null, providerOwnerId: null, expiresAt: null })
    const claims = { repository: 'acme/pinned', job_workflow_ref: 'acme/pinned/a.yml@refs/heads/main' }
    const ids = { repository_id: '74', repository_owner_id: '65' }
    expect((await show(await sign({ ...claims, ...ids }))).status).toBe(200)
    const listed = (await call('GET', '/v1/ci-trusts', world.owner)).body.items
    expect(listed.find((one: { id: string }) => one.id === trust.id)).toMatchObject({
      ...{ providerRepositoryId: '74', providerOwnerId: '65' },
    })
    const [record] = (await world.product.records()).filter((one) => one.type === 'ci-trust.pinned').slice(-1)
    expect(record?.data).toEqual({ providerRepositoryId: '74', providerOwnerId: '65' })
    expect((await show(await sign({ ...claims, ...ids }))).status).toBe(200)
    for (const other of [{ ...ids, repository_id: '75' }, { ...ids, repository_owner_id: '66' }, {}])
      await expectRefused(await show(await sign({ ...claims, ...other })), 'pipeline_other')
    await call('DELETE', `/v1/ci-trusts/${trust.id}`, world.owner)
  })

  test('may be named by its id beforehand, and by an API token for no longer than that lives', async () => {
    const made = await call('POST', '/v1/tokens', world.owner, { name: 'iac', scopes: ['*'], expiresInDays: 1 })
    const by = { authorization: `Bearer ${made.body.token}` }
    const known = { ...settings(), repository: 'acme/known', workflow: 'acme/known/**', providerRepositoryId: '7' }
    const trust = (await call('POST', '/v1/ci-trusts', by, known)).body
    expect(trust).toMatchObject({ providerRepositoryId: '7', expiresAt: made.body.expiresAt })
    const claims = { repository: 'acme/known', job_workflow_ref: 'acme/known/a.yml@refs/heads/main' }
    await expectRefused(await show(await sign({ ...claims, repository_id: '8' })), 'pipeline_other')
    expect((await show(await sign({ ...claims, repository_id: '7' }))).status).toBe(200)
    await call('DELETE', `/v1/ci-trusts/${trust.id}`, world.owner)
  })

  test('loses its tokens with the trust', async () => {
    const reply = await show(await sign())
    expect((await call('GET', '/v1/session', bearer(reply))).status).toBe(200)
    expect((await call('DELETE', `/v1/ci-trusts/${trustId}`, world.owner)).status).toBe(204)
    expect((await call('GET', '/v1/session', bearer(reply))).status).toBe(401)
    await expectRefused(await show(await sign()), 'pipeline_untrusted')
    expect((await call('DELETE', `/v1/ci-trusts/${trustId}`, world.owner)).body).toMatchObject({
      code: 'ci_trust_not_found',
    })
    const record = (await world.product.records()).filter((one) => one.type === 'ci-trust.removed').at(-1)
    expect(record?.data['tokens']).toBeGreaterThan(0)
  })
})

describe('a pipeline of GitLab', () => {
  test('is known by project, whole ref and file, as GitLab documents its claims', async () => {
    const { host } = new URL(forge.issuer)
    const added = await call('POST', '/v1/ci-trusts', world.owner, {
      name: 'GitLab',
      provider: 'gitlab-ci',
      issuer: forge.issuer,
      audience: 'https://gitlab.countersign.example',
      repository: 'group/sub/project',
      ref: 'refs/tags/v*',
      workflow: `${host}/group/sub/project//.gitlab-ci.yml@refs/tags/*`,
      scopes: ['gate:run'],
    })
    expect(added.status).toBe(201)
    const usual = {
      aud: 'https://gitlab.countersign.example',
      sub: 'project_path:group/sub/project:ref_type:tag:ref:v1',
      project_path: 'group/sub/project',
      ref: 'v1',
      ref_type: 'tag',
      ref_path: 'refs/tags/v1',
      ref_protected: 'true',
      ci_config_ref_uri: `${host}/group/sub/project//.gitlab-ci.yml@refs/tags/v1`,
    }
    const sign = (claims: object = {}) => forge.sign({ ...usual, jti: jti(), ...claims })
    expect((await show(await sign())).status).toBe(200)
    await expectRefused(await show(await sign({ ref_path: 'refs/heads/v1' })), 'pipeline_untrusted')
    await expectRefused(await show(await sign({ project_path: 'group/project' })), 'pipeline_untrusted')
    await expectRefused(await show(await sign({ ci_config_ref_uri: 'elsewhere' })), 'pipeline_untrusted')
    // the claims of the other provider say nothing
    const github = {
      project_path: undefined,
      repository: 'group/sub/project',
      job_workflow_ref: usual.ci_config_ref_uri,
    }
    await expectRefused(await show(await sign(github)), 'pipeline_untrusted')
  })
})

describe('a trust', () => {
  const usual = {
    name: 'T',
    provider: 'github-actions',
    issuer: 'https://token.actions.githubusercontent.com',
    audience: 'a',
    repository: 'acme/x',
    ref: 'refs/heads/main',
    workflow: '**',
    scopes: ['gate:run'],
  }
  test.each([
    ['a pattern for the repository', { repository: 'acme/*' }, 'request_invalid'],
    ['half a repository', { repository: 'acme' }, 'request_invalid'],
    ['a short ref', { ref: 'main' }, 'request_invalid'],
    ['a class of letters', { ref: 'refs/heads/[a-z]' }, 'request_invalid'],
    ['an issuer without TLS', { issuer: 'http://ci.example' }, 'issuer_address_invalid'],
    ['a permission that services do not have', { scopes: ['ledger:read'] }, 'ci_scope_not_given'],
    ['a permission that makes lasting ways in', { scopes: ['token:write'] }, 'ci_scope_not_given'],
    ['a permission that there is not', { scopes: ['gate:runs'] }, 'scope_unknown'],
  ])('with %s is not made', async (_, more, code) => {
    expect((await call('POST', '/v1/ci-trusts', world.owner, { ...usual, ...more })).body).toMatchObject({ code })
  })

  test('gives nothing that its maker does not hold', async () => {
    const few = await world.product.token({ scopes: ['ci-trust:write'] })
    expect((await call('POST', '/v1/ci-trusts', few, usual)).body).toMatchObject({ code: 'scope_not_held' })
  })
})

describe('a person', () => {
  let provider: ForgingProvider
  let issuerId: string
  let userId: string
  beforeAll(async () => {
    provider = await startForger('countersign')
    issuerId = (await world.addIssuer(provider.issuer)).id
    userId = await world.addPerson(issuerId, 'ada')
    await giveRole(world.product, userId, 'senior-developer')
  })
  afterAll(() => provider.close())

  test('gets a token for an ID token of the configured provider, once, and it ends when the provider ends the session', async () => {
    const token = await provider.sign({ sid: 'session-1', amr: ['otp'] })
    const reply = await show(token, { scope: 'change:read' })
    expect((await call('GET', '/v1/session', bearer(reply))).body).toMatchObject({ userId, scopes: ['change:read'] })
    await expectRefused(await show(token, { scope: 'change:read' }), 'token_replayed')
    const logout = await provider.sign({
      sid: 'session-1',
      jti: jti(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      nonce: undefined,
    })
    const ended = await world.product.app.inject({
      method: 'POST',
      url: `/sign-in/oidc/${issuerId}/back-channel-logout`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `logout_token=${logout}`,
    })
    expect(ended.statusCode).toBe(200)
    expect((await call('GET', '/v1/session', bearer(reply))).status).toBe(401)
  })

  test('gets one for an access token that was made for us by name', async () => {
    const sign = (claims: object, typ = 'at+jwt') =>
      provider.sign({ aud: 'http://localhost', client_id: 'any', ...claims }, { typ })
    const access = (token: string) => sts.exchange({ subject_token: token, scope: 'change:read' })
    expect((await access(await sign({}))).status).toBe(200)
    await expectRefused(await access(await sign({ aud: 'https://other.example', jti: jti() })), 'token_audience')
    await expectRefused(await access(await sign({ jti: jti() }, 'JWT')), 'token_type')
    await expectRefused(await show(await sign({ aud: 'countersign', jti: jti() })), 'token_type')
    // an ID token is no access token, whatever it is said to be
    await expectRefused(await access(await provider.sign({ jti: jti() })), 'token_audience')
  })

  const bad: Record<string, [reason: string, claims: object]> = {
    'whom nobody knows here': ['person_unknown', { sub: 'mallory' }],
    'without a subject': ['token_subject', { sub: undefined }],
    'for another application': ['token_audience', { aud: 'another' }],
    'that another application may use': ['token_audience', { azp: 'another' }],
    'for several applications': ['token_audience', { aud: ['countersign', 'another'] }],
    'that is a logout token': ['token_type', { events: {} }],
    'that has expired': ['token_expired', { iat: 1000, exp: 2000 }],
  }
  test.each(Object.entries(bad))('gets nothing for a token %s', async (_, [reason, claims]) => {
    await expectRefused(await show(await provider.sign({ ...claims, jti: jti() })), reason)
  })

  test('gets nothing from a provider that is switched off, and what was given ends', async () => {
    const reply = await show(await provider.sign({ jti: jti() }), { scope: 'change:read' })
    expect((await call('GET', '/v1/session', bearer(reply))).status).toBe(200)
    const url = `/v1/issuers/${issuerId}`
    const patched = await world.product.app.inject({
      method: 'PATCH',
      url,
      headers: { ...world.owner },
      payload: { isActive: false },
    })
    expect(patched.statusCode).toBe(200)
    expect((await call('GET', '/v1/session', bearer(reply))).status).toBe(401)
    await expectRefused(await show(await provider.sign({ jti: jti() })), 'token_issuer')
  })

  test('gets nothing while the provider does not answer', async () => {
    const down = await startForger('countersign')
    const { id } = await world.addIssuer(down.issuer)
    await world.addPerson(id, 'bea')
    down.serve('/keys', (_request, response) => void response.writeHead(500).end())
    await expectRefused(await show(await down.sign({ sub: 'bea' })), 'issuer_unreachable')
    await down.close()
  })
})

test('no token of anybody is logged or stands in a record', async () => {
  const token = await forge.sign({ jti: 'canary' })
  await show(token)
  const key = textOf(await world.product.token({ scopes: ['change:read'] }))
  await sts.exchange({ subject_token: key })
  const everything = world.product.logged() + JSON.stringify(await world.product.records())
  expect(everything.length).toBeGreaterThan(1000)
  expect(everything).not.toContain(token.slice(0, 60))
  expect(everything).not.toContain(key)
  expect(everything).not.toContain('cst_sts_')
})
