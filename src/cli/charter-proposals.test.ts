import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { addPerson, giveRole } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import {
  charterDecide,
  charterDocument,
  charterGrace,
  charterProposals,
  charterPropose,
  charterWithdraw,
} from './charter-proposals.ts'
import { type Command, parseArguments } from './command.ts'

let product: TestProduct
let env: NodeJS.ProcessEnv
let cwd: string
let server: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'countersign-charter-'))
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  await ensureCharter(product.services.db, product.services.service('charter'))
  for (const name of ['one', 'two']) await giveRole(product, await addPerson(product, name), 'compliance-officer')
  const scopes = ['charter:read', 'charter:propose', 'charter:configure']
  const { authorization } = await product.token({ scopes })
  server = await product.app.listen({ port: 0, host: '127.0.0.1' })
  env = { COUNTERSIGN_SERVER: server, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
})
afterAll(async () => {
  await product.close()
  await rm(cwd, { recursive: true })
})

async function run(command: Command, ...argv: string[]): Promise<string> {
  const said = { out: '' }
  const out = (text: string) => {
    said.out += text
  }
  const signal = new AbortController().signal
  const terminal = { out, err: () => undefined, env, cwd, interactive: false, signal }
  expect(await command.run(parseArguments(command, argv), terminal)).toBe(0)
  return said.out
}

const wrong = (command: Command, ...argv: string[]) =>
  expect(run(command, ...argv)).rejects.toMatchObject({ code: 'usage_wrong' })

test('one clause is proposed in other words, listed, shown with where to answer, and taken back', async () => {
  const made = await run(
    charterPropose,
    '--clause',
    'CH-5',
    '--title',
    'No auto deployment',
    '--reason',
    'clear \u001b[31m',
  )
  const [id = ''] = made.split('  ')
  expect(id).toMatch(/^chv_/)
  expect(made).toContain('- CH-5  Auto deployment: AI cannot deploy code without human approval.\n')
  expect(made).toContain('+ CH-5  No auto deployment: AI cannot deploy code without human approval.\n')
  expect(made).toContain(`0 of 2 approvals; answer with your passkey at ${server}/policy/charter/proposals/${id}\n`)
  expect(await run(charterDecide, id)).toBe(made)
  expect(await run(charterProposals, '--state', 'proposed')).toMatch(
    new RegExp(`^${id}  proposed  2027-03-01T09:00:00.000Z  by usr_\\S+  clear \ufffd\\[31m\n$`),
  )
  const { diff, state } = JSON.parse(await run(charterDecide, id, '--json'))
  expect([state, diff.changed.length, diff.added, diff.removed]).toEqual(['proposed', 1, [], []])
  expect(await run(charterWithdraw, id)).toBe(`${id}  withdrawn\n`)
  expect(await run(charterDecide, id)).not.toContain('passkey')
})

test('a whole document is proposed from a file', async () => {
  const document = JSON.parse(await run(charterDocument))
  expect(document).toMatchObject({ title: 'AI Development Charter', clauses: { length: 13 } })
  const clause = { id: 'CH-90', kind: 'principle', title: 'Small steps', text: 'Changes stay small.', controls: [] }
  await writeFile(join(cwd, 'charter.json'), JSON.stringify({ ...document, clauses: [...document.clauses, clause] }))
  const made = await run(charterPropose, 'charter.json', '--reason', 'small steps')
  expect(made).toContain('+ CH-90  Small steps: Changes stay small.\n')
  await run(charterWithdraw, made.split('  ')[0] ?? '')
})

test('the days of grace are shown and set', async () => {
  expect(await run(charterGrace)).toMatch(/^14 days\n/)
  expect(await run(charterGrace, '30')).toMatch(/^30 days\n2027-03-01T09:00:00.000Z {2}30 days, by usr_/)
  expect(JSON.parse(await run(charterGrace, '--json')).days).toBe(30)
})

test('what is not said rightly is refused before anything is sent', async () => {
  await writeFile(join(cwd, 'text'), 'no json')
  await wrong(charterPropose, '--reason', 'a')
  await wrong(charterPropose, 'charter.json')
  await wrong(charterPropose, 'charter.json', '--clause', 'CH-5', '--text', 'a', '--reason', 'a')
  await wrong(charterPropose, '--clause', 'CH-5', '--reason', 'a')
  await wrong(charterPropose, '--clause', 'CH-99', '--text', 'a', '--reason', 'a')
  await wrong(charterPropose, 'text', '--reason', 'a')
  await wrong(charterPropose, 'none', '--reason', 'a')
  for (const command of [charterDecide, charterWithdraw]) await wrong(command)
  await wrong(charterDocument, 'more')
  await wrong(charterGrace, 'many')
})
