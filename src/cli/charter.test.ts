import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { addPerson } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { charterAcknowledge, charterShow, charterStatus } from './charter.ts'
import { type Command, parseArguments } from './command.ts'

let product: TestProduct
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  await ensureCharter(product.services.db, product.services.service('charter'))
  const scopes = ['charter:read', 'charter:acknowledge', 'charter:read-acknowledgements']
  const { authorization } = await product.token({ scopes })
  const COUNTERSIGN_SERVER = await product.app.listen({ port: 0, host: '127.0.0.1' })
  env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
})
afterAll(() => product.close())

async function run(command: Command, argv: readonly string[] = []): Promise<string> {
  const said = { out: '' }
  const out = (text: string) => {
    said.out += text
  }
  const signal = new AbortController().signal
  const terminal = { out, err: () => undefined, env, cwd: '/', interactive: false, signal }
  expect(await command.run(parseArguments(command, argv), terminal)).toBe(0)
  return said.out
}

test('the charter is shown with its clauses by kind, and how one stands to it', async () => {
  const text = await run(charterShow)
  expect(text).toMatch(/^AI Development Charter, version 1 of 2027-03-01T09:00:00.000Z\nsha256:[0-9a-f]{64}\n/)
  expect(text).toContain('you: to acknowledge until 2027-03-15T09:00:00.000Z\n')
  expect(text).toContain(
    '\nProhibited activities\n  CH-5  Auto deployment: AI cannot deploy code without human approval.\n        charter.no-automatic-delivery; 30 days: 0 judged, 0 held back, 0 violations\n',
  )
  expect(text).toMatch(/CH-3 .*\n {8}no rule of a gate; /)
  expect(JSON.parse(await run(charterShow, ['--json'])).clauses).toHaveLength(13)
  await expect(run(charterShow, ['more'])).rejects.toMatchObject({ code: 'usage_wrong' })
})

test('it is acknowledged by its number, and who is missing is listed with nothing that a terminal obeys', async () => {
  const id = await addPerson(product, 'eve\u001b[31m')
  expect(await run(charterAcknowledge, ['1'])).toBe('version 1 acknowledged at 2027-03-01T09:00:00.000Z\n')
  const until = 'to acknowledge until 2027-03-15T09:00:00.000Z'.padEnd(40)
  expect(await run(charterStatus)).toBe(`${id}  ${until}  eve\ufffd[31m\n`)
  expect(JSON.parse(await run(charterAcknowledge, ['1', '--json'])).state).toBe('acknowledged')
  expect(await run(charterStatus, ['--state', 'acknowledged'])).toContain('acknowledged 2027-03-01T09:00:00.000Z')
  for (const wrong of [[], ['two'], ['1', '2']])
    await expect(run(charterAcknowledge, wrong)).rejects.toMatchObject({ code: 'usage_wrong' })
  await expect(run(charterAcknowledge, ['2'])).rejects.toThrow('version 1 of the charter is in force')
})
