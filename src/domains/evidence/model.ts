import { z } from 'zod'
import { DependenciesEvidence } from './own/dependencies.ts'
import { InteractionsEvidence } from './own/interactions.ts'
import { PullRequestEvidence } from './own/pull-request.ts'

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const
export const Severity = z.enum(severities)
export type Severity = z.infer<typeof Severity>

/** What kind of scan a tool makes, and what kind of thing it found. */
export const ScanClass = z.enum(['sast', 'secrets', 'sca', 'iac', 'container', 'license'])
export type ScanClass = z.infer<typeof ScanClass>

export const Finding = z
  .object({
    /** The same for the same finding when lines move: 32 hex digits. */
    fingerprint: z.string(),
    ruleId: z.string(),
    class: ScanClass,
    severity: Severity,
    title: z.string(),
    /** Relative to the root of the repository; null where the report does not tell. */
    path: z.string().nullable(),
    line: z.int().nullable(),
    suppressed: z.boolean(),
    vulnerability: z.string().optional(),
    package: z
      .object({
        name: z.string(),
        version: z.string().nullable(),
        ecosystem: z.string(),
        fixedIn: z.string().nullable(),
      })
      .optional(),
  })
  .meta({ id: 'Finding' })
export type Finding = z.infer<typeof Finding>

export const FindingCounts = z.object({
  total: z.int(),
  suppressed: z.int(),
  /** Of the open ones. */
  bySeverity: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int(), info: z.int() }),
})
export type FindingCounts = z.infer<typeof FindingCounts>

export const Component = z.object({
  name: z.string(),
  version: z.string(),
  purl: z.string().nullable(),
  licenses: z.array(z.string()),
})
export type Component = z.infer<typeof Component>

export const TestCounts = z.object({
  total: z.int(),
  passed: z.int(),
  failed: z.int(),
  errors: z.int(),
  skipped: z.int(),
})
export type TestCounts = z.infer<typeof TestCounts>

export const CoverageTotals = z.object({
  linesTotal: z.int(),
  linesHit: z.int(),
  branchesTotal: z.int(),
  branchesHit: z.int(),
})

export const Coverage = CoverageTotals.extend({
  /** Path as the report has it, without drive and leading slash; `[line, executions]` by line. */
  files: z.array(z.object({ path: z.string(), lines: z.array(z.tuple([z.int(), z.int()])) })),
})
export type Coverage = z.infer<typeof Coverage>

export const VexStatement = z.object({
  vulnerability: z.string(),
  status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
  justification: z.string().nullable(),
  products: z.array(z.string()),
})
export type VexStatement = z.infer<typeof VexStatement>

export const SignedStatement = z.object({
  predicateType: z.string(),
  subjects: z.array(z.object({ name: z.string(), digests: z.record(z.string(), z.string()) })),
  /** `verified` only against a trust root that the caller named. */
  verified: z.enum(['verified', 'unverified']),
  signer: z.string().nullable(),
})
export type SignedStatement = z.infer<typeof SignedStatement>

/** What is known of a report without its lists: what lists of evidence and its record show. */
export const EvidenceSummary = z.object({
  version: z.string().nullable(),
  tool: z.object({ name: z.string(), version: z.string().nullable() }).nullable(),
  producedAt: z.string().nullable(),
  schema: z.object({ verdict: z.enum(['valid', 'invalid', 'unchecked']), problems: z.array(z.string()) }),
  /** False: the tool says that it did not succeed, or there is no run in the report. Then it is no evidence of a scan. */
  ran: z.boolean(),
  speaksOf: z.object({ commits: z.array(z.string()), artifacts: z.array(z.string()) }),
  scans: z.array(ScanClass),
  findingCounts: FindingCounts,
  tests: TestCounts.nullable(),
  coverageTotals: CoverageTotals.nullable(),
  /** Of a signed statement: whether a trust root vouches for its signer. */
  signature: z.enum(['verified', 'unverified']).nullable(),
  redactions: z.int(),
})

/** Coverage as it is shown: by file. Line by line it would be the report itself. */
export const CoverageByFile = CoverageTotals.extend({
  files: z.array(z.object({ path: z.string(), linesTotal: z.int(), linesHit: z.int() })),
})

/** Everything that is kept of a report. */
export const ParsedReport = EvidenceSummary.omit({ coverageTotals: true, signature: true }).extend({
  format: z.string(),
  findings: z.array(Finding),
  components: z.array(Component).nullable(),
  coverage: Coverage.nullable(),
  vex: z.array(VexStatement).nullable(),
  statement: SignedStatement.nullable(),
  pullRequest: PullRequestEvidence.nullable(),
  interactions: InteractionsEvidence.nullable(),
  dependencies: DependenciesEvidence.nullable(),
})
export type ParsedReport = z.infer<typeof ParsedReport>

/** What is shown of a report. */
export const ShownReport = ParsedReport.extend({ coverage: CoverageByFile.nullable() })

export function shownReport(parsed: ParsedReport): z.infer<typeof ShownReport> {
  if (parsed.coverage === null) return { ...parsed, coverage: null }
  const files = parsed.coverage.files.map(({ path, lines }) => {
    return { path, linesTotal: lines.length, linesHit: lines.filter(([, hits]) => hits > 0).length }
  })
  return { ...parsed, coverage: { ...parsed.coverage, files } }
}
