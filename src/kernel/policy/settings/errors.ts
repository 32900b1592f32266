import { defineError } from '#platform/errors.ts'

export const PolicySettingLooser = defineError<{
  setting: string
  asked: string
  inForce: string
  by: string
  why: string
}>(
  'policy_setting_looser',
  422,
  ({ setting, asked, inForce, by, why }) =>
    `\`${setting}\` would be looser: ${asked} was asked, and ${inForce} is in force by ${by}; ${why}`,
  'settings only make stricter; what the packs say is changed by a version of the pack that others review',
)
export const PolicySettingNotComparable = defineError<{ setting: string; inForce: string }>(
  'policy_setting_not_comparable',
  422,
  ({ setting, inForce }) =>
    `\`${setting}\` is ${inForce}, and its name does not tell which values are stricter, so it cannot be set here`,
  'names that tell begin with `max`, `most`, `min`, `allowed`, `required` or `forbidden`, or end in `Levels`; set it in a version of the pack',
)
export const PolicySettingNotHere = defineError<{ setting: string }>(
  'policy_setting_not_here',
  422,
  ({ setting }) => `\`${setting}\` is a setting of the organization, not of a team`,
  'leave it out for a team',
)
export const PolicySettingsChanged = defineError<{ revision: number }>(
  'policy_settings_changed',
  409,
  ({ revision }) => `the settings were changed meanwhile and are at revision ${revision}`,
  'read them again and decide anew',
)
export const PolicySettingsScopeNotFound = defineError<{ scope: string }>(
  'policy_settings_scope_not_found',
  404,
  ({ scope }) => `there is no team \`${scope}\` that could have policy settings`,
  'list the scopes with `GET /v1/policy-settings`',
)
export const PolicySettingsNotProposed = defineError<{ scope: string }>(
  'policy_settings_not_proposed',
  409,
  ({ scope }) => `nothing of this digest is proposed for the policy settings of \`${scope}\``,
  'read them again; a change that only makes stricter is in force at once, and ends what was proposed',
)

export const settingsErrors = [
  PolicySettingLooser,
  PolicySettingNotComparable,
  PolicySettingNotHere,
  PolicySettingsChanged,
  PolicySettingsScopeNotFound,
  PolicySettingsNotProposed,
]
