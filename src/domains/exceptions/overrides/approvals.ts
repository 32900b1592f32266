import { type AccessTables, type Approval, approvalsByRole, rolesOf, teamOf } from '#kernel/access'
import type { Db } from '#platform/database.ts'
import { approverRoles, approversNeeded, leadRoles } from './model.ts'
import type { OverrideRow } from './store.ts'

type Reads = Pick<Db<AccessTables>, 'selectFrom'>

/** The yeses to an override that count now: of people who still may give one, in the team that the repository is in now. */
export async function countingApprovals(db: Reads, row: OverrideRow): Promise<{ given: Approval[]; hasLead: boolean }> {
  const team = await teamOf(db, row.repository_id)
  const given = await approvalsByRole(
    db,
    { type: 'gate-override', id: row.id, digest: row.digest },
    approverRoles,
    team,
  )
  let hasLead = false
  for (const one of given) {
    const held = await rolesOf(db, one.userId)
    hasLead ||= held.some(
      ({ role, teamId }) => leadRoles.some((lead) => lead === role) && (teamId === null || teamId === team),
    )
  }
  return { given, hasLead }
}

/** Whether an override that was approved still is: whoever left, or lost the role for it, counts no more. */
export async function isStillApproved(db: Reads, row: OverrideRow): Promise<boolean> {
  const { given, hasLead } = await countingApprovals(db, row)
  return given.length >= approversNeeded && hasLead
}
