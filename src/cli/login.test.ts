import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startForger } from '#test/forging-provider.ts'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type Command, parseArguments, type Terminal } from './command.ts'
import { issuerAdd, issuerAddPerson, issuerCheck, issuerList, issuerRemove } from './issuer.ts'
import { login, logout } from './login.ts'
import { tokenList } from './token.ts'

let product: TestProduct
let owner: Headers
let server: string
const folder = mkdtempSync(join(tmpdir(), 'countersign-login-'))
const path = join(folder, 'countersign', 'credentials.json')

beforeAll(async () => {
  product = await startTestProduct()
  product.pass(Date.now() - product.services.clock())
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  server = `http://localhost:${(product.app.server.address() as AddressInfo).port}`
  owner = await product.asOwner()
})
afterAll(async () => {
  await product.close()
  rmSync(folder, { recursive: true })
})

test('login keeps a token that only its owner may read, other commands use it, and logout ends it', async () => {
  await expect(run(tokenList, [])).rejects.toThrow('this needs a valid token')
  const running = run(login, ['--scopes', 'token:read'], async (text) => {
    const [, url, code] = /^open (\S+) and enter the code (\S+)\n$/.exec(text) ?? []
    expect(url).toBe(`${server}/device`)
    const answer = `/v1/device-sign-in/${code}/answer`
    await product.app.inject({ method: 'POST', url: answer, headers: owner, payload: { allow: true } })
  })
  expect((await running).out).toMatch(/^signed in until \S+\n$/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'countersign')).mode & 0o777).toBe(0o700)
  const { [server]: kept } = JSON.parse(readFileSync(path, 'utf8'))
  expect((await run(tokenList, [])).out).toContain('command line  token:read')
  // a variable comes first
  await expect(run(tokenList, [], undefined, { COUNTERSIGN_TOKEN: 'none' })).rejects.toThrow('this needs a valid token')
  expect((await run(logout, [])).out).toBe('signed out\n')
  expect(readFileSync(path, 'utf8')).not.toContain(kept.token)
  const headers = { authorization: `Bearer ${kept.token}` }
  expect((await product.app.inject({ url: '/v1/session', headers })).statusCode).toBe(401)
  expect((await run(logout, [])).out).toBe('you were not signed in\n')
}, 30_000)

test('a login that is refused, or interrupted, keeps nothing', async () => {
  rmSync(path, { force: true })
  const refused = run(login, [], async (text) => {
    const answer = `/v1/device-sign-in/${text.trim().slice(-9)}/answer`
    await product.app.inject({ method: 'POST', url: answer, headers: owner, payload: { allow: false } })
  })
  await expect(refused).rejects.toThrow('was refused, used, or took longer')
  const stop = new AbortController()
  const interrupted = run(login, [], async () => stop.abort(), {}, stop.signal)
  await expect(interrupted).rejects.toThrow('was not confirmed in time')
  expect(existsSync(path)).toBe(false)
}, 30_000)

test('identity providers are added, checked, listed and removed', async () => {
  const env = { COUNTERSIGN_TOKEN: owner.authorization.slice('Bearer '.length) }
  const provider = await startForger()
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'a-secret\n')
  const options = ['--name', 'Acme', '--client-id', 'countersign', '--match-claim', 'oid']
  const call = (command: Command, args: readonly string[]) => run(command, args, undefined, env)
  const id = (await call(issuerAdd, [provider.issuer, ...options, '--secret-file', secret])).out.trim()
  expect(id).toMatch(/^idp_/)
  await expect(call(issuerAdd, [provider.issuer, ...options, '--secret-file', `${secret}.none`])).rejects.toThrow(
    'cannot be read',
  )
  await expect(call(issuerAdd, ['http://idp.example', ...options])).rejects.toThrow('is an https address')
  await expect(call(issuerAdd, [provider.issuer, ...options])).rejects.toThrow('already')
  await expect(call(issuerAdd, [provider.issuer, ...options, '--match-claim', 'email'])).rejects.toThrow(
    'never changes',
  )
  expect((await call(issuerList, [])).out).toBe(`${id}  on  Acme  ${provider.issuer}\n`)
  const shown = await call(issuerList, ['--json'])
  expect(shown.out).not.toContain('a-secret')
  expect(JSON.parse(shown.out).items[0]).toMatchObject({ hasSecret: true, matchClaim: 'oid', admitsUnknown: false })
  const checked = await call(issuerCheck, [id])
  expect(checked.code).toBe(0)
  expect(checked.out).toContain(`redirect URI:            ${server}/sign-in/oidc/${id}/callback\n`)
  provider.describe({ issuer: 'https://evil.example' })
  expect((await call(issuerCheck, [id])).code).toBe(1)
  expect((await call(issuerAddPerson, [id, '--subject', 'ada'])).out).toMatch(/^usr_\S+\n$/)
  await expect(call(issuerAddPerson, [id, '--subject', 'ada'])).rejects.toThrow('belongs to another user')
  await expect(call(issuerAddPerson, [id, '--subject', 'bob', '--user', 'usr_none'])).rejects.toThrow('does not exist')
  expect((await call(issuerRemove, [id])).out).toBe(`${id} removed\n`)
  await expect(call(issuerRemove, [id])).rejects.toThrow('does not exist')
  await provider.close()
})

async function run(
  command: Command,
  args: readonly string[],
  onError: (text: string) => Promise<void> = async () => undefined,
  env: NodeJS.ProcessEnv = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const text = { out: '' }
  const told: Promise<void>[] = []
  const terminal: Terminal = {
    out: (more) => {
      text.out += more
    },
    err: (more) => void told.push(onError(more)),
    env: { XDG_CONFIG_HOME: folder, COUNTERSIGN_SERVER: server, ...env },
    cwd: folder,
    interactive: false,
    signal,
  }
  const code = await command.run(parseArguments(command, args), terminal)
  await Promise.all(told)
  return { code, out: text.out }
}
