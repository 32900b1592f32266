import { defineError } from '#platform/errors.ts'

export const PolicyPackNotFound = defineError<{ packId: string }>(
  'policy_pack_not_found',
  404,
  ({ packId }) => `policy pack \`${packId}\` does not exist`,
)
export const PolicyPackExists = defineError<{ packId: string }>(
  'policy_pack_exists',
  409,
  ({ packId }) => `there is a policy pack \`${packId}\` already`,
  'add a version to it',
)
export const PolicyVersionNotFound = defineError<{ packId: string; version: string }>(
  'policy_version_not_found',
  404,
  ({ packId, version }) => `policy pack \`${packId}\` has no version \`${version}\``,
)
export const PolicyDraftInvalid = defineError<{ reason: string }>(
  'policy_draft_invalid',
  422,
  ({ reason }) => `this cannot be a version of the pack: ${reason}`,
)
export const PolicyVersionFixed = defineError<{ packId: string; version: string }>(
  'policy_version_fixed',
  409,
  ({ packId, version }) => `version \`${version}\` of \`${packId}\` is published and does not change`,
  'give the text another version number',
)
export const PolicyVersionDraft = defineError<{ packId: string; version: string }>(
  'policy_version_draft',
  409,
  ({ packId, version }) => `version \`${version}\` of \`${packId}\` is not published`,
  'only what was checked, tested, answered, assessed and reviewed is published, and only what is published is rolled out',
)
export const PolicyVersionOver = defineError<{ packId: string; version: string }>(
  'policy_version_over',
  409,
  ({ packId, version }) => `version \`${version}\` of \`${packId}\` is retired`,
)
export const PolicyVersionUsed = defineError<{ packId: string; version: string }>(
  'policy_version_used',
  409,
  ({ packId, version }) => `version \`${version}\` of \`${packId}\` is in force or being rolled out`,
  'roll another version out, or roll this one back, before it is retired',
)
export const PolicyStepsMissing = defineError<{ missing: readonly string[] }>(
  'policy_steps_missing',
  409,
  ({ missing }) => `the version cannot go on: ${missing.join('; ')}`,
)
export const PolicyTextDiffers = defineError<{ digest: string }>(
  'policy_text_differs',
  409,
  ({ digest }) => `the version is another text now, with digest \`${digest}\``,
  'read it again before you decide',
)
export const PolicyOwnReview = defineError<object>(
  'policy_own_review',
  403,
  () => 'who wrote some of a version neither answers for the others nor reviews it',
  'ask somebody else',
)
export const PolicyNotAsked = defineError<object>(
  'policy_not_asked',
  403,
  () => 'you were not asked about this text',
  'whoever may write policies can ask you',
)
export const PolicyStakeholderUnknown = defineError<{ userId: string }>(
  'policy_stakeholder_unknown',
  422,
  ({ userId }) => `nobody active is \`${userId}\``,
)
export const PolicyStepsTooMany = defineError<{ max: number }>(
  'policy_steps_too_many',
  409,
  ({ max }) => `a version takes at most ${max} steps`,
  'give the text another version number',
)
export const PolicyPacksTooMany = defineError<{ max: number }>(
  'policy_packs_too_many',
  409,
  ({ max }) => `an organization has at most ${max} policy packs`,
  'put rules that belong together into one pack',
)
export const PolicyRolloutNotFound = defineError<{ rolloutId: string }>(
  'policy_rollout_not_found',
  404,
  ({ rolloutId }) => `roll-out \`${rolloutId}\` does not exist`,
)
export const PolicyRolloutRunning = defineError<{ packId: string }>(
  'policy_rollout_running',
  409,
  ({ packId }) => `a version of \`${packId}\` is being rolled out`,
  'let it end, or roll it back',
)
export const PolicyRolloutsTooMany = defineError<{ max: number }>(
  'policy_rollouts_too_many',
  409,
  ({ max }) => `${max} packs are being rolled out already`,
  'let one of them end',
)
export const PolicyRolloutOver = defineError<{ rolloutId: string; state: string }>(
  'policy_rollout_over',
  409,
  ({ rolloutId, state }) => `roll-out \`${rolloutId}\` is ${state.replaceAll('_', ' ')}`,
)

export const PolicyVersionUnusable = defineError<{ packId: string; version: string; reason: string }>(
  'policy_version_unusable',
  409,
  ({ packId, version, reason }) =>
    `version \`${version}\` of \`${packId}\` cannot be used with this release: ${reason}`,
  'roll it back, or publish a version that this release takes; until then every gate that it decides denies',
)

export const lifecycleErrors = [
  PolicyPackNotFound,
  PolicyPackExists,
  PolicyVersionNotFound,
  PolicyDraftInvalid,
  PolicyVersionFixed,
  PolicyVersionDraft,
  PolicyVersionOver,
  PolicyVersionUsed,
  PolicyStepsMissing,
  PolicyTextDiffers,
  PolicyOwnReview,
  PolicyNotAsked,
  PolicyStakeholderUnknown,
  PolicyStepsTooMany,
  PolicyPacksTooMany,
  PolicyRolloutNotFound,
  PolicyRolloutRunning,
  PolicyRolloutsTooMany,
  PolicyRolloutOver,
  PolicyVersionUnusable,
]
