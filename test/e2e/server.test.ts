import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identify } from '#platform/processes.ts'
import { describeModules } from '#server'
import { removeFolder } from '../folders.ts'
import { type TestRepository, testRepository } from '../harness.ts'
import { testDatabase } from '../postgres.ts'
import { countersign, passableFolder, program, type RunningServer, startServer } from './command-line.ts'

const run = promisify(execFile)
const verifier = join(program, '..', '..', 'dist', 'verify.mjs')

let folder: string
let repository: TestRepository
beforeAll(async () => {
  folder = await passableFolder()
  repository = await testRepository(['Begin', 'Go on\n\nCo-authored-by: Claude <noreply@anthropic.com>'])
})
afterAll(async () => {
  await repository.remove()
  await removeFolder(folder)
})

describe('a server in a repository', () => {
  let data: string
  let server: RunningServer
  beforeAll(async () => {
    data = join(folder, 'data')
    server = await startServer(['--data', data], { cwd: repository.path })
  })
  afterAll(async () => {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.end('SIGKILL')
  })

  test('says on standard output one line of JSON, the last, and tells people the rest elsewhere', () => {
    expect(server.out().split('\n')).toHaveLength(2)
    const ready = JSON.parse(server.out())
    expect(Object.keys(ready)).toEqual(['event', 'url', 'signInUrl'])
    expect(ready).toMatchObject({ event: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    expect(server.err()).toMatch(/At least \d+(\.\d)? % AI-assisted/)
  })

  test('has written a report and an evidence pack that the independent verifier accepts', async () => {
    const [id = ''] = await readdir(join(data, 'reports'))
    const reports = join(data, 'reports', id)
    expect((await readdir(reports)).sort()).toEqual(['evidence-pack.zip', 'keys.json', 'report.html', 'report.json'])
    const report = JSON.parse(await readFile(join(reports, 'report.json'), 'utf8'))
    // one of two commits names an assistant as co-author; each adds one line
    expect(report.ai).toMatchObject({ commits: { declared: 1, unknown: 1, total: 2 }, lines: { total: 2 } })
    const pack = join(reports, 'evidence-pack.zip')
    const { stdout } = await run(process.execPath, [verifier, pack, '--keys', join(reports, 'keys.json'), '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ result: 'verified', trust: 'pinned', problems: [] })
  })

  test('keeps what it writes to its owner', async () => {
    expect((await stat(join(data, 'keys'))).mode & 0o077).toBe(0)
    for (const name of await readdir(join(data, 'keys')))
      expect([name, (await stat(join(data, 'keys', name))).mode & 0o077]).toEqual([name, 0])
  })

  test('signs its owner in by the link, once, and shows the way to the report', async () => {
    const link = new URL(server.signInUrl)
    // browsers know no passkeys for a bare address
    expect(link.origin).toBe(server.url.replace('127.0.0.1', 'localhost'))
    const page = await fetch(link)
    expect(page.status).toBe(200)
    const body = new URLSearchParams({ link: link.searchParams.get('link') ?? '' })
    const signIn = () => fetch(`${server.url}/sign-in`, { method: 'POST', body, redirect: 'manual' })
    const first = await signIn()
    expect(first.status).toBe(303)
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
    const packs = await fetch(`${server.url}/v1/packs`, { headers: { cookie } })
    expect(await packs.json()).toMatchObject({
      items: [{ headline: expect.stringMatching(/^At least \d+(\.\d)? % AI-assisted/) }],
    })
    const home = await fetch(server.url, { headers: { cookie, accept: 'text/html' } })
    expect(await home.text()).toContain('<div id="root">')
    expect((await signIn()).status).toBe(401)
  })

  test('a second server on its folder is refused with one sentence', async () => {
    const second = await countersign(['start', '--port', '0', '--data', data], { cwd: repository.path })
    expect(second.code).toBe(2)
    expect(second.out).toBe('')
    expect(second.err).toMatch(/^the data folder `[^`]+` is in use by process \d+\nhint: [^\n]+\n$/)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('another server on its port is refused with one sentence', async () => {
    const database = await testDatabase(describeModules())
    const args = ['start', '--port', new URL(server.url).port, '--data', join(folder, 'same-port')]
    const { code, err } = await countersign(args, { cwd: folder, env: { DATABASE_URL: database.url } })
    expect(code).toBe(2)
    expect(err).toMatch(/cannot listen on `127\.0\.0\.1:\d+`: it is in use\nhint: [^\n]+\n$/)
    await database.close()
  })

  test('killed, it starts again, goes on with its ledger, and reads only what is new', async () => {
    await server.end('SIGKILL')
    await repository.commit('After the kill')
    server = await startServer(['--data', data], { cwd: repository.path })
    const token = await tokenOf(server)
    const changes = await getJson(server, '/v1/changes', token)
    const titles = changes.items.map((one: { title: string }) => one.title)
    expect(titles).toEqual(['After the kill', 'Go on', 'Begin'])
    const imported = await getJson(server, '/v1/ledger/records?type=change.imported', token)
    expect(imported.items).toHaveLength(3)
    expect((await getJson(server, '/v1/repositories', token)).items).toHaveLength(1)
    const verified = await countersign(['ledger', 'verify', '--data', data, '--json'], { cwd: folder })
    expect(verified.code).toBe(0)
  })

  test('SIGINT ends it and its database, with exit code 0', async () => {
    expect(await postgresIn(data)).toBe(true)
    const { code } = await server.end('SIGINT')
    expect(code).toBe(0)
    expect(await postgresIn(data)).toBe(false)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })
})

describe('a server on a database of yours', () => {
  test('serves TLS with a session cookie bound to it, needs no repository, and starts no database', async () => {
    const database = await testDatabase(describeModules())
    const { cert, key } = await certificate(folder)
    const data = join(folder, 'yours')
    await mkdir(join(folder, 'nothing'))
    const env = { DATABASE_URL: database.url, COUNTERSIGN_TLS_CERT: cert, COUNTERSIGN_TLS_KEY: key }
    const server = await startServer(['--data', data], { cwd: join(folder, 'nothing'), env })
    expect(server.url).toMatch(/^https:/)
    expect(server.err()).toContain('no repository here')
    const health = await secureGet(server.url, '/healthz')
    expect(health).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    expect(health.headers['strict-transport-security']).toMatch(/^max-age=\d{8}/)
    const link = new URL(server.signInUrl).searchParams.get('link') ?? ''
    const signedIn = await secureGet(server.url, '/sign-in', new URLSearchParams({ link }).toString())
    expect(signedIn.status).toBe(303)
    expect(signedIn.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-countersign=cst_session_\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
      ),
      // by which this browser is known at its next sign-in, and which opens nothing
      expect.stringMatching(
        /^__Host-countersign-browser=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
      ),
    ])
    expect(existsSync(join(data, 'postgres', 'PG_VERSION'))).toBe(false)
    expect((await server.end('SIGTERM')).code).toBe(0)

    // what cannot be read is said, and is no reason not to start; the owner is the same
    const absent = await startServer(['--data', data, '--repo', join(folder, 'absent')], {
      cwd: folder,
      env: { DATABASE_URL: database.url },
    })
    expect(absent.err()).toMatch(/the repository at `[^`]+\/absent` cannot be read: there is no such folder/)
    expect((await absent.end('SIGTERM')).code).toBe(0)
    const { rows } = await database.pool.query('select count(*)::int as n from access_user')
    expect(rows).toEqual([{ n: 1 }])
    await database.close()
  })
})

describe('a start that cannot be', () => {
  test('says in one sentence what is wrong and in another what to do, and leaves nothing behind', async () => {
    const data = join(folder, 'never')
    const env = { COUNTERSIGN_PROT: '1' }
    const { code, out, err } = await countersign(['start', '--data', data, '--port', 'http'], { cwd: folder, env })
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(
      /^the configuration is wrong: unknown variable `COUNTERSIGN_PROT`: did you mean `COUNTERSIGN_PORT`; `port` [^\n]+\nhint: [^\n]+\n$/,
    )
    expect(existsSync(data)).toBe(false)
  })

  test('says that a database of yours does not answer, without its password', async () => {
    const env = { DATABASE_URL: `postgresql://ada:hunter2@127.0.0.1:${await closedPort()}/countersign` }
    const { code, err } = await countersign(['start', '--data', join(folder, 'no-database')], { cwd: folder, env })
    expect(code).toBe(2)
    expect(err).toMatch(/^[^\n]*cannot be reached[^\n]*\nhint: [^\n]+\n$/)
    expect(err).not.toContain('hunter2')
  })
})

async function tokenOf(server: RunningServer): Promise<string> {
  const link = new URL(server.signInUrl).searchParams.get('link')
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${server.url}/v1/session`, { method: 'POST', headers, body: JSON.stringify({ link }) })
  const { token } = (await reply.json()) as { token: string }
  return token
}

async function getJson(server: RunningServer, path: string, token: string) {
  const reply = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  expect(reply.status).toBe(200)
  return (await reply.json()) as { items: { title: string }[] }
}

/** Whether a postmaster works on the cluster in the folder. */
async function postgresIn(data: string): Promise<boolean> {
  const path = join(data, 'postgres', 'cluster', 'postmaster.pid')
  const pid = Number((await readFile(path, 'utf8').catch(() => '')).split('\n')[0])
  return pid > 0 && (await identify(pid)) !== undefined
}

async function certificate(where: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(where, 'cert.pem'), join(where, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert])
  await chmod(key, 0o600)
  return { cert, key }
}

function secureGet(url: string, path: string, form?: string) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const options = form === undefined ? {} : { method: 'POST', headers: type }
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const call = request(new URL(path, url), { rejectUnauthorized: false, ...options }, (reply) => {
        let body = ''
        reply.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body }))
      })
      call.on('error', reject).end(form)
    },
  )
}

/** A port on which nothing listens, as the system just gave it to us. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  const address = server.address()
  await new Promise((done) => {
    server.close(done)
  })
  return typeof address === 'object' && address !== null ? address.port : 0
}
