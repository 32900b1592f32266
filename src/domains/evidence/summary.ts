import type { z } from 'zod'
import type { EvidenceSummary, ParsedReport } from './model.ts'

export type Summary = z.infer<typeof EvidenceSummary>

/** A report without its lists. */
export function summaryOf(parsed: ParsedReport): Summary {
  const { version, tool, producedAt, schema, ran, speaksOf, scans, findingCounts, tests, coverage, redactions } = parsed
  const { linesTotal, linesHit, branchesTotal, branchesHit } = coverage ?? noLines
  const totals = coverage === null ? null : { linesTotal, linesHit, branchesTotal, branchesHit }
  return {
    version,
    tool,
    producedAt,
    schema,
    ran,
    speaksOf,
    scans,
    findingCounts,
    tests,
    coverageTotals: totals,
    signature: parsed.statement?.verified ?? null,
    redactions,
  }
}

const noLines = { linesTotal: 0, linesHit: 0, branchesTotal: 0, branchesHit: 0 }
