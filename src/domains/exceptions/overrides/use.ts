import { type AccessTables, holdRoles } from '#kernel/access'
import type { RecordEvent } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { isStillApproved } from './approvals.ts'
import { overrideUsed } from './events.ts'
import { type HeldBack, holdFitting, nameUse, type OverrideRow, recordedOf, spend } from './store.ts'

export interface TakenOverride {
  readonly id: string
  /** Of the record of its approval. */
  readonly recordId: string
  /** Records that it let through what this decision denied. */
  used(record: RecordEvent, decision: { readonly decisionId: string; readonly recordId: string }): Promise<void>
}

/**
 * Uses up the approved override for exactly what is held back, in the transaction that records the decision; undefined when there is
 * none whose approvals still count.
 */
export async function takeOverride<T>(
  given: Write<T>,
  heldBack: HeldBack,
  atMs: number,
): Promise<TakenOverride | undefined> {
  // the same transaction, seen as that of other tables
  const tx = given as unknown as Write<AccessTables>
  for (const row of await holdFitting(tx, heldBack, new Date(atMs))) {
    await holdPeople(tx, row.approvers)
    if (await isStillApproved(tx, row)) return take(tx, row, atMs)
  }
  return undefined
}

async function holdPeople(tx: Write<AccessTables>, userIds: readonly string[]): Promise<void> {
  for (const userId of [...userIds].sort()) await holdRoles(tx, userId)
}

async function take(tx: Write<AccessTables>, row: OverrideRow, atMs: number): Promise<TakenOverride> {
  await spend(tx, row.id, new Date(atMs))
  const approved = row.record_id ?? ''
  return {
    id: row.id,
    recordId: approved,
    used: async (record, { decisionId, recordId }) => {
      await nameUse(tx, row.id, decisionId)
      record(overrideUsed(recordedOf(row), decisionId, [approved, recordId]))
    },
  }
}
