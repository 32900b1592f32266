import { latestAssessments, type RiskTables, type StoredAssessment } from '#domains/risk'
import type { Db } from '#platform/database.ts'
import { supplyOf } from './facts/howto.ts'
import { type GatesTables, type StoredVerdict, verdictsOf } from './store.ts'

/** What risk and gate say of a change, as reports show it. */
export interface ChangeGovernance {
  readonly risk?: Pick<StoredAssessment['assessment'], 'score' | 'level' | 'factors'>
  readonly gate?: { readonly result: StoredVerdict['result']; readonly rules: StoredVerdict['summary']['rules'] }
  readonly missing?: readonly { readonly what: string; readonly howToKnow: string }[]
}

/** By change; one that was neither assessed nor judged is left out. */
export async function governanceOf(
  db: Db<GatesTables & RiskTables>,
  changeIds: readonly string[],
): Promise<Map<string, ChangeGovernance>> {
  const assessments = await latestAssessments(db, changeIds)
  const verdicts = await verdictsOf(db, changeIds)
  return new Map(
    changeIds.flatMap((id) => {
      const found = { ...riskOf(assessments.get(id)), ...gateOf(verdicts.get(id)) }
      return Object.keys(found).length === 0 ? [] : [[id, found] as const]
    }),
  )
}

function riskOf(stored: StoredAssessment | undefined): Pick<ChangeGovernance, 'risk'> {
  if (stored === undefined) return {}
  const { score, level, factors } = stored.assessment
  return { risk: { score, level, factors } }
}

function gateOf(stored: StoredVerdict | undefined): Pick<ChangeGovernance, 'gate' | 'missing'> {
  if (stored === undefined) return {}
  const { result, summary } = stored
  return { gate: { result, rules: summary.rules }, missing: summary.missing.flatMap((path) => supplyOf(path) ?? []) }
}
