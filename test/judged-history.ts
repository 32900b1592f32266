import { type ScriptedRepository, scriptRepository } from '../src/domains/changes/testing/scripted-repository.ts'

/** Those that a repository may set aside. */
const rules = [
  ...['human-approval', 'second-approval', 'changes-requested', 'senior-review', 'security-review'].map(
    (name) => `compliance.${name}`,
  ),
  ...['legal-consultation', 'audit-trail', 'ticket'].map((name) => `compliance.${name}`),
  ...['coverage', 'enhanced-tests', 'tests', 'complexity', 'documentation'].map((name) => `quality.${name}`),
  ...[
    'scan-ai',
    'scan-sensitive',
    'findings',
    'secrets',
    'vulnerabilities',
    'dependencies-exist',
    'dependencies-age',
  ].map((name) => `security.${name}`),
]

/** Settings under which commits must be signed, or not, and nothing else is enforced. */
function settings(signed: 'enforce' | 'warn'): string {
  const modes = rules.map((rule) => `    ${rule}: warn\n`).join('')
  return `version: 1\ngate:\n  modes:\n    compliance.signed-commits: ${signed}\n${modes}`
}

const at = (day: string) => Date.parse(`${day}T12:00:00Z`) / 1000
const claude = 'Co-authored-by: Claude <noreply@anthropic.com>'

/** What a forge knows of the pull request of a commit: Ada's, without AI, approved by Bo. */
export function approvedPullRequest(oid: string): string {
  const person = (login: string) => ({ login, email: `${login}@example.com`, name: login, kind: 'human' })
  return JSON.stringify({
    schema: 'countersign.pull-request/v1',
    number: 5,
    head: oid,
    author: person('ada'),
    commits: [{ oid, author: person('ada') }],
    ai: 'none',
    approvals: [{ by: person('bo'), state: 'approved', commit: oid, at: '2027-01-14T09:00:00Z' }],
    merge: { by: person('bo'), at: '2027-01-15T12:00:00Z', method: 'squash', adminOverride: false, directPush: false },
    protection: {
      branch: 'main',
      enabled: true,
      requiredApprovals: 1,
      dismissStale: true,
      requireSignedCommits: false,
      forcePushBlocked: true,
      enforceAdmins: true,
    },
  })
}

/**
 * Seven changes, judged under the settings of the commit before each:
 *
 * | title | merged | gate | risk |
 * | --- | --- | --- | --- |
 * | Begin | 2024-09-01 | unknown: nothing is attached | medium |
 * | Ask for signatures | 2026-10-05 | unknown | high: the settings themselves |
 * | Add the parser | 2026-10-20 | fail: not signed | medium |
 * | Ask for nothing | 2026-12-10 | fail: not signed | high |
 * | Explain the parser | 2027-01-15 | pass, with `approvedPullRequest` attached | low: reviewed words |
 * | Guard the tokens | 2027-02-20 | unknown: nothing tells of its prompts | critical: an AI tool and what guards access |
 * | Come from the future | 2027-04-02 | unknown | medium |
 */
export function judgedHistory(): ScriptedRepository {
  return scriptRepository([
    { name: 'begin', message: 'Begin', at: at('2024-09-01'), files: { 'src/begin.ts': 'export const a = 1\n' } },
    {
      name: 'ask',
      parents: ['begin'],
      message: 'Ask for signatures',
      at: at('2026-10-05'),
      files: { '.countersign.yaml': settings('enforce') },
    },
    {
      name: 'parser',
      parents: ['ask'],
      message: 'Add the parser',
      at: at('2026-10-20'),
      files: { 'src/parser.ts': 'export const b = 1\n' },
    },
    {
      name: 'nothing',
      parents: ['parser'],
      message: 'Ask for nothing',
      at: at('2026-12-10'),
      files: { '.countersign.yaml': settings('warn') },
    },
    {
      name: 'explain',
      parents: ['nothing'],
      message: 'Explain the parser\n\nReviewed-by: Bo <bo@example.com>',
      at: at('2027-01-15'),
      files: { 'docs/parser.md': 'how\n' },
    },
    {
      name: 'guard',
      parents: ['explain'],
      message: `Guard the tokens\n\n${claude}`,
      at: at('2027-02-20'),
      files: { 'src/auth/token.ts': 'export const c = 1\n' },
    },
    {
      name: 'future',
      parents: ['guard'],
      message: 'Come from the future',
      at: at('2027-04-02'),
      files: { 'src/later.ts': 'export const d = 1\n' },
    },
  ])
}
