import { defineError } from '#platform/errors.ts'

export const RecoveryOpen = defineError<object>(
  'recovery_open',
  409,
  () => 'a recovery of this person is open already',
  'approve that one, or wait until it is over',
)
export const RecoveryNotFound = defineError<{ personId: string }>(
  'recovery_not_found',
  404,
  ({ personId }) => `there is no recovery of \`${personId}\``,
)
export const RecoveryClosed = defineError<object>(
  'recovery_closed',
  409,
  () => 'this recovery is over',
  'open another one with `POST /v1/people/{id}/recovery`',
)

export const recoveryErrors = [RecoveryOpen, RecoveryNotFound, RecoveryClosed]
