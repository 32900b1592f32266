import type { Generated } from 'kysely'
import type { RoleName } from './model.ts'

interface Held {
  id: string
  role: RoleName
  team_id: string | null
  change_id: string
  since: Date
}

export interface RoleTables {
  access_team: { id: string; name: string; created_at: Date }
  access_team_repository: { repository_id: string; team_id: string }
  access_role_assignment: Held & { user_id: string }
  access_role_mapping: Held & { group_id: string }
  access_role_change: {
    id: string
    proposal: string
    digest: string
    proposer: string
    proposed_at: Date
    state: 'proposed' | 'applied' | 'rejected' | 'withdrawn'
    decided_by: Generated<string | null>
    decided_at: Generated<Date | null>
  }
  access_claimed_group: { id: string; issuer_id: string; value: string; first_seen_at: Date }
  access_claimed_member: { group_id: string; user_id: string; until: Date }
  /** A view. */
  access_membership: { group_id: string; user_id: string }
  /** A view. */
  access_role_held: {
    user_id: string
    role: string
    team_id: string | null
    source: 'account' | 'assignment' | 'mapping'
  }
}
