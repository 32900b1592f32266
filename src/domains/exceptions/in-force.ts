import type { ResolvedException } from '#kernel/policy'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { openMax } from './model.ts'
import { type ExceptionsTables, holding, insertUses, type Use } from './store.ts'
import { proposedOf } from './view.ts'

/**
 * The exceptions of a repository that hold at `nowMs`: the one place in which that is told. What ends last comes first, so that
 * a renewal stands for what it renews.
 */
export async function exceptionsFor(
  db: Db<ExceptionsTables>,
  repositoryId: string,
  nowMs: number,
): Promise<ResolvedException[]> {
  const rows = await holding(db, repositoryId, new Date(nowMs), openMax)
  return rows.map((row) => ({
    id: row.id,
    rule: row.rule_id,
    fingerprint: row.fingerprint,
    requester: row.requester,
    approver: row.decided_by ?? row.requester,
    expiresAt: timestamp(row.expires_at.getTime()),
    compensatingControls: proposedOf(row).compensatingControls.map((control) =>
      control.kind === 'rule' ? { rule: control.ruleId } : control.text,
    ),
  }))
}

/** Counts decisions in which exceptions stood for their rules, in the transaction that records them. */
export async function countUses<T>(tx: Write<T>, uses: readonly Use[], atMs: number): Promise<void> {
  if (uses.length > 0) await insertUses(tx, uses, new Date(atMs))
}
