import type { ChangesTables } from '#domains/changes'
import type { AccessTables, Authority } from '#kernel/access'
import type { Context, LedgerTables } from '#kernel/ledger'
import type { PolicyTables } from '#kernel/policy'
import type { Db, Write } from '#platform/database.ts'
import type { OverrideTables } from './overrides/store.ts'
import type { ExceptionsTables as OwnTables } from './store.ts'

export type ExceptionsTables = OwnTables & OverrideTables

export type Tables = ExceptionsTables & PolicyTables & ChangesTables & AccessTables & LedgerTables

/** What an exception has to know of a rule. */
export interface ExcusableRule {
  readonly category: string
  readonly exception: 'allowed' | 'never'
}

export interface ExceptionServices {
  readonly db: Db<Tables>
  readonly authority: Authority
  readonly service: (name: string) => Context
  /** A rule by its full id, as it is for a repository. */
  readonly findRule: (repositoryId: string, ruleId: string) => Promise<ExcusableRule | undefined>
  /** What follows, in the same transaction, when an exception begins or ends to hold for a repository. */
  readonly afterChange: (tx: Write<Tables>, ctx: Context, repositoryId: string) => Promise<void>
}
