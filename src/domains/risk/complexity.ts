import type { Complexity } from './matrix.ts'

/** What is known of the size of a change. */
export interface Measures {
  /** Added lines that hold more than white space, of the files that count. */
  readonly lines: number
  readonly files: number
  /** Different first folders of their paths; the files beside them are one more. */
  readonly folders: number
  /** Decision points (branches, loops, handlers) added minus removed, never below 0; undefined where no language is known. */
  readonly decisions: number | undefined
}

/** The most of each measure that a change of that complexity has; beyond `complex` it is `advanced`. */
export const complexityLimits = {
  lines: { simple: 50, moderate: 250, complex: 1000 },
  files: { simple: 5, moderate: 15, complex: 50 },
  folders: { simple: 2, moderate: 4, complex: 8 },
  decisions: { simple: 8, moderate: 30, complex: 100 },
} as const

const order = ['simple', 'moderate', 'complex'] as const
const rank: Readonly<Record<Complexity, number>> = { simple: 0, moderate: 1, complex: 2, advanced: 3 }
const names: Readonly<Record<keyof Measures, string>> = {
  lines: 'counted lines',
  files: 'files',
  folders: 'top folders',
  decisions: 'more decision points',
}

/** The complexity of the measure that is highest, and that measure in words. */
export function complexityOf(measures: Measures): { value: Complexity; reason: string } {
  let found: { value: Complexity; reason: string } | undefined
  for (const measure of ['lines', 'files', 'folders', 'decisions'] as const) {
    const amount = measures[measure]
    if (amount === undefined) continue
    const one = judge(measure, amount)
    if (found === undefined || rank[one.value] > rank[found.value]) found = one
  }
  return found ?? judge('lines', 0)
}

function judge(measure: keyof Measures, amount: number): { value: Complexity; reason: string } {
  const limits = complexityLimits[measure]
  const value = order.find((each) => amount <= limits[each])
  const reason = value === undefined ? `more than ${limits.complex}` : `at most ${limits[value]}`
  return { value: value ?? 'advanced', reason: `${amount} ${names[measure]} (${reason})` }
}
