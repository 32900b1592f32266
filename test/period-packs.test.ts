import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditRecord } from '#kernel/ledger'
import type { ScriptedRepository } from '../src/domains/changes/testing/scripted-repository.ts'
import type { TestProduct } from './harness.ts'
import { fitManifest, repack, unpack } from './independent/tampering.ts'
import { january, lcov, type PeriodWorld, startPeriodWorld } from './period-world.ts'

const root = join(import.meta.dirname, '..')
const goMissing = whetherGoMissing()

let world: PeriodWorld
let product: TestProduct
let send: PeriodWorld['send']
let make: PeriodWorld['make']
let download: PeriodWorld['download']
let changes: PeriodWorld['changes']
let repository: ScriptedRepository
let folder: string
let id: string

beforeAll(async () => {
  world = await startPeriodWorld()
  ;({ product, send, make, download, changes, repository, folder, repositoryId: id } = world)
}, 120_000)
afterAll(() => world.close())

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
