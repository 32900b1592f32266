import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson, approver, giveRole } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { type Command, parseArguments } from './command.ts'
import { policySettings, policySettingsSet, policySettingsUnset } from './policy-settings.ts'

let product: TestProduct
let env: NodeJS.ProcessEnv
let team: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  const { authorization } = await product.token({ scopes: ['policy:read', 'policy-settings:write'] })
  const COUNTERSIGN_SERVER = await product.app.listen({ port: 0, host: '127.0.0.1' })
  env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
  const headers = await product.asOwner()
  const made = await product.app.inject({ method: 'POST', url: '/v1/teams', headers, payload: { name: 'Payments' } })
  team = made.json().id
})
afterAll(() => product.close())

async function run(command: Command, ...argv: string[]) {
  const said = { out: '' }
  const terminal = {
    ...{ env, cwd: '.', interactive: false, signal: new AbortController().signal, err: () => undefined },
    out: (text: string) => {
      said.out += text
    },
  }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out: said.out }
}
const why = ['--reason', 'we mean it']

test('the organization and a team are made stricter, rule by rule, and shown', async () => {
  expect((await run(policySettings)).out).toBe('the organization, revision 0\nevery rule is as its pack says\n')
  const param = ['--param', 'quality.minCoverage=85']
  expect(await run(policySettingsSet, 'compliance.ticket=enforce', ...param, ...why)).toEqual({
    code: 0,
    out: 'in force, revision 1\n',
  })
  expect((await run(policySettingsSet, 'compliance.ticket=enforce', ...why)).out).toBe('nothing differs\n')
  await run(policySettingsSet, '--param', 'quality.minCoverage=90', '--team', team, ...why)
  const { out } = await run(policySettings, '--team', team)
  expect(out).toContain('team Payments, revision 1\n')
  expect(out).toContain('compliance.ticket  pack enforce  organization enforce  team -  holds enforce\n')
  expect(out).toContain('quality.minCoverage  pack 80  organization 85  team 90  holds 90\n')
  expect(JSON.parse((await run(policySettings, '--json')).out)).toMatchObject({ scope: 'organization', revision: 1 })
})

test('what would be looser, and what nobody knows, is refused by name', async () => {
  const looser = run(policySettingsSet, 'compliance.ticket=warn', '--team', team, ...why)
  await expect(looser).rejects.toThrow(/compliance\.ticket/)
  await expect(run(policySettingsSet, '--param', 'quality.none=1', ...why)).rejects.toThrow(/quality\.none/)
  await expect(run(policySettingsSet, 'compliance.ticket', ...why)).rejects.toThrow(/has no value/)
  await expect(run(policySettingsSet, ...why)).rejects.toThrow(/needs something to set/)
  await expect(run(policySettingsUnset, 'quality.coverage', ...why)).rejects.toThrow(/is not set there/)
})

test("a team's is taken back at once, the organization's waits for another person", async () => {
  expect((await run(policySettingsUnset, 'quality.minCoverage', '--team', team, ...why)).out).toBe(
    'in force, revision 2\n',
  )
  // nobody else could decide
  await expect(run(policySettingsUnset, 'compliance.ticket', ...why)).rejects.toThrow()
  const guard = await addPerson(product, 'guard@example.com')
  await giveRole(product, guard, 'security')
  await approver(product, guard)
  const { out } = await run(policySettingsUnset, 'compliance.ticket', ...why)
  expect(out).toMatch(/^proposed, and not in force: .*\n {2}compliance\.ticket/)
  expect((await run(policySettings)).out).toContain('waits for another person: compliance.ticket')
})

test('a repository may lower nothing once the organization says so', async () => {
  expect((await run(policySettingsSet, '--repositories-may-lower', 'no', ...why)).out).toBe('in force, revision 2\n')
  expect((await run(policySettings)).out).toContain('repositories may not lower anything\n')
})
