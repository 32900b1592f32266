import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mildPack, mildTests, type PolicyWorld, policyWorld, testedPack, testedTests } from '#test/policy-world.ts'
import { type Command, parseArguments } from './command.ts'
import { policyDiff, policyTest } from './policy-files.ts'
import { policyPromote, policyRollback, policyRollOut, policyRollouts } from './policy-rollouts.ts'
import { policySet } from './policy-set.ts'
import {
  policyAnswer,
  policyAsk,
  policyList,
  policyPublish,
  policyPush,
  policyReplay,
  policyRetire,
  policyShow,
} from './policy-versions.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-policy-'))
  await writeFile(join(folder, 'house.yaml'), testedPack())
  await writeFile(join(folder, 'house.test.yaml'), testedTests)
  await writeFile(join(folder, 'weak.test.yaml'), mildTests.replace('{ tested: fail }', '{ tested: pass }'))
  await writeFile(join(folder, 'mild.yaml'), mildPack('1.1.0').replace('severity: medium', 'severity: low'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(command: Command, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const said = { out: '' }
  const terminal = {
    out: (text: string) => {
      said.out += text
    },
    err: () => undefined,
    env,
    cwd: folder,
    interactive: false,
    signal: new AbortController().signal,
  }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out: said.out }
}

describe('on files', () => {
  test('test says that tests hold, or which do not and what is untested', async () => {
    expect(await run(policyTest, ['house.yaml'])).toEqual({
      code: 0,
      out: '2 of 2 cases hold; 1 mutants, 0 survive\n',
    })
    const { code, out } = await run(policyTest, ['house.yaml', '--tests', 'weak.test.yaml'])
    expect(code).toBe(1)
    expect(out).toContain('wrong     a change without one fails: house.tested is pass')
    expect(out).toContain('untested  house.tested: no case sees it fail\n')
    await expect(run(policyTest, ['none.yaml'])).rejects.toMatchObject({ code: 'policy_file_unreadable' })
    await expect(run(policyTest, [])).rejects.toMatchObject({ code: 'usage_wrong' })
  })

  test('diff tells rule by rule what another file changes, and nothing where nothing is different', async () => {
    expect(await run(policyDiff, ['house.yaml', 'mild.yaml'])).toEqual({
      code: 0,
      out: [
        'changed   house.tested severity: medium -> low\n',
        'changed   house.tested require: change.touchesTests -> change.commits >= 1\n',
      ].join(''),
    })
    expect((await run(policyDiff, ['house.yaml', 'house.yaml'])).out).toBe('nothing that decides is different\n')
    expect((await run(policyDiff, ['house.yaml'])).out).toBe('added     house.tested\n')
    await expect(run(policyDiff, ['house.test.yaml'])).rejects.toMatchObject({ code: 'policy_file_unreadable' })
    await expect(run(policyDiff, [])).rejects.toMatchObject({ code: 'usage_wrong' })
  })
})

describe('on a server', () => {
  let world: PolicyWorld
  let author: NodeJS.ProcessEnv
  let bob: NodeJS.ProcessEnv
  beforeAll(async () => {
    world = await policyWorld()
    const address = await world.product.app.listen({ port: 0, host: '127.0.0.1' })
    const envOf = (authorization = '') => ({
      COUNTERSIGN_SERVER: address,
      COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length),
    })
    author = envOf(world.author.headers['authorization'])
    bob = envOf(world.reviewers[0].headers['authorization'])
    const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
    await world.call('POST', '/v1/policy-packs', pack)
    await world.gate(await world.addRepository())
  })
  afterAll(() => world.close())

  test('a pack gets another owner and a day by which somebody looks at it again, and no day again', async () => {
    expect(await run(policySet, ['house', '--owner', 'team:new', '--review-by', '2027-06-30'], author)).toEqual({
      code: 0,
      out: 'house  House rules  team:new  review by 2027-06-30\n',
    })
    expect((await run(policySet, ['house', '--review-by', 'never'], author)).out).toBe(
      'house  House rules  team:new  no review-by day\n',
    )
    await expect(run(policySet, ['house'], author)).rejects.toMatchObject({ code: 'usage_wrong' })
    await expect(run(policySet, ['house', '--review-by', 'soon'], author)).rejects.toMatchObject({
      message: expect.stringContaining('reviewBy'),
    })
    await expect(run(policySet, ['none', '--title', 'None'], author)).rejects.toMatchObject({
      message: expect.stringContaining('none'),
    })
  })

  test('a file of a git repository becomes a draft, and goes through its life to a roll-out and back', async () => {
    const pushed = await run(policyPush, ['house.yaml'], author)
    expect(pushed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^house 1\.0\.0 is a draft; its check passed\n/),
    })
    const shown = await run(policyShow, ['house', '1.0.0'], author)
    expect(shown.out).toMatch(/^1\.0\.0 draft \(git\)\nsha256:[0-9a-f]{64}\n/)
    expect(shown.out).toContain('to do: ask somebody whom it concerns\n')
    await run(policyAsk, ['house', '1.0.0', '--user', world.reviewers[0].id], author)
    await run(policyAnswer, ['house', '1.0.0', '--answer', 'concern', '--comment', 'late'], bob)
    const replayed = await run(policyReplay, ['house', '1.0.0', '--days', '30'], author)
    expect(replayed.out).toMatch(/^1 of 1 recorded decisions were made again in /)
    expect(replayed.out).toContain('1 would be denied that were allowed, 0 allowed that were denied')
    expect(replayed.out).toContain('house.tested: 1 to deny, 0 to allow\n')
    await expect(run(policyPublish, ['house', '1.0.0'], author)).rejects.toMatchObject({
      message: expect.stringContaining('2 more'),
    })
    for (const one of world.reviewers) expect((await world.review('house', '1.0.0', one)).status).toBe(200)
    expect((await run(policyPublish, ['house', '1.0.0'], author)).out).toMatch(/^1\.0\.0 published/)

    await writeFile(join(folder, 'stages.yaml'), '- { mode: warn, scope: { percent: 20 }, limits: { maxFlips: 3 } }\n')
    const started = await run(policyRollOut, ['house', '1.0.0', '--stages', 'stages.yaml'], author)
    const id =
      /^(rol_\S+) house 1\.0\.0 running\n> 0 warn {4}20 % of all: 0 of 20 decisions, 0 of at most 3 flips, 0 errors\n$/.exec(
        started.out,
      )?.[1] ?? ''
    expect(id).not.toBe('')
    expect((await run(policyRollouts, ['--pack', 'house'], author)).out).toBe(started.out)
    expect((await run(policyPromote, [id, '--reason', 'it is mild'], author)).out).toContain('house 1.0.0 active\n')
    expect((await run(policyList, [], author)).out).toContain(
      'house            quality    1.0.0 (git)          House rules\n',
    )
    expect((await run(policyRollback, [id, '--reason', 'it is not'], author)).out).toContain(
      'house 1.0.0 rolled back\n',
    )
    expect((await run(policyRetire, ['house', '1.0.0', '--reason', 'of no use'], author)).out).toMatch(
      /^1\.0\.0 retired/,
    )
    expect((await run(policyShow, ['house'], author)).out).toBe('1.0.0        retired    git\n')
  })

  test('what is wrong with a draft is told by place, and the exit code is 1', async () => {
    await writeFile(join(folder, 'wrong.yaml'), testedPack({ version: '2.0.0' }).replace('touchesTests', 'touchesTest'))
    const { code, out } = await run(policyPush, ['wrong.yaml', '--tests', 'house.test.yaml'], author)
    expect(code).toBe(1)
    expect(out).toContain('house.yaml:12:23: error: there is no `touchesTest` in `change`\n')
    expect(out).toContain('not run: the pack has mistakes\n')
  })
})
