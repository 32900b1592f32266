import { afterEach, expect, test } from 'vitest'
import { type HistoryOptions, readHistory } from './history.ts'
import { Change } from './model.ts'
import { lines, type ScriptedCommit, type ScriptedRepository, scriptRepository } from './testing/scripted-repository.ts'

const claude = '\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n'
const made: ScriptedRepository[] = []

afterEach(() => {
  for (const repository of made.splice(0)) repository.remove()
})

function script(commits: readonly ScriptedCommit[], objectFormat?: 'sha1' | 'sha256'): ScriptedRepository {
  const repository = scriptRepository(commits, objectFormat)
  made.push(repository)
  return repository
}

async function read(repository: ScriptedRepository, options: Omit<HistoryOptions, 'path'> = {}): Promise<Change[]> {
  const changes: Change[] = []
  for await (const change of readHistory({ path: repository.path, ...options })) changes.push(Change.parse(change))
  return changes
}

function parts(attested: number, declared: number, hinted: number, humanAttested: number, unknown: number) {
  const total = attested + declared + hinted + humanAttested + unknown
  return { attested, declared, hinted, humanAttested, unknown, total }
}

test('a root commit is a change whose lines are those that hold more than white space', async () => {
  const [change, ...more] = await read(
    script([{ name: 'root', message: 'Begin', files: { 'a.ts': 'one\n\n  two\n\t\nthree' } }]),
  )
  expect(more).toEqual([])
  expect(change).toMatchObject({
    kind: 'commit',
    baseOid: null,
    title: 'Begin',
    mergedAt: '2023-11-14T22:13:20.000Z',
    author: { name: 'Ada Writer', email: 'ada@example.com', kind: 'human' },
    lines: { added: 5, removed: 0, counted: 3, setAside: {} },
    attribution: {
      lines: parts(0, 0, 0, 0, 3),
      commits: parts(0, 0, 0, 0, 1),
      share: { attested: 0, declared: 0, high: 1, unknown: 1 },
    },
  })
})

test('a declared commit declares all its counted lines', async () => {
  const [, change] = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'a.ts': lines('old', 3) } },
      {
        name: 'next',
        parents: ['root'],
        message: `Add${claude}`,
        files: { 'a.ts': lines('old', 3) + lines('new', 4) },
      },
    ]),
  )
  expect(change?.attribution).toMatchObject({
    lines: parts(0, 4, 0, 0, 0),
    commits: parts(0, 1, 0, 0, 0),
    share: { attested: 0, declared: 1, high: 1, unknown: 0 },
    tools: [{ tool: 'Claude Code', commits: 1, lines: 4 }],
  })
  expect(change?.attribution.sources).toEqual([
    {
      source: 'co-author-trailer',
      grade: 'declared',
      tool: 'Claude Code',
      assurance: 'said in the commit',
      commits: 1,
      lines: 4,
    },
  ])
})

test('the lines of a merge belong to the commits that it brings, and what a person rewrote is not declared', async () => {
  const [, change, ...more] = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'base.ts': lines('base', 2) } },
      { name: 'ai', parents: ['root'], message: `Write${claude}`, files: { 'a.ts': lines('ai', 6) } },
      {
        name: 'person',
        parents: ['ai'],
        message: 'Rework',
        author: 'Bo Person <bo@example.com>',
        // Two of the six lines are rewritten, one is added: 4 declared, 3 unknown.
        files: { 'a.ts': `mine 1\nmine 2\nai 3\nai 4\nai 5\nai 6\nmine 3\n` },
      },
      { name: 'main', parents: ['root'], message: 'Elsewhere', files: { 'b.ts': lines('main', 1) } },
      {
        name: 'merge',
        parents: ['main', 'person'],
        message: 'Merge pull request #12 from octo/topic\n\nRework the parser',
        files: { 'a.ts': `mine 1\nmine 2\nai 3\nai 4\nai 5\nai 6\nmine 3\n` },
      },
    ]),
  ).then((changes) => [changes[0], changes[2], ...changes.slice(3)])
  expect(more).toEqual([])
  expect(change).toMatchObject({
    kind: 'merge',
    title: 'Rework the parser',
    author: { name: 'Bo Person' },
    lines: { added: 7, counted: 7 },
    attribution: { lines: parts(0, 4, 0, 0, 3), commits: parts(0, 1, 0, 0, 1) },
    parties: { pullRequest: { system: 'github', number: 12 } },
  })
  expect(change?.commits.map(({ subject, grade, isMerge }) => [subject, grade, isMerge])).toEqual([
    ['Write', 'declared', false],
    ['Rework', 'unknown', false],
    ['Merge pull request #12 from octo/topic', 'unknown', true],
  ])
})

test('a file that was renamed on the way keeps the commit of its lines', async () => {
  const changes = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'base.ts': 'base\n' } },
      { name: 'ai', parents: ['root'], message: `Write${claude}`, files: { 'old.ts': lines('ai', 9) } },
      { name: 'move', parents: ['ai'], message: 'Move', files: { 'old.ts': null, 'new.ts': lines('ai', 9) } },
      { name: 'merge', parents: ['root', 'move'], message: 'Merge', files: { 'new.ts': lines('ai', 9) } },
    ]),
  )
  expect(changes[1]?.attribution.lines).toEqual(parts(0, 9, 0, 0, 0))
})

test('an octopus merge brings the commits of all its parents as one change', async () => {
  const files = { 'a.ts': lines('a', 2), 'b.ts': lines('b', 3) }
  const changes = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'base.ts': 'base\n' } },
      { name: 'a', parents: ['root'], message: `A${claude}`, files: { 'a.ts': files['a.ts'] } },
      { name: 'b', parents: ['root'], message: 'B', files: { 'b.ts': files['b.ts'] } },
      { name: 'merge', parents: ['root', 'a', 'b'], message: 'Merge both', files },
    ]),
  )
  expect(changes).toHaveLength(2)
  expect(changes[1]?.attribution).toMatchObject({ lines: parts(0, 2, 0, 0, 3), commits: parts(0, 1, 0, 0, 1) })
})

test('what only the merge adds belongs to the merge', async () => {
  const changes = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'base.ts': 'base\n' } },
      { name: 'ai', parents: ['root'], message: `A${claude}`, files: { 'a.ts': lines('a', 2) } },
      {
        name: 'merge',
        parents: ['root', 'ai'],
        message: 'Merge',
        files: { 'a.ts': lines('a', 2), 'c.ts': 'by hand\n' },
      },
    ]),
  )
  expect(changes[1]?.attribution.lines).toEqual(parts(0, 2, 0, 0, 1))
})

test('consecutive commits that name one pull request are one change', async () => {
  const changes = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'a.ts': 'base\n' } },
      { name: 'one', parents: ['root'], message: 'First part (#7)', files: { 'b.ts': lines('b', 2) } },
      { name: 'two', parents: ['one'], message: `Second part (#7)${claude}`, files: { 'c.ts': lines('c', 3) } },
      { name: 'other', parents: ['two'], message: 'Other (#8)', files: { 'd.ts': 'd\n' } },
    ]),
  )
  expect(changes.map(({ kind, title, lines: { counted } }) => [kind, title, counted])).toEqual([
    ['commit', 'Begin', 1],
    ['rebased', 'Second part (#7)', 5],
    ['commit', 'Other (#8)', 1],
  ])
  expect(changes[1]?.attribution).toMatchObject({ lines: parts(0, 3, 0, 0, 2), commits: parts(0, 1, 0, 0, 1) })
})

test('only what is new is read after a commit, with the ids of a whole reading', async () => {
  const repository = script([
    { name: 'a', message: 'A', files: { 'a.ts': 'a\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'b.ts': 'b\n' } },
    { name: 'c', parents: ['b'], message: 'C', files: { 'c.ts': 'c\n' } },
  ])
  const whole = await read(repository)
  expect(await read(repository, { after: repository.oid('b') })).toEqual(whole.slice(2))
  expect(await read(repository, { after: repository.oid('c') })).toEqual([])
  expect((await read(repository)).map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
})

test('a commit that is not on the chain any more is refused as rewritten history', async () => {
  const repository = script([
    { name: 'a', message: 'A', files: { 'a.ts': 'a\n' } },
    { name: 'gone', parents: ['a'], message: 'Gone', files: { 'b.ts': 'b\n' } },
    { name: 'c', parents: ['a'], message: 'C', files: { 'c.ts': 'c\n' } },
  ])
  await expect(read(repository, { after: repository.oid('gone') })).rejects.toMatchObject({ code: 'history_rewritten' })
})

test('changes are those merged from the first time on and before the second', async () => {
  const repository = script([
    { name: 'a', message: 'A', at: 1000, files: { 'a.ts': 'a\n' } },
    { name: 'b', parents: ['a'], at: 2000, message: 'B', files: { 'b.ts': 'b\n' } },
    { name: 'c', parents: ['b'], at: 3000, message: 'C', files: { 'c.ts': 'c\n' } },
  ])
  expect((await read(repository, { since: 2_000_000, until: 3_000_000 })).map(({ title }) => title)).toEqual(['B'])
})

test('a branch can be named, and one that does not exist is refused', async () => {
  const repository = script([
    { name: 'a', message: 'A', files: { 'a.ts': 'a\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'b.ts': 'b\n' } },
  ])
  repository.git('update-ref', 'refs/heads/early', repository.oid('a'))
  expect(await read(repository, { branch: 'early' })).toHaveLength(1)
  for (const branch of ['nowhere', '--output=/tmp/x', 'main..early', '']) {
    await expect(read(repository, { branch })).rejects.toMatchObject({ code: 'branch_missing' })
  }
})

test('set-aside files are shown apart and not counted', async () => {
  const [change] = await read(
    script([
      {
        name: 'root',
        message: 'Begin',
        files: {
          'src/a.ts': lines('a', 2),
          'package-lock.json': lines('lock', 3),
          'vendor/x.js': lines('vendored', 4),
          'dist/x.min.js': lines('generated', 5),
          'api/schema.ts': lines('said', 6),
          'image.png': Buffer.from([137, 80, 78, 71, 0, 1, 2, 3]),
          link: { mode: '120000', content: 'src/a.ts' },
          module: { mode: '160000', content: '1'.repeat(40) },
          'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
          'vendor/ours.ts': lines('ours', 7),
          '.gitattributes': 'api/*.ts linguist-generated\n*.bin filter=lfs\nvendor/ours.ts -linguist-vendored\n',
        },
      },
    ]),
  )
  const classes = Object.fromEntries(change?.files.map((file) => [file.path, file.class]) ?? [])
  expect(classes).toEqual({
    'src/a.ts': 'counted',
    'package-lock.json': 'lock',
    'vendor/x.js': 'vendored',
    'dist/x.min.js': 'generated',
    'api/schema.ts': 'generated',
    'image.png': 'binary',
    link: 'symlink',
    module: 'submodule',
    'big.bin': 'lfs',
    'vendor/ours.ts': 'counted',
    '.gitattributes': 'counted',
  })
  // 2 of src/a.ts, 7 of vendor/ours.ts, 3 of .gitattributes.
  expect(change?.lines).toMatchObject({ counted: 12, setAside: { lock: 3, vendored: 4, generated: 11, lfs: 3 } })
})

test('a text file past the size limit is named as such, whatever it holds', async () => {
  const [change] = await read(
    script([{ name: 'root', message: 'Begin', files: { 'huge.txt': Buffer.alloc(9 * 1024 * 1024, 'line\n') } }]),
  )
  expect(change?.files).toMatchObject([{ path: 'huge.txt', class: 'oversized', counted: 0 }])
  expect(change?.limitsHit).toEqual(['file_bytes'])
})

test('content that looks like a diff is content', async () => {
  const hostile = `diff --git a/x b/x\n@@ -1,9 +1,9 @@\n=\n${'a'.repeat(40)}\n-- x\n++ y\n\\ No newline at end of file\n`
  const changes = await read(
    script([
      { name: 'root', message: 'Begin', files: { 'a.txt': hostile } },
      {
        name: 'next',
        parents: ['root'],
        message: 'Next',
        files: { 'a.txt': `${hostile}+++ b/more\n--- a/more`, z: 'z' },
      },
    ]),
  )
  expect(changes.map((change) => change.files.map((file) => [file.path, file.added, file.removed]))).toEqual([
    [['a.txt', 7, 0]],
    [
      ['a.txt', 2, 0],
      ['z', 1, 0],
    ],
  ])
})

test('names, dates and encodings from anywhere are kept as text', async () => {
  const repository = script([
    {
      name: 'root',
      message: Buffer.from('Gr\xfc\xdfe', 'latin1'),
      encoding: 'ISO-8859-1',
      at: 4_102_444_800,
      author: 'Weird "Quote" Ünï <odd address@example.com>',
      committer: 'Ada Writer <ada@example.com>',
      files: { 'line\nbreak "quoted" \\ ünï.ts': 'x\n', ':100644 000000': 'y\n' },
    },
  ])
  const [change] = await read(repository)
  expect(change).toMatchObject({ title: 'Grüße', mergedAt: '2100-01-01T00:00:00.000Z' })
  expect(change?.files.map((file) => file.path).sort()).toEqual([':100644 000000', 'line\nbreak "quoted" \\ ünï.ts'])
})

test('a commit from before 1970, from beyond any calendar or of broken form is still a change', async () => {
  const repository = script([{ name: 'root', message: 'Begin', files: { 'a.ts': 'a\n' } }])
  const tree = repository.git('rev-parse', 'main^{tree}')
  const raw = (author: string) =>
    `tree ${tree}\nparent ${repository.git('rev-parse', 'main')}\nauthor ${author}\ncommitter ${author}\n\nOdd \u0000 date\n`
  for (const author of [
    'Ada <ada@example.com> -86400 +0000',
    'Ada <ada@example.com> 999999999999999999 +0000',
    'Ada',
  ]) {
    const oid = repository.gitWith(raw(author), 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin')
    repository.git('update-ref', 'refs/heads/main', oid)
  }
  const changes = await read(repository)
  expect(changes.map(({ mergedAt, limitsHit }) => [mergedAt, limitsHit])).toEqual([
    ['2023-11-14T22:13:20.000Z', []],
    ['1969-12-31T00:00:00.000Z', []],
    ['9999-12-31T23:59:59.000Z', ['dates']],
    ['1970-01-01T00:00:00.000Z', []],
  ])
  expect(changes[1]?.title).toBe('Odd \uFFFD date')
})

test('a commit of 10,000 files is read whole', async () => {
  const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`src/f${at}.ts`, `line ${at}\n`]))
  const [change] = await read(script([{ name: 'root', message: `Many${claude}`, files }]))
  expect(change?.files).toHaveLength(10_000)
  expect(change?.attribution.lines).toEqual(parts(0, 10_000, 0, 0, 0))
})

test('lines past the limit are counted as unknown and the limit is named', async () => {
  const repository = script([
    { name: 'root', message: 'Begin', files: { 'base.ts': 'base\n' } },
    { name: 'ai', parents: ['root'], message: `A${claude}`, files: { 'a.ts': lines('a', 30) } },
    { name: 'merge', parents: ['root', 'ai'], message: 'Merge', files: { 'a.ts': lines('a', 30) } },
  ])
  const changes = await read(repository, { limits: { mappedLines: 10, files: 1 } })
  expect(changes[1]?.attribution.lines).toEqual(parts(0, 10, 0, 0, 20))
  expect(changes[1]?.limitsHit).toEqual(['mapped_lines'])
})

test('a bot that follows rules is automation, neither AI nor a person', async () => {
  const [change] = await read(
    script([
      {
        name: 'root',
        message: 'Bump x',
        author: 'dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>',
        files: { 'go.mod': lines('require', 4) },
      },
    ]),
  )
  expect(change?.author.kind).toBe('automation')
  expect(change?.attribution).toMatchObject({ lines: parts(0, 0, 0, 0, 4), automation: { commits: 1, lines: 4 } })
})

test('a mailmap gives people their preferred names', async () => {
  const [change] = await read(
    script([
      {
        name: 'root',
        message: 'Begin',
        files: { '.mailmap': '# people\nAda Lovelace <ada@countess.example> <ada@example.com>\n' },
      },
    ]),
  )
  expect(change?.author).toEqual({ name: 'Ada Lovelace', email: 'ada@countess.example', kind: 'human' })
})

test('a repository with other object names is read alike', async () => {
  const [, change] = await read(
    script(
      [
        { name: 'root', message: 'Begin', files: { 'a.ts': 'a\n' } },
        { name: 'next', parents: ['root'], message: `Next${claude}`, files: { 'b.ts': 'b\n' } },
      ],
      'sha256',
    ),
  )
  expect(change?.headOid).toHaveLength(64)
  expect(change?.attribution.lines).toEqual(parts(0, 1, 0, 0, 0))
})

test('a title is never cut through a character, which no database would store', async () => {
  const subject = `${'a'.repeat(299)}\u{1F600} and more`
  const [change] = await read(script([{ name: 'root', message: subject, files: { 'a.ts': 'one\n' } }]))
  expect(change?.title).toBe('a'.repeat(299))
})
