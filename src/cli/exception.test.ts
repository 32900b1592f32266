import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ExceptionsWorld, startExceptionsWorld } from '#test/exceptions-world.ts'
import { type Command, parseArguments } from './command.ts'
import { exceptionAsk, exceptionList, exceptionRevoke, exceptionShow } from './exception.ts'
import { overrideAsk, overrideList, overrideShow } from './override.ts'

let world: ExceptionsWorld
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  world = await startExceptionsWorld()
  const COUNTERSIGN_SERVER = await world.product.app.listen({ port: 0, host: '127.0.0.1' })
  const { authorization = '' } = world.people.dev.headers
  env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
  vi.useFakeTimers({ toFake: ['Date'], now: world.product.services.clock() })
})
afterAll(async () => {
  vi.useRealTimers()
  await world.close()
})

async function run(command: Command, ...argv: string[]) {
  const said = { out: '' }
  const out = (text: string) => {
    said.out += text
  }
  const signal = new AbortController().signal
  const terminal = { out, err: () => undefined, env, cwd: '/', interactive: false, signal }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out: said.out }
}

const rule = 'compliance.signed-commits'
const asked = [
  '--reason',
  'keys \u001b[31m',
  '--days',
  '30',
  '--control',
  'one machine',
  '--control-rule',
  'charter.no-bypass',
]

describe('the commands about exceptions', () => {
  test('ask, list, show and revoke', async () => {
    const { out } = await run(exceptionAsk, rule, ...asked, '--repository', world.repositoryId)
    const [id = ''] = out.split('  ')
    expect(out).toBe(`${id}  asked\n`)
    const listed = await run(exceptionList, '--state', 'asked', '--rule', rule, '--unused', '--order', 'ending')
    expect(listed.out).toBe(`${id}  asked  ${rule}  until 2027-03-31T09:00:00.000Z  0 use(s)  \n`)
    expect((await run(exceptionList, '--ending', '90')).out).toBe('')
    const shown = (await run(exceptionShow, id)).out
    expect(shown).toContain(`asked by    ${world.people.dev.id}, answers for it ${world.people.dev.id}`)
    expect(shown).toContain('instead     one machine\ninstead     charter.no-bypass passes\n')
    expect(shown).not.toContain('\u001b')
    expect(JSON.parse((await run(exceptionShow, id, '--json')).out)).toMatchObject({ id, state: 'asked' })
    expect((await run(exceptionRevoke, id, '--reason', 'mended')).out).toBe(`${id}  revoked\n`)
    expect((await run(exceptionShow, id)).out).toContain('revoked     mended')
  })

  test.each([
    ['no reason', [rule, '--days', '3', '--control', 'a']],
    ['no days', [rule, '--reason', 'a', '--control', 'a']],
    ['too many days', [rule, '--reason', 'a', '--control', 'a', '--days', '91']],
    ['nothing that makes up for it', [rule, '--reason', 'a', '--days', '3']],
    ['no rule', ['--reason', 'a', '--days', '3', '--control', 'a']],
  ])('refuse to ask with %s', async (_, argv) => {
    await expect(run(exceptionAsk, ...argv)).rejects.toMatchObject({ code: 'usage_wrong' })
  })

  test('need a reason to revoke, and to ask for an override', async () => {
    await expect(run(exceptionRevoke, 'exc_a')).rejects.toMatchObject({ code: 'usage_wrong' })
    await expect(run(overrideAsk, 'dec_a')).rejects.toMatchObject({ code: 'usage_wrong' })
  })
})

test('an override is asked for from the folder of the repository, and listed', async () => {
  const { decisionId } = (await world.gate()).body
  const where = ['--repo', world.repositoryPath, '--commit', world.commit]
  const { out } = await run(overrideAsk, decisionId, '--reason', 'customers wait', ...where)
  expect(out).toMatch(
    new RegExp(`^ovr_\\S+  asked  ${world.commit.slice(0, 12)}  0 of 2  until 2027-03-02.*${rule}\n$`),
  )
  expect((await run(overrideList, '--commit', world.commit)).out).toBe(out)
  const [id = ''] = out.split('  ')
  const shown = (await run(overrideShow, id)).out
  expect(shown).toBe(
    [
      out.trimEnd(),
      `repository  ${world.repositoryId}, commit ${world.commit}`,
      `decision    ${decisionId}`,
      `asked by    ${world.people.dev.id}`,
      'reason      customers wait',
      `answer with your passkey at ${env['COUNTERSIGN_SERVER']}/policy/overrides/${id}`,
      '',
    ].join('\n'),
  )
  expect(JSON.parse((await run(overrideShow, id, '--json')).out)).toMatchObject({ id, state: 'asked', usedAt: null })
  await expect(run(overrideShow)).rejects.toMatchObject({ code: 'usage_wrong' })
})
