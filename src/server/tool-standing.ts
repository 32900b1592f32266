import { acknowledgementOf, type CharterTables } from '#domains/charter'
import type { ToolStanding } from '#domains/grants'
import type { AccessTables } from '#kernel/access'
import type { LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'

interface Services {
  readonly db: Db<CharterTables & AccessTables & LedgerTables>
  readonly clock: Clock
}

/**
 * Who is asked what stands for or against the use of a tool. Nobody keeps a registry of tools or training yet: the settings of
 * grants say what it means that this is unknown.
 */
export function createToolStanding({ db, clock }: Services): ToolStanding {
  return {
    toolStatus: async () => ({ status: 'unknown' }),
    training: async () => 'unknown',
    charter: (userId) => acknowledgementOf(db, userId, clock()),
  }
}
