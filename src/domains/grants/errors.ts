import { defineError } from '#platform/errors.ts'

interface Why {
  /** As the policies say them. */
  readonly reasons: readonly string[]
}
const says = ({ reasons }: Why) => reasons.join('; ').slice(0, 1000)

export const ToolNotAuthorized = defineError<Why>(
  'tool_not_authorized',
  403,
  (why) => `this tool is not authorized for you: ${says(why)}`,
  'name the team or repository in which you hold a role, or ask a platform administrator to have the tool approved',
)
export const GrantRescinded = defineError<Why>(
  'grant_rescinded',
  403,
  (why) => `a grant of this tool was rescinded: ${says(why)}`,
  'talk to security, who can restore it',
)
export const CharterNotAcknowledged = defineError<Why>(
  'charter_not_acknowledged',
  403,
  (why) => `the charter is not acknowledged: ${says(why)}`,
  'read and acknowledge it, and ask again',
)
export const TrainingMissing = defineError<Why>(
  'training_missing',
  403,
  (why) => `training is missing: ${says(why)}`,
  'complete it, and ask again',
)
export const AiFree = defineError<Why>(
  'ai_free_period',
  403,
  (why) => `no AI tools now: ${says(why)}`,
  '`GET /v1/ai-free-periods` tells when it ends',
)

export const GrantNotFound = defineError<{ grantId: string }>(
  'grant_not_found',
  404,
  ({ grantId }) => `there is no grant \`${grantId}\``,
)
export const GrantRunning = defineError<{ grantId: string }>(
  'grant_running',
  409,
  ({ grantId }) => `grant \`${grantId}\` of this tool runs already`,
  'use it, or extend it once',
)
export const GrantOver = defineError<{ state: string }>(
  'grant_over',
  409,
  ({ state }) => `this grant is ${state}`,
  'ask for a new one',
)
export const GrantExtended = defineError<object>(
  'grant_extended',
  409,
  () => 'this grant was extended before, and that is possible once',
  'ask for a new one when it has ended',
)
export const GrantLimit = defineError<{ max: number }>(
  'grant_limit',
  409,
  ({ max }) => `you have ${max} grants that run, which is the most`,
  'revoke one that you do not use',
)
export const GrantIsRescinded = defineError<{ isRescinded: boolean }>(
  'grant_rescission_other',
  409,
  ({ isRescinded }) => (isRescinded ? 'this grant is rescinded already' : 'this grant is not rescinded'),
  'read the grant again',
)
export const GrantPlaceUnknown = defineError<{ what: string; id: string }>(
  'grant_place_unknown',
  400,
  ({ what, id }) => `there is no ${what} \`${id}\``,
  '`GET /v1/teams` and `GET /v1/repositories` list them',
)

export const SettingsNotFound = defineError<{ changeId: string }>(
  'grant_settings_not_found',
  404,
  ({ changeId }) => `there is no proposal of grant settings \`${changeId}\``,
)
export const SettingsClosed = defineError<{ state: string }>(
  'grant_settings_closed',
  409,
  ({ state }) => `this proposal of grant settings is ${state}`,
)
export const SettingsOther = defineError<object>(
  'grant_settings_other',
  409,
  () => 'the digest is not that of this proposal',
  'read the proposal again and approve what it says now',
)
export const SettingsReplaced = defineError<{ version: number }>(
  'grant_settings_replaced',
  409,
  ({ version }) => `version ${version} is in force, and not the one that this replaces`,
  'read `GET /v1/grant-settings`, and propose again',
)

export const PeriodNotFound = defineError<{ periodId: string }>(
  'ai_free_period_not_found',
  404,
  ({ periodId }) => `there is no AI-free period \`${periodId}\``,
)
export const PeriodInvalid = defineError<{ reason: string }>(
  'ai_free_period_invalid',
  400,
  ({ reason }) => `the period cannot be planned: ${reason}`,
  'plan another time',
)
export const PeriodOver = defineError<{ state: string }>(
  'ai_free_period_over',
  409,
  ({ state }) => `this AI-free period is ${state}`,
)
export const PeriodLimit = defineError<{ max: number }>(
  'ai_free_period_limit',
  409,
  ({ max }) => `${max} periods of this team or person are planned, which is the most`,
  'cancel one that is not needed',
)

export const grantErrors = [
  ToolNotAuthorized,
  GrantRescinded,
  CharterNotAcknowledged,
  TrainingMissing,
  AiFree,
  GrantNotFound,
  GrantRunning,
  GrantOver,
  GrantExtended,
  GrantLimit,
  GrantIsRescinded,
  GrantPlaceUnknown,
  SettingsNotFound,
  SettingsClosed,
  SettingsOther,
  SettingsReplaced,
  PeriodNotFound,
  PeriodInvalid,
  PeriodOver,
  PeriodLimit,
]
