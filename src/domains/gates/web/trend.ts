interface Month {
  readonly month: string
  readonly pass: number
  readonly fail: number
  readonly unknown: number
  readonly error: number
}

interface Trend {
  /** Shares of passes, 0 to 1. */
  readonly now: number
  readonly before: number
  /** The first and the last of the three months that `now` is of. */
  readonly first: string
  readonly last: string
}

/** The last three full months before a time (UTC) against the three before; undefined unless both have changes. */
export function trendOf(months: readonly Month[], at: Date): Trend | undefined {
  const name = (back: number) =>
    new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back)).toISOString().slice(0, 7)
  const [now, before] = [passes(months, [3, 2, 1].map(name)), passes(months, [6, 5, 4].map(name))]
  return now === undefined || before === undefined ? undefined : { now, before, first: name(3), last: name(1) }
}

function passes(months: readonly Month[], names: readonly string[]): number | undefined {
  const those = months.filter((one) => names.includes(one.month))
  const all = those.reduce((sum, one) => sum + totalOf(one), 0)
  return all === 0 ? undefined : those.reduce((sum, one) => sum + one.pass, 0) / all
}

export function totalOf({ pass, fail, unknown, error }: Month): number {
  return pass + fail + unknown + error
}

/** The first and the last day of a month, as filters of days have them. */
export function daysOf(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return { from: `${month}-01`, to: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10) }
}
