import { defineError } from '#platform/errors.ts'

export const TeamNotFound = defineError<{ teamId: string }>(
  'team_not_found',
  404,
  ({ teamId }) => `team \`${teamId}\` does not exist`,
)
export const TeamNameTaken = defineError<object>('team_name_taken', 409, () => 'another team has this name')
export const TeamInUse = defineError<{ roles: number }>(
  'team_in_use',
  409,
  ({ roles }) => `${roles} role(s) are held in this team`,
  'propose their removal first, and have it approved',
)
export const TeamLimit = defineError<{ max: number }>(
  'team_limit',
  409,
  ({ max }) => `there are ${max} teams, which is the most`,
)
export const RepositoriesTaken = defineError<{ repositoryId: string }>(
  'repository_of_another_team',
  409,
  ({ repositoryId }) => `repository \`${repositoryId}\` belongs to another team`,
  'take it away from that team first: a repository belongs to one',
)
export const RoleChangeNotFound = defineError<{ changeId: string }>(
  'role_change_not_found',
  404,
  ({ changeId }) => `there is no change of roles \`${changeId}\``,
)
export const RoleChangeInvalid = defineError<{ reason: string }>(
  'role_change_invalid',
  400,
  ({ reason }) => `the change cannot be made: ${reason}`,
  'read who holds what by `GET /v1/role-holdings`, and propose again',
)
export const RoleChangeClosed = defineError<{ state: string }>(
  'role_change_closed',
  409,
  ({ state }) => `this change of roles is ${state}`,
)
export const RoleChangeOther = defineError<object>(
  'role_change_other',
  409,
  () => 'the digest is not that of this change',
  'read the change again and approve what it says now',
)

export const roleErrors = [
  TeamNotFound,
  TeamNameTaken,
  TeamInUse,
  TeamLimit,
  RepositoriesTaken,
  RoleChangeNotFound,
  RoleChangeInvalid,
  RoleChangeClosed,
  RoleChangeOther,
]
