import type { Generated } from 'kysely'

/** Null until it happens. */
type Later<T> = Generated<T | null>

export interface GrantsTables {
  ai_grant: {
    id: string
    user_id: string
    tool: string
    tier: string
    purpose: string
    repository_id: string | null
    team_id: string | null
    issued_at: Date
    expires_at: Date
    extended_at: Later<Date>
    ended_at: Later<Date>
    end_cause: Later<'revoked' | 'access-ended'>
    rescinded_at: Later<Date>
    rescinded_by: Later<string>
    rescind_reason: Later<string>
    restored_at: Later<Date>
    restored_by: Later<string>
  }
  ai_grant_settings: {
    id: string
    body: string
    replaces: number
    digest: string
    reason: string
    proposer: string
    proposed_at: Date
    state: 'proposed' | 'approved' | 'rejected' | 'withdrawn'
    decided_by: Later<string>
    decided_at: Later<Date>
    version: Later<number>
  }
  ai_free_period: {
    id: string
    team_id: string | null
    user_id: string | null
    starts_at: Date
    ends_at: Date
    reason: string
    planned_by: string
    planned_at: Date
    cancelled_at: Later<Date>
    cancelled_by: Later<string>
    cancel_reason: Later<string>
    start_recorded_at: Later<Date>
    end_recorded_at: Later<Date>
  }
}
