import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type ScriptedRepository, scriptRepository } from '../testing/scripted-repository.ts'
import { fetchMirror, readCloneUrl } from './fetch.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-fetch-'))
  folders.push(made)
  return made
}

function source(): ScriptedRepository {
  const made = scriptRepository([
    { name: 'a', message: 'A', files: { 'a.txt': 'a\n' } },
    { name: 'b', parents: ['a'], message: 'B', files: { 'a.txt': 'b\n' } },
  ])
  folders.push(made.path)
  return made
}

const signal = new AbortController().signal
const quiet = { signal, onProgress: () => undefined }
const git = (gitDir: string, ...args: string[]) =>
  execFileSync('git', [`--git-dir=${gitDir}`, ...args], { encoding: 'utf8' }).trim()

test.each([
  ['https://git.example.com/team/service.git', 'https://git.example.com/team/service.git'],
  ['https://git.example.com/a?x=1#y', 'https://git.example.com/a'],
  ['ssh://git@git.example.com:2222/a.git', 'ssh://git@git.example.com:2222/a.git'],
  ['git@git.example.com:team/a.git', 'ssh://git@git.example.com/team/a.git'],
  ['file:///srv/git/a.git', 'file:///srv/git/a.git'],
])('%s is fetched from %s', (text, url) => {
  expect(readCloneUrl(text)).toBe(url)
})

test.each([
  'http://git.example.com/a.git',
  'git://git.example.com/a.git',
  'ext::sh -c touch% /tmp/x',
  'ext::sh',
  'fd::7',
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=x:y',
  'ssh://-oProxyCommand=x/a',
  'https://user:secret@git.example.com/a.git',
  'https://token@git.example.com/a.git',
  'ssh://git:secret@git.example.com/a.git',
  'https://git.example.com/',
  'https://git.example.com/%zz/a.git',
  'https://git.example.com/%ff.git',
  'file:///srv/a\n.git',
  'a folder',
  '',
])('%s is not fetched from', (text) => {
  expect(() => readCloneUrl(text)).toThrowError(expect.objectContaining({ code: 'clone_url_refused' }))
  try {
    readCloneUrl(text)
  } catch (error) {
    expect(String(error)).not.toContain('secret')
  }
})

test('a mirror has the branches, tags and notes, its branch of HEAD, and follows what is new and what is gone', async () => {
  const from = source()
  from.git('branch', 'other')
  from.git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'notes', '--ref=ai', 'add', '-m', 'note', 'main')
  from.git('update-ref', 'refs/pull/1/head', 'main')
  from.git('symbolic-ref', 'HEAD', 'refs/heads/other')
  const to = join(folder(), 'mirror.git')
  const options = { ...quiet, url: `file://${from.path}`, folder: to }
  await fetchMirror(options)
  const refs = () => git(to, 'for-each-ref', '--format=%(refname)').split('\n')
  expect(refs()).toEqual(['refs/heads/main', 'refs/heads/other', 'refs/notes/ai'])
  expect(git(to, 'symbolic-ref', 'HEAD')).toBe('refs/heads/other')
  from.git('branch', '-D', 'main', '-f')
  from.git('branch', 'new', 'other')
  await fetchMirror(options)
  expect(refs()).toEqual(['refs/heads/new', 'refs/heads/other', 'refs/notes/ai'])
})

test('nothing of the other side is run, and nothing of the configuration of this user', async () => {
  const from = source()
  const canary = join(folder(), 'ran')
  const script = join(folder(), 'hook.sh')
  writeFileSync(script, `#!/bin/sh\ntouch ${canary}\n`)
  chmodSync(script, 0o755)
  mkdirSync(join(from.path, 'hooks'), { recursive: true })
  for (const hook of ['post-checkout', 'reference-transaction', 'post-update', 'pre-receive']) {
    writeFileSync(join(from.path, 'hooks', hook), `#!/bin/sh\ntouch ${canary}\n`)
    chmodSync(join(from.path, 'hooks', hook), 0o755)
  }
  for (const name of [
    'uploadpack.packObjectsHook',
    'core.fsmonitor',
    'core.sshCommand',
    'core.gitProxy',
    'credential.helper',
  ])
    from.git('config', name, script)
  const to = join(folder(), 'mirror.git')
  await fetchMirror({ ...quiet, url: `file://${from.path}`, folder: to })
  await fetchMirror({ ...quiet, url: `file://${from.path}`, folder: to })
  expect(existsSync(canary)).toBe(false)
  expect(existsSync(join(to, 'hooks'))).toBe(false)
})

test('what is too large, too slow, gone or given up ends with one sentence, and git with it', async () => {
  const from = source()
  from.gitWith(Buffer.alloc(0), 'gc', '-q')
  const to = folder()
  await expect(fetchMirror({ ...quiet, url: 'file:///nowhere/a.git', folder: join(to, 'a') })).rejects.toMatchObject({
    code: 'repository_unreadable',
    message: expect.stringContaining('does not appear to be a git repository'),
  })
  await expect(
    fetchMirror({ ...quiet, url: `file://${from.path}`, folder: join(to, 'b'), timeoutMs: 1 }),
  ).rejects.toMatchObject({ code: 'repository_unreadable' })
  const stop = new AbortController()
  stop.abort()
  await expect(
    fetchMirror({ ...quiet, signal: stop.signal, url: `file://${from.path}`, folder: join(to, 'c') }),
  ).rejects.toThrow()
})
