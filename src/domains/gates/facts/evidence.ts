import type { Change } from '#domains/changes'
import type { ParsedReport } from '#domains/evidence'
import type { UnknownPath } from './howto.ts'
import type { MergeFacts } from './model.ts'

type Facts = MergeFacts['evidence']
type Scan = NonNullable<Facts['sast']>
type ScanClass = ParsedReport['scans'][number]

/** What is attached to the commits of one change. */
export interface ChangeEvidence {
  /** Each report once, oldest first; of two by one tool in one format the newer counts. */
  readonly reports: readonly Report[]
  readonly pullRequest: NonNullable<ParsedReport['pullRequest']> | undefined
  readonly interactions: NonNullable<ParsedReport['interactions']> | undefined
  readonly dependencies: NonNullable<ParsedReport['dependencies']> | undefined
  /** Of the lines that the change adds; undefined without a coverage report. */
  readonly coverage: { readonly lines: number; readonly hit: number } | undefined
}

export type Report = Pick<
  ParsedReport,
  'format' | 'tool' | 'ran' | 'scans' | 'findings' | 'findingCounts' | 'tests' | 'vex'
>

interface Input {
  readonly change: Change
  readonly evidence: ChangeEvidence
  readonly now: string
}

const severities = ['critical', 'high', 'medium', 'low', 'info'] as const
const findingsShown = 50

export function evidenceFacts(input: Input, dependencyFiles: readonly string[], unknown: Set<UnknownPath>): Facts {
  const { change, evidence } = input
  const touched = new Set(change.files.map((file) => file.path))
  const notAffected = notAffectedIn(evidence.reports)
  const facts: Facts = {}
  const scans = {
    sast: scanOf(evidence.reports, 'sast', (finding) => finding.path === null || touched.has(finding.path)),
    secrets: scanOf(evidence.reports, 'secrets', () => true),
    sca: scanOf(evidence.reports, 'sca', (finding) => !notAffected.has(finding.vulnerability ?? finding.ruleId)),
  }
  const rest = {
    tests: testsOf(evidence.reports),
    coverage: coverageOf(evidence.coverage),
    dependencies: dependenciesOf(input, dependencyFiles, unknown),
    interactions: interactionsOf(evidence.interactions),
  }
  for (const [name, value] of Object.entries({ ...scans, ...rest })) {
    if (value === undefined) unknown.add(`evidence.${name}` as UnknownPath)
    else Object.assign(facts, { [name]: value })
  }
  return facts
}

/** Several scanners of one class count together; one that did not complete leaves the class incomplete. */
function scanOf(
  reports: readonly Report[],
  kind: ScanClass,
  counts: (finding: ParsedReport['findings'][number]) => boolean,
): Scan | undefined {
  const of = reports.filter((report) => report.scans.includes(kind))
  if (of.length === 0) return undefined
  const found = of.flatMap((report) => report.findings.filter((one) => one.class === kind))
  const open = [
    ...new Map(found.filter((one) => !one.suppressed && counts(one)).map((one) => [one.fingerprint, one])).values(),
  ]
  const rank = (one: { severity: (typeof severities)[number] }) => severities.indexOf(one.severity)
  open.sort((a, b) => rank(a) - rank(b) || (a.fingerprint < b.fingerprint ? -1 : 1))
  const bySeverity = Object.fromEntries(severities.map((s) => [s, open.filter((one) => one.severity === s).length]))
  return {
    ran: of.every((report) => report.ran),
    tools: [...new Set(of.map((report) => report.tool?.name ?? report.format))].sort().slice(0, 20),
    open: bySeverity as Scan['open'],
    findings: open.slice(0, findingsShown).map(({ fingerprint, ruleId, severity, path, line, vulnerability }) => ({
      id: fingerprint,
      rule: vulnerability ?? ruleId,
      severity,
      path,
      line,
    })),
  }
}

/** Vulnerabilities that an OpenVEX statement says do not affect this product, or no longer. */
function notAffectedIn(reports: readonly Report[]): Set<string> {
  const statements = reports.flatMap((report) => report.vex ?? [])
  return new Set(
    statements.filter((one) => one.status === 'not_affected' || one.status === 'fixed').map((one) => one.vulnerability),
  )
}

function testsOf(reports: readonly Report[]): Facts['tests'] {
  const runs = reports.map((report) => report.tests).filter((tests) => tests !== null)
  if (runs.length === 0) return undefined
  const sum = (part: keyof (typeof runs)[number]) => runs.reduce((total, run) => total + run[part], 0)
  return {
    total: sum('total'),
    passed: sum('passed'),
    failed: sum('failed'),
    errors: sum('errors'),
    skipped: sum('skipped'),
  }
}

function coverageOf(coverage: ChangeEvidence['coverage']): Facts['coverage'] {
  if (coverage === undefined) return undefined
  const { lines, hit } = coverage
  // rounded down, so that just below the threshold never reads as met
  return { lines, hit, percent: lines === 0 ? 100 : Math.floor((hit * 10_000) / lines) / 100 }
}

function dependenciesOf(
  { evidence, now }: Input,
  dependencyFiles: readonly string[],
  unknown: Set<UnknownPath>,
): Facts['dependencies'] {
  if (dependencyFiles.length === 0) return { added: [], existenceKnown: true, agesKnown: true }
  if (evidence.dependencies === undefined) return undefined
  const added = evidence.dependencies.added.slice(0, 200).map((one) => ({
    ecosystem: one.ecosystem,
    name: one.name,
    version: one.version,
    path: one.manifest,
    line: one.line ?? null,
    existence: one.exists === null ? ('unknown' as const) : one.exists ? ('exists' as const) : ('missing' as const),
    ...(one.publishedAt === null ? {} : { ageDays: daysBetween(one.publishedAt, now) }),
  }))
  // what does not exist has no age, and is told by the other rule
  const isAged = added.every((one) => one.existence === 'missing' || one.ageDays !== undefined)
  const isFound = added.every((one) => one.existence !== 'unknown')
  if (!isAged) unknown.add('evidence.dependencies.agesKnown')
  if (!isFound) unknown.add('evidence.dependencies.existenceKnown')
  return { added, ...(isFound ? { existenceKnown: true } : {}), ...(isAged ? { agesKnown: true } : {}) }
}

function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000)
}

function interactionsOf(interactions: ChangeEvidence['interactions']): Facts['interactions'] {
  if (interactions === undefined) return undefined
  const { sessions } = interactions
  return {
    complete: interactions.complete,
    sessions: sessions.length,
    unscanned: sessions.filter((one) => !one.scanned).length,
    sensitivePassed: sessions.reduce((sum, one) => sum + one.sensitive.passed, 0),
    unapprovedTools: [...new Set(sessions.filter((one) => one.approvedTool === false).map((one) => one.tool))]
      .sort()
      .slice(0, 20),
  }
}
