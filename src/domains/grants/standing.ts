import type { AccessTables, Authority } from '#kernel/access'
import type { Context, LedgerTables } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Tier } from './model.ts'
import type { GrantsTables } from './tables.ts'

export type Tables = GrantsTables & AccessTables & LedgerTables

export type ToolStatus =
  | { readonly status: 'approved' | 'refused'; readonly tier: Tier }
  /** Nobody has said; the settings of grants say what that means. */
  | { readonly status: 'unknown' }

/** What stands for or against somebody's use of a tool, as other capabilities know it. */
export interface ToolStanding {
  toolStatus(name: string): Promise<ToolStatus>
  training(userId: string): Promise<'complete' | 'missing' | 'unknown'>
  charter(userId: string): Promise<'acknowledged' | 'grace' | 'overdue' | 'unknown'>
}

export interface GrantServices {
  readonly db: Db<Tables>
  readonly authority: Authority
  readonly standing: ToolStanding
  readonly isRepository: (id: string) => Promise<boolean>
  /** Ids of repositories, those after one in their order. */
  readonly repositoriesAfter: (after: string, limit: number) => Promise<readonly string[]>
  readonly service: (name: string) => Context
}
