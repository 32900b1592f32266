import type { GradeCounts, Share } from '../model.ts'

/** How shares are measured; changes whenever the same history would give other figures. */
export const method =
  'added-lines/2: histogram -M50%, blank lines and set-aside files left out, lines of a merge found by content'

export function emptyCounts(): GradeCounts {
  return { attested: 0, declared: 0, hinted: 0, humanAttested: 0, unknown: 0, total: 0 }
}

/** The interval of contracts section 3 from counted lines. */
export function shareOf(lines: GradeCounts): Share {
  const part = (count: number) => (lines.total === 0 ? null : count / lines.total)
  return {
    attested: part(lines.attested),
    declared: part(lines.attested + lines.declared),
    high: part(lines.total - lines.humanAttested),
    unknown: part(lines.unknown + lines.hinted),
    method,
  }
}
