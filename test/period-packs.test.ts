import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AuditRecord } from '#kernel/ledger'
import { type ScriptedRepository, scriptRepository } from '../src/domains/changes/testing/scripted-repository.ts'
import { countersign } from './e2e/command-line.ts'
import { type Headers, startTestProduct, type TestProduct } from './harness.ts'
import { fitManifest, repack, unpack } from './independent/tampering.ts'

const root = join(import.meta.dirname, '..')
const at = (moment: string) => Date.parse(moment) / 1000
const claude = '\n\nCo-authored-by: Claude <noreply@anthropic.com>'

/** Two of the four changes of `main` were merged in January: `second`, and `merge`, which brought `topic`. */
const script = [
  { name: 'first', at: at('2025-12-31T23:59:59Z'), message: 'First', files: { 'a.ts': 'one\n' } },
  {
    name: 'second',
    at: at('2026-01-01T00:00:00Z'),
    message: `Second${claude}`,
    parents: ['first'],
    files: { 'b.ts': 'one\ntwo\n' },
  },
  {
    name: 'topic',
    at: at('2026-01-15T00:00:00Z'),
    message: 'Topic',
    parents: ['second'],
    files: { 'c.ts': 'one\ntwo\nthree\n' },
  },
  {
    name: 'merge',
    at: at('2026-01-31T23:59:59Z'),
    message: 'Merge topic',
    parents: ['second', 'topic'],
    files: { 'c.ts': 'one\ntwo\nthree\n' },
  },
  {
    name: 'last',
    at: at('2026-02-01T00:00:00Z'),
    message: 'Last',
    parents: ['merge'],
    files: { 'd.ts': 'one\n' },
  },
]
const goMissing = whetherGoMissing()
const january = { from: '2026-01-01', to: '2026-02-01' }

let repository: ScriptedRepository
let other: ScriptedRepository
let product: TestProduct
let owner: Headers
let id: string
let folder: string
const changes: Record<string, string> = {}

beforeAll(async () => {
  repository = scriptRepository(script)
  other = scriptRepository([{ name: 'only', message: 'Elsewhere', at: at('2026-01-10T00:00:00Z') }])
  folder = await mkdtemp(join(tmpdir(), 'countersign-period-'))
  product = await startTestProduct({ jobs: 'run', config: { requestsPerMinute: 1_000_000 } })
  owner = await product.asOwner()
  id = (await send('POST', '/v1/repositories', { path: repository.path })).json().id
  const elsewhere = (await send('POST', '/v1/repositories', { path: other.path })).json().id
  for (const one of [id, elsewhere]) await until(async () => (await get(`/v1/repositories/${one}/report.json`)) === 200)
  for (const { id: change, title } of (await send('GET', `/v1/changes?repositoryId=${id}`)).json().items) {
    const name = script.find((one) => one.message.split('\n')[0] === title)?.name ?? ''
    changes[name] = change
  }
  expect(Object.keys(changes).sort()).toEqual(['first', 'last', 'merge', 'second'])
  // about a commit of the merge, about one outside of January, about one inside
  for (const name of ['topic', 'first', 'second']) await attach(name)
  await settled()
}, 90_000)
afterAll(async () => {
  await product.close()
  repository.remove()
  other.remove()
  await rm(folder, { recursive: true })
})

describe('a pack of a period', () => {
  let packId: string
  let path: string
  let bytes: Buffer

  beforeAll(async () => {
    packId = await make(january)
    bytes = await download(packId)
    path = join(folder, 'january.zip')
    writeFileSync(path, bytes)
    writeFileSync(join(folder, 'keys.json'), (await send('GET', `/v1/repositories/${id}/keys.json`)).payload)
  }, 60_000)

  test('has exactly the records of its changes, and those of the repository', async () => {
    const inPack = await entriesOf(bytes)
    const wanted = (await product.records()).filter((one) => belongs(one, ['second', 'merge'], ['second', 'topic']))
    // two changes, assessed and judged; two reports; added and imported; one policy set
    expect(count(wanted, 'change.imported')).toBe(2)
    expect(count(wanted, 'evidence.attached')).toBe(2)
    expect(count(wanted, 'repository.added')).toBe(1)
    expect(count(wanted, 'repository.imported')).toBe(1)
    expect(count(wanted, 'policy.activated')).toBe(1)
    expect(count(wanted, 'risk.assessed')).toBeGreaterThanOrEqual(2)
    expect(count(wanted, 'decision.made')).toBeGreaterThanOrEqual(4)
    expect(inPack.map((one) => one.id).sort()).toEqual(wanted.map((one) => one.id).sort())
    expect((await send('GET', `/v1/packs/${packId}`)).json()).toMatchObject({
      state: 'made',
      repositoryId: id,
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-02-01T00:00:00.000Z',
      changes: 2,
      records: wanted.length,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      problem: null,
      progress: null,
    })
  })

  test('has the report of its changes alone, and what its decisions rest on', async () => {
    const members = await unpack(bytes)
    const report = JSON.parse(textOf(members, 'report.json'))
    expect(report.period).toEqual({ from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' })
    expect(report.changes.map((one: { id: string }) => one.id).sort()).toEqual(
      [changes['second'], changes['merge']].sort(),
    )
    // two lines that Claude is named for, three of the topic
    expect(report.ai.lines).toMatchObject({ declared: 2, total: 5 })
    expect(report.people).toBeNull()
    const evidence = [...members.keys()].filter((name) => name.startsWith('evidence/'))
    const digest = (name: string) => `evidence/${createHash('sha256').update(lcov(name)).digest('hex')}`
    expect(evidence).toEqual(expect.arrayContaining([digest('topic'), digest('second')]))
    expect(evidence).not.toContain(digest('first'))
    expect(JSON.parse(textOf(members, 'manifest.json'))).toMatchObject({
      completeness: 'asserted',
      scope: { kind: 'repository' },
      period: report.period,
    })
  })

  test('is verified by the file that auditors get, which says that its records were chosen', async () => {
    const args = [join(root, 'dist', 'verify.mjs'), path, '--keys', join(folder, 'keys.json')]
    const told = await run(args)
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('asserted: chosen records') })
    expect(told.out).toContain('VERIFIED with your keys')
    expect(told.out).toContain('from 2026-01-01T00:00:00.000Z, before 2026-02-01T00:00:00.000Z')
    expect(JSON.parse((await run([...args, '--json'])).out)).toMatchObject({
      result: 'verified',
      trust: 'pinned',
      completeness: 'asserted',
      problems: [],
    })
  })

  test.skipIf(goMissing)('is verified by a program in Go that shares no code with ours', async () => {
    const program = join(folder, 'verify-go')
    const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' }
    execFileSync('go', ['build', '-o', program, join(root, 'test', 'independent', 'verify.go')], { env })
    const told = await run([path, '--keys', join(folder, 'keys.json')], program)
    expect(told.code, told.out).toBe(0)
  })

  test('gives its decisions again, to the byte, from the pack alone', async () => {
    const told = await run([join(root, 'bin', 'countersign.mjs'), 'pack', 'replay', path, '--json'])
    const { items } = JSON.parse(told.out)
    expect(items.length).toBeGreaterThanOrEqual(4)
    expect(items.filter((one: { same: boolean }) => !one.same)).toEqual([])
    expect(told.code).toBe(0)
  })

  test('with an entry or a proof changed, removed or put in another place is refused, and the record named', async () => {
    const members = await unpack(bytes)
    const indexes = [...members.keys()].flatMap((name) => /^entries\/(\d+)\./.exec(name)?.[1] ?? [])
    const [one = '', two = ''] = indexes
    const of = (name: string) => members.get(name) ?? new Uint8Array()
    const changed = Buffer.from(textOf(members, `entries/${one}.json`).replace('"v":1', '"v":2'))
    for (const [name, tampered, code] of [
      [`entries/${one}.json`, changed, 'entry_signature_wrong'],
      [`entries/${one}.json`, of(`entries/${two}.json`), 'proof_'],
      [`proofs/${one}.tlog-proof`, of(`proofs/${two}.tlog-proof`), 'proof_'],
      [`proofs/${one}.tlog-proof`, undefined, 'proof_missing'],
    ] as const) {
      const forged = new Map(members)
      if (tampered === undefined) forged.delete(name)
      else forged.set(name, tampered)
      const forgedPath = join(folder, 'forged.zip')
      writeFileSync(forgedPath, await repack(fitManifest(forged)))
      const told = await run([join(root, 'dist', 'verify.mjs'), forgedPath, '--json'])
      expect(told.code).toBe(1)
      const { problems } = JSON.parse(told.out)
      expect(problems.map((problem: { code: string }) => problem.code).join()).toContain(code)
      expect(problems).toContainEqual(expect.objectContaining({ index: Number(one) }))
    }
  })

  test('was recorded when it was asked for, made and read', async () => {
    const records = (await product.records()).filter((one) => one.targets.some((target) => target.id === packId))
    expect(records.map((one) => one.type)).toEqual(['pack.requested', 'pack.made'])
    expect(records[1]?.data).toMatchObject({
      completeness: 'asserted',
      packId,
      period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
    })
    const before = (await product.records()).length
    const [first = 0, ...more] = (await entriesOf(await download(packId))).map((one) => one.index).sort((a, b) => a - b)
    const read = (await product.records()).slice(before).find((one) => one.type === 'ledger.read')
    expect(read?.data).toMatchObject({ filter: [`pack=${packId}`], count: more.length + 1, first, last: more.at(-1) })
  })

  test('with an open end, and of one second', async () => {
    const kept = async (period: object) => {
      const members = await unpack(await download(await make(period)))
      const report = JSON.parse(textOf(members, 'report.json'))
      return report.changes.map((one: { id: string }) => one.id).sort()
    }
    const named = (...names: string[]) => names.map((name) => changes[name]).sort()
    expect(await kept({ to: '2026-01-01T00:00:01+00:00' })).toEqual(named('first', 'second'))
    expect(await kept({ from: '2026-01-31T23:59:59Z', to: '2026-02-01T01:00:00+01:00' })).toEqual(named('merge'))
    expect(await kept({})).toEqual(named('first', 'second', 'merge', 'last'))
  })

  test('names people in its report only when that was asked for', async () => {
    const members = await unpack(await download(await make({ ...january, people: 'include' })))
    expect(JSON.parse(textOf(members, 'report.json')).people).toMatchObject([{ name: 'Ada Writer', changes: 2 }])
  })
})

describe('the command line', () => {
  let environment: Record<string, string>
  beforeAll(async () => {
    await product.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = product.app.server.address() as AddressInfo
    const { authorization } = await product.token({ scopes: ['pack:read', 'pack:write'] })
    environment = {
      COUNTERSIGN_SERVER: `http://127.0.0.1:${port}`,
      COUNTERSIGN_TOKEN: authorization.replace('Bearer ', ''),
    }
  })

  test('has a pack made, waits for it and fetches it', async () => {
    const out = join(folder, 'new', 'q1.zip')
    const args = ['--repository', id, '--from', '2026-01-01', '--to', '2026-02-01', '--out', out]
    const told = await countersign(['pack', 'make', ...args, '--json'], { cwd: folder, env: environment })
    expect(told.code, told.err).toBe(0)
    const made = JSON.parse(told.out)
    expect(made).toMatchObject({ path: out, state: 'made', changes: 2 })
    expect(createHash('sha256').update(readFileSync(out)).digest('hex')).toBe(made.sha256)
    expect(readdirSync(join(folder, 'new'))).toEqual(['q1.zip'])
    expect((await countersign(['verify', out], { cwd: folder })).code).toBe(0)
  })

  test('says why there is none', async () => {
    const place = { cwd: folder, env: environment }
    const empty = await countersign(['pack', 'make', '--repository', id, '--to', '2000-01-01'], place)
    expect(empty).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no change of the repository') })
    const wrong = await countersign(['pack', 'make'], place)
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('needs `--repository`') })
  })
})

describe('what is refused', () => {
  test.each([
    ['a period that ends before it begins', { from: '2026-02-01', to: '2026-01-01' }, 400, 'period_invalid'],
    ['a period without length', { from: '2026-01-01', to: '2026-01-01' }, 400, 'period_invalid'],
    ['a moment outside of the years', { from: '0000-01-01T00:00:00+14:00' }, 400, 'period_invalid'],
    ['a day that does not exist', { from: '2026-02-30' }, 400, 'request_invalid'],
    ['another word for a moment', { from: 'yesterday' }, 400, 'request_invalid'],
    ['a period in which nothing was merged', { from: '2020-01-01', to: '2021-01-01' }, 409, 'period_empty'],
    ['a repository that is not governed', { repositoryId: 'repo_none' }, 404, 'repository_not_found'],
  ])('%s', async (_, request, status, code) => {
    const before = (await product.records()).length
    const reply = await send('POST', '/v1/packs', { repositoryId: id, ...request })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect((await product.records()).length).toBe(before)
  })

  test('whoever may only read packs makes and removes none', async () => {
    const headers = await product.token({ scopes: ['pack:read'] })
    for (const [method, url, payload] of [
      ['POST', '/v1/packs', { repositoryId: id }],
      ['DELETE', '/v1/packs/pack_x', undefined],
    ] as const) {
      const reply = await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'forbidden'])
    }
  })

  test('a pack that is not there', async () => {
    for (const [method, url] of [
      ['GET', '/v1/packs/pack_none'],
      ['GET', '/v1/packs/pack_none/evidence-pack.zip'],
      ['DELETE', '/v1/packs/pack_none'],
    ] as const) {
      const reply = await send(method, url)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'pack_not_found'])
    }
    const reply = await send('GET', '/v1/packs/made?cursor=pack_none')
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  })
})

describe('packs that were made', () => {
  test('are listed newest first, by repository and page', async () => {
    const made: string[] = []
    for (const period of [{ from: '2026-01-01' }, { to: '2026-02-01' }]) {
      product.pass(1000)
      made.unshift(await make(period))
    }
    const list = async (query: string) => (await send('GET', `/v1/packs/made?${query}`)).json()
    const first = await list(`repositoryId=${id}&limit=1`)
    expect(first.items.map((one: { id: string }) => one.id)).toEqual(made.slice(0, 1))
    const second = await list(`repositoryId=${id}&limit=1&cursor=${first.next}`)
    expect(second.items.map((one: { id: string }) => one.id)).toEqual(made.slice(1))
    expect((await list('repositoryId=repo_none')).items).toEqual([])
  })

  test('are removed with a record of it, file and all', async () => {
    const packId = await make(january)
    expect(filesOf(id)).toContain(`${packId}.zip`)
    const before = (await product.records()).length
    expect((await send('DELETE', `/v1/packs/${packId}`)).statusCode).toBe(204)
    expect(filesOf(id)).not.toContain(`${packId}.zip`)
    expect(await get(`/v1/packs/${packId}/evidence-pack.zip`)).toBe(404)
    const [removed] = (await product.records()).slice(before)
    expect(removed).toMatchObject({ type: 'pack.removed', data: { packId, reason: 'asked' } })
  })

  test('are kept up to twenty of a repository; older ones go with a record of each', async () => {
    const made: string[] = []
    for (let i = 0; i < 21; i++) {
      product.pass(1000)
      made.push(await make({ from: '2026-02-01' }))
    }
    const { items } = (await send('GET', `/v1/packs/made?repositoryId=${id}`)).json()
    expect(items.map((one: { id: string }) => one.id)).toEqual(made.slice(1).reverse())
    await until(async () => filesOf(id).length === 20)
    const removed = (await product.records()).filter((one) => one.type === 'pack.removed').at(-1)
    expect(removed?.data).toMatchObject({ packId: made[0], reason: 'newer_ones' })
  }, 120_000)
})

describe('a server that ends', () => {
  test('leaves what was asked for to the next one, which makes it; asking for too many at once is refused', async () => {
    const waiting = await startTestProduct({ jobs: 'queue' })
    try {
      const headers = await waiting.asOwner()
      const ask = (url: string, payload: object) => waiting.app.inject({ method: 'POST', url, headers, payload })
      const state = async (packId: string) =>
        (await waiting.app.inject({ url: `/v1/packs/${packId}`, headers })).json().state
      const { id: repositoryId } = (await ask('/v1/repositories', { path: repository.path })).json()
      const imports = waiting.modules.flatMap((one) => one.jobs).find((one) => one.name === 'repository.import')
      const asker = { onBehalfOf: null, correlationId: 'test' }
      await imports?.run({ repositoryId, asker }, new AbortController().signal)
      const asked: string[] = []
      for (let i = 0; i < 5; i++) asked.push((await ask('/v1/packs', { repositoryId })).json().id)
      expect(await state(asked[0] ?? '')).toBe('queued')
      const download = await waiting.app.inject({ url: `/v1/packs/${asked[0]}/evidence-pack.zip`, headers })
      expect([download.statusCode, download.json().code]).toEqual([409, 'pack_not_ready'])
      const sixth = await ask('/v1/packs', { repositoryId })
      expect([sixth.statusCode, sixth.json().code]).toEqual([409, 'packs_waiting'])
      // one is taken back before it is made
      const last = asked.pop()
      expect((await waiting.app.inject({ method: 'DELETE', url: `/v1/packs/${last}`, headers })).statusCode).toBe(204)
      await waiting.services.jobs.start(waiting.modules.flatMap((one) => one.jobs))
      for (const packId of asked) await until(async () => (await state(packId)) === 'made')
      await waiting.services.jobs.stop(5000)
    } finally {
      await waiting.close()
    }
  }, 90_000)
})

async function send(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) {
  return product.app.inject({ method, url, headers: owner, ...(payload === undefined ? {} : { payload }) })
}

async function get(url: string): Promise<number> {
  return (await send('GET', url)).statusCode
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 40_000, interval: 100 })
}

/** Asks for a pack and waits until it is made. */
async function make(request: object): Promise<string> {
  const reply = await send('POST', '/v1/packs', { repositoryId: id, ...request })
  expect(reply.statusCode).toBe(202)
  const packId: string = reply.json().id
  await until(async () => {
    const { state, problem } = (await send('GET', `/v1/packs/${packId}`)).json()
    if (state === 'failed') throw new Error(problem)
    return state === 'made'
  })
  return packId
}

async function download(packId: string): Promise<Buffer> {
  // a session of its own: reads of one session are recorded by the minute
  const headers = await product.asOwner()
  const reply = await product.app.inject({ url: `/v1/packs/${packId}/evidence-pack.zip`, headers })
  expect(reply.statusCode).toBe(200)
  return reply.rawPayload
}

function lcov(name: string): string {
  return `TN:${name}\nSF:c.ts\nDA:1,1\nDA:2,0\nend_of_record\n`
}

async function attach(name: string): Promise<void> {
  const reply = await product.app.inject({
    method: 'POST',
    url: `/v1/evidence?repositoryId=${id}&commit=${repository.oid(name)}&name=lcov.info`,
    headers: { ...owner, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(lcov(name)),
  })
  expect(reply.statusCode).toBe(201)
}

/** Until nothing is being read, judged or made. */
async function settled(): Promise<void> {
  const unfinished = `select count(*)::int as n from jobs.job where state < 'completed' and name <> 'ledger.close-read-windows'
    and name not like '\\_\\_%'`
  await until(async () => (await product.database.pool.query(unfinished)).rows[0].n === 0)
}

interface Found extends AuditRecord {
  readonly index: number
}

async function entriesOf(pack: Uint8Array): Promise<Found[]> {
  return [...(await unpack(pack))].flatMap(([name, bytes]) => {
    const index = /^entries\/(\d+)\.json$/.exec(name)?.[1]
    return index === undefined ? [] : [{ ...JSON.parse(Buffer.from(bytes).toString()).p, index: Number(index) }]
  })
}

/** As the guide says what belongs to a pack. */
function belongs(record: AuditRecord, names: readonly string[], commits: readonly string[]): boolean {
  const { type, data, targets } = record
  const isAbout = (wanted: string, ids: readonly (string | undefined)[]) =>
    targets.some((one) => one.type === wanted && ids.includes(one.id))
  if (['change.imported', 'risk.assessed', 'decision.made'].includes(type))
    return isAbout(
      'change',
      names.map((name) => changes[name]),
    )
  if (type === 'evidence.attached') return commits.some((name) => repository.oid(name) === data['commit'])
  if (type === 'repository.added' || type === 'repository.imported') return isAbout('repository', [id])
  // there is one policy set in this product
  return type === 'policy.activated'
}

function count(records: readonly AuditRecord[], type: string): number {
  return records.filter((one) => one.type === type).length
}

function textOf(members: ReadonlyMap<string, Uint8Array>, name: string): string {
  return Buffer.from(members.get(name) ?? []).toString()
}

function filesOf(repositoryId: string): string[] {
  return readdirSync(join(product.folder.reports, repositoryId, 'packs'))
}

function whetherGoMissing(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    console.log('NOT RUN: the pack of a period in the independent Go verifier, because there is no Go toolchain')
    return true
  }
}

function run(args: readonly string[], program = process.execPath): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (error, out) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out })
    })
  })
}
