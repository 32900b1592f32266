import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { decideAndRecord } from '../kernel/policy/testing/decided.ts'
import {
  ask,
  cedarSchema,
  cedarText,
  factsSchema,
  goodFacts,
  noScan,
  samplePack,
  sampleSet,
} from '../kernel/policy/testing/sample.ts'
import { type Command, parseArguments } from './command.ts'
import { decisionExport, decisionList, decisionReplay, decisionShow } from './decision.ts'
import { policyCheck } from './policy-check.ts'

async function run(command: Command, argv: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = '/') {
  const said = { out: '' }
  const terminal = {
    out: (text: string) => {
      said.out += text
    },
    err: () => undefined,
    env,
    cwd,
    interactive: false,
    signal: new AbortController().signal,
  }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out: said.out }
}

describe('the commands about decisions', () => {
  let product: TestProduct
  let env: NodeJS.ProcessEnv
  let decisionId: string
  beforeAll(async () => {
    product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
    const { authorization } = await product.token({ scopes: ['decision:read', 'decision:facts'] })
    const COUNTERSIGN_SERVER = await product.app.listen({ port: 0, host: '127.0.0.1' })
    env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
    const { change } = goodFacts
    const files = [{ path: 'src/\u001b[31mred.ts', line: 3 }]
    const facts = {
      ...goodFacts,
      change: { ...change, risk: 'high', files },
      unknown: [noScan],
      evidence: { coverage: 1 },
    }
    decisionId = (await decideAndRecord(product.services, await sampleSet(), ask(facts))).decisionId
    await product.records()
    await vi.waitFor(async () => expect((await product.ledger.follower.status()).lag).toBe(0), { timeout: 10_000 })
  })
  afterAll(() => product.close())

  test('find them by what a rule said, and export them by lines', async () => {
    expect((await run(decisionList, ['--rule', 'sample.scan', '--decision', 'deny'], env)).out).toContain(decisionId)
    expect((await run(decisionList, ['--enforced', 'false'], env)).out).toBe('no decision matches\n')
    const { out } = await run(decisionExport, ['--rule', 'sample.scan', '--status', 'unknown'], env)
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ id: decisionId, decision: 'deny' }])
    expect((await run(decisionExport, ['--words', 'nothing of it'], env)).out).toBe('')
  })

  test('list them', async () => {
    const { code, out } = await run(decisionList, ['--result', 'fail'], env)
    expect(code).toBe(0)
    expect(out).toBe(
      `${decisionId}  2027-03-01T09:00:00.000Z  merge   fail     deny   change:chg_1 repository:repo_1\n`,
    )
    expect((await run(decisionList, ['--result', 'error'], env)).out).toBe('no decision matches\n')
    expect(JSON.parse((await run(decisionList, ['--json'], env)).out).items).toMatchObject([{ id: decisionId }])
  })

  test('show one, with what to do, and nothing that a terminal obeys', async () => {
    const { out } = await run(decisionShow, [decisionId], env)
    expect(out.split('\n').slice(1)).toEqual([
      'fail     sample.coverage: coverage is 1%',
      '         at src/\ufffd[31mred.ts:3',
      '         author: Test the lines that you changed.',
      '         run: countersign evidence add coverage for c0ffee',
      'unknown  sample.scan: not known: a security scan',
      '         to know: run the scanner',
      '1 rules pass, 0 do not apply',
      'forbid   merge.gate: The gate says fail: sample.coverage.',
      '',
    ])
    const facts = await run(decisionShow, [decisionId, '--facts'], env)
    expect(JSON.parse(facts.out)).toMatchObject({ gate: 'merge', facts: { evidence: { coverage: 1 } } })
  })

  test('make one again', async () => {
    expect(await run(decisionReplay, [decisionId], env)).toEqual({
      code: 0,
      out: 'same: the verdict has the recorded bytes\n',
    })
    await product.database.pool.query('alter table decision drop constraint decision_policy_revision_fkey')
    await product.database.pool.query("update policy_snapshot set snapshot = replace(snapshot, '80', '10')")
    expect(await run(decisionReplay, [decisionId], env)).toEqual({
      code: 1,
      out: 'not the same: the policy set is not the one that was recorded\n',
    })
  })
})

test('policy check tells the mistakes of packs and policies, and has exit code 1 for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-check-'))
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('facts.json', JSON.stringify(factsSchema))
  await write('good.yaml', samplePack)
  await write('bad.yaml', samplePack.replace('evidence.coverage >=', 'evidence.covrage >='))
  await write('good.cedar', cedarText)
  await write('bad.cedar', cedarText.replace('gate.result ==', 'gate.reslt =='))
  await write('schema.cedarschema', cedarSchema)
  const check = (...argv: string[]) => run(policyCheck, argv, {}, folder)
  expect(await check('good.yaml', '--schema', 'facts.json')).toEqual({ code: 0, out: 'no mistakes\n' })
  expect(await check('good.yaml', 'bad.yaml', '--schema', 'facts.json')).toEqual({
    code: 1,
    out: 'bad.yaml:18:25: error: there is no `covrage` in `evidence` (did you mean `coverage`?)\n',
  })
  expect(await check('good.cedar', '--schema', 'schema.cedarschema')).toEqual({ code: 0, out: 'no mistakes\n' })
  const cedar = await check('bad.cedar', '--schema', 'schema.cedarschema', '--json')
  expect(cedar.code).toBe(1)
  expect(JSON.parse(cedar.out).diagnostics).toMatchObject([{ severity: 'error', line: 10, source: 'bad.cedar' }])
  await expect(check('none.yaml', '--schema', 'facts.json')).rejects.toThrow('there is no such file')
  await expect(check('good.yaml', '--schema', 'good.yaml')).rejects.toThrow('`the schema` cannot be read')
  await expect(check('good.yaml')).rejects.toThrow('needs a file and its `--schema`')
  await rm(folder, { recursive: true })
})
