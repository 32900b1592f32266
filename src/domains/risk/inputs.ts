import { createHash } from 'node:crypto'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import type { RiskInput } from './assess.ts'
import { lookedAt } from './people.ts'

/** How factors are found; another name makes every change be assessed anew. */
const method = 'countersign.risk/v1'

/** `sha256:…` of the RFC 8785 JSON of everything that `assess` reads: the same inputs give the same assessment. */
export function inputsOf(input: RiskInput): string {
  const { change, rules, keepsRecords, review, aiStatement } = input
  const { lines, commits, automation } = change.attribution
  const read: Json = {
    method,
    rules: rules.digest,
    source: rules.source,
    change: { id: change.id, headOid: change.headOid },
    files: change.files.map(({ path, previousPath, class: kind, counted, decisions }) => ({
      path,
      class: kind,
      counted,
      ...(previousPath === undefined ? {} : { previousPath }),
      ...(decisions === undefined ? {} : { decisions }),
    })),
    lines,
    commits,
    automationCommits: automation.commits,
    lookedAt: lookedAt(change),
    keepsRecords,
    review,
    aiStatement: aiStatement ?? null,
  }
  return `sha256:${createHash('sha256').update(canonicalize(read)).digest('hex')}`
}
