import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOwner, addPerson, approver } from '#test/approver.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { type Command, parseArguments } from './command.ts'
import { recoveryAsk, recoveryList, recoveryShow } from './recovery.ts'

let product: TestProduct
let env: NodeJS.ProcessEnv
let askerId: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  askerId = await addOwner(product, 'usr_first')
  const { headers } = await approver(product, askerId)
  await addOwner(product, 'usr_second')
  const COUNTERSIGN_SERVER = await product.app.listen({ port: 0, host: '127.0.0.1' })
  env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: String(headers['authorization']).slice('Bearer '.length) }
})
afterAll(() => product.close())

async function run(command: Command, ...argv: string[]): Promise<string> {
  const said = { out: '' }
  const out = (text: string) => {
    said.out += text
  }
  const signal = new AbortController().signal
  const terminal = { out, err: () => undefined, env, cwd: '/', interactive: false, signal }
  expect(await command.run(parseArguments(command, argv), terminal)).toBe(0)
  return said.out
}

test('a recovery is asked for and shown', async () => {
  const lost = await addPerson(product, 'lost')
  await expect(run(recoveryShow, lost)).rejects.toThrow('recovery')
  const asked = await run(recoveryAsk, lost)
  const [id = ''] = asked.split('  ')
  expect(asked).toMatch(/^rcv_/)
  expect(asked).toContain(`${id}  open  of ${lost}  asked by ${askerId} at 2027-03-01T09:00:00.000Z\nsha256:`)
  expect(asked).toContain(
    '\n0 of 2 approvals, until 2027-03-02T09:00:00.000Z; answer with your passkey at http://127.0.0.1:',
  )
  expect(asked).toMatch(new RegExp(`/people/recoveries/${lost}\n$`))
  expect(await run(recoveryShow, lost)).toBe(asked)
  expect(JSON.parse(await run(recoveryShow, lost, '--json'))).toMatchObject({ id, personId: lost, approvals: [] })
  const other = await run(recoveryAsk, await addPerson(product, 'other'))
  const [newest = '', oldest = ''] = [other, asked]
    .sort()
    .reverse()
    .map((one) => one.split('\n')[0])
  expect(await run(recoveryList)).toBe(`${newest}\n${oldest}\n`)
  const first = await run(recoveryList, '--limit', '1')
  const [, cursor = ''] = /^.*\nmore: add --cursor (\S+)\n$/.exec(first) ?? []
  expect(first.startsWith(`${newest}\n`)).toBe(true)
  expect(await run(recoveryList, '--cursor', cursor)).toBe(`${oldest}\n`)
  await expect(run(recoveryList, '--cursor', 'x')).rejects.toThrow('cursor')
  for (const command of [recoveryAsk, recoveryShow])
    await expect(run(command)).rejects.toMatchObject({ code: 'usage_wrong' })
})
