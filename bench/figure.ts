/** One thing that is measured. Its file is its whole documentation; `docs/performance.md` has the results. */
export interface Figure {
  readonly name: string
  readonly about: string
  run(bench: Bench): Promise<Line[]>
}

export interface Bench {
  /** Tells a person how it gets on. */
  say(text: string): void
  /** Root of the repository. */
  readonly root: string
  /** A folder on the disk that is measured; removed at the end. */
  readonly folder: string
  /** Records of the large log: a million, or ten with `--large`. */
  readonly logSize: number
  /** The data folder of a seeded company, where one was named. */
  readonly data: string | undefined
}

/** One line of the table. */
export interface Line {
  readonly what: string
  /** Undefined when it was not measured; `note` says why. */
  readonly measured: number | undefined
  readonly unit: string
  readonly budget?: Budget
  readonly note?: string
}

export type Budget = { readonly atLeast: number } | { readonly atMost: number }

export type Verdict = 'met' | 'MISSED' | 'NOT RUN' | ''

export function verdict({ measured, budget }: Line): Verdict {
  if (measured === undefined) return 'NOT RUN'
  if (budget === undefined) return ''
  const isMet = 'atLeast' in budget ? measured >= budget.atLeast : measured <= budget.atMost
  return isMet ? 'met' : 'MISSED'
}

export function atLeast(value: number): Pick<Line, 'budget'> {
  return { budget: { atLeast: value } }
}

export function atMost(value: number): Pick<Line, 'budget'> {
  return { budget: { atMost: value } }
}
