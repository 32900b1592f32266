import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readHistory } from './history.ts'
import { changedLines, keepsRecords, openChangedLines, readCommitChange, readRange, tipOf } from './range.ts'
import { openFiles, readFileAt } from './repository/committed-files.ts'
import { lines, type ScriptedRepository, scriptRepository } from './testing/scripted-repository.ts'

const bo = 'Bo Builder <bo@example.com>'
let repository: ScriptedRepository
const folders: ScriptedRepository[] = []

const merged = { 'a.ts': `${lines('a', 2)}changed\n`, 'f.ts': 'if (x)\n\n  y()\n', 'g.ts': 'g\n' }

// main: a - b - m        feature: a - f1 - f2 (merged by m) - f3        other: a root of its own
beforeAll(() => {
  repository = scriptRepository([
    { name: 'a', message: 'A', files: { 'a.ts': lines('a', 3), 'rules.yaml': 'version: 1\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'b.ts': lines('b', 2) } },
    { name: 'f1', parents: ['a'], message: 'F1', author: bo, files: { 'f.ts': 'if (x)\n\n  y()\n' } },
    {
      name: 'f2',
      parents: ['f1'],
      message: 'F2\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n',
      author: bo,
      files: { 'a.ts': `${lines('a', 2)}changed\n`, 'g.ts': 'g\n' },
    },
    { name: 'f3', parents: ['f2'], message: 'F3', author: bo, files: { 'g.ts': null, 'rules.yaml': 'version: 2\n' } },
    { name: 'other', message: 'Other', files: { 'o.ts': 'o\n' } },
    { name: 'm', parents: ['b', 'f2'], message: "Merge branch 'feature'", files: merged },
  ])
  folders.push(repository)
})
afterAll(() => {
  for (const folder of folders) folder.remove()
})

const at = (base: string, head: string) => ({
  path: repository.path,
  base: repository.oid(base),
  head: repository.oid(head),
})

test('a range is the change that its merge would be: all its commits, and what it changes since it left the branch', async () => {
  const change = await readRange({ ...at('b', 'f2'), repository: 'r' })
  expect(change).toMatchObject({ kind: 'merge', headOid: repository.oid('f2'), baseOid: repository.oid('b') })
  expect(change.commits.map(({ oid, grade }) => [oid, grade])).toEqual([
    [repository.oid('f1'), 'unknown'],
    [repository.oid('f2'), 'declared'],
  ])
  expect(change.author.name).toBe('Bo Builder')
  expect(change.files.map(({ path, added, removed, counted }) => [path, added, removed, counted])).toEqual([
    ['a.ts', 1, 1, 1],
    ['f.ts', 3, 0, 2],
    ['g.ts', 1, 0, 1],
  ])
  expect(change.attribution.lines).toMatchObject({ declared: 2, unknown: 2, total: 4 })
  expect(change.files.map(({ decisions }) => decisions)).toEqual([
    { added: 0, removed: 0 },
    { added: 1, removed: 0 },
    { added: 0, removed: 0 },
  ])
})

test('the merge that follows brings the same lines, and its tip is the head of the range', async () => {
  const [range, merge] = [
    await readRange(at('b', 'f2')),
    await readCommitChange({ path: repository.path, commit: 'main' }),
  ]
  expect(merge.headOid).toBe(repository.oid('m'))
  expect(merge.files).toEqual(range.files)
  expect(merge.commits.slice(0, -1).map(({ oid }) => oid)).toEqual(range.commits.map(({ oid }) => oid))
  expect(tipOf(merge)).toBe(repository.oid('f2'))
  expect(tipOf(range)).toBe(repository.oid('f2'))
})

test('the change of one commit is that of the history', async () => {
  const { path } = repository
  const all = []
  for await (const change of readHistory({ path, repository: 'r' })) all.push(change)
  expect(all.map(({ headOid }) => headOid)).toEqual(['a', 'b', 'm'].map(repository.oid))
  for (const change of all)
    expect(await readCommitChange({ path, commit: change.headOid, repository: 'r' })).toEqual(change)
  expect(all.map(tipOf)).toEqual(['a', 'b', 'f2'].map(repository.oid))
})

test('changed lines are those added since the branch was left, without lines of white space', async () => {
  expect(await changedLines(at('b', 'f3'))).toEqual(
    new Map([
      ['a.ts', [3]],
      ['f.ts', [1, 3]],
      ['rules.yaml', [1]],
    ]),
  )
})

test('lines of many changes are those that each would have alone, asked for at once, the same one twice and in any order', async () => {
  const lines = openChangedLines({ path: repository.path })
  try {
    const [a, b, f1, m] = ['a', 'b', 'f1', 'm'].map(repository.oid) as [string, string, string, string]
    const answers = await Promise.all([
      lines.of({ base: b, head: m }),
      lines.of({ base: null, head: a }),
      lines.of({ base: a, head: f1 }),
      lines.of({ base: b, head: m }),
    ])
    const merge = new Map([
      ['a.ts', [3]],
      ['f.ts', [1, 3]],
      ['g.ts', [1]],
    ])
    const first = new Map([
      ['a.ts', [1, 2, 3]],
      ['rules.yaml', [1]],
    ])
    expect(answers).toEqual([merge, first, new Map([['f.ts', [1, 3]]]), merge])
  } finally {
    await lines.close()
  }
})

test('a repository that is not there fails each question, and closing what was never asked starts nothing', async () => {
  const nowhere = openChangedLines({ path: join(repository.path, 'nowhere') })
  await expect(nowhere.of({ base: null, head: repository.oid('a') })).rejects.toMatchObject({
    code: 'repository_unreadable',
  })
  await nowhere.close()
  await openChangedLines({ path: repository.path }).close()
})

test('what has nothing in common is new as a whole; what brings nothing, or does not exist, is said', async () => {
  const change = await readRange(at('b', 'other'))
  expect(change.files.map(({ path, status }) => [path, status])).toEqual([['o.ts', 'added']])
  await expect(readRange(at('m', 'f1'))).rejects.toMatchObject({ code: 'range_empty' })
  for (const base of ['no-such', '--upload-pack=x', 'main^', 'a b', '', '\u0000'])
    await expect(readRange({ ...at('b', 'f2'), base })).rejects.toMatchObject({ code: 'branch_missing' })
  await expect(readRange({ ...at('b', 'f2'), path: '/nowhere' })).rejects.toMatchObject({
    code: 'repository_unreadable',
  })
})

// A range that may say what of it counts could hide its lines, or make its author somebody else.
test('what a range says of itself in attributes and mailmap does not count; what the branch says does', async () => {
  const said = scriptRepository([
    { name: 'a', message: 'A', files: { '.gitattributes': '*.gen linguist-generated\n' } },
    {
      name: 'x',
      parents: ['a'],
      message: 'X',
      files: {
        '.gitattributes': '* linguist-generated\n',
        '.mailmap': 'Nobody <n@example.com> <ada@example.com>\n',
        'x.ts': 'x\n',
        'y.gen': 'y\n',
      },
    },
  ])
  folders.push(said)
  const change = await readRange({ path: said.path, base: said.oid('a'), head: said.oid('x') })
  expect(Object.fromEntries(change.files.map((file) => [file.path, file.class]))).toEqual({
    '.gitattributes': 'counted',
    '.mailmap': 'counted',
    'x.ts': 'counted',
    'y.gen': 'generated',
  })
  expect(change.author.email).toBe('ada@example.com')
})

test('whether a repository keeps AI records', async () => {
  const { path } = repository
  expect(await keepsRecords({ path, head: 'main' })).toBe(false)
  const noted = scriptRepository([{ name: 'a', message: 'A', files: { 'a.ts': 'a\n' } }])
  folders.push(noted)
  noted.git(
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@example.com',
    'notes',
    '--ref=ai',
    'add',
    '-m',
    'a',
    noted.oid('a'),
  )
  expect(await keepsRecords({ path: noted.path, head: 'main' })).toBe(true)
})

test('a file is read as a commit has it, and only as far as wanted', async () => {
  const { path } = repository
  const read = (commit: string, file: string, maxBytes = 100) =>
    readFileAt({ path, commit: repository.oid(commit), file, maxBytes }).then((found) => found?.content.toString())
  expect(await read('a', 'rules.yaml')).toBe('version: 1\n')
  expect(await read('f3', 'rules.yaml')).toBe('version: 2\n')
  expect(await readFileAt({ path, commit: repository.oid('a'), file: 'rules.yaml', maxBytes: 4 })).toEqual({
    content: Buffer.from('vers'),
    size: 11,
  })
  expect(await read('other', 'rules.yaml')).toBeUndefined()
})

test('nothing but a whole commit id and a plain path is asked of git', async () => {
  const files = await openFiles({ path: repository.path })
  const commit = repository.oid('a')
  const wanted = { commit, file: 'a.ts', maxBytes: 100 }
  try {
    for (const wrong of [
      'HEAD',
      'main',
      commit.slice(0, 12),
      `${commit}^{tree}`,
      `${commit}\n${commit}`,
      '',
      `:0:${commit}`,
    ])
      expect(await files.read({ ...wanted, commit: wrong })).toBeUndefined()
    for (const file of [
      '',
      '.',
      './a.ts',
      '../a.ts',
      '/a.ts',
      'a.ts/',
      'a.ts\n',
      'a.ts\u0000',
      'x'.repeat(5000),
      'no.ts',
    ])
      expect(await files.read({ ...wanted, file })).toBeUndefined()
    expect(await files.read({ ...wanted, commit: 'f'.repeat(40) })).toBeUndefined()
    const answers = await Promise.all(Array.from({ length: 1000 }, () => files.read(wanted)))
    expect(new Set(answers.map((one) => one?.content.toString()))).toEqual(new Set([lines('a', 3)]))
  } finally {
    await files.close()
  }
})
