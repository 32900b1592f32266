import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { Question, Verdict } from '../model.ts'
import type { PolicySet } from '../policy-set.ts'
import { type Decision, type RecordedDecision, recordDecision } from '../records/record.ts'
import type { PolicyTables } from '../records/store.ts'
import { ask } from './sample.ts'

/** What it takes to decide and record; the services of a product have it. */
export interface Deciding {
  readonly db: Db<PolicyTables & LedgerTables>
  readonly policy: PolicyEngine
  readonly service: (name: string) => Context
}

/** Decides a question and records it, as a gate does. */
export async function decideAndRecord(
  { db, policy, service }: Deciding,
  set: PolicySet,
  question: Question = ask(),
  about: Partial<Decision> = {},
): Promise<RecordedDecision & { readonly verdict: Verdict }> {
  const verdict = await policy.decide(set, question)
  const ctx = service('gate')
  const targets = [
    { type: 'change', id: 'chg_1' },
    { type: 'repository', id: 'repo_1' },
  ]
  const decision = { set, question, verdict, mode: 'enforce' as const, targets, refs: [], ...about }
  const recorded = await transact(db, ctx, (tx, record) => recordDecision(tx, record, ctx.clock(), decision))
  return { ...recorded, verdict }
}
