import type { Coverage } from './model.ts'

export interface ChangedCoverage {
  /** Changed lines that carry code, in files that the report knows. */
  readonly lines: number
  /** Those of them that ran. */
  readonly hit: number
  readonly files: readonly {
    readonly path: string
    readonly lines: number
    readonly hit: number
    readonly missed: readonly number[]
  }[]
  /** Changed files that the report does not know: nobody can say whether their lines ran. */
  readonly unmatched: readonly string[]
}

/**
 * How much of what was changed has run.
 *
 * A line that the report does not list carries no code and is not counted. Paths of a report are often longer or shorter than
 * those of the repository: a changed file is the file of the report whose path ends with the whole of the other's, by
 * segments; of several the longest match counts, and of several equally long ones (`a/util.ts` and `b/util.ts` for `util.ts`)
 * none, because taking one would be a guess. Likewise when two changed files would be the same file of the report, only one that
 * has its very path is. Of a file that several reports or entries count, a line has the largest count.
 *
 * @param changed path in the repository -> numbers of the lines in the new state
 */
export function coverageOfLines(
  coverage: Pick<Coverage, 'files'>,
  changed: ReadonlyMap<string, readonly number[]>,
): ChangedCoverage {
  const bySuffix = indexByName(coverage.files)
  const files: { path: string; lines: number; hit: number; missed: number[] }[] = []
  const unmatched: string[] = []
  const matches = [...changed.keys()].map((path) => matching(path, bySuffix))
  const claims = countClaims(matches)
  for (const [i, [path, numbers]] of [...changed].entries()) {
    const matched = matches[i] ?? []
    const stated = matched[0]?.path
    if (stated === undefined || (stated !== path && claims.get(stated) !== 1)) unmatched.push(path)
    else files.push(countFile(path, numbers, matched))
  }
  return { lines: sum(files.map((one) => one.lines)), hit: sum(files.map((one) => one.hit)), files, unmatched }
}

type CoveredFile = Coverage['files'][number]

/** How many changed files would be each file of the report. */
function countClaims(matches: readonly (readonly CoveredFile[])[]): Map<string, number> {
  const claims = new Map<string, number>()
  for (const [first] of matches) if (first !== undefined) claims.set(first.path, (claims.get(first.path) ?? 0) + 1)
  return claims
}

/** By last segment, which every match shares. */
function indexByName(files: readonly CoveredFile[]): Map<string, CoveredFile[]> {
  const index = new Map<string, CoveredFile[]>()
  for (const file of files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1)
    const known = index.get(name)
    if (known === undefined) index.set(name, [file])
    else known.push(file)
  }
  return index
}

/** The entries of the one file that matches best: several when the report, or several reports, list it more than once. */
function matching(path: string, index: ReadonlyMap<string, readonly CoveredFile[]>): CoveredFile[] {
  const candidates = index.get(path.slice(path.lastIndexOf('/') + 1)) ?? []
  const lengths = candidates.map((one) => matchLength(one.path, path))
  const best = Math.max(0, ...lengths)
  if (best === 0) return []
  const found = candidates.filter((_, i) => lengths[i] === best)
  return found.every((one) => one.path === found[0]?.path) ? found : []
}

/** Segments that both share, where one path ends with the whole of the other; else 0. */
function matchLength(one: string, other: string): number {
  const [a, b] = [one.split('/'), other.split('/')]
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const offset = long.length - short.length
  return short.every((segment, i) => segment === long[offset + i]) ? short.length : 0
}

function countFile(path: string, numbers: readonly number[], matched: readonly CoveredFile[]) {
  const hits = new Map<number, number>()
  for (const { lines } of matched)
    for (const [line, count] of lines) hits.set(line, Math.max(hits.get(line) ?? 0, count))
  const code = [...new Set(numbers)].filter((line) => hits.has(line)).sort((a, b) => a - b)
  const missed = code.filter((line) => hits.get(line) === 0)
  return { path, lines: code.length, hit: code.length - missed.length, missed }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
