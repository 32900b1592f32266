import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../folders.ts'
import { type TestRepository, testRepository } from '../harness.ts'
import { countersign, passableFolder, type RunningServer, startServer } from './command-line.ts'

let folder: string
let repository: TestRepository
let server: RunningServer
let env: Record<string, string>
beforeAll(async () => {
  folder = await passableFolder()
  repository = await testRepository(['Begin', 'Go on'])
  server = await startServer(['--data', join(folder, 'data')], { cwd: repository.path })
  const signedIn = await countersign(['sign-in', server.signInUrl], { cwd: folder })
  env = { COUNTERSIGN_SERVER: server.url, COUNTERSIGN_TOKEN: signedIn.out.trim() }
})
afterAll(async () => {
  await server.end('SIGTERM')
  await repository.remove()
  await removeFolder(folder)
})

test('a report is attached to the newest commit of the folder, listed and shown', async () => {
  await file('junit.xml', '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>')
  const added = await run(['evidence', 'add', join(folder, 'junit.xml'), '--json'])
  expect([added.code, added.err]).toEqual([0, ''])
  const [item] = JSON.parse(added.out).items
  expect(item).toMatchObject({ format: 'junit', isNew: true, commit: expect.stringMatching(/^[0-9a-f]{40}$/) })
  const again = await run(['evidence', 'add', join(folder, 'junit.xml')])
  expect(again.out).toContain('2 tests, 1 not passed, known already')
  const listed = await run(['evidence', 'list', '--commit', item.commit])
  expect(listed.out).toContain(item.id)
  const shown = JSON.parse((await run(['evidence', 'show', item.id])).out)
  expect(shown.parsed.tests).toEqual({ total: 2, passed: 1, failed: 1, errors: 0, skipped: 0 })
  const content = await run(['evidence', 'show', item.id, '--content'])
  expect(content.out).toBe(await readFile(join(folder, 'junit.xml'), 'utf8'))
})

test('what a hostile report calls itself reaches no terminal', async () => {
  const name = 'Scan\u001b]0;owned\u0007ner\u202e'
  await file('bad.sarif', JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name } }, results: [] }] }))
  const added = await run(['evidence', 'add', join(folder, 'bad.sarif')])
  expect(added.code).toBe(0)
  expect(added.out.trimEnd()).not.toMatch(/\p{C}/u)
})

test.each([
  ['a file that is not there', ['evidence', 'add', 'none.json'], 'there is no report at'],
  ['a folder', ['evidence', 'add', '.'], 'there is no report at'],
  ['a device that never ends', ['evidence', 'add', '/dev/zero'], 'there is no report at'],
  ['no file', ['evidence', 'add'], 'needs a file'],
  ['a format that is not known', ['evidence', 'add', 'x', '--format', 'word'], '`--format` must be one of'],
  ['a repository that the server does not govern', ['evidence', 'add', 'file.txt', '--repo', '/'], 'cannot be read'],
  ['a commit that is not there', ['evidence', 'add', 'file.txt', '--commit', 'none'], 'has no branch'],
  ['a statement without trust root', ['evidence', 'verify', 'x'], 'needs `--trust-root`'],
])('%s is one sentence and exit code 2', async (_, args, text) => {
  const ended = await run(args)
  expect(ended.code).toBe(2)
  expect(ended.err).toContain(text)
  expect(ended.out).toBe('')
})

test('a report that is too large is refused before it is read', async () => {
  await file('large.json', ' '.repeat(50 * 1024 * 1024 + 1))
  const ended = await run(['evidence', 'add', join(folder, 'large.json')])
  expect(ended.err).toContain('the report is too large')
})

test('the dependencies of a commit are asked for with the npm on the search path', async () => {
  const tools = join(folder, 'npm')
  await file('npm', '#!/bin/sh\necho \'{"created":"2014-03-14T00:00:00.000Z","1.3.0":"2018-04-09T01:31:49.000Z"}\'\n')
  await chmod(tools, 0o755)
  await writeFile(join(repository.path, 'package.json'), '{"dependencies":{"left-pad":"1.3.0"}}')
  await repository.commit('Add one')
  const PATH = `${folder}:${process.env['PATH']}`
  const out = join(folder, 'dependencies.json')
  const made = await countersign(['evidence', 'dependencies', '--out', out], { cwd: repository.path, env: { PATH } })
  expect(made.out).toContain('1 added, 0 do not exist, 0 unknown')
  const added = await run(['evidence', 'add', out])
  expect([added.code, added.err]).toEqual([0, ''])
  expect(added.out).toContain('  dependencies: ')
})

test('a trust root is added, listed and removed', async () => {
  const key =
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n'
  await file('key.pem', key)
  const added = await run(['trust', 'add', join(folder, 'key.pem'), '--name', 'release key'])
  expect(added.code).toBe(0)
  expect((await run(['trust', 'list'])).out).toContain('release key  key')
  expect((await run(['trust', 'remove', added.out.trim()])).code).toBe(0)
  expect((await run(['trust', 'list'])).out).toBe('')
  const wrong = await run(['trust', 'add', join(folder, 'junit.xml'), '--name', 'x'])
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('the trust root cannot be used')])
})

function run(args: readonly string[]) {
  return countersign(args, { cwd: repository.path, env })
}

async function file(name: string, content: string): Promise<void> {
  await writeFile(join(folder, name), content)
}
