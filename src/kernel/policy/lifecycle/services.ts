import type { AccessTables, Authority } from '#kernel/access'
import type { Context, Ledger, LedgerTables } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { PolicyTables } from '../records/store.ts'
import type { GateGround } from './ground.ts'
import type { Standings } from './standing.ts'

export type Tables = PolicyTables & AccessTables & LedgerTables

/** What the life cycle of policies works with. */
export interface Lifecycle {
  readonly db: Db<Tables>
  readonly ledger: Ledger
  readonly engine: PolicyEngine
  readonly ground: GateGround
  readonly standings: Standings
  /** Where the key lies that signs what is published. */
  readonly keysFolder: string
  /** Who may review. */
  readonly authority: Authority
  /** The system as an actor, for what happens by itself. */
  readonly service: (name: string) => Context
}
