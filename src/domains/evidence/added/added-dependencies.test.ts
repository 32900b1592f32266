import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DependenciesEvidence } from '../own/dependencies.ts'
import { addedDependencies } from './added-dependencies.ts'

/** Stands for npm: knows one package, says E404 of what is named `missing…`, and does not answer about anything else. */
const npm = `#!/usr/bin/env node
const [command, name, field, json] = process.argv.slice(2)
if (command !== 'view' || field !== 'time' || json !== '--json') process.exit(9)
if (name === 'left-pad') console.log(JSON.stringify({ created: '2014-03-14T00:00:00.000Z', modified: '2020-01-01T00:00:00.000Z', '1.3.0': '2018-04-09T01:31:49.000Z' }))
else if (name.startsWith('missing')) { console.log(JSON.stringify({ error: { code: 'E404', summary: 'not found' } })); process.exit(1) }
else process.exit(1)
`

let tools: string
let repository: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  tools = await mkdtemp(join(tmpdir(), 'countersign-tools-'))
  await writeFile(join(tools, 'npm'), npm)
  await chmod(join(tools, 'npm'), 0o755)
  env = { PATH: `${tools}:${process.env['PATH']}` }
  repository = await mkdtemp(join(tmpdir(), 'countersign-added-'))
  git('init', '--quiet', '--initial-branch=main')
})
afterAll(async () => {
  await rm(tools, { recursive: true, force: true })
  await rm(repository, { recursive: true, force: true })
})

test('what a commit adds to a lock file, with line, existence and age', async () => {
  await commit({ 'package.json': '{"dependencies":{"old":"^1.0.0"}}', 'package-lock.json': lock({ old: '1.0.0' }) })
  const head = await commit({
    'package-lock.json': lock({ old: '1.0.0', 'left-pad': '1.3.0', 'missing-pkg': '0.0.1', quiet: '2.0.0' }),
  })
  const found = await addedDependencies({ path: repository, env })
  expect(DependenciesEvidence.parse(found)).toEqual(found)
  expect(found).toMatchObject({ commit: head, base: git('rev-parse', 'HEAD~1') })
  const manifest = 'package-lock.json'
  expect(found.added).toEqual([
    {
      ecosystem: 'npm',
      name: 'left-pad',
      version: '1.3.0',
      manifest,
      line: 6,
      exists: true,
      publishedAt: '2018-04-09T01:31:49.000Z',
    },
    { ecosystem: 'npm', name: 'missing-pkg', version: '0.0.1', manifest, line: 7, exists: false, publishedAt: null },
    { ecosystem: 'npm', name: 'quiet', version: '2.0.0', manifest, line: 8, exists: null, publishedAt: null },
  ])
})

test('a version that the registry does not have, one from git, a link, and a name that no command line gets', async () => {
  const packages = {
    'node_modules/left-pad': { version: '9.9.9' },
    'node_modules/forked': { version: '1.0.0', resolved: 'git+ssh://git@example.com/x.git#abc' },
    'node_modules/inside': { resolved: 'packages/inside', link: true },
    'node_modules/--registry=https://evil.example': { version: '1.0.0' },
  }
  await commit({ 'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }) })
  const { added } = await addedDependencies({ path: repository, env })
  expect(added.map((one) => [one.name, one.version, one.exists])).toEqual([
    ['left-pad', '9.9.9', false],
    ['forked', '1.0.0', null],
    ['--registry=https://evil.example', '1.0.0', null],
  ])
})

test('against another base; what only moved is not new; a package without a lock file beside it', async () => {
  git('rm', '--quiet', 'package-lock.json', 'package.json')
  await commit({
    'tool/package.json': JSON.stringify(
      { dependencies: { 'left-pad': '^1.0.0' }, devDependencies: { here: 'file:../here' } },
      null,
      1,
    ),
  })
  const { added } = await addedDependencies({ path: repository, base: git('rev-parse', 'HEAD~1'), env })
  expect(added).toEqual([
    {
      ecosystem: 'npm',
      name: 'left-pad',
      version: '^1.0.0',
      manifest: 'tool/package.json',
      line: 3,
      exists: true,
      publishedAt: null,
    },
  ])
})

test('other ecosystems are listed, and nobody can say whether they exist', async () => {
  await commit({
    'requirements.txt': '# tools\nrequests==2.31.0\nflask>=2\n',
    'go.mod': 'module example.com/x\n\nrequire (\n\tgolang.org/x/net v0.17.0 // indirect\n)\n',
    'Cargo.lock': '[[package]]\nname = "serde"\nversion = "1.0.1"\n',
    'vendor/x/go.mod': 'require golang.org/x/text v0.1.0\n',
  })
  const { added } = await addedDependencies({ path: repository, env: { PATH: '/nowhere' } })
  expect(added.map((one) => [one.ecosystem, one.name, one.version, one.manifest, one.line, one.exists])).toEqual([
    ['crates.io', 'serde', '1.0.1', 'Cargo.lock', 3, null],
    ['Go', 'golang.org/x/net', 'v0.17.0', 'go.mod', 4, null],
    ['PyPI', 'requests', '2.31.0', 'requirements.txt', 2, null],
  ])
})

test('a name in package.json that the lock file was never told of is not hidden by it', async () => {
  await commit({
    'package.json': '{"dependencies":{"old":"^1.0.0","missing-pkg":"^1.0.0","inside":"^1.0.0"}}',
    'package-lock.json': JSON.stringify({
      packages: {
        'node_modules/old': { version: '1.0.0' },
        'node_modules/inside': { resolved: 'packages/inside', link: true },
      },
    }),
  })
  const { added } = await addedDependencies({ path: repository, base: git('rev-parse', 'HEAD~1'), env })
  const ofManifest = added.filter((one) => one.manifest === 'package.json')
  expect(ofManifest.map((one) => [one.name, one.exists])).toEqual([['missing-pkg', false]])
})

test('a commit that is not there is refused', async () => {
  await expect(addedDependencies({ path: repository, commit: 'no-such', env })).rejects.toMatchObject({
    code: 'branch_missing',
  })
})

/** A lock file with one package a line from line 5. */
function lock(packages: Record<string, string>): string {
  const lines = Object.entries(packages).map(
    ([name, version]) => `  "node_modules/${name}": { "version": "${version}" }`,
  )
  return `{\n "lockfileVersion": 3,\n "packages": {\n  "": { "name": "x" },\n${lines.join(',\n')}\n }\n}\n`
}

async function commit(files: Record<string, string>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    execFileSync('mkdir', ['-p', join(repository, path, '..')])
    await writeFile(join(repository, path), content)
  }
  git('add', '.')
  git('commit', '--quiet', '--message', 'change')
  return git('rev-parse', 'HEAD')
}

function git(...args: string[]): string {
  const about = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  return execFileSync('git', ['-C', repository, ...about, ...args], {
    env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    encoding: 'utf8',
  }).trim()
}
