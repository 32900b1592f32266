import { EvidenceTooLarge } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Coverage } from '../model.ts'

/**
 * Puts a coverage report together. A line, or a branch of it, that the report counts more than once (of several test runs, or
 * of a class and its methods) has the largest of its counts: what ran once has run.
 */
export interface CoverageDraft {
  file(path: string | null): FileDraft
  finish(): Coverage
}

export interface FileDraft {
  line(number: number, hits: number): void
  /** `key` tells the branches of a file apart. */
  branch(key: string, hits: number): void
}

const noFile: FileDraft = { line: () => undefined, branch: () => undefined }

export function createCoverage(): CoverageDraft {
  const files = new Map<string, { lines: Map<number, number>; branches: Map<string, number>; draft: FileDraft }>()
  const counted = { entries: 0 }
  const raise = <K>(counts: Map<K, number>, key: K, hits: number) => {
    const before = counts.get(key)
    if (before === undefined && ++counted.entries > limits.coverageLines)
      throw EvidenceTooLarge({ what: 'lines of coverage', max: limits.coverageLines })
    counts.set(key, Math.max(before ?? 0, hits))
  }
  return {
    file: (path) => {
      if (path === null) return noFile
      const known = files.get(path)
      if (known !== undefined) return known.draft
      const lines = new Map<number, number>()
      const branches = new Map<string, number>()
      const draft: FileDraft = {
        line: (number, hits) => {
          if (isLine(number)) raise(lines, number, whole(hits))
        },
        branch: (key, hits) => raise(branches, key, whole(hits)),
      }
      files.set(path, { lines, branches, draft })
      return draft
    },
    finish: () => {
      const all = [...files].map(([path, one]) => ({
        path,
        lines: [...one.lines].sort(([a], [b]) => a - b),
      }))
      const hits = [...files.values()]
      return {
        files: all,
        linesTotal: sum(hits.map((one) => one.lines.size)),
        linesHit: sum(hits.map((one) => hit(one.lines))),
        branchesTotal: sum(hits.map((one) => one.branches.size)),
        branchesHit: sum(hits.map((one) => hit(one.branches))),
      }
    },
  }
}

function hit(counts: ReadonlyMap<unknown, number>): number {
  let count = 0
  for (const hits of counts.values()) if (hits > 0) count++
  return count
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function isLine(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 2 ** 31
}

/** Some tools count below zero, or in fractions, or beyond what a number holds exactly. */
function whole(hits: number): number {
  return Number.isFinite(hits) ? Math.min(Math.max(Math.floor(hits), 0), 2 ** 31) : 0
}
