import type { Generated } from 'kysely'

export interface RecoveryTables {
  access_recovery: {
    id: string
    user_id: string
    opened_by: string
    opened_at: Date
    expires_at: Date
    digest: string
    state: 'open' | 'approved' | 'rejected' | 'lapsed'
    link_hash: Generated<Buffer | null>
    second_half: Generated<string | null>
  }
}
