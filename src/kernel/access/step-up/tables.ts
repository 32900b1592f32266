import type { Generated } from 'kysely'

export interface StepUpTables {
  access_approval: {
    id: string
    user_id: string
    subject_type: string
    subject_id: string
    digest: string
    decision: 'approve' | 'reject'
    given_at: Date
    record_id: string
    ended_at: Generated<Date | null>
  }
}
