import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson, takeRoles } from '#test/approver.ts'
import {
  giveRole,
  mildPack,
  mildTests,
  type PolicyWorld,
  policyPerson,
  policyWorld,
  testedPack,
  testedTests,
} from '#test/policy-world.ts'
import charterText from '../../../domains/gates/packs/charter.yaml?raw'
import complianceText from '../../../domains/gates/packs/compliance.yaml?raw'
import qualityText from '../../../domains/gates/packs/quality.yaml?raw'

let world: PolicyWorld
let repository: { readonly id: string; readonly commit: string }
beforeAll(async () => {
  world = await policyWorld()
  repository = await world.addRepository()
})
afterAll(() => world.close())

const limits = { minDecisions: 1, soakMinutes: 0, maxFlips: 100 }
const house = '/v1/policy-packs/house/versions/1.0.0'

describe('a policy', () => {
  test('goes from a draft to being enforced for one repository, and back', async () => {
    const { call, gate } = world
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', result: 'pass', candidates: [] })
    const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
    expect((await call('POST', '/v1/policy-packs', pack)).status).toBe(201)
    await world.publish('house', testedPack(), testedTests)
    expect((await call('GET', house)).body).toMatchObject({ state: 'published', missing: [] })
    // published is not in force
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', candidates: [] })

    const scope = { repositories: [repository.id] }
    const stages = [{ mode: 'enforce', scope, limits, promotion: 'manual' }]
    const started = await call('POST', `${house}/rollouts`, { stages })
    expect(started).toMatchObject({ status: 201, body: { state: 'running', stage: 0 } })
    const denied = (await gate(repository)).body
    expect(denied).toMatchObject({ decision: 'deny', result: 'fail' })
    expect(denied.candidates).toMatchObject([
      {
        packId: 'house',
        version: '1.0.0',
        mode: 'enforce',
        enforced: true,
        decision: 'deny',
        flip: 'to_deny',
        baseline: { decision: 'allow' },
      },
    ])
    expect(denied.rules.find((one: { id: string }) => one.id === 'house.tested')).toMatchObject({ status: 'fail' })

    const back = await call('POST', `/v1/policy-rollouts/${started.body.id}/rollback`, { reason: 'it holds people up' })
    expect(back).toMatchObject({ status: 200, body: { state: 'rolled_back' } })
    expect((await gate(repository)).body).toMatchObject({ decision: 'allow', candidates: [] })
  })
})

const versionsOf = (pack: string) => `/v1/policy-packs/${pack}/versions`
const draft = (pack: string, text: string, tests = testedTests) => world.call('POST', versionsOf(pack), { text, tests })
const refused = (status: number, code: string) => ({ status, body: { status, code } })

describe('a pack', () => {
  test('of the product is there with its version, in force, and can get an owner and a day of review', async () => {
    const { items } = (await world.call('GET', '/v1/policy-packs')).body
    const shipped = items.filter((one: { isBuiltIn: boolean }) => one.isBuiltIn).map((one: { id: string }) => one.id)
    expect(shipped).toEqual(['charter', 'compliance', 'quality', 'security'])
    const changed = await world.call('PATCH', '/v1/policy-packs/security', {
      owner: 'team:blue',
      reviewBy: '2027-06-30',
    })
    expect(changed.body).toMatchObject({
      owner: 'team:blue',
      reviewBy: '2027-06-30',
      inForce: { id: null, version: '1.1.0', source: 'built-in' },
      versions: 1,
    })
    const shown = (await world.call('GET', `${versionsOf('quality')}/1.0.0`)).body
    expect(shown).toMatchObject({ state: 'in_force', source: 'built-in', text: qualityText, steps: [], missing: [] })
    expect((await world.call('GET', versionsOf('quality'))).body.items).toMatchObject([{ version: '1.0.0', id: null }])
  })

  test('that there is cannot be made again, and one that there is not cannot be read or changed', async () => {
    const pack = { title: 'Mine', category: 'quality', owner: 'me' }
    for (const id of ['quality', 'house'])
      expect(await world.call('POST', '/v1/policy-packs', { ...pack, id })).toMatchObject(
        refused(409, 'policy_pack_exists'),
      )
    const none = '/v1/policy-packs/none'
    const missing = refused(404, 'policy_pack_not_found')
    expect(await world.call('GET', none)).toMatchObject(missing)
    expect(await world.call('GET', `${none}/versions`)).toMatchObject(missing)
    expect(await world.call('PATCH', none, { title: 'None' })).toMatchObject(missing)
    expect(await draft('none', testedPack({ id: 'none' }))).toMatchObject(missing)
    expect(await world.call('PATCH', '/v1/policy-packs/quality', {})).toMatchObject(refused(400, 'request_invalid'))
    const noVersion = refused(404, 'policy_version_not_found')
    expect(await world.call('GET', `${versionsOf('quality')}/9.0.0`)).toMatchObject(noVersion)
    expect(await world.call('GET', `${versionsOf('quality')}/9.0.0/diff`)).toMatchObject(noVersion)
    for (const step of ['check', 'test', 'publish'])
      expect(await world.call('POST', `${versionsOf('quality')}/9.0.0/${step}`)).toMatchObject(noVersion)
    expect(await world.call('POST', `${versionsOf('quality')}/9.0.0/retire`, { reason: 'gone' })).toMatchObject(
      noVersion,
    )
  })
})

describe('a draft', () => {
  test('names its pack and a version of its own', async () => {
    const invalid = refused(422, 'policy_draft_invalid')
    expect(await draft('house', testedPack({ id: 'other' }))).toMatchObject(invalid)
    expect(await draft('house', testedPack({ version: 'one' }))).toMatchObject(invalid)
    expect(await draft('house', 'a: [')).toMatchObject(invalid)
    const nul = refused(400, 'request_invalid')
    expect(await draft('house', testedPack({ version: '6.0.0' }), 'a\u0000')).toMatchObject(nul)
    expect(await draft('house', `${testedPack({ version: '6.0.0' })}# \u0000`)).toMatchObject(nul)
    // half a surrogate pair is text for JSON, and neither for UTF-8 nor for canonical JSON
    expect((await draft('house', testedPack({ version: '6.0.0' }), 'a: \ud800')).status).toBeLessThan(500)
    // published above, and of the product
    expect(await draft('house', mildPack('1.0.0'))).toMatchObject(refused(409, 'policy_version_fixed'))
    expect(await draft('quality', qualityText)).toMatchObject(refused(409, 'policy_version_fixed'))
    for (const step of ['check', 'test', 'publish'])
      expect(await world.call('POST', `${house}/${step}`)).toMatchObject(refused(409, 'policy_version_fixed'))
  })

  test('is looked at before it is written: its mistakes are told, and nothing is kept or recorded', async () => {
    const preview = (text: string, headers?: object) =>
      world.call('POST', '/v1/policy-packs/preview', { text }, headers)
    const text = testedPack({ version: '7.0.0' })
    expect(await preview(text)).toMatchObject({ status: 200, body: { diagnostics: [] } })
    expect((await preview(text.replace('change.touchesTests', 'change.touchesTest'))).body.diagnostics).toMatchObject([
      { severity: 'error', line: 12, column: 23, help: 'did you mean `touchesTests`?' },
    ])
    expect((await preview('a: [')).body.diagnostics[0]).toMatchObject({ severity: 'error', line: 1 })
    expect(await preview('')).toMatchObject(refused(400, 'request_invalid'))
    expect((await world.call('GET', `${versionsOf('house')}/7.0.0`)).status).toBe(404)
    const junior = await policyPerson(world.product, 'previewing-junior', 'junior-developer')
    expect(await preview(text, junior.headers)).toMatchObject(refused(403, 'forbidden'))
  })

  test('is named with its pack until it is published, and names who wrote it', async () => {
    await draft('house', mildPack('7.1.0'), mildTests)
    const drafts = async () => (await world.call('GET', '/v1/policy-packs/house')).body.drafts
    expect(await drafts()).toContain('7.1.0')
    expect(await drafts()).not.toContain('1.0.0')
    expect((await world.call('GET', `${versionsOf('house')}/7.1.0`)).body.names).toEqual({ [world.author.id]: 'ann' })
  })

  test('with mistakes is kept, and its check tells them with line and column', async () => {
    const text = testedPack({ version: '2.0.0' }).replace('change.touchesTests', 'change.touchesTest')
    expect((await draft('house', text)).body.diagnostics).toMatchObject([{ line: 12, column: 23 }])
    const url = `${versionsOf('house')}/2.0.0`
    expect((await world.call('POST', `${url}/check`)).body).toMatchObject({
      outcome: 'failed',
      diagnostics: [{ severity: 'error', line: 12, column: 23, help: 'did you mean `touchesTests`?' }],
    })
    expect((await world.call('POST', `${url}/test`)).body).toMatchObject({
      ok: false,
      problem: 'the pack has mistakes',
    })
    expect(await world.call('POST', `${url}/assess`, {})).toMatchObject(refused(409, 'policy_steps_missing'))
    expect(await world.call('GET', `${url}/diff`)).toMatchObject(refused(409, 'policy_version_unusable'))
  })

  test('that is written anew has no step any more, and both who wrote are its authors', async () => {
    await world.prepare('house', testedPack({ version: '2.1.0' }), testedTests)
    const url = `${versionsOf('house')}/2.1.0`
    const before = (await world.call('GET', url)).body
    expect(before.steps.map((one: { kind: string }) => one.kind)).toEqual([
      'assessed',
      'answered',
      'asked',
      'tested',
      'checked',
    ])
    expect(before.missing).toEqual(['have 2 more of those approve it who did not write it'])
    const [bob, cleo] = world.reviewers
    const text = testedPack({ version: '2.1.0' }).replace('Write a test.', 'Write one.')
    const changed = await world.call('POST', versionsOf('house'), { text, tests: testedTests }, bob.headers)
    expect(changed.body).toMatchObject({ authors: [world.author.id, bob.id], state: 'draft' })
    expect(changed.body.steps.every((one: { isCurrent: boolean }) => !one.isCurrent)).toBe(true)
    expect(changed.body.missing).toHaveLength(5)
    // comments and layout are not what it says
    const commented = await world.call('POST', versionsOf('house'), { text: `# why\n${text}`, tests: testedTests })
    expect(commented.body.digest).toBe(changed.body.digest)
    expect(await world.review('house', '2.1.0', bob)).toMatchObject(refused(403, 'access_denied'))
    expect(await world.review('house', '2.1.0', cleo)).toMatchObject(refused(409, 'policy_steps_missing'))
  })
})

describe('the people', () => {
  test('who are asked are active and did not write it, and only they answer', async () => {
    await draft('house', testedPack({ version: '3.0.0' }))
    const url = `${versionsOf('house')}/3.0.0`
    const ask = (...userIds: string[]) => world.call('POST', `${url}/consultations`, { userIds })
    expect(await ask('usr_nobody')).toMatchObject(refused(422, 'policy_stakeholder_unknown'))
    expect(await ask(world.author.id)).toMatchObject(refused(403, 'policy_own_review'))
    const [bob, cleo] = world.reviewers
    await ask(bob.id)
    const answer = (by: typeof bob) =>
      world.call('POST', `${url}/answers`, { answer: 'concern', comment: 'why?' }, by.headers)
    expect(await answer(cleo)).toMatchObject(refused(403, 'policy_not_asked'))
    const answered = await answer(bob)
    expect(answered.body.steps[0]).toMatchObject({
      kind: 'answered',
      outcome: 'concern',
      by: bob.id,
      detail: { comment: 'why?' },
    })
    const record = (await world.product.records()).findLast((one) => one.type === 'policy-version.answered')
    expect(JSON.stringify(record)).not.toContain('why?')
  })

  test('who review saw exactly this text, and answer once each; a rejection stands', async () => {
    const [bob, cleo] = world.reviewers
    await world.prepare('house', testedPack({ version: '3.1.0' }), testedTests)
    const url = `${versionsOf('house')}/3.1.0`
    const { id, digest } = (await world.call('GET', url)).body
    const review = (payload: object) => world.call('POST', `${url}/reviews`, payload, bob.headers)
    const other = `sha256:${'0'.repeat(64)}`
    const assertion = await bob.answer({ type: 'policy-version', id, digest, decision: 'approve' })
    expect(await review({ decision: 'approve', digest: other, assertion })).toMatchObject(
      refused(409, 'policy_text_differs'),
    )
    // an approval is not a rejection
    expect(await review({ decision: 'reject', digest, assertion })).toMatchObject(refused(401, 'step_up_refused'))
    expect(await world.review('house', '3.1.0', bob)).toMatchObject({ status: 200 })
    expect(await world.review('house', '3.1.0', bob)).toMatchObject(refused(409, 'approval_repeated'))
    const publish = () => world.call('POST', `${url}/publish`)
    expect((await publish()).body).toMatchObject({
      code: 'policy_steps_missing',
      detail: expect.stringContaining('1 more'),
    })
    expect(await world.review('house', '3.1.0', cleo, 'reject')).toMatchObject({ status: 200 })
    expect((await publish()).body).toMatchObject({ detail: expect.stringContaining('rejected') })
    const plain = await addPerson(world.product, 'dan')
    await giveRole(world.product, plain, 'auditor')
    const dan = await policyPerson(world.product, 'dora', 'auditor')
    expect(await world.call('POST', `${url}/check`, undefined, dan.headers)).toMatchObject(refused(403, 'forbidden'))
  })

  test('looked at it over a time that shows something', async () => {
    await draft('house', testedPack({ version: '3.2.0' }))
    const url = `${versionsOf('house')}/3.2.0`
    const missing = async () => (await world.call('GET', url)).body.missing
    const assess = 'assess its impact on the decisions of at least 30 days, compared with what is in force now'
    await world.call('POST', `${url}/assess`, { days: 29 })
    expect(await missing()).toContain(assess)
    const impact = (await world.call('POST', `${url}/assess`, { days: 30 })).body
    expect(await missing()).not.toContain(assess)
    expect(impact).toMatchObject({ notReplayable: [], flips: { toAllow: 0 }, against: null })
    expect(impact.replayed).toBe(impact.decisions)
    expect(impact.flips.toDeny).toBe(impact.replayed)
    expect(impact.byRepository).toEqual([
      { repositoryId: repository.id, toDeny: impact.replayed, toAllow: 0, otherReasons: 0 },
    ])
    expect(impact.byRule).toEqual([{ rule: 'house.tested', toDeny: impact.replayed, toAllow: 0, otherReasons: 0 }])
  })

  test('count while those who gave them may review', async () => {
    const [bob, cleo] = world.reviewers
    const eve = await policyPerson(world.product, 'eve', 'senior-developer')
    await world.prepare('house', testedPack({ version: '3.2.0' }), testedTests)
    const url = `${versionsOf('house')}/3.2.0`
    for (const one of [bob, eve]) expect((await world.review('house', '3.2.0', one)).status).toBe(200)
    await takeRoles(world.product, eve.id)
    expect((await world.call('POST', `${url}/publish`)).body).toMatchObject({
      code: 'policy_steps_missing',
      detail: expect.stringContaining('1 more'),
    })
    expect((await world.review('house', '3.2.0', cleo)).status).toBe(200)
    expect((await world.call('POST', `${url}/publish`)).body).toMatchObject({ state: 'published' })
    const [published] = (await world.product.records()).filter(
      (one) => one.type === 'policy.published' && one.targets.some(({ id }) => id === 'house@3.2.0'),
    )
    expect(published?.data['reviewers']).toEqual(expect.arrayContaining([bob.id, cleo.id]))
    expect(published?.data['reviewers']).not.toContain(eve.id)
  })

  test('must include security where a version weakens what is in force', async () => {
    const [bob, cleo] = world.reviewers
    const mild = { version: '4.0.0', mode: 'warn' }
    await world.publish('house', mildPack('3.9.0'), mildTests)
    const stages = [{ mode: 'audit', limits, promotion: 'manual' }]
    const started = await world.call('POST', `${versionsOf('house')}/3.9.0/rollouts`, { stages })
    await world.call('POST', `/v1/policy-rollouts/${started.body.id}/promote`, { stage: 0, reason: 'mild' })
    await world.prepare('house', testedPack(mild), testedTests)
    const url = `${versionsOf('house')}/4.0.0`
    expect((await world.call('GET', url)).body.weakenings).toEqual([
      { rule: 'house.tested', what: 'mode_lowered', message: '`house.tested` goes from enforce to warn' },
    ])
    for (const one of [bob, cleo]) expect((await world.review('house', '4.0.0', one)).status).toBe(200)
    // nobody holds the role
    expect(await world.call('POST', `${url}/publish`)).toMatchObject(refused(409, 'second_person_required'))
    const sam = await policyPerson(world.product, 'sam', 'security')
    expect(await world.call('POST', `${url}/publish`)).toMatchObject(refused(409, 'policy_steps_missing'))
    expect((await world.review('house', '4.0.0', sam)).status).toBe(200)
    expect((await world.call('POST', `${url}/publish`)).body).toMatchObject({ state: 'published' })
  })
})

describe('what always holds', () => {
  const checked = async (pack: string, text: string) => {
    const version = /version: ([\d.]+)/.exec(text)?.[1]
    await draft(pack, text)
    return (await world.call('POST', `${versionsOf(pack)}/${version}/check`)).body
  }
  const renumbered = (text: string) => text.replace('version: 1.0.0', 'version: 1.1.0')

  test('cannot be taken out of a pack of the product, lowered or worded otherwise', async () => {
    const message = async (pack: string, text: string) =>
      (await checked(pack, renumbered(text))).diagnostics[0]?.message
    const title = 'title: Nobody approves their own change'
    expect(await message('compliance', complianceText)).toBeUndefined()
    expect(await message('compliance', complianceText.replace(title, `${title}\n      mode: warn`))).toContain(
      'its mode is `enforce`',
    )
    expect(await message('compliance', complianceText.replace('exception: never', 'exception: allowed'))).toContain(
      'its `exception` is `never`',
    )
    expect(
      await message('compliance', complianceText.replace("a.by.kind == 'human'", "a.by.kind != 'agent'")),
    ).toContain('`compliance.no-self-approval` cannot be weakened: what it asks is not what the product ships')
    expect(await message('charter', charterText.replace('id: no-bypass', 'id: no-bypasses'))).toContain(
      '`charter.no-bypass` cannot be weakened: it is missing',
    )
    expect(await message('charter', charterText.replace('mode: enforce', 'mode: audit'))).toContain(
      'cannot be weakened',
    )
  })

  test('leaves other parts of such a pack to the organization, which is told what gets weaker', async () => {
    const text = renumbered(qualityText).replace(
      'minCoverage: { type: double, default: 80.0',
      'minCoverage: { type: double, default: 60.0',
    )
    expect((await checked('quality', text)).outcome).toBe('passed')
    const diff = (await world.call('GET', `${versionsOf('quality')}/1.1.0/diff`)).body
    expect(diff).toMatchObject({
      before: '1.0.0',
      after: '1.1.0',
      added: [],
      removed: [],
      changed: [],
      params: [{ name: 'minCoverage', before: 'double 80, min 0, max 100', after: 'double 60, min 0, max 100' }],
      weakenings: [{ what: 'parameter_wider' }],
    })
    const stricter = renumbered(qualityText).replace('default: 80.0', 'default: 90.0')
    await checked('quality', stricter)
    expect((await world.call('GET', `${versionsOf('quality')}/1.1.0/diff?against=1.0.0`)).body.weakenings).toEqual([])
  })
})

test('what is published is signed over both texts, and the ledger says who reviewed it', async () => {
  const { text, signature } = (await world.call('GET', house)).body
  const { payloadType, payload, signatures } = signature.envelope
  const body = Buffer.from(payload, 'base64')
  // DSSE's pre-authentication encoding, by hand
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body])
  const key = createPublicKey({ key: Buffer.from(signature.publicKey, 'base64'), format: 'der', type: 'spki' })
  expect(verify(null, signed, key, Buffer.from(signatures[0].sig, 'base64'))).toBe(true)
  const sha256 = createHash('sha256').update(text).digest('hex')
  expect(JSON.parse(body.toString())).toMatchObject({
    subject: [{ name: 'house.yaml', digest: { sha256 } }, { name: 'house.test.yaml' }],
    predicate: { pack: 'house', version: '1.0.0' },
  })
  const record = (await world.product.records()).find((one) => one.type === 'policy.published')
  expect(record?.data).toMatchObject({
    version: '1.0.0',
    textDigest: `sha256:${sha256}`,
    reviewers: expect.arrayContaining(world.reviewers.map((one) => one.id)),
  })
})
