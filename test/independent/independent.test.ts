import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signRecord } from '#kernel/ledger/core'
import { describeVerdict } from '../../src/domains/packs/verify/describe-verdict.ts'
import { verifyPack } from '../../src/domains/packs/verify/verify-pack.ts'
import { bytesSource } from '../../src/domains/packs/zip/read-zip.ts'
import { buildSingleFile } from './built.ts'
import { keysOf, sampleKeys, samplePack, sampleRecord } from './sample-pack.ts'
import { changeEntries, fitManifest, type Members, randomOf, repack, tamper, unpack } from './tampering.ts'

/**
 * The evidence pack against two verifiers: the file `verify.mjs` that auditors get, and a Go program that shares no code
 * with it and was written from the public specifications.
 */
const folder = mkdtempSync(join(tmpdir(), 'countersign-independent-'))
const verifierPath = join(folder, 'verify.mjs')
const goPath = join(folder, 'verify-go')
const goMissing = whyNoGo()
if (goMissing !== undefined) console.log(`NOT RUN: the independent Go verifier of packs, because ${goMissing}`)

const SIZE = 20
const keys = sampleKeys()
let pack: Uint8Array = new Uint8Array()

beforeAll(async () => {
  writeFileSync(verifierPath, await buildSingleFile('verify'))
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keysOf(keys)))
  pack = await samplePack({ size: SIZE })
  if (goMissing !== undefined) return
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' }
  execFileSync('go', ['build', '-o', goPath, join(import.meta.dirname, 'verify.go')], { env })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

function whyNoGo(): string | undefined {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'there is no Go toolchain'
  }
}

interface Answer {
  readonly exitCode: number
  readonly output: string
}

function run(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ exitCode: typeof code === 'number' ? code : -1, output: stdout + stderr })
    })
  })
}

/** The answers of both verifiers; of ours alone where there is no Go. */
async function answers(bytes: Uint8Array, trust: 'pinned' | 'unpinned' = 'unpinned'): Promise<Answer[]> {
  const path = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.zip`)
  writeFileSync(path, bytes)
  const more = trust === 'pinned' ? ['--keys', join(folder, 'keys.json')] : []
  const ours = run(process.execPath, [verifierPath, path, ...more])
  const all = await Promise.all(goMissing === undefined ? [ours, run(goPath, [path, ...more])] : [ours])
  rmSync(path)
  return all
}

/** The same as `answers`, with ours called instead of started. */
async function answersInProcess(bytes: Uint8Array): Promise<Answer[]> {
  const verdict = await verifyPack(bytesSource(bytes))
  const ours = { exitCode: verdict.result === 'verified' ? 0 : 1, output: describeVerdict(verdict) }
  if (goMissing !== undefined) return [ours]
  const path = join(folder, 'random.zip')
  writeFileSync(path, bytes)
  return [ours, await run(goPath, [path])]
}

async function expectRefused(bytes: Uint8Array, named: RegExp, trust: 'pinned' | 'unpinned' = 'unpinned') {
  for (const answer of await answers(bytes, trust)) {
    expect(answer.exitCode, answer.output).toBe(1)
    expect(answer.output).toMatch(named)
  }
}

const changed = async (change: (members: Members) => Members) => repack(change(await unpack(pack)))

describe('what was not tampered with', () => {
  test.each([1, 2, 256, 257, 300])('the whole log of %d records verifies', async (size) => {
    for (const trust of ['pinned', 'unpinned'] as const) {
      const all = await answers(await samplePack({ size }), trust)
      expect(
        all.map((answer) => answer.exitCode),
        JSON.stringify(all),
      ).toEqual(all.map(() => 0))
    }
  })

  test('chosen records verify', async () => {
    const all = await answers(await samplePack({ size: 300, records: [0, 3, 255, 256, 299] }), 'pinned')
    expect(
      all.map((answer) => answer.exitCode),
      JSON.stringify(all),
    ).toEqual(all.map(() => 0))
  })
})

describe('records', () => {
  test('one dropped is refused', async () => {
    const bytes = await changed((members) => fitManifest(changeEntries(members, (entries) => entries.toSpliced(5, 1))))
    await expectRefused(bytes, /entries\/000\.p\/(19|20)/)
  })

  test('one added is refused', async () => {
    const added = signRecord(sampleRecord(99), keys.record)
    const bytes = await changed((members) => fitManifest(changeEntries(members, (entries) => [...entries, added])))
    await expectRefused(bytes, /entries\/000\.p\/(20|21)/)
  })

  test('two reordered are refused, and the first of them is named', async () => {
    const swap = (entries: Uint8Array[]) => entries.toSpliced(5, 2, ...entries.slice(5, 7).reverse())
    await expectRefused(await changed((members) => fitManifest(changeEntries(members, swap))), /record 5\b|hash 5 /)
  })

  test('one changed is refused and named, although manifest and checksums fit', async () => {
    const swap = (entries: Uint8Array[]) =>
      entries.with(
        7,
        Buffer.from(
          Buffer.from(entries[7] ?? [])
            .toString()
            .replace('chg_7', 'chg_8'),
        ),
      )
    await expectRefused(await changed((members) => fitManifest(changeEntries(members, swap))), /record 7\b/)
  })

  test('one replaced by another that the right key signed is refused', async () => {
    const other = signRecord(sampleRecord(77), keys.record)
    const bytes = await changed((members) => fitManifest(changeEntries(members, (entries) => entries.with(7, other))))
    await expectRefused(bytes, /record 7\b|hash 7 /)
  })
})

describe('the tree and its keys', () => {
  test('a truncated tree under the old checkpoint is refused', async () => {
    const short = await unpack(await samplePack({ size: SIZE - 5 }))
    const bytes = await changed((members) => {
      for (const name of [...members.keys()].filter((one) => one.startsWith('log/tile/'))) members.delete(name)
      for (const [name, value] of short) if (name.startsWith('log/tile/')) members.set(name, value)
      return fitManifest(members)
    })
    await expectRefused(bytes, /log\/tile\//)
  })

  test('an older state of the same log, with its own old checkpoint, is refused under the newer manifest', async () => {
    const old = await unpack(await samplePack({ size: SIZE - 5 }))
    const bytes = await changed((members) => {
      for (const name of [...members.keys()].filter((one) => one.startsWith('log/'))) members.delete(name)
      for (const [name, value] of old) if (name === 'checkpoint' || name.startsWith('log/')) members.set(name, value)
      return fitManifest(members)
    })
    await expectRefused(bytes, /checkpoint/)
  })

  test('swapped keys are refused', async () => {
    const bytes = await changed((members) =>
      fitManifest(members.set('keys.json', Buffer.from(JSON.stringify(keysOf(sampleKeys(2)))))),
    )
    await expectRefused(bytes, /manifest\.dsse\.json/)
    await expectRefused(bytes, /keys\.json/, 'pinned')
  })

  test('a forgery signed anew from end to end is refused when keys are pinned', async () => {
    await expectRefused(await samplePack({ size: SIZE, keys: sampleKeys(2) }), /keys\.json/, 'pinned')
  })

  test('a forgery under the right names of keys is refused when keys are pinned', async () => {
    const forged = await unpack(await samplePack({ size: SIZE, keys: sampleKeys(2) }))
    const bytes = await repack(fitManifest(forged.set('keys.json', Buffer.from(JSON.stringify(keysOf(keys))))))
    await expectRefused(bytes, /checkpoint/, 'pinned')
  })

  test('a removed signature is refused', async () => {
    const bytes = await changed((members) => {
      const envelope = JSON.parse(Buffer.from(members.get('manifest.dsse.json') ?? []).toString())
      return members.set('manifest.dsse.json', Buffer.from(JSON.stringify({ ...envelope, signatures: [] })))
    })
    await expectRefused(bytes, /manifest\.dsse\.json/)
  })

  test('proofs exchanged between chosen records are refused', async () => {
    const members = await unpack(await samplePack({ size: SIZE, records: [3, 4] }))
    const proof = members.get('proofs/3.tlog-proof') ?? new Uint8Array()
    await expectRefused(await repack(fitManifest(members.set('proofs/4.tlog-proof', proof))), /proofs\/4\.tlog-proof/)
  })
})

describe('members', () => {
  const cases: [string, (members: Members) => Members, RegExp][] = [
    [
      'a changed report',
      (members) => members.set('report.json', Buffer.from('{"schema":"countersign.report/v1"}')),
      /report\.json/,
    ],
    ['a changed page', (members) => members.set('index.html', Buffer.from('<p>all is well</p>')), /index\.html/],
    ['changed evidence', (members) => members.set(evidenceName(members), Buffer.from('none')), /evidence\//],
    ['a member more', (members) => members.set('evidence/extra', Buffer.from('x')), /evidence\/extra/],
    [
      'a disclosure of another value',
      (members) => replaceText(members, 'disclosures/3.json', 'number 3', 'number 4'),
      /disclosures\/3\.json/,
    ],
    ['a missing report', (members) => drop(members, 'report.json'), /report\.json/],
    ['a missing tile', (members) => drop(members, `log/tile/0/000.p/${SIZE}`), /log\/tile\/0\/000/],
    ['a tile more', (members) => members.set('log/tile/0/001', Buffer.alloc(8192)), /log\/tile\/0\/001/],
  ]

  test.each(cases)('%s is refused and named', async (_what, change, named) => {
    await expectRefused(await changed(change), named)
    await expectRefused(await changed((members) => fitManifest(change(members))), /manifest/)
  })

  function evidenceName(members: Members): string {
    return [...members.keys()].find((name) => name.startsWith('evidence/')) ?? ''
  }

  function drop(members: Members, name: string): Members {
    expect(members.delete(name)).toBe(true)
    return members
  }

  function replaceText(members: Members, name: string, from: string, to: string): Members {
    const text = Buffer.from(members.get(name) ?? []).toString()
    expect(text).toContain(from)
    return members.set(name, Buffer.from(text.replace(from, to)))
  }
})

describe('tricks with the archive', () => {
  /** Rewrites the archive with Python, which writes what our writer refuses to. */
  function withPython(script: string): Uint8Array {
    const source = join(folder, 'source.zip')
    const target = join(folder, 'target.zip')
    writeFileSync(source, pack)
    const program = `import sys,zipfile,warnings
warnings.simplefilter('ignore')
source=zipfile.ZipFile(sys.argv[1])
members=[(i.filename,source.read(i)) for i in source.infolist()]
target=zipfile.ZipFile(sys.argv[2],'w')
def put(name,data,**more):
    info=zipfile.ZipInfo(name)
    info.create_system=0
    info.create_version=10
    info.extract_version=10
    info.extra=more.get('extra',b'')
    info.comment=more.get('comment',b'')
    target.writestr(info,data,more.get('method',zipfile.ZIP_STORED))
    info.external_attr=more.get('attributes',0)
${script}
target.close()
sys.stdout.buffer.write(open(sys.argv[2],'rb').read())`
    return execFileSync('python3', ['-c', program, source, target], { maxBuffer: 1 << 28 })
  }

  test.each<[string, string, RegExp]>([
    ['a duplicate name', "for n,d in members:\n    put(n,d)\n    if n=='report.json': put(n,b'{}')", /report\.json/],
    ['a path that climbs', "for n,d in [('../evil',b'x')]+members: put(n,d)", /\.\.\/evil/],
    ['an absolute path', "for n,d in [('/etc/evil',b'x')]+members: put(n,d)", /\/etc\/evil/],
    ['a comment', "for n,d in members: put(n,d)\ntarget.comment=b'hidden'", /comment|end record/],
    [
      'a comment of a member',
      "for n,d in members: put(n,d,comment=b'hidden' if n=='report.json' else b'')",
      /report\.json/,
    ],
    [
      'an extra field',
      "for n,d in members: put(n,d,extra=b'\\x01\\x02\\x02\\x00hi' if n=='report.json' else b'')",
      /report\.json/,
    ],
    [
      'a compressed member',
      "for n,d in members: put(n,d,method=zipfile.ZIP_DEFLATED if n=='report.json' else zipfile.ZIP_STORED)",
      /report\.json/,
    ],
    [
      'a symbolic link',
      "for n,d in members: put(n,d,attributes=0xa1ff0000 if n=='report.json' else 0)",
      /report\.json/,
    ],
    ['members out of order', 'for n,d in reversed(members): put(n,d)', /order|follow/],
  ])('%s is refused and named', async (_what, script, named) => {
    await expectRefused(withPython(script), named)
  })

  test('wrong sizes in the headers are refused', async () => {
    const bytes = pack.slice()
    const at = Buffer.from(bytes).lastIndexOf('PK\x01\x02', undefined, 'latin1')
    bytes[at + 24] = (bytes[at + 24] ?? 0) + 1
    await expectRefused(bytes, /report\.json/)
  })

  test('data before the first member and after the end is refused', async () => {
    await expectRefused(Buffer.concat([Buffer.from('#!/bin/sh\n'), pack]), /archive/)
    await expectRefused(Buffer.concat([pack, Buffer.from('PK')]), /archive/)
  })
})

test('each of 100 random tamperings is refused, and the member of each flipped bit is named', async () => {
  const random = randomOf(20261123)
  const members = await unpack(pack)
  let named = 0
  for (let i = 0; i < 100; i++) {
    const { what, bytes, member } = tamper(pack, members, random)
    expect(Buffer.from(bytes).equals(pack), what).toBe(false)
    // a process each would take a minute: every tenth goes through the file itself, the others through its source
    for (const answer of i % 10 === 0 ? await answers(bytes) : await answersInProcess(bytes)) {
      expect(answer.exitCode, `${what}: ${answer.output}`).toBe(1)
      expect(answer.output.length, what).toBeGreaterThan(20)
      if (member !== undefined) expect(answer.output, what).toContain(member)
    }
    if (member !== undefined) named++
  }
  expect(named).toBeGreaterThan(30)
}, 180_000)

test('exit code 2 and one sentence for what cannot be read', async () => {
  writeFileSync(join(folder, 'note.txt'), 'this is not a pack')
  for (const args of [['nowhere.zip'], [join(folder, 'note.txt')], [folder], [], ['a', 'b']]) {
    const answer = await run(process.execPath, [verifierPath, ...args])
    expect(answer.exitCode).toBe(2)
    expect(answer.output).not.toContain('    at ')
  }
  writeFileSync(join(folder, 'good.zip'), pack)
  const answer = await run(process.execPath, [
    verifierPath,
    join(folder, 'good.zip'),
    '--keys',
    join(folder, 'note.txt'),
  ])
  expect(answer.exitCode).toBe(2)
})

describe('verify.mjs as it is published', () => {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')

  /** Builds once more in a process of its own that stands in another folder. */
  function buildElsewhere(): string {
    const root = join(import.meta.dirname, '..', '..')
    const options = {
      root,
      configFile: join(root, 'vite.verify.config.ts'),
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: false },
    }
    const script = `import { build } from ${JSON.stringify(import.meta.resolve('vite'))}\nawait build(${JSON.stringify(options)})`
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    return readFileSync(verifierPath, 'utf8')
  }

  test('is built alike twice, and has the published digest', async () => {
    const built = await buildSingleFile('verify')
    expect(digest(buildElsewhere())).toBe(digest(built))
    const published = readFileSync(join(import.meta.dirname, '../../docs/reference/verify-digest.txt'), 'utf8')
    expect(published, 'run `node scripts/publish-verify-digest.mjs` after a change of the verifier').toBe(
      `${digest(built)}  verify.mjs\n`,
    )
  })

  test('imports nothing but Node, holds no third-party code and cannot reach a network', async () => {
    const built = await buildSingleFile('verify')
    const imported = [...built.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name)
    expect(imported.length).toBeGreaterThan(0)
    expect(imported.filter((name) => !['node:crypto', 'node:fs/promises', 'node:util'].includes(name ?? ''))).toEqual(
      [],
    )
    expect(built).not.toMatch(/node_modules|\bfetch\(|\bimport\(|\brequire\(|\beval\(|new Function/)
  })
})
