import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readHistory } from '../history.ts'
import { changedLines, keepsRecords, readCommitChange, readRange } from '../range.ts'
import { type ScriptedRepository, scriptRepository } from '../testing/scripted-repository.ts'
import { readFileAt } from './committed-files.ts'
import { defaultGit, gitEnvironment } from './git.ts'
import { openRepository } from './open.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-hostile-'))
  folders.push(made)
  return made
}

function small(): ScriptedRepository {
  const repository = scriptRepository([
    { name: 'a', message: 'A', files: { 'a.txt': 'a\n', '.gitattributes': '* diff=evil filter=evil\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'a.txt': 'a\nb\n', 'old.bin': Buffer.from([0, 1]) } },
  ])
  folders.push(repository.path)
  return repository
}

async function titles(path: string, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = []
  for await (const change of readHistory({ path, signal })) found.push(change.title)
  return found
}

function git(cwd: string, ...args: string[]): string {
  const env = { ...gitEnvironment(defaultGit), GIT_ALLOW_PROTOCOL: 'file' }
  return execFileSync('git', ['-C', cwd, ...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

test('no setting, hook or attribute of a repository runs anything', async () => {
  const repository = small()
  const canaries = folder()
  const canary = (name: string) => {
    const script = join(canaries, `${name}.sh`)
    writeFileSync(script, `#!/bin/sh\ntouch ${join(canaries, `${name}.ran`)}\ncat\n`)
    chmodSync(script, 0o755)
    return script
  }
  const included = join(canaries, 'included')
  const settings = [
    `[core]\n\tfsmonitor = ${canary('fsmonitor')}\n\tpager = ${canary('pager')}\n\tsshCommand = ${canary('ssh')}`,
    `\thooksPath = ${join(canaries, 'hooks')}\n\talternateRefsCommand = ${canary('alternates')}\n\teditor = ${canary('editor')}`,
    `\tattributesFile = ${join(canaries, 'attributes')}\n\tgitProxy = ${canary('proxy')}\n\taskPass = ${canary('askpass')}`,
    `[diff]\n\texternal = ${canary('external')}`,
    `[diff "evil"]\n\ttextconv = ${canary('textconv')}\n\tcommand = ${canary('command')}`,
    `[filter "evil"]\n\tclean = ${canary('clean')}\n\tsmudge = ${canary('smudge')}\n\tprocess = ${canary('process')}`,
    `[gpg]\n\tprogram = ${canary('gpg')}\n[log]\n\tshowSignature = true\n[gpg "ssh"]\n\tprogram = ${canary('gpgssh')}`,
    ...['diff-tree', 'rev-list', 'cat-file', 'ls-tree', 'config'].map(
      (name) => `[alias]\n\t${name} = !${canary(`alias-${name}`)}`,
    ),
    `[pager]\n\tdiff-tree = ${canary('pager-diff-tree')}\n\tconfig = ${canary('pager-config')}`,
    `[credential]\n\thelper = ${canary('credential')}\n[uploadpack]\n\tpackObjectsHook = ${canary('pack')}`,
    `[include]\n\tpath = ${included}\n[includeIf "gitdir:/"]\n\tpath = ${included}`,
    `[remote "origin"]\n\turl = ext::${canary('ext')} x\n\tuploadpack = ${canary('uploadpack')}`,
  ]
  writeFileSync(
    included,
    `[core]\n\tfsmonitor = ${canary('included')}\n[diff]\n\texternal = ${canary('included-diff')}\n`,
  )
  appendFileSync(join(repository.path, 'config'), `${settings.join('\n')}\n`)
  for (const hooks of [join(repository.path, 'hooks'), join(canaries, 'hooks')]) {
    mkdirSync(hooks, { recursive: true })
    for (const name of ['post-checkout', 'reference-transaction', 'post-index-change', 'fsmonitor-watchman']) {
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${join(canaries, `hook-${name}.ran`)}\n`, { mode: 0o755 })
    }
  }
  mkdirSync(join(repository.path, 'info'), { recursive: true })
  writeFileSync(join(repository.path, 'info', 'attributes'), '* diff=evil filter=evil\n')

  expect(await titles(repository.path)).toEqual(['A', 'B'])
  const range = { path: repository.path, base: repository.oid('a'), head: 'main' }
  expect((await readRange(range)).title).toBe('B')
  expect((await readCommitChange({ path: repository.path, commit: 'main' })).title).toBe('B')
  expect(await changedLines(range)).toEqual(new Map([['a.txt', [2]]]))
  expect(await keepsRecords(range)).toBe(false)
  expect(await readFileAt({ path: repository.path, commit: repository.oid('b'), file: 'a.txt', maxBytes: 9 })).toEqual({
    content: Buffer.from('a\nb\n'),
    size: 4,
  })
  expect(readdirSync(canaries).filter((name) => name.endsWith('.sh')).length).toBeGreaterThan(20)
  expect(readdirSync(canaries).filter((name) => name.endsWith('.ran'))).toEqual([])
})

test('grafts and replaced objects do not change the history that is read', async () => {
  const repository = small()
  repository.git('replace', repository.oid('b'), repository.oid('a'))
  writeFileSync(join(repository.path, 'info', 'grafts'), `${repository.oid('b')}\n`)
  expect(await titles(repository.path)).toEqual(['A', 'B'])
})

test('a work tree, a folder in it, a linked work tree and a bare repository give the same history', async () => {
  const repository = small()
  const clone = join(folder(), 'clone')
  git(repository.path, 'clone', '-q', repository.path, clone)
  const linked = join(folder(), 'linked')
  git(clone, 'worktree', 'add', '-q', linked)
  mkdirSync(join(clone, 'inside'))
  for (const path of [repository.path, clone, join(clone, 'inside'), linked])
    expect(await titles(path)).toEqual(['A', 'B'])
  expect(await openRepository({ path: linked })).toMatchObject({
    bare: false,
    rootPath: linked,
    headRef: 'refs/heads/linked',
  })
  expect(await openRepository({ path: repository.path })).toMatchObject({ bare: true, headRef: 'refs/heads/main' })
})

test('every full clone has the same identity, and changes keep their ids in it', async () => {
  const repository = small()
  const clone = join(folder(), 'clone')
  git(repository.path, 'clone', '-q', repository.path, clone)
  const identity = `root:${repository.oid('a')}`
  expect(await openRepository({ path: clone })).toMatchObject({ identity })
  expect(await openRepository({ path: repository.path })).toMatchObject({ identity })
})

test('what a shallow clone lacks is named and not counted as new', async () => {
  const repository = small()
  const clone = join(folder(), 'clone')
  git(repository.path, 'clone', '-q', '--depth=1', `file://${repository.path}`, clone)
  const changes = []
  for await (const change of readHistory({ path: clone })) changes.push(change)
  expect(changes).toMatchObject([{ title: 'B', limitsHit: ['shallow'], lines: { added: 0 }, files: [] }])
  expect(await openRepository({ path: clone })).toMatchObject({ shallow: true })
})

test('files whose contents are gone are named and everything else is read', async () => {
  const repository = scriptRepository([
    { name: 'a', message: 'A', files: { 'a.txt': 'a\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'gone.txt': 'gone 1\n', 'here.txt': 'here\n' } },
    { name: 'c', parents: ['b'], message: 'C', files: { 'gone.txt': 'gone 2\n' } },
    { name: 'd', parents: ['c'], message: 'D', files: { 'a.txt': 'a\nd\n' } },
  ])
  folders.push(repository.path)
  for (const content of ['gone 1\n', 'gone 2\n']) {
    const oid = repository.gitWith(content, 'hash-object', '--stdin')
    rmSync(join(repository.path, 'objects', oid.slice(0, 2), oid.slice(2)))
  }
  const changes = []
  for await (const change of readHistory({ path: repository.path })) changes.push(change)
  expect(changes.map(({ title, limitsHit, lines }) => [title, limitsHit, lines.counted])).toEqual([
    ['A', [], 1],
    ['B', ['missing_objects'], 1],
    ['C', ['missing_objects'], 0],
    ['D', [], 1],
  ])
  expect(changes[1]?.files.map((file) => [file.path, file.class])).toEqual([
    ['here.txt', 'counted'],
    ['gone.txt', 'missing'],
  ])
})

test('an empty repository has no changes', async () => {
  const path = folder()
  git(path, 'init', '-q')
  expect(await titles(path)).toEqual([])
  expect((await openRepository({ path })).headOid).toBeUndefined()
})

test.each([
  ['a path that does not exist', () => join(folder(), 'nothing')],
  ['a folder without a repository', () => folder()],
  ['a `.git` file that names nothing', () => withFile('.git', 'nonsense')],
  ['a `.git` file that names a folder which is no repository', () => withFile('.git', 'gitdir: elsewhere')],
])('%s is refused as unreadable', async (_name, make) => {
  await expect(titles(make())).rejects.toMatchObject({ code: 'repository_unreadable' })
})

test('a repository of an unknown object format, a partial clone and a damaged one are refused as unreadable', async () => {
  for (const setting of [
    '[extensions]\n\tobjectFormat = md5\n',
    '[extensions]\n\tpartialClone = origin\n',
    '[broken',
  ]) {
    const repository = small()
    appendFileSync(join(repository.path, 'config'), setting)
    await expect(titles(repository.path)).rejects.toMatchObject({ code: 'repository_unreadable' })
  }
  const damaged = small()
  const oid = damaged.oid('b')
  rmSync(join(damaged.path, 'objects', oid.slice(0, 2), oid.slice(2)))
  await expect(titles(damaged.path)).rejects.toMatchObject({ code: 'repository_unreadable' })
  const cut = small()
  const parent = cut.oid('a')
  rmSync(join(cut.path, 'objects', parent.slice(0, 2), parent.slice(2)))
  await expect(titles(cut.path)).rejects.toMatchObject({ code: 'repository_unreadable' })
})

test('a missing and an old git are refused with what to do', async () => {
  const { path } = small()
  const git = { binary: 'git', searchPath: folder() }
  await expect(openRepository({ path, git })).rejects.toMatchObject({ code: 'git_missing' })
  writeFileSync(join(git.searchPath, 'git'), '#!/bin/sh\necho git version 2.29.3\n', { mode: 0o755 })
  await expect(openRepository({ path, git })).rejects.toMatchObject({
    code: 'git_too_old',
    message: 'git 2.29.3 is too old',
  })
})

test('secrets in a remote address are not shown', async () => {
  const { path } = small()
  git(path, 'config', 'remote.origin.url', 'https://user:s3cret@example.com/a/b.git?token=t0ken')
  expect((await openRepository({ path })).remoteUrl).toBe('https://example.com/a/b.git')
})

test('leaving the loop and aborting end every process and leave no folder behind', async () => {
  const { path } = small()
  for await (const _change of readHistory({ path })) {
    expect(scratchFoldersOf(path)).toHaveLength(1)
    break
  }
  await expect(titles(path, AbortSignal.abort())).rejects.toThrow('aborted')
  expect(scratchFoldersOf(path)).toEqual([])
  expect(existsSync(path)).toBe(true)
})

/** Folders of ours that borrow from the repository; tests beside this one have theirs. */
function scratchFoldersOf(path: string): string[] {
  const alternates = (name: string) => join(tmpdir(), name, 'objects', 'info', 'alternates')
  const all = readdirSync(tmpdir()).filter(
    (name) => name.startsWith('countersign-git-') && existsSync(alternates(name)),
  )
  return all.filter((name) => {
    try {
      return readFileSync(alternates(name), 'utf8').startsWith(path)
    } catch {
      return false
    }
  })
}

function withFile(name: string, content: string): string {
  const path = folder()
  writeFileSync(join(path, name), content)
  return path
}
