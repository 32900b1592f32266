import { z } from 'zod'
import { timestamp } from '#platform/clock.ts'
import { gates, type Listed, results } from './find-decisions.ts'

export type TitlesOf = (targets: readonly string[]) => Promise<ReadonlyMap<string, string>>

export const Summary = z
  .object({
    id: z.string(),
    gate: gates,
    result: results,
    decision: z.enum(['allow', 'deny']),
    enforced: z.boolean(),
    mode: z.enum(['audit', 'warn', 'enforce']),
    decidedAt: z.iso.datetime(),
    policyRevision: z.string(),
    targets: z.array(z.string()),
    /** Of the first target that has one; null when none does, as a commit that was not merged. */
    title: z.string().nullable(),
    recordId: z.string(),
  })
  .meta({ id: 'DecisionSummary' })

export async function summariesOf(rows: readonly Listed[], titlesOf?: TitlesOf): Promise<z.input<typeof Summary>[]> {
  const titles = await titlesOf?.([...new Set(rows.flatMap((row) => row.targets))])
  return rows.map((row) => ({
    id: row.id,
    gate: gates.parse(row.gate),
    result: results.parse(row.result),
    decision: row.decision === 'allow' ? 'allow' : 'deny',
    enforced: row.enforced,
    mode: z.enum(['audit', 'warn', 'enforce']).parse(row.mode),
    decidedAt: timestamp(row.decided_at.getTime()),
    policyRevision: row.policy_revision,
    targets: row.targets,
    title: row.targets.flatMap((target) => titles?.get(target) ?? [])[0] ?? null,
    recordId: row.record_id,
  }))
}
