import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { policyBundle } from '#test/opa-wasm.ts'
import { type Command, parseArguments } from './command.ts'
import {
  policyEngineAdd,
  policyEngineChange,
  policyEngineCheck,
  policyEngineList,
  policyEngineRemove,
} from './policy-engine.ts'

let product: TestProduct
let env: NodeJS.ProcessEnv
let cwd: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  const { authorization } = await product.token({ scopes: ['opa:read', 'opa:write'] })
  const COUNTERSIGN_SERVER = await product.app.listen({ port: 0, host: '127.0.0.1' })
  env = { COUNTERSIGN_SERVER, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
  cwd = await mkdtemp(join(tmpdir(), 'countersign-engine-'))
})
afterAll(async () => {
  await product.close()
  await rm(cwd, { recursive: true, force: true })
})

async function run(command: Command, ...argv: string[]) {
  const said = { out: '' }
  const terminal = {
    ...{ env, cwd, interactive: false, signal: new AbortController().signal, err: () => undefined },
    out: (text: string) => {
      said.out += text
    },
  }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out: said.out }
}

test('a bundle is sent and bound, checked, changed and removed', async () => {
  const denial = { allow: false, violations: [{ id: 'freeze', msg: 'not today', severity: 'high' }] }
  await writeFile(join(cwd, 'a.tar.gz'), policyBundle({ result: denial }))
  await writeFile(join(cwd, 'b.tar.gz'), policyBundle({}))
  const { out } = await run(policyEngineAdd, 'house', '--bundle', 'a.tar.gz', '--mode', 'warn', '--owner', 'security')
  const id = out.trim()
  expect(id).toMatch(/^eng_/)
  expect((await run(policyEngineList)).out).toMatch(
    new RegExp(`^${id}  house  opa-bundle  merge  warn  sha256:[0-9a-f]{64}  countersign/gate/merge\n$`),
  )
  expect(await run(policyEngineCheck, id)).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^it answers, in \d+ ms\nrevision: r1\nan empty document does not meet opa\.house\.freeze\n$/,
    ),
  })
  const changed = await run(
    policyEngineChange,
    id,
    '--bundle',
    'b.tar.gz',
    '--repository',
    'repo_1',
    '--repository',
    'repo_2',
  )
  expect(changed.out).toContain('of 2 repositories')
  expect(await run(policyEngineCheck, id)).toEqual({
    code: 1,
    out: expect.stringMatching(/^no answer that counts: the document is undefined/),
  })
  expect((await run(policyEngineRemove, id)).out).toBe(`${id} removed\n`)
  expect(JSON.parse((await run(policyEngineList, '--json')).out)).toEqual({ items: [], next: null })
})

test('an OPA elsewhere is bound with its token, which nothing shows', async () => {
  await writeFile(join(cwd, 'token'), 'the-secret-token\n')
  const added = await run(
    ...([policyEngineAdd, 'corp', '--url', 'http://127.0.0.1:1', '--path', 'a/b'] as const),
    ...['--token-file', 'token', '--timeout-ms', '5000', '--expected-revision', 'v*', '--json'],
  )
  expect(JSON.parse(added.out)).toMatchObject({
    hasToken: true,
    timeoutMs: 5000,
    expectedRevision: 'v*',
    mode: 'audit',
  })
  expect(added.out + JSON.stringify(await product.records())).not.toContain('the-secret-token')
  expect((await run(policyEngineCheck, JSON.parse(added.out).id)).out).toBe(
    'no answer that counts: it cannot be reached\n',
  )
})

test('what is wrong is refused before anything is sent', async () => {
  const refused = (...argv: string[]) => run(policyEngineAdd, ...argv).catch((error: { code?: string }) => error.code)
  expect(await refused('house')).toBe('usage_wrong')
  expect(await refused('house', '--url', 'https://a.example', '--bundle', 'a.tar.gz')).toBe('usage_wrong')
  expect(await refused('house', '--bundle', 'none.tar.gz')).toBe('bundle_file_unreadable')
  expect(await refused('house', '--url', 'https://a.example', '--path', 'a', '--token-file', 'none')).toBe(
    'secret_file_unreadable',
  )
})
