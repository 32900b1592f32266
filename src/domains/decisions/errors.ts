import { defineError } from '#platform/errors.ts'

export const DecisionNotFound = defineError<{ decisionId: string }>(
  'architecture_decision_not_found',
  404,
  ({ decisionId }) => `there is no AI architecture decision \`${decisionId}\``,
)
export const DecisionInvalid = defineError<{ reason: string }>(
  'architecture_decision_invalid',
  400,
  ({ reason }) => `this cannot be asked: ${reason}`,
  'ask again with what is there',
)
export const DecisionClosed = defineError<{ state: string }>(
  'architecture_decision_closed',
  409,
  ({ state }) => `this AI architecture decision is ${state}`,
)
export const DecisionOther = defineError<object>(
  'architecture_decision_other',
  409,
  () => 'the digest is not that of this request with these conditions',
  'read the request again and answer what it says now',
)

export const decisionErrors = [DecisionNotFound, DecisionInvalid, DecisionClosed, DecisionOther]
