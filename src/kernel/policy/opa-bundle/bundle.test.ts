import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { createLog, silentLog } from '#platform/log.ts'
import { digestOfBytes, policyBundle, type TestPolicy, tarGz, tarHeader } from '#test/opa-wasm.ts'
import { openBundle } from './bundle.ts'
import { createBundleRunner } from './runner.ts'
import { ArchiveFault, readTarGz } from './tar.ts'

const limits = { unpackedBytesMax: 1024 * 1024, entriesMax: 10 }
const path = 'countersign/gate/merge'

describe('an archive', () => {
  test('has its files by their names, without the slash before them', () => {
    const files = readTarGz(tarGz({ '/a.json': '{}', './b/c.txt': 'x'.repeat(600) }), limits)
    expect([...files].map(([name, bytes]) => [name, bytes.length])).toEqual([
      ['a.json', 2],
      ['b/c.txt', 600],
    ])
  })

  test.each([
    ['a name that climbs', tarGz({ '../a': '' }), 'leads elsewhere'],
    ['a name that climbs in the middle', tarGz({ '/a/../../b': '' }), 'leads elsewhere'],
    ['a name of Windows', tarGz({ 'a\\b': '' }), 'leads elsewhere'],
    ['a link', tarGz({ a: '' }, '2'), 'neither a file nor a folder'],
    ['a hard link', tarGz({ a: '' }, '1'), 'neither a file nor a folder'],
    ['a device', tarGz({ a: '' }, '3'), 'neither a file nor a folder'],
    ['one name twice', tarGz({ a: '', '/a': '' }), 'twice'],
    [
      'too many entries',
      tarGz(Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, '']))),
      'more than 10',
    ],
    ['folders without end', tarGz({ [`${'a/'.repeat(30)}b`]: '' }), 'deeper'],
    ['what unpacks to a flood', gzipSync(Buffer.alloc(2 * 1024 * 1024)), 'larger than'],
    ['no gzip', Buffer.from('hello'), 'no gzip file'],
    ['no tar', gzipSync(Buffer.alloc(2048, 1)), 'no tar file'],
    ['a file that is cut off', gzipSync(tarHeader('a', 5000, '0')), 'ends within a file'],
    ['no end', gzipSync(gunzipSync(tarGz({ a: '' })).subarray(0, 512)), 'cut off'],
  ])('with %s is refused', (_, bytes, words) => {
    expect(() => readTarGz(bytes, limits)).toThrow(words)
  })

  test('of any bytes is read or refused, never a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (bytes, isHeader) => {
        try {
          readTarGz(gzipSync(isHeader ? Buffer.concat([tarHeader('a', bytes.length, '0'), bytes]) : bytes), limits)
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveFault)
        }
      }),
    )
  })
})

test.each([
  ['without a module', tarGz({ '.manifest': '{}' }), 'has no `policy.wasm`'],
  ['without entrypoints', policyBundle({}, { '/.manifest': '{}' }), 'no WebAssembly entrypoint'],
  ['with data in folders', policyBundle({}, { '/a/data.json': '{}' }), 'beside `data.json`'],
  ['with data that is a list', policyBundle({}, { '/data.json': '[]' }), 'no object'],
  ['with data that is no JSON', policyBundle({}, { '/data.json': '{' }), 'not acceptable'],
])('a bundle %s is refused', (_, bytes, words) => {
  expect(() => openBundle(bytes)).toThrow(words)
})

describe('a runner', () => {
  const lines: string[] = []
  const log = { ...createLog('silent'), warn: (facts: object) => void lines.push(JSON.stringify(facts)) }
  const runner = createBundleRunner({ timeoutMs: 600, log })
  afterAll(() => runner.close())
  const ask = (policy: TestPolicy) => {
    const content = policyBundle(policy)
    return runner.ask({ digest: digestOfBytes(content), bytes: async () => content }, path, '{}')
  }

  test('answers what the module says, and that it says nothing', async () => {
    expect(await ask({ result: { allow: true } })).toEqual({ result: { allow: true } })
    expect(await ask({})).toEqual({ result: undefined })
  })

  test.each<[string, TestPolicy, RegExp]>([
    ['asks the network', { builtins: ['http.send'] }, /cannot be made again/],
    ['asks for the time', { builtins: ['time.now_ns'] }, /`input\.now`/],
    ['asks for chance', { builtins: ['rand.intn'] }, /cannot be made again/],
    // trap 9
    [
      'needs a function that is not here',
      { builtins: ['sprintf', 'json.match_schema'] },
      /json\.match_schema, which there is not/,
    ],
    [
      'names a function like a member of every object',
      { builtins: ['constructor'] },
      /constructor, which there is not/,
    ],
    ['brings memory of its own', { ownMemory: true }, /memory of its own/],
  ])('does not take a bundle that %s', async (_, policy, words) => {
    expect(await runner.check(policyBundle(policy))).toEqual({ reason: expect.stringMatching(words) })
    expect(await ask(policy)).toEqual({ error: expect.stringMatching(words) })
  })

  test('does not take what is no module, or lacks the entrypoint that is named', async () => {
    const broken = policyBundle({}, { '/policy.wasm': 'hello' })
    expect(await runner.check(broken)).toMatchObject({ reason: expect.stringMatching(/WebAssembly/) })
    const manifest = JSON.stringify({ wasm: [{ entrypoint: 'other', module: '/policy.wasm' }] })
    const other = policyBundle({ result: true }, { '/.manifest': manifest })
    expect(await runner.check(other)).toEqual({ reason: '`policy.wasm` has no entrypoint `other`' })
    expect(await runner.check(policyBundle({ result: true, builtins: ['sprintf'] }))).toEqual({
      revision: 'r1',
      entrypoints: [path],
    })
  })

  test('ends a policy that never ends, and answers those around it', async () => {
    const before = ask({ result: { allow: true } })
    const hanging = ask({ behaviour: 'hang' })
    const after = ask({ result: { allow: false } })
    expect(await before).toEqual({ result: { allow: true } })
    expect(await hanging).toEqual({ error: 'it takes too long' })
    expect(await after).toEqual({ result: { allow: false } })
    expect(lines.join()).toContain('"reason":"timeout"')
  })

  test('replaces a thread in which a policy trapped', async () => {
    const { restarts } = runner.figures()
    expect(await ask({ behaviour: 'trap' })).toEqual({ error: expect.stringMatching(/^it failed: /) })
    expect(runner.figures().restarts).toBe(restarts + 1)
    expect(await ask({ result: { allow: true } })).toEqual({ result: { allow: true } })
  })

  test('gives a policy the memory that it begins with, unless that is too much', async () => {
    expect(await ask({ pages: 100, result: { allow: true } })).toEqual({ result: { allow: true } })
    expect(await ask({ pages: 2048, result: { allow: false } })).toEqual({ result: { allow: false } })
    expect(await ask({ pages: 2049 })).toEqual({ error: expect.stringMatching(/memory/) })
  })

  test('gives a policy so much memory and no more', async () => {
    const before = process.memoryUsage().rss
    expect(await ask({ behaviour: 'grow' })).toEqual({ error: expect.stringMatching(/^it failed: /) })
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024)
  })

  test('holds so many bundles and no more, and loads one anew that made room', async () => {
    for (let i = 0; i < 12; i++)
      expect(await ask({ result: { allow: true, n: i } })).toMatchObject({ result: { n: i } })
    expect(runner.figures().loaded).toBe(4)
    expect(await ask({ result: { allow: true, n: 0 } })).toMatchObject({ result: { n: 0 } })
  })

  test('says so when the bundle is gone, or cannot be fetched', async () => {
    expect(await runner.ask({ digest: 'gone', bytes: async () => undefined }, path, '{}')).toEqual({
      error: 'its bundle is gone',
    })
    const bytes = () => Promise.reject(new Error('the database is away'))
    expect(await runner.ask({ digest: 'away', bytes }, path, '{}')).toEqual({ error: 'its bundle cannot be read' })
  })

  test('answers nothing after it is closed', async () => {
    const closed = createBundleRunner({ log: silentLog })
    await closed.close()
    const content = policyBundle({ result: { allow: true } })
    expect(await closed.ask({ digest: 'x', bytes: async () => content }, path, '{}')).toEqual({
      error: 'the engine is closed',
    })
  })
})
