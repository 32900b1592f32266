import type { Generated } from 'kysely'
import type { Autonomy, SuspendedWhy } from './model.ts'

export interface AgentTables {
  access_agent: {
    user_id: string
    name: string
    purpose: string
    autonomy: Autonomy
    tools: string[]
    scopes: string[]
    sponsor_user_id: string
    handover_user_id: Generated<string | null>
    public_key: Generated<unknown>
    created_at: Date
    expires_at: Date
    suspended_at: Generated<Date | null>
    suspended_why: Generated<SuspendedWhy | null>
    retired_at: Generated<Date | null>
  }
  access_exchanged: {
    token_id: string
    subject_user_id: string
    on_behalf_of: string | null
    actors: string[]
    parties: string[]
    ancestors: string[]
    audience: string
    is_own: boolean
    task: string | null
    tools: string[] | null
    certificate_hash: string | null
  }
  access_used_assertion: { hash: Buffer; expires_at: Date }
}
