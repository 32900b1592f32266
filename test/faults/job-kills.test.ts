import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeModules } from '#server'
import { type ScriptedRepository, scriptRepository } from '../../src/domains/changes/testing/scripted-repository.ts'
import { countersign, passableFolder, type RunningServer, startServer } from '../e2e/command-line.ts'
import { removeFolder } from '../folders.ts'
import { type TestDatabase, testDatabase } from '../postgres.ts'

const total = 3000
let repository: ScriptedRepository
let folder: string
let database: TestDatabase
let server: RunningServer

beforeAll(() => {
  repository = scriptRepository(
    Array.from({ length: total }, (_, i) => ({
      name: `c${i}`,
      message: `Change ${i}`,
      files: { [`f${i % 50}.ts`]: `line ${i}\n` },
      ...(i === 0 ? {} : { parents: [`c${i - 1}`] }),
    })),
  )
})
afterAll(() => repository.remove())
beforeEach(async () => {
  folder = await passableFolder()
  database = await testDatabase(describeModules())
})
afterEach(async () => {
  await server.end('SIGKILL')
  await database.close()
  await removeFolder(folder)
})

test('an import whose server is killed half way goes on after a restart and ends once: nothing twice, nothing lost', async () => {
  const { token, read } = await killHalfWay()
  server = await start()
  const tries = await settled()
  const startedAgain = tries.filter(({ name, retries }) => name === 'repository.import' && retries > 0)
  expect(startedAgain).toHaveLength(1)
  await expectWhole(token)
  const imported = await records(token, 'repository.imported')
  expect(imported.map(({ data }) => [data['newChanges'], data['knownChanges']])).toEqual([[total - read, 0]])
  expect(await records(token, 'pack.made')).toHaveLength(1)
}, 240_000)

test('asked for again meanwhile, what the killed one left is done at once, and its own second try finds nothing new', async () => {
  const { token, read } = await killHalfWay()
  // the ready line of a start that governs a repository comes after its report
  server = await start('--repo', repository.path)
  expect(await known()).toBe(total)
  await settled()
  await expectWhole(token)
  // newest first
  const imported = await records(token, 'repository.imported')
  expect(imported.map(({ data }) => data['newChanges'])).toEqual([0, total - read])
}, 240_000)

test('a pack of a period whose server is killed while it is made is made after a restart, once, with nothing left over', async () => {
  server = await start()
  const token = await signIn()
  await call('POST', '/v1/repositories', token, { path: repository.path })
  await settled()
  const [{ id: repositoryId } = { id: '' }] = (await call('GET', '/v1/repositories', token))['items'] as {
    id: string
  }[]
  const { id } = await call('POST', '/v1/packs', token, { repositoryId })
  const pack = () => call('GET', `/v1/packs/${id}`, token)
  while ((await pack())['progress'] === null) await sleep(20)
  await server.end('SIGKILL')
  const packs = `${folder}/data/reports/${repositoryId}/packs`
  server = await start()
  // the silence of the one that died is noticed after half a minute
  expect((await pack())['state']).not.toBe('failed')
  while ((await pack())['state'] !== 'made') {
    expect((await pack())['state']).not.toBe('failed')
    await sleep(200)
  }
  const made = (await records(token, 'pack.made')).filter(({ data }) => data['packId'] === id)
  expect(made).toHaveLength(1)
  expect(await readdir(packs)).toEqual([`${id}.zip`])
  const verified = await countersign(['verify', `${packs}/${id}.zip`, '--json'], { cwd: folder, env: environment() })
  expect(verified.code).toBe(0)
}, 240_000)

function start(...args: readonly string[]): Promise<RunningServer> {
  return startServer(['--data', `${folder}/data`, ...args], { cwd: folder, env: environment() })
}

function environment() {
  return { DATABASE_URL: database.url, COUNTERSIGN_REQUESTS_PER_MINUTE: '100000' }
}

/** Starts a server, asks it for an import and kills it in the middle; answers a token of the owner and how far it had come. */
async function killHalfWay(): Promise<{ token: string; read: number }> {
  server = await start()
  const session = await signIn()
  await call('POST', '/v1/repositories', session, { path: repository.path })
  while ((await known()) === 0) await sleep(20)
  await server.end('SIGKILL')
  const read = await known()
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(total)
  return { token: session, read }
}

async function signIn(): Promise<string> {
  const link = new URL(server.signInUrl).searchParams.get('link')
  const { token } = await call('POST', '/v1/session', undefined, { link })
  return String(token)
}

async function known(): Promise<number> {
  const { rows } = await database.pool.query('select count(*)::int as n from change')
  return rows[0].n
}

interface Try {
  readonly name: string
  readonly state: string
  readonly retries: number
}

/** Waits until no job waits or runs; answers what became of all of them. */
async function settled(): Promise<Try[]> {
  for (;;) {
    const { rows } = await database.pool.query<Try>(
      `select name, state::text, retry_count as retries from jobs.job
        where name in ('repository.import', 'pack.make') order by created_on`,
    )
    if (rows.some(({ name }) => name === 'pack.make') && rows.every(({ state }) => state === 'completed')) return rows
    await sleep(200)
  }
}

/** Every change is there once, in the order of its history, and in the log, which verifies. */
async function expectWhole(token: string): Promise<void> {
  const { rows } = await database.pool.query('select position::int, title from change order by position')
  expect(rows).toEqual(Array.from({ length: total }, (_, i) => ({ position: i, title: `Change ${i}` })))
  const imported = await records(token, 'change.imported')
  expect(imported).toHaveLength(total)
  expect(new Set(imported.map(({ targets }) => targets.find(({ type }) => type === 'change')?.id)).size).toBe(total)
  const verified = await countersign(['ledger', 'verify', '--data', `${folder}/data`, '--json'], {
    cwd: folder,
    env: environment(),
  })
  expect(verified.code).toBe(0)
}

interface AuditRecord {
  readonly targets: readonly { readonly type: string; readonly id: string }[]
  readonly data: Readonly<Record<string, unknown>>
}

async function records(token: string, type: string): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  let cursor = ''
  for (;;) {
    const page = await call('GET', `/v1/ledger/records?type=${type}&limit=100${cursor}`, token)
    found.push(...(page['items'] as { record: AuditRecord }[]).map(({ record }) => record))
    if (page['next'] === null) return found
    cursor = `&cursor=${page['next']}`
  }
}

async function call(method: string, path: string, token: string | undefined, body?: object) {
  const reply = await fetch(server.url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(reply.ok).toBe(true)
  return (await reply.json()) as Record<string, unknown>
}
