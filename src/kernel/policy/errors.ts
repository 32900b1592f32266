import { defineError } from '#platform/errors.ts'

export const PolicySettingInvalid = defineError<{ setting: string; reason: string }>(
  'policy_setting_invalid',
  422,
  ({ setting, reason }) => `the policy setting \`${setting}\` cannot be used: ${reason}`,
  'the pack names its parameters, their types and bounds',
)

export const PolicySnapshotInvalid = defineError<{ reason: string }>(
  'policy_snapshot_invalid',
  422,
  ({ reason }) => `the snapshot of the policy set cannot be opened: ${reason}`,
)

export const PolicyEngineDiffers = defineError<{ engine: string; recorded: string; ours: string }>(
  'policy_engine_differs',
  409,
  ({ engine, recorded, ours }) => `the snapshot was decided by ${engine} \`${recorded}\`, and this is \`${ours}\``,
  'replay with the release of countersign that made the decision',
)

export const DecisionNotFound = defineError<{ decisionId: string }>(
  'decision_not_found',
  404,
  ({ decisionId }) => `decision \`${decisionId}\` does not exist`,
)

export const DecisionFactsGone = defineError<{ decisionId: string }>(
  'decision_facts_gone',
  410,
  ({ decisionId }) => `the facts of decision \`${decisionId}\` were erased`,
)

export const DecisionNotPublished = defineError<{ decisionId: string }>(
  'decision_not_published',
  409,
  ({ decisionId }) => `the record of decision \`${decisionId}\` is not published and indexed yet`,
  'ask again in a second; `countersign ledger status` tells whether the log is written',
)

export const AccessQuestionInvalid = defineError<{ reason: string }>(
  'access_question_invalid',
  400,
  ({ reason }) => `the question cannot be answered: ${reason}`,
  '`GET /v1/roles` lists the actions, and the types of things that they are about',
)

export const policyErrors = [
  PolicySettingInvalid,
  PolicySnapshotInvalid,
  PolicyEngineDiffers,
  DecisionNotFound,
  DecisionFactsGone,
  DecisionNotPublished,
  AccessQuestionInvalid,
]
