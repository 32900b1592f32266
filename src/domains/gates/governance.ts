import { latestAssessments, type RiskTables, type StoredAssessment } from '#domains/risk'
import { answersOf, type PolicyTables, type RuleAnswer } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import { type GatesTables, type StoredVerdict, verdictsOf } from './store.ts'
import { summaryOf, type VerdictSummary } from './summary.ts'

/** What risk and gate say of a change, as reports show it. */
export interface ChangeGovernance {
  readonly risk?: Pick<StoredAssessment['assessment'], 'score' | 'level' | 'factors'>
  readonly gate?: { readonly result: StoredVerdict['result']; readonly rules: VerdictSummary['rules'] }
  readonly missing?: VerdictSummary['missing']
}

/** By change; one that was neither assessed nor judged is left out. */
export async function governanceOf(
  db: Db<GatesTables & RiskTables & PolicyTables>,
  changeIds: readonly string[],
): Promise<Map<string, ChangeGovernance>> {
  const [assessments, verdicts] = await Promise.all([latestAssessments(db, changeIds), verdictsOf(db, changeIds)])
  const answers = await answersOf(
    db,
    [...verdicts.values()].map((one) => one.decisionId),
  )
  return new Map(
    changeIds.flatMap((id) => {
      const found = { ...riskOf(assessments.get(id)), ...gateOf(verdicts.get(id), answers) }
      return Object.keys(found).length === 0 ? [] : [[id, found] as const]
    }),
  )
}

function riskOf(stored: StoredAssessment | undefined): Pick<ChangeGovernance, 'risk'> {
  if (stored === undefined) return {}
  const { score, level, factors } = stored.assessment
  return { risk: { score, level, factors } }
}

function gateOf(
  stored: StoredVerdict | undefined,
  answers: ReadonlyMap<string, readonly RuleAnswer[]>,
): Pick<ChangeGovernance, 'gate' | 'missing'> {
  if (stored === undefined) return {}
  const { rules, missing } = summaryOf(answers.get(stored.decisionId) ?? [])
  return { gate: { result: stored.result, rules }, missing }
}
