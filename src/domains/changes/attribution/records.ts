/** Lines of one file of one commit that a record names. */
export interface LineRecord {
  readonly source: 'git-ai-note' | 'agent-trace'
  readonly who: 'ai' | 'human'
  readonly tool: string
  readonly path: string
  /** First and last line, both included, sorted and not overlapping. */
  readonly ranges: readonly (readonly [number, number])[]
}

/** What was read of one commit's records; `problems` counts what was not usable, by reason. */
export interface Records {
  readonly lines: readonly LineRecord[]
  readonly problems: readonly string[]
}

const rangesMax = 20_000

/** Sorts ranges and joins those that touch; undefined when one is not a range of line numbers. */
export function normalizeRanges(ranges: readonly (readonly [number, number])[]): [number, number][] | undefined {
  if (ranges.length > rangesMax) return undefined
  const joined: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || to < from) return undefined
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

/** Whether a sorted list of ranges holds the line. */
export function holds(ranges: LineRecord['ranges'], line: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[middle]?.[1] ?? 0) < line) low = middle + 1
    else high = middle
  }
  const found = ranges[low]
  return found !== undefined && found[0] <= line
}
