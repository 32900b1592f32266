import type { RecordEvent } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { overrideUsed } from './events.ts'
import { type HeldBack, nameUse, recordedOf, spend } from './store.ts'

export interface TakenOverride {
  readonly id: string
  /** Of the record of its approval. */
  readonly recordId: string
  /** Records that it let through what this decision denied. */
  used(record: RecordEvent, decision: { readonly decisionId: string; readonly recordId: string }): Promise<void>
}

/** Uses up the approved override for exactly what is held back, in the transaction that records the decision; undefined when there is none. */
export async function takeOverride<T>(
  tx: Write<T>,
  heldBack: HeldBack,
  atMs: number,
): Promise<TakenOverride | undefined> {
  const row = await spend(tx, heldBack, new Date(atMs))
  if (row === undefined) return undefined
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
