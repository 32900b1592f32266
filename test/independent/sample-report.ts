import { buildReport, type ChangeFigures, type Parts, type Report } from '#domains/reports'
import { toBase64 } from '#kernel/ledger/core'
import { ORIGIN } from './sample-pack.ts'

/** Text by which a record would take over a page, a terminal or its reader's eyes, if it were let. */
export const HOSTILE = [
  '</script><script>window.taken = 1</script>',
  '<img src=x onerror="window.taken = 2">',
  '"><svg onload=window.taken=3>',
  '\u202Eevil\u2066 reversed',
  '\u001b[31mred\u001b]0;title\u0007',
  '{{script}} $1 <!-- --> &lt;b&gt;',
]

const TOOLS = ['Claude Code', 'GitHub Copilot', 'Cursor', 'Codex', null] as const

/** Figures of `count` changes over three years, spread by arithmetic alone. */
export function sampleChanges(count: number): ChangeFigures[] {
  return Array.from({ length: count }, (_, i) => {
    const total = 20 + ((i * 37) % 400)
    const tool = TOOLS[i % 5] ?? null
    const statement = i % 5 === 4 ? 'unknown' : (['attested', 'declared', 'declared', 'hinted'] as const)[i % 4]
    const stated = statement === 'unknown' ? 0 : Math.floor(total * 0.6)
    const human = i % 7 === 0 ? Math.floor(total * 0.2) : 0
    const lines = partsOf({ [statement ?? 'unknown']: stated, humanAttested: human }, total)
    const month = new Date(Date.UTC(2024, 0, 1 + Math.floor((i * 1000) / count))).toISOString()
    return {
      id: `chg_${String(i).padStart(8, '0')}`,
      title: HOSTILE[i] ?? `Teach the importer about case ${i} of the interchange format`,
      mergedAt: month,
      author: i === 1 ? (HOSTILE[1] ?? null) : `Person ${i % 9}`,
      commits: partsOf({ [statement ?? 'unknown']: 1 }, 1),
      lines,
      sources:
        tool === null || stated === 0
          ? []
          : [{ source: 'co-author trailer', grade: 'B', tool, commits: 1, lines: stated }],
      disagreements:
        i % 50 === 3 ? [{ kind: 'note-without-trailer', detail: HOSTILE[0] ?? '', commits: ['0123456789abcdef'] }] : [],
      limitsHit: i === 8 ? ['a patch of more than 10 MB was cut'] : [],
      excludedLines: { generated: i % 3 === 0 ? 120 : 0, lock: 40, vendored: 0 },
      isRecorded: true,
    }
  })
}

export function sampleReport(
  changes: number,
  ledger: { size: number; root: Uint8Array },
  people: 'omit' | 'include' = 'omit',
): Report {
  return buildReport({
    repository: { name: 'example/interchange', branch: 'main', head: '0123456789abcdef0123456789abcdef01234567' },
    period: { from: null, to: null },
    preparedAt: '2026-11-23T00:00:00.000Z',
    preparedBy: 'countersign 0.1.0',
    changes: sampleChanges(changes),
    ledger: { origin: ORIGIN, size: ledger.size, root: toBase64(ledger.root) },
    people,
    method: 'Lines are matched to commits by their content.',
  })
}

function partsOf(some: Partial<Parts>, total: number): Parts {
  const { attested = 0, declared = 0, hinted = 0, humanAttested = 0 } = some
  const unknown = total - attested - declared - hinted - humanAttested
  return { attested, declared, hinted, humanAttested, unknown, total }
}
