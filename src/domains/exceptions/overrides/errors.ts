import { defineError } from '#platform/errors.ts'

export const OverrideNotFound = defineError<{ overrideId: string }>(
  'override_not_found',
  404,
  ({ overrideId }) => `override \`${overrideId}\` does not exist`,
)
export const OverrideInvalid = defineError<{ reason: string }>(
  'override_invalid',
  400,
  ({ reason }) => `the override cannot be asked for: ${reason}`,
  'ask the gate about the commit, and name that decision',
)
export const OverrideNever = defineError<{ rule: string }>(
  'override_never',
  409,
  ({ rule }) => `\`${rule}\` holds it back, and nothing sets that aside`,
  'mend what it tells',
)
export const OverrideClosed = defineError<{ state: string }>(
  'override_closed',
  409,
  ({ state }) => `this override is ${state}`,
  'ask for a new one',
)
export const OverrideOther = defineError<object>(
  'override_other',
  409,
  () => 'the digest is not that of this override',
  'read the override again and decide on what it says now',
)
export const OverrideOpen = defineError<{ overrideId: string }>(
  'override_open',
  409,
  ({ overrideId }) => `\`${overrideId}\` is open for this commit already`,
)
export const OverrideLeadNeeded = defineError<object>(
  'override_lead_needed',
  409,
  () => 'of the two who approve an override, one is of security or a tech lead of the team, and neither is',
  'have somebody of security, or a tech lead of the team, approve it',
)

export const overrideErrors = [
  OverrideNotFound,
  OverrideInvalid,
  OverrideNever,
  OverrideClosed,
  OverrideOther,
  OverrideOpen,
  OverrideLeadNeeded,
]
