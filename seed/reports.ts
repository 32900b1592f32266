import type { Person } from './company.ts'
import type { PlannedChange } from './plan.ts'

/** Where a change went to, and what it stands on. */
export interface Commits {
  readonly commit: string
  readonly base: string
}

export interface Report {
  readonly format: string
  readonly bytes: Uint8Array
}

/** What scanners, tests, the forge and the coding tool would have said of a change, each in its own format. */
export function reportsOf(change: PlannedChange, { commit, base }: Commits): Report[] {
  if (!change.isCovered) return []
  return [
    json('pull-request', pullRequest(change, { commit, base })),
    json('sarif', staticAnalysis(change)),
    json('gitleaks', secrets(change, commit)),
    json('osv-scanner', { results: [] }),
    { format: 'junit', bytes: Buffer.from(tests(change)) },
    { format: 'lcov', bytes: Buffer.from(coverage(change)) },
    ...(change.tool === undefined ? [] : [json('interactions', interactions(change, commit))]),
    ...(change.written.some((one) => !one.isCode)
      ? [json('dependencies', dependencies(change, { commit, base }))]
      : []),
  ]
}

function json(format: string, value: unknown): Report {
  return { format, bytes: Buffer.from(JSON.stringify(value)) }
}

const iso = (ms: number) => new Date(ms).toISOString()
const human = ({ email, roles }: Person) => ({ login: email.split('@')[0], email, kind: 'human', roles })

function pullRequest(
  { number, author, approvers, merger, mergedAtMs, tool, ticket }: PlannedChange,
  { commit, base }: Commits,
) {
  return {
    schema: 'countersign.pull-request/v1',
    number,
    head: commit,
    base,
    mergeCommit: commit,
    author: human(author),
    ai: tool === undefined ? 'none' : 'assisted',
    approvals: approvers.map((one, at) => ({
      by: human(one),
      state: 'approved',
      commit,
      at: iso(mergedAtMs - (at + 1) * 1_200_000),
    })),
    merge: { by: human(merger), at: iso(mergedAtMs), method: 'squash', adminOverride: false, directPush: false },
    protection: {
      branch: 'main',
      enabled: true,
      requiredApprovals: 1,
      dismissStale: true,
      requireSignedCommits: false,
      forcePushBlocked: true,
      enforceAdmins: true,
    },
    ...(ticket === undefined ? {} : { tickets: [ticket] }),
  }
}

/** One run of one tool; where `source.ts` wrote an `eval`, it says so. */
function staticAnalysis({ flaw, written, number }: PlannedChange) {
  const [first] = written
  const at = { artifactLocation: { uri: first?.path }, region: { startLine: (first?.from ?? 1) + 2 } }
  const result = {
    ruleId: 'eval-of-input',
    level: 'error',
    message: { text: 'eval() of something that came from outside' },
    properties: { 'security-severity': '8.1' },
    locations: [{ physicalLocation: at }],
  }
  return {
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Harbour Scan', version: '4.2.0', rules: [] } },
        automationDetails: { id: `scan/${number}` },
        invocations: [{ executionSuccessful: true }],
        results: flaw === 'finding' ? [result] : [],
      },
    ],
  }
}

/** The place and not the secret: gitleaks with `--redact`. */
function secrets({ flaw, written, number, author, mergedAtMs }: PlannedChange, commit: string) {
  if (flaw !== 'secret') return []
  const [first] = written
  return [
    {
      RuleID: 'generic-api-key',
      Description: 'A generic API key',
      StartLine: first?.from ?? 1,
      EndLine: first?.from ?? 1,
      StartColumn: 1,
      EndColumn: 20,
      Match: 'REDACTED',
      Secret: 'REDACTED',
      File: first?.path,
      SymlinkFile: '',
      Commit: commit,
      Entropy: 3.5,
      Author: author.name,
      Email: author.email,
      Date: iso(mergedAtMs),
      Message: `#${number}`,
      Tags: [],
      Fingerprint: `${commit}:${first?.path}:generic-api-key:${first?.from}`,
    },
  ]
}

function tests({ number, flaw }: PlannedChange): string {
  const count = 20 + (number % 40)
  const cases = Array.from({ length: 3 }, (_, at) => `<testcase name="step ${at + 1} of ${count}" classname="steps"/>`)
  const failed = '<testcase name="counts" classname="steps"><failure message="expected 3, was 2"/></testcase>'
  return `<testsuite name="change ${number}">${cases.join('')}${flaw === 'failing-test' ? failed : ''}</testsuite>`
}

/** Nine lines in ten of what was written are run; in one change of twelve it is every second one. */
function coverage({ written, number }: PlannedChange): string {
  const missed = number % 12 === 0 ? 2 : 10
  return written
    .filter((one) => one.isCode)
    .map(({ path, from, to }) => {
      const lines = Array.from({ length: to - from + 1 }, (_, at) => from + at)
      return `SF:${path}\n${lines.map((line) => `DA:${line},${line % missed === 0 ? 0 : 1}\n`).join('')}end_of_record\n`
    })
    .join('')
}

function interactions({ number, tool, author, mergedAtMs, written }: PlannedChange, commit: string) {
  const lines = written.filter((one) => one.isByTool).reduce((sum, one) => sum + one.to - one.from + 1, 0)
  return {
    schema: 'countersign.interactions/v1',
    commit,
    complete: true,
    sessions: [
      {
        id: `session-${number}`,
        tool: tool?.id,
        operator: human(author),
        startedAt: iso(mergedAtMs - 7_200_000),
        endedAt: iso(mergedAtMs - 3_600_000),
        prompts: 3 + (number % 9),
        scanned: true,
        sensitive: { blocked: 0, redacted: number % 3, passed: 0 },
        approvedTool: number % 29 !== 0,
        lines,
      },
    ],
  }
}

function dependencies({ written, number, flaw, mergedAtMs }: PlannedChange, { commit, base }: Commits) {
  const manifest = written.find((one) => !one.isCode)?.path ?? 'package.json'
  const isPython = manifest.endsWith('.txt')
  const age = flaw === 'new-dependency' ? 1 : 90
  return {
    schema: 'countersign.dependencies/v1',
    commit,
    base,
    added: [
      {
        ecosystem: isPython ? 'PyPI' : 'npm',
        name: isPython ? 'requests' : 'left',
        version: `${isPython ? 2 : 1}.${number}.0`,
        manifest,
        line: 1,
        exists: true,
        publishedAt: iso(mergedAtMs - age * 86_400_000),
      },
    ],
  }
}
