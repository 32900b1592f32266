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

/** Each missing source once, by the step that makes it known, with how many verdicts it holds back; the costliest first. */
export function missingSources(changes: readonly Governed[]): Unknown[] {
  const sources = new Map<string, { what: Set<string>; changes: number }>()
  for (const { missing } of changes) {
    const steps = new Set<string>()
    for (const { what, howToKnow } of missing ?? []) {
      const source = sources.get(howToKnow) ?? { what: new Set(), changes: 0 }
      source.what.add(what)
      if (!steps.has(howToKnow)) source.changes++
      steps.add(howToKnow)
      sources.set(howToKnow, source)
    }
  }
  return [...sources]
    .map(([howToKnow, { what, changes: count }]) => ({
      what: [...what].sort().join('; '),
      howToKnow,
      changes: count,
      holdsBack: count,
    }))
    .sort((a, b) => b.changes - a.changes || (a.what < b.what ? -1 : 1))
}
