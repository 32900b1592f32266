import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ForgingProvider, startForger } from '#test/forging-provider.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { textOf } from '#test/sts.ts'
import {
  agentAdd,
  agentEnd,
  agentHandover,
  agentKey,
  agentList,
  agentResume,
  agentShow,
  agentSuspend,
} from './agent.ts'
import { ciTrustAdd, ciTrustList, ciTrustRemove } from './ci-trust.ts'
import { type Command, parseArguments, type Terminal } from './command.ts'
import { tokenExchange } from './token-exchange.ts'

let product: TestProduct
let server: string
let owner: string
let forge: ForgingProvider
let github: Server
const folder = mkdtempSync(join(tmpdir(), 'countersign-exchange-'))

beforeAll(async () => {
  product = await startTestProduct()
  product.pass(Date.now() - product.services.clock())
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  server = `http://localhost:${(product.app.server.address() as AddressInfo).port}`
  owner = textOf(await product.asOwner())
  forge = await startForger()
  // what GitHub gives to whoever shows the token of the job
  github = createServer(async (request, response) => {
    const audience = new URL(request.url ?? '', 'http://localhost').searchParams.get('audience')
    const isShown = request.headers.authorization === 'Bearer of the job'
    const value = isShown ? await token({ aud: audience }) : undefined
    response.writeHead(isShown ? 200 : 401).end(JSON.stringify({ value }))
  })
  await new Promise<void>((done) => github.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await product.close()
  await forge.close()
  github.close()
  rmSync(folder, { recursive: true })
})

let serial = 0
const token = (claims: object = {}) =>
  forge.sign({
    aud: server,
    jti: `jti-${serial++}`,
    repository: 'acme/payments',
    ref: 'refs/heads/main',
    job_workflow_ref: 'acme/payments/.github/workflows/release.yml@refs/heads/main',
    ...claims,
  })

async function run(command: Command, argv: readonly string[], env: Record<string, string> = {}) {
  let out = ''
  const terminal: Terminal = {
    out: (text) => {
      out += text
    },
    err: () => undefined,
    env: { COUNTERSIGN_SERVER: server, XDG_CONFIG_HOME: folder, ...env },
    cwd: folder,
    interactive: false,
    signal: new AbortController().signal,
  }
  const code = await command.run(parseArguments(command, argv), terminal)
  return { code, out }
}
const asOwner = (command: Command, argv: readonly string[]) => run(command, argv, { COUNTERSIGN_TOKEN: owner })

async function session(text: string) {
  const headers = { authorization: `Bearer ${text.trim()}` }
  return (await product.app.inject({ url: '/v1/session', headers })).json()
}

test('a pipeline trades its token: from GitHub, a variable or a file', async () => {
  const settings = ['--provider', 'github-actions', '--name', 'P', '--ref', 'refs/heads/main', '--scopes', 'gate:run']
  const workflow = ['--workflow', 'acme/payments/**', '--issuer', forge.issuer]
  const added = await asOwner(ciTrustAdd, ['acme/payments', ...settings, ...workflow])
  const id = added.out.trim()
  expect(id).toMatch(/^svc_/)
  expect((await asOwner(ciTrustList, [])).out).toContain('acme/payments  refs/heads/main  any environment  gate:run  P')

  const url = `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2`
  const job = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job' }
  expect(await session((await run(tokenExchange, ['--github'], job)).out)).toMatchObject({ userId: id })
  expect(await session((await run(tokenExchange, [], { COUNTERSIGN_ID_TOKEN: await token() })).out)).toMatchObject({
    scopes: ['gate:run'],
  })
  expect((await run(tokenExchange, ['--env', 'JWT', '--client', id], { JWT: await token() })).code).toBe(0)
  writeFileSync(join(folder, 'jwt'), `${await token()}\n`)
  const answer = JSON.parse((await run(tokenExchange, ['--file', 'jwt', '--minutes', '5', '--json'])).out)
  expect(answer).toEqual({ token: expect.stringMatching(/^cst_sts_/), scopes: ['gate:run'], expiresInSeconds: 300 })

  await expect(run(tokenExchange, ['--github'], { ...job, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' })).rejects.toThrow(
    'there is no token',
  )
  await expect(run(tokenExchange, ['--file', 'none'])).rejects.toThrow('there is no token to trade in `none`')
  await expect(run(tokenExchange, [])).rejects.toThrow('there is no token to trade')
  await expect(run(tokenExchange, ['--github', '--env', 'X'])).rejects.toThrow('takes one of')
  await expect(run(tokenExchange, ['--env', 'JWT'], { JWT: await token({ repository: 'evil/x' }) })).rejects.toThrow(
    'no trust fits',
  )
  await asOwner(ciTrustRemove, [id])
  expect((await asOwner(ciTrustList, [])).out).toBe('')

  // who took the name of a repository over has another id, and is told from its pipelines before the first of them came
  const pinned = [...settings, ...workflow, '--repository-id', '74', '--owner-id', '65']
  const later = (await asOwner(ciTrustAdd, ['acme/payments', ...pinned])).out.trim()
  const taken = { COUNTERSIGN_ID_TOKEN: await token({ repository_id: '75', repository_owner_id: '65' }) }
  await expect(run(tokenExchange, [], taken)).rejects.toThrow('the repository of the token has the name')
  const own = { COUNTERSIGN_ID_TOKEN: await token({ repository_id: '74', repository_owner_id: '65' }) }
  expect(await session((await run(tokenExchange, [], own)).out)).toMatchObject({ userId: later })
  await asOwner(ciTrustRemove, [later])
})

test('an agent is registered, gets a key, acts for a person, is stopped, handed over and ended', async () => {
  const usual = ['--name', 'Bot', '--purpose', 'Tests', '--scopes', 'change:read', '--tools', 'read,write']
  const id = (await asOwner(agentAdd, usual)).out.trim()
  const key = (await asOwner(agentKey, [id, '--name', 'k'])).out.trim()
  expect(await session(key)).toMatchObject({ userId: id })
  const env = { COUNTERSIGN_TOKEN: owner, KEY: key }
  const made = await run(
    tokenExchange,
    ['--actor', 'KEY', '--scopes', 'change:read', '--tools', 'read', '--task', 'T'],
    env,
  )
  expect(await session(made.out)).toMatchObject({ userId: id, scopes: ['change:read'] })
  await expect(run(tokenExchange, ['--actor', 'NONE'], env)).rejects.toThrow('there is no token to trade in `NONE`')
  expect((await asOwner(agentList, ['--sponsor', 'me'])).out).toContain(`${id}  active  Bot`)
  expect((await asOwner(agentShow, [id])).out).toMatch(/state: active\n[\s\S]*tools: read, write\n[\s\S]*key {2}until/)
  expect((await asOwner(agentSuspend, [id])).out).toBe('suspended\n')
  await expect(run(agentList, [], { COUNTERSIGN_TOKEN: key })).rejects.toThrow('may not act: it is suspended')
  expect((await asOwner(agentResume, [id])).out).toBe('active\n')
  expect((await asOwner(agentSuspend, [id, '--reason', 'It leaks'])).out).toBe('suspended\n')
  expect((await asOwner(agentResume, [id, '--of-others'])).out).toBe('active\n')
  await expect(asOwner(agentHandover, [id])).rejects.toThrow('needs one of')
  await expect(asOwner(agentHandover, [id, '--to', 'usr_nobody'])).rejects.toThrow('cannot answer for an agent')
  await expect(asOwner(agentHandover, [id, '--accept'])).rejects.toThrow('nobody has asked you')
  expect((await asOwner(agentEnd, [id])).out).toBe(`ended ${id}\n`)
})
