import type { ChangeSummary } from '#domains/changes'
import type { ChangeFigures } from '#domains/reports'

/** What the report says of each limit that cut what was read. */
const limits: Readonly<Record<string, string>> = {
  shallow:
    'The clone is shallow: what came before its first commit is not there. Fetch the whole history and import again.',
  file_bytes: 'A file was too large to be read line by line; it is not counted.',
  renames:
    'So many files were added and removed at once that git did not look for renames; moved lines count as added.',
}

/** A change as the report counts it. */
export function figuresOf(change: ChangeSummary): ChangeFigures {
  const { attribution } = change
  return {
    id: change.id,
    title: change.title,
    mergedAt: change.mergedAt,
    author: change.author.name,
    commits: attribution.commits,
    lines: attribution.lines,
    sources: attribution.sources,
    disagreements: attribution.disagreements,
    limitsHit: change.limitsHit.map((code) => limits[code] ?? `A limit was reached: ${code}.`),
    excludedLines: excluded(change),
    isRecorded: true,
  }
}

function excluded({ lines }: ChangeSummary): Record<string, number> {
  return Object.fromEntries(Object.entries(lines.setAside).filter(([, count]) => (count ?? 0) > 0)) as Record<
    string,
    number
  >
}
