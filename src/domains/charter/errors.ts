import { defineError } from '#platform/errors.ts'

export const CharterMissing = defineError<object>(
  'charter_missing',
  404,
  () => 'no charter is in force yet',
  'the first start of the server adopts one; try again in a moment',
)
export const CharterVersionNotFound = defineError<{ number: number }>(
  'charter_version_not_found',
  404,
  ({ number }) => `the charter has no version ${number}`,
)
export const CharterProposalNotFound = defineError<{ proposalId: string }>(
  'charter_proposal_not_found',
  404,
  ({ proposalId }) => `there is no proposal \`${proposalId}\` for the charter`,
)
export const CharterInvalid = defineError<{ reason: string }>(
  'charter_invalid',
  400,
  ({ reason }) => `this cannot be a charter: ${reason}`,
)
export const CharterUnchanged = defineError<object>(
  'charter_unchanged',
  409,
  () => 'this is what the version in force says already',
)
export const CharterProposalOpen = defineError<{ proposalId: string }>(
  'charter_proposal_open',
  409,
  ({ proposalId }) => `the proposal \`${proposalId}\` is open, and there is one at a time`,
  'decide that one, or have it withdrawn',
)
export const CharterProposalClosed = defineError<{ state: string }>(
  'charter_proposal_closed',
  409,
  ({ state }) => `this proposal is ${state}`,
)
export const CharterVersionOther = defineError<{ number: number }>(
  'charter_version_other',
  409,
  ({ number }) => `version ${number} of the charter is in force, and only that can be acknowledged`,
  'read it, and acknowledge what you have read',
)

export const charterErrors = [
  CharterMissing,
  CharterVersionNotFound,
  CharterProposalNotFound,
  CharterInvalid,
  CharterUnchanged,
  CharterProposalOpen,
  CharterProposalClosed,
  CharterVersionOther,
]
