/** Counts by the strongest statement there is; the five parts sum to `total`. */
export interface Parts {
  readonly attested: number
  readonly declared: number
  readonly hinted: number
  readonly humanAttested: number
  readonly unknown: number
  readonly total: number
}

/** The AI share as an interval, each from 0 to 1; null where nothing was counted. */
export interface Share {
  readonly attested: number | null
  /** The lower end: attested or declared. */
  readonly declared: number | null
  /** The upper end: everything but what people attested as theirs. */
  readonly high: number | null
  /** Without a statement: unknown or hinted. */
  readonly unknown: number | null
  readonly method: string
}

export type Grade = 'attested' | 'declared' | 'hinted' | 'human' | 'unknown'

/** What one source said of one change. */
export interface SourceFigure {
  readonly source: string
  readonly grade: string
  readonly tool: string | null
  readonly commits: number
  readonly lines: number
}

export interface Disagreement {
  readonly kind: string
  readonly detail: string
  readonly commits: readonly string[]
}

export type RiskLevel = 'low' | 'medium' | 'high' | 'critical'
export type GateResult = 'pass' | 'fail' | 'unknown' | 'error'

/** The newest assessment of a change: the score that counts, and the interval it lies in while something is unknown. */
export interface RiskFigure {
  readonly score: { readonly used: number; readonly low: number; readonly high: number }
  readonly level: RiskLevel
  readonly factors: readonly {
    readonly name: string
    readonly value: string
    readonly source: string
    readonly reason: string
  }[]
}

/** The verdict of the merge gate on a change, as of its time. Rules that do not apply are left out. */
export interface GateFigure {
  readonly result: GateResult
  readonly rules: readonly {
    readonly id: string
    readonly status: string
    /** Empty where nothing is wrong, and where only facts are missing: those stand once, under `unknowns`. */
    readonly message: string
    readonly fix: string | null
  }[]
}

/** `report.json`, version 1. The parts on risk and gates are absent where they were not assessed. */
export interface Report {
  readonly schema: 'countersign.report/v1'
  readonly repository: { readonly name: string; readonly branch: string | null; readonly head: string | null }
  readonly period: { readonly from: string | null; readonly to: string | null }
  readonly preparedAt: string
  readonly preparedBy: string
  readonly ai: { readonly commits: Parts; readonly lines: Parts }
  readonly share: Share
  readonly sources: readonly SourceFigure[]
  readonly tools: readonly {
    readonly tool: string
    readonly changes: number
    readonly commits: number
    readonly lines: number
  }[]
  /** `2026-11`, in order; months without a change are left out. */
  readonly months: readonly { readonly month: string; readonly changes: number; readonly lines: Parts }[]
  /** Null unless a person asked for figures of individuals. */
  readonly people: readonly { readonly name: string; readonly changes: number; readonly lines: Parts }[] | null
  readonly disagreements: readonly (Disagreement & { readonly change: string })[]
  readonly changes: readonly ReportedChange[]
  /** Changes by risk, and by the result of the gate; absent where neither was assessed. */
  readonly totals?: {
    readonly byLevel: Readonly<Record<RiskLevel, number>>
    readonly byResult: Readonly<Record<GateResult, number>>
  }
  /** Rules that hold changes back, most of them first. */
  readonly rules?: readonly RuleTotal[]
  readonly unknowns: readonly Unknown[]
  readonly limits: readonly { readonly what: string; readonly changes: number }[]
  /** Lines that are not counted because no person or AI wrote them for this repository. */
  readonly excludedLines: Readonly<Record<string, number>>
  /** How many of the changes have a record in the ledger. */
  readonly logging: { readonly changes: number; readonly recorded: number }
  readonly ledger: { readonly origin: string; readonly size: number; readonly root: string }
}

export interface RuleTotal {
  readonly id: string
  readonly title: string
  readonly fail: number
  readonly unknown: number
  readonly pass: number
}

export interface Unknown {
  readonly what: string
  readonly changes: number
  readonly howToKnow: string
  /** How many verdicts of the gate this one missing source holds back; absent where it holds back none. */
  readonly holdsBack?: number
}

export interface ReportedChange {
  readonly id: string
  readonly title: string
  readonly mergedAt: string
  readonly author: string | null
  readonly attribution: {
    readonly grade: Grade
    readonly commits: Parts
    readonly lines: Parts
    readonly sources: readonly SourceFigure[]
  }
  readonly risk?: RiskFigure
  readonly gate?: GateFigure
}
