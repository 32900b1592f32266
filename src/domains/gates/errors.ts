import { defineError } from '#platform/errors.ts'

export const GateSettingsWrong = defineError<{ reason: string }>(
  'gate_settings_wrong',
  400,
  ({ reason }) => `the gate settings of the repository cannot be used: ${reason}`,
  'correct `gate` in .countersign.yaml on the base branch; `countersign risk rules --repo .` shows what is read',
)
export const GateNotRun = defineError<{ changeId: string }>(
  'gate_not_run',
  404,
  ({ changeId }) => `no gate has judged the change \`${changeId}\` yet`,
  'changes are judged after an import; ask for it with `countersign gate`',
)

export const RuleNotFound = defineError<{ ruleId: string }>(
  'rule_not_found',
  404,
  ({ ruleId }) => `the merge gate has no rule \`${ruleId}\``,
  'list the rules with `GET /v1/gates/merge/rules`',
)

export const ReportRefused = defineError<{ name: string; reason: string }>(
  'report_refused',
  400,
  ({ name, reason }) => `\`${name}\` cannot be used: ${reason}`,
  'bring a report about exactly this commit; name its format as `--evidence FORMAT=FILE` where its content does not tell',
)

export const gatesErrors = [GateSettingsWrong, GateNotRun, RuleNotFound, ReportRefused]
