import { z } from 'zod'
import { type AuditEvent, type AuditRecord, defineEvent } from '#kernel/ledger'
import { EvidenceSummary, type ScanClass } from './model.ts'
import type { ParsedEvidence } from './parsed.ts'
import { summaryOf } from './summary.ts'

/** The commit of a repository, or the artifact, that evidence is about. */
export type Subject =
  | { readonly repositoryId: string; readonly commit: string }
  /** `sha256:` and 64 hex digits. */
  | { readonly artifact: string }

export const EvidenceAttached = defineEvent(
  'evidence.attached',
  EvidenceSummary.omit({ schema: true, speaksOf: true }).extend({
    evidenceId: z.string(),
    format: z.string(),
    /** Of the stored bytes. */
    sha256: z.string(),
    bytes: z.int(),
    schema: EvidenceSummary.shape.schema.shape.verdict,
    commit: z.string().nullable(),
    artifact: z.string().nullable(),
    components: z.int().nullable(),
  }),
  { description: 'a report was attached to a commit or artifact as evidence', operation: 'evidence.attach' },
)

export function evidenceAttached(
  subject: Subject,
  stored: { readonly evidenceId: string; readonly sha256: string; readonly bytes: number },
  parsed: ParsedEvidence,
): AuditEvent {
  const { schema, speaksOf: _, ...summary } = summaryOf(parsed)
  const scans = scansOf(stored.sha256, parsed)
  return EvidenceAttached({
    targets: targetsOf(subject, stored.evidenceId),
    data: {
      ...summary,
      ...stored,
      format: parsed.format,
      schema: schema.verdict,
      commit: 'commit' in subject ? subject.commit : null,
      artifact: 'artifact' in subject ? subject.artifact : null,
      components: parsed.components?.length ?? null,
    },
    inputHash: stored.sha256,
    ...(scans.length === 0 ? {} : { scans }),
  })
}

function targetsOf(subject: Subject, evidenceId: string): AuditRecord['targets'] {
  const evidence = { type: 'evidence', id: evidenceId }
  if ('artifact' in subject) return [evidence, { type: 'artifact', id: subject.artifact }]
  return [evidence, { type: 'repository', id: subject.repositoryId }, { type: 'commit', id: subject.commit }]
}

/** One row a kind of scan. What the findings mean is for a gate to say; here a scan without open ones passes. */
function scansOf(report: string, { scans, tool, findings, findingCounts }: ParsedEvidence) {
  return scans.map((kind: ScanClass) => {
    const open = scans.length === 1 ? openOf(findingCounts) : openAmong(findings, kind)
    const status = open === 0 ? ('pass' as const) : ('fail' as const)
    return { kind, tool: tool?.name ?? 'unknown', version: tool?.version ?? null, status, findings: open, report }
  })
}

function openOf({ total, suppressed }: ParsedEvidence['findingCounts']): number {
  return total - suppressed
}

function openAmong(findings: ParsedEvidence['findings'], kind: ScanClass): number {
  return findings.filter((one) => one.class === kind && !one.suppressed).length
}
