import { defineError } from '#platform/errors.ts'

export const ExceptionNotFound = defineError<{ exceptionId: string }>(
  'exception_not_found',
  404,
  ({ exceptionId }) => `exception \`${exceptionId}\` does not exist`,
)
export const ExceptionInvalid = defineError<{ reason: string }>(
  'exception_invalid',
  400,
  ({ reason }) => `the exception cannot be asked for: ${reason}`,
  'see the rules with `GET /v1/gates/merge/rules`, and ask again',
)
export const ExceptionNever = defineError<{ ruleId: string }>(
  'exception_never',
  409,
  ({ ruleId }) => `the rule \`${ruleId}\` allows no exception`,
  'mend what it tells: nothing sets it aside',
)
export const ExceptionClosed = defineError<{ state: string }>(
  'exception_closed',
  409,
  ({ state }) => `this exception is ${state}`,
  'ask for a new one',
)
export const ExceptionOther = defineError<object>(
  'exception_other',
  409,
  () => 'the digest is not that of this exception',
  'read the exception again and decide on what it says now',
)
export const ExceptionLimit = defineError<{ max: number }>(
  'exception_limit',
  409,
  ({ max }) => `${max} exceptions of this repository wait or hold, which is the most`,
  'revoke those that nothing uses',
)

export const exceptionErrors = [
  ExceptionNotFound,
  ExceptionInvalid,
  ExceptionNever,
  ExceptionClosed,
  ExceptionOther,
  ExceptionLimit,
]
