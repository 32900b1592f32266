import type { GateFigure, Report, RiskFigure, RuleTotal, Unknown } from './model.ts'

/** What risk and gate say of one change; each absent where it was not assessed. */
export interface Governed {
  readonly risk?: RiskFigure | undefined
  readonly gate?: GateFigure | undefined
  /** Facts whose absence leaves a rule of the gate unknown. */
  readonly missing?: readonly Pick<Unknown, 'what' | 'howToKnow'>[] | undefined
}

export type Totals = NonNullable<Report['totals']>

/** Undefined where no change was assessed. */
export function totalsOf(changes: readonly Governed[]): Totals | undefined {
  if (!changes.some((change) => change.risk !== undefined || change.gate !== undefined)) return undefined
  const byLevel = { low: 0, medium: 0, high: 0, critical: 0 }
  const byResult = { pass: 0, fail: 0, unknown: 0, error: 0 }
  for (const { risk, gate } of changes) {
    if (risk !== undefined) byLevel[risk.level]++
    if (gate !== undefined) byResult[gate.result]++
  }
  return { byLevel, byResult }
}

/** What each rule answered over all changes; those that hold most back come first. */
export function ruleTotals(changes: readonly Governed[], titles: Readonly<Record<string, string>>): RuleTotal[] {
  const totals = new Map<string, Counts>()
  for (const { id, status } of changes.flatMap(({ gate }) => gate?.rules ?? [])) {
    const sum = totals.get(id) ?? { fail: 0, unknown: 0, pass: 0 }
    sum[countedAs(status)]++
    totals.set(id, sum)
  }
  const held = ({ fail, unknown }: RuleTotal) => fail + unknown
  return [...totals]
    .map(([id, sum]) => ({ id, title: titles[id] ?? id, ...sum }))
    .sort((a, b) => held(b) - held(a) || b.fail - a.fail || (a.id < b.id ? -1 : 1))
}

interface Counts {
  fail: number
  unknown: number
  pass: number
}

/** What could not be evaluated is no better known than what is missing. */
function countedAs(status: string): keyof Counts {
  if (status === 'fail') return 'fail'
  return status === 'pass' || status === 'excepted' ? 'pass' : 'unknown'
}

/** Each missing source once, with how many verdicts it holds back; the costliest first. */
export function missingSources(changes: readonly Governed[]): Unknown[] {
  const sources = new Map<string, Unknown>()
  for (const { missing } of changes) {
    for (const { what, howToKnow } of missing ?? []) {
      const before = sources.get(what)?.changes ?? 0
      sources.set(what, { what, howToKnow, changes: before + 1, holdsBack: before + 1 })
    }
  }
  return [...sources.values()].sort((a, b) => b.changes - a.changes || (a.what < b.what ? -1 : 1))
}
