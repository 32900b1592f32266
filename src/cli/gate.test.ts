import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedRepository, scriptRepository } from '../domains/changes/testing/scripted-repository.ts'
import { type Command, parseArguments } from './command.ts'
import { gate, gateRules } from './gate.ts'

/** An AI-assisted change of a real shape, with every report that its gate needs, and what one of them missing or wrong does. */
const at = Date.UTC(2026, 0, 5) / 1000
const source = 'export function readToken(header) {\n  return header.slice(7)\n}\n'
const hostilePath = 'src/a\n::error::b%.ts'

let repository: ScriptedRepository
let folder: string
let head: string
let base: string

beforeAll(() => {
  repository = scriptRepository([
    { name: 'base', message: 'Begin\n', at, files: { 'README.md': 'hello\n', 'package.json': '{}\n' } },
    {
      name: 'head',
      message: 'PAY-42: read tokens\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n',
      at: at + 86_400,
      parents: ['base'],
      files: { 'src/token.js': source, 'docs/token.md': 'how\n' },
    },
    {
      name: 'hostile',
      message: 'Hostile\n',
      at: at + 2 * 86_400,
      parents: ['head'],
      files: { [hostilePath]: 'eval(1)\n' },
    },
  ])
  ;[head, base] = [repository.oid('head'), repository.oid('base')]
  folder = mkdtempSync(join(tmpdir(), 'countersign-gate-'))
  for (const [name, content] of Object.entries(reports())) write(name, content)
})
afterAll(() => {
  repository.remove()
  rmSync(folder, { recursive: true })
})

const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

function reports(): Record<string, unknown> {
  const human = (login: string, roles: string[]) => ({ login, kind: 'human', roles })
  const approval = (login: string, roles: string[]) => ({
    by: human(login, roles),
    state: 'approved',
    commit: head,
    at: '2026-01-07T10:00:00Z',
  })
  const ada = { login: 'ada', email: 'ada@example.com', kind: 'human', roles: ['senior-developer'] }
  return {
    'sast.sarif': { version: '2.1.0', runs: [{ tool: { driver: { name: 'Semgrep OSS' } }, results: [] }] },
    'gitleaks.json': [],
    'osv.json': { results: [] },
    'junit.xml': '<testsuites><testsuite name="all"><testcase name="a"/></testsuite></testsuites>',
    'lcov.info': 'SF:src/token.js\nDA:1,1\nDA:2,1\nDA:3,1\nend_of_record\n',
    'pull-request.json': {
      schema: 'countersign.pull-request/v1',
      number: 7,
      head,
      base,
      author: ada,
      ai: 'assisted',
      commits: [{ oid: head, author: ada, verified: true }],
      approvals: [approval('bob', ['security']), approval('eve', ['senior-developer'])],
      protection: {
        branch: 'main',
        enabled: true,
        requiredApprovals: 1,
        dismissStale: true,
        requireSignedCommits: false,
        forcePushBlocked: true,
        enforceAdmins: true,
      },
    },
    'interactions.json': {
      schema: 'countersign.interactions/v1',
      commit: head,
      complete: true,
      sessions: [
        {
          id: 's1',
          tool: 'Claude Code',
          operator: ada,
          startedAt: '2026-01-06T09:00:00Z',
          prompts: 3,
          scanned: true,
          sensitive: { blocked: 0, redacted: 0, passed: 0 },
          approvedTool: true,
        },
      ],
    },
  }
}

const all = [
  'sast.sarif',
  'gitleaks=gitleaks.json',
  'osv-scanner=osv.json',
  'junit.xml',
  'lcov.info',
  'pull-request.json',
  'interactions.json',
]

async function run(command: Command, argv: readonly string[]) {
  const said = { out: '' }
  const code = await command.run(parseArguments(command, argv), {
    out: (text: string) => {
      said.out += text
    },
    err: () => undefined,
    env: {},
    cwd: folder,
    interactive: false,
    signal: new AbortController().signal,
  })
  return { code, out: said.out }
}

async function ask(files: readonly string[], ...more: string[]) {
  const evidence = files.flatMap((file) => ['--evidence', file])
  return run(gate, [`${base}..${head}`, '--repo', repository.path, ...evidence, ...more])
}

test('a change with everything that its rules need is allowed, and a person reads that at once', async () => {
  const { code, out } = await ask(all)
  expect([code, out.split('\n').slice(0, 2)]).toEqual([
    0,
    [
      expect.stringMatching(`^PASS  merge of ${head.slice(0, 12)}  PAY-42: read tokens$`),
      expect.stringMatching(/^risk MEDIUM /),
    ],
  ])
  expect(out).toContain('not recorded: no server was named')
})

test.each([
  ['sast.sarif', 'security.scan-ai'],
  ['gitleaks=gitleaks.json', 'security.secrets'],
  ['osv-scanner=osv.json', 'security.vulnerabilities'],
  ['junit.xml', 'quality.tests'],
  ['lcov.info', 'quality.coverage'],
  ['pull-request.json', 'compliance.human-approval'],
  ['interactions.json', 'compliance.audit-trail'],
])('without %s it is not, and %s says what is missing', async (missing, rule) => {
  const { code, out } = await ask(
    all.filter((one) => one !== missing),
    '--json',
  )
  const answer = JSON.parse(out)
  expect([code, answer.result, answer.decision, answer.decisionId]).toEqual([1, 'unknown', 'deny', null])
  const found = answer.rules.find((one: { id: string }) => one.id === rule)
  expect(found.status).toBe('unknown')
  expect(found.unknown[0].howToKnow).toContain(head)
  expect(answer.unknowns.flatMap((one: { rules: string[] }) => one.rules)).toContain(rule)
})

test('lines that no test runs fail the gate with the figure', async () => {
  write('bad.info', 'SF:src/token.js\nDA:1,1\nDA:2,0\nDA:3,0\nend_of_record\n')
  const { code, out } = await ask([...all.filter((one) => one !== 'lcov.info'), 'bad.info'])
  expect(code).toBe(1)
  expect(out).toMatch(/^FAIL {2}merge of /)
  expect(out).toContain('tests run 1 of the 3 added lines that can be run (33.33 %); 80 % is needed')
})

test('a finding stands at its line in every form', async () => {
  const result = {
    ruleId: 'no-eval',
    level: 'error',
    message: { text: 'eval' },
    locations: [{ physicalLocation: { artifactLocation: { uri: 'src/token.js' }, region: { startLine: 2 } } }],
  }
  write('found.sarif', { version: '2.1.0', runs: [{ tool: { driver: { name: 'Semgrep OSS' } }, results: [result] }] })
  const files = [...all.filter((one) => one !== 'sast.sarif'), 'found.sarif']
  expect((await ask(files)).out).toContain('at src/token.js:2')
  const sarif = JSON.parse((await ask(files, '--format', 'sarif')).out)
  const told = sarif.runs[0].results.find((one: { ruleId: string }) => one.ruleId === 'security.findings')
  expect(told).toMatchObject({
    kind: 'fail',
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'src/token.js' }, region: { startLine: 2 } } }],
  })
  expect((await ask(files, '--format', 'annotations')).out).toContain(
    '::error file=src/token.js,line=2,title=security.findings',
  )
  const junit = (await ask(files, '--format', 'junit')).out
  expect(junit).toMatch(
    /<testcase classname="countersign.security" name="security.findings: [^"]*"><failure type="fail" message="0 critical and 1 high/,
  )
  const counts = [...junit.matchAll(/<testsuite name="[a-z]+" tests="(\d+)"/g)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(junit.split('<testcase ').length - 1)
})

test('a file gets the answer in its form while a person reads it', async () => {
  const { out } = await ask(all, '--format', 'sarif', '--out', 'gate.sarif')
  expect(out).toMatch(/^PASS /)
  expect(JSON.parse(readFileSync(join(folder, 'gate.sarif'), 'utf8')).version).toBe('2.1.0')
})

test('a report about another commit, or of no known form, is refused with its name', async () => {
  write('other.json', { ...(reports()['interactions.json'] as object), commit: base })
  await expect(ask(['other.json'])).rejects.toMatchObject({
    code: 'report_refused',
    message: expect.stringContaining('other.json'),
  })
  write('nothing.bin', 'what is this')
  await expect(ask(['nothing.bin'])).rejects.toMatchObject({
    code: 'report_refused',
    message: expect.stringContaining('nothing.bin'),
  })
})

test('a hostile path and title give a terminal and a pipeline nothing to obey', async () => {
  const evidence = ['--evidence', 'sast.sarif']
  const result = {
    ruleId: 'x',
    level: 'error',
    message: { text: 'x' },
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'src/a%0A::error::b%25.ts' }, region: { startLine: 1 } } },
    ],
  }
  write('hostile.sarif', { version: '2.1.0', runs: [{ tool: { driver: { name: 'Semgrep OSS' } }, results: [result] }] })
  const asked = [repository.oid('hostile'), '--repo', repository.path, ...evidence, '--evidence', 'hostile.sarif']
  const { out } = await run(gate, asked)
  expect(out).not.toMatch(/^::error::/m)
  const annotations = (await run(gate, [...asked, '--format', 'annotations'])).out
  expect(
    annotations.split('\n').filter((line) => line !== '' && !/^::(error|warning|notice) .*title=[^,]*::/.test(line)),
  ).toEqual([])
})

test('what is not there is an error of its own', async () => {
  await expect(run(gate, ['no-such-branch', '--repo', repository.path])).rejects.toMatchObject({
    code: 'branch_missing',
  })
  await expect(run(gate, ['--repo', folder])).rejects.toMatchObject({ code: 'repository_unreadable' })
  await expect(run(gate, ['--format', 'pdf'])).rejects.toMatchObject({ code: 'usage_wrong' })
  await expect(run(gate, ['a', 'b'])).rejects.toMatchObject({ code: 'usage_wrong' })
})

test('the rules are listed with what they are about', async () => {
  const { out } = await run(gateRules, [])
  expect(out).toMatch(/compliance\.human-approval +A human who neither wrote nor prompted it .*CH-9/)
  expect(JSON.parse((await run(gateRules, ['--json'])).out).items.length).toBe(27)
})
