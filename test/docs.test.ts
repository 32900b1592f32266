import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseAst } from 'vite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '#platform/config.ts'
import { describeModules } from '#server'
import { commonOptions } from '../src/cli/command.ts'
import { commands } from '../src/cli/commands.ts'
import { referenceFiles } from '../src/cli/reference-files.ts'
import { passableFolder, program, type RunningServer, startServer } from './e2e/command-line.ts'
import { removeFolder } from './folders.ts'
import { startTestProduct, type TestRepository, testRepository } from './harness.ts'

/**
 * A block of sh, js, ts, json or yaml in the docs holds: what can be parsed is parsed, and sh runs when it says so.
 *
 *     ```sh test                 runs in a fresh git repository
 *     ```sh test server          the same, with a server, a token and a sign-in link of it in the environment
 *     ```sh no-test="reason"     is parsed, and its command lines must be ours
 */
const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...markdown('docs'),
  ...markdown('examples'),
]
const blocks = pages.flatMap(blocksOf)
const run = promisify(execFile)

test('the docs were looked at', () => {
  expect(pages.length).toBeGreaterThan(12)
  expect(blocks.filter((one) => one.language === 'sh').length).toBeGreaterThan(8)
  expect(blocks.filter((one) => one.info.startsWith('test')).length).toBeGreaterThan(5)
})

describe('the generated reference', () => {
  const files = referenceFiles(commands)

  test.each([...files])('docs/reference/%s is what `npm run docs` writes', (path, content) => {
    expect(readFileSync(join(root, 'docs/reference', path), 'utf8')).toBe(content)
  })

  test('has nothing that is not written any more', () => {
    const events = readdirSync(join(root, 'docs/reference/schemas/events')).map((name) => `schemas/events/${name}`)
    expect(events.length).toBeGreaterThan(10)
    expect(events.filter((path) => !files.has(path))).toEqual([])
  })

  test('tells of every error that the sources declare', () => {
    const declared = sources('src').flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/defineError(?:<[^(]*>)?\(\s*'([^']+)'/g)].map(([, code = '']) => code),
    )
    expect(declared.length).toBeGreaterThan(50)
    expect(declared.filter((code) => !files.get('errors.md')?.includes(`| \`${code}\` |`))).toEqual([])
  })
})

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...withoutCode(readFileSync(join(root, page), 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => ({
      page,
      to,
    })),
  )

  test('between pages lead somewhere', () => {
    const local = links.filter(({ to }) => !/^https?:/.test(to))
    expect(local.length).toBeGreaterThan(20)
    const broken = local.filter(({ page, to }) => !existsSync(join(root, dirname(page), to.split('#')[0] ?? '')))
    expect(broken).toEqual([])
  })

  test('to a part of a page name one of its headings', () => {
    const broken = links.filter(
      ({ page, to }) => /^[^:]*#/.test(to) && !headings(page, to).includes(to.split('#')[1] ?? ''),
    )
    expect(broken).toEqual([])
  })
})

describe('code blocks', () => {
  const known = blocks.filter((one) => ['sh', 'js', 'ts', 'json', 'yaml'].includes(one.language))

  test.each(known.map((one) => [one.place, one] as const))('%s is well formed', async (_, { language, info, text }) => {
    if (info !== '') expect(info).toMatch(/^(test|test server|no-test="[^"]{10,}")$/)
    if (language === 'json') JSON.parse(text)
    if (language === 'yaml') parse(text)
    if (language === 'js' || language === 'ts') parseAst(text, { lang: language })
    if (language !== 'sh') return
    expect(info).not.toBe('')
    await run('bash', ['-n', '-c', text])
    expectOurCommands(text)
  })

  test('no language goes unlooked at under another name', () => {
    const others = blocks
      .map((one) => one.language)
      .filter((one) => !['sh', 'js', 'ts', 'json', 'yaml', 'text', ''].includes(one))
    expect(others).toEqual([])
  })
})

describe('code blocks that run', () => {
  let tools: string
  let repository: TestRepository
  let server: RunningServer
  beforeAll(async () => {
    tools = await passableFolder()
    await writeTools(tools)
    repository = await testRepository(['Begin', 'Go on\n\nAssisted-by: Claude'])
    server = await startServer([], { cwd: repository.path })
  })
  afterAll(async () => {
    await server.end('SIGTERM')
    await repository.remove()
    await removeFolder(tools)
  })

  const runnable = pages.filter((page) => blocks.some((one) => one.page === page && one.info.startsWith('test')))
  test.each(runnable)('%s', async (page) => {
    const own = blocks.filter((one) => one.page === page && one.info.startsWith('test'))
    const needsServer = own.some((one) => one.info === 'test server')
    const env = { ...environment(tools), ...(needsServer ? await signedIn() : {}) }
    for (const { place, text } of own) {
      const ended = await run('bash', ['-euo', 'pipefail', '-c', text], { cwd: repository.path, env }).catch(
        (error) => error,
      )
      expect({ place, code: ended.code ?? 0, err: ended.stderr }).toEqual({ place, code: 0, err: expect.any(String) })
    }
  })

  async function signedIn(): Promise<Record<string, string>> {
    const link = async () => {
      const made = await countersignHere(['sign-in-link', '--server', server.url])
      return made.trim()
    }
    const COUNTERSIGN_TOKEN = (await countersignHere(['sign-in', await link()])).trim()
    return { COUNTERSIGN_SERVER: server.url, COUNTERSIGN_TOKEN, SIGN_IN_URL: await link() }
  }

  async function countersignHere(args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [program, ...args], {
      cwd: repository.path,
      env: environment(tools),
    })
    return stdout
  }
})

describe('examples', () => {
  const files = filesBelow('examples')

  test('are all named by their page', () => {
    const page = readFileSync(join(root, 'examples/README.md'), 'utf8')
    expect(files.length).toBeGreaterThan(5)
    expect(
      files.filter((path) => path !== 'examples/README.md' && !page.includes(`(${relative('examples', path)})`)),
    ).toEqual([])
  })

  test.each(files.filter((path) => /\.ya?ml$/.test(path)))('%s is YAML', (path) => {
    const documents = parseAllDocuments(readFileSync(join(root, path), 'utf8'))
    expect([...documents].flatMap((one) => one.errors)).toEqual([])
  })

  test.each(files.filter((path) => path.endsWith('.mjs')))('%s is a program', async (path) => {
    await run(process.execPath, ['--check', join(root, path)])
  })

  test('config.yaml starts a server', () => {
    const config = loadConfig({ config: join(root, 'examples/config.yaml') }, {})
    expect(config).toMatchObject({ publicUrl: 'https://countersign.example.com', 'ledger.public': true })
  })

  test('the command lines of CI files and units are ours', () => {
    const lines = files
      .flatMap((path) => readFileSync(join(root, path), 'utf8').split('\n'))
      .filter((line) => /(run|ExecStart)[:=]|^ *- npx/.test(line))
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expectOurCommands(line.replace(/^ *(- )?(run: |ExecStart=)?/, ''))
  })

  test('follow-checkpoint.mjs follows a log as it grows, and refuses one that another key signed', async () => {
    const product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
    const address = await product.app.listen({ port: 0, host: '127.0.0.1' })
    const { authorization } = await product.token({ scopes: ['ledger:read'] })
    const env = { COUNTERSIGN_SERVER: address, COUNTERSIGN_TOKEN: authorization.slice('Bearer '.length) }
    const script = join(root, 'examples/follow-checkpoint.mjs')
    const follower = spawn(process.execPath, [script, product.ledger.keys.vkey, '0.02'], { env })
    const said = { out: '', err: '' }
    follower.stdout.on('data', (chunk) => {
      said.out += chunk
    })
    follower.stderr.on('data', (chunk) => {
      said.err += chunk
    })
    for (let i = 0; i < 12; i++) {
      await product.signInLink()
      const size = (await product.records()).length
      await vi.waitFor(() => expect(said.out).toContain(` size ${size} root `), { timeout: 20_000, interval: 5 })
    }
    expect(said.err).toBe('')
    follower.kill()
    const other = product.ledger.keys.vkey.replace(/\+.*$/, '+00000000+AQ'.padEnd(54, 'A'))
    const refused = await run(process.execPath, [script, other, '--once'], { env }).catch((error) => error)
    expect([refused.code, refused.stderr]).toEqual([1, 'the checkpoint is not signed by the key of this log\n'])
    await product.close()
  })

  test('the audit of the CI files writes what they keep', async () => {
    const tools = await passableFolder()
    await writeTools(tools)
    const repository = await testRepository()
    const workflow = parse(readFileSync(join(root, 'examples/ci/github-actions.yml'), 'utf8'))
    const { env, steps } = workflow.jobs.audit
    const command = steps.find((one: { run?: string }) => one.run !== undefined).run
    await run('bash', ['-euo', 'pipefail', '-c', command], {
      cwd: repository.path,
      env: { ...environment(tools), ...env },
    })
    const kept = steps.find((one: { uses?: string }) => one.uses?.startsWith('actions/upload-artifact')).with.path
    expect(readdirSync(join(repository.path, kept)).sort()).toEqual([
      'evidence-pack.zip',
      'keys.json',
      'report.html',
      'report.json',
    ])
    const pipeline = parse(readFileSync(join(root, 'examples/ci/gitlab-ci.yml'), 'utf8')).countersign
    expect(pipeline.script).toEqual([command])
    expect(pipeline.artifacts.paths).toEqual([kept])
    await repository.remove()
    await removeFolder(tools)
  })
})

test('every command that a hint, a page or an error names is there', () => {
  const texts = sources('src')
    .map((path) => readFileSync(path, 'utf8'))
    .concat(pages.map((page) => readFileSync(join(root, page), 'utf8')))
  const named = texts.flatMap((text) =>
    [...text.matchAll(/(?:`|<code>)countersign ([a-z][^`<\\\n]*)/g)].map(([, line = '']) => line),
  )
  expect(named.length).toBeGreaterThan(10)
  const unknown = named.filter(
    (line) => !commands.some((one) => `${line} `.startsWith(`${one.name} `)) && !groups().has(line.trim()),
  )
  expect(unknown).toEqual([])
})

test('permissions that the guides name are declared', () => {
  const declared = describeModules().flatMap((one) => one.permissions.map((permission) => permission.name))
  const named = pages
    .filter((page) => page.startsWith('docs/guides'))
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/(?<![\w-])([a-z]+(?:-[a-z]+)*:(?:read|write))\b/g)].map(
        ([, name = '']) => name,
      ),
    )
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !declared.includes(name))).toEqual([])
})

/** Names that stand for several commands, such as `ledger`. */
function groups(): Set<string> {
  return new Set(commands.flatMap((one) => (one.name.includes(' ') ? [one.name.split(' ')[0] ?? ''] : [])))
}

/** Each line that calls us names a command that there is, with options that it takes. */
function expectOurCommands(script: string): void {
  for (const [, line = ''] of script
    .replaceAll('\\\n', ' ')
    .matchAll(/(?:^|[\s(])(?:countersign|"\$COUNTERSIGN_PACKAGE"|\S*countersign\.mjs) ([a-z][^|)\n]*)/g)) {
    const command = commands
      .filter((one) => `${line} `.startsWith(`${one.name} `))
      .sort((a, b) => b.name.length - a.name.length)[0]
    expect(command, `there is no command \`${line}\``).toBeDefined()
    const taken = Object.keys({ ...commonOptions, ...command?.options })
    const given = [...line.matchAll(/ --([a-z-]+)/g)].map(([, name = '']) => name)
    expect(given.filter((name) => !taken.includes(name))).toEqual([])
  }
}

interface Block {
  readonly page: string
  readonly place: string
  readonly language: string
  readonly info: string
  readonly text: string
}

function blocksOf(page: string): Block[] {
  const content = readFileSync(join(root, page), 'utf8')
  return [...content.matchAll(/^([ ]*)```([a-z]*)([^\n]*)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent = '', language = '', info = '', text = ''] = match
    const line = content.slice(0, match.index).split('\n').length
    const lines = text.split('\n').map((one) => one.slice(indent.length))
    return { page, place: `${page}:${line}`, language, info: info.trim(), text: lines.join('\n') }
  })
}

function withoutCode(content: string): string {
  return content.replace(/^([ ]*)```[\s\S]*?^\1```$/gm, '').replace(/`[^`\n]*`/g, '')
}

function headings(page: string, to: string): string[] {
  const [path = ''] = to.split('#')
  const content = readFileSync(path === '' ? join(root, page) : join(root, dirname(page), path), 'utf8')
  return [...content.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** `countersign` as the installed package would give it, and an `npx` that finds it. */
async function writeTools(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const own = `exec "${process.execPath}" "${program}" "$@"\n`
  const npx = `while [[ "$1" == --* ]]; do shift; done; shift\n${own}`
  for (const [name, body] of Object.entries({ countersign: own, npx })) {
    await writeFile(join(folder, name), `#!/usr/bin/env bash\n${body}`)
    await chmod(join(folder, name), 0o755)
  }
}

function environment(tools: string): Record<string, string> {
  const path = [tools, dirname(process.execPath), process.env['PATH']].join(':')
  return { PATH: path, HOME: tools, EXAMPLES: join(root, 'examples') }
}

function markdown(folder: string): string[] {
  return filesBelow(folder).filter((path) => path.endsWith('.md'))
}

function sources(folder: string): string[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => resolve(root, path))
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}
