import type { GateRun } from './gate-run.ts'

/** What lists and reports show of a verdict. */
export interface VerdictSummary {
  /** Rules that apply; those that pass have neither message nor fix. */
  readonly rules: readonly {
    readonly id: string
    readonly status: string
    readonly message: string
    readonly fix: string | null
  }[]
  /** Facts that an enforced rule waits for. */
  readonly missing: readonly string[]
}

const messageMax = 300

export function summaryOf({ rules, unknowns }: GateRun): VerdictSummary {
  return {
    rules: rules
      .filter((rule) => rule.status !== 'not_applicable' && rule.mode !== 'off')
      .map(({ id, status, message, fix }) => {
        // what is missing is named once, under `missing`
        const isTold = status === 'fail' || status === 'excepted' || status === 'error'
        return {
          id,
          status,
          message: isTold ? message.slice(0, messageMax).replace(/\p{Surrogate}/gu, '\ufffd') : '',
          fix: isTold ? fix : null,
        }
      }),
    missing: unknowns.map((one) => one.path),
  }
}
