import type { GateRule, GateRun } from '../gate-run.ts'

/** A gate run as SARIF 2.1.0: one result for each rule that does not pass, so that a forge shows it at its line. */
export function toSarif(run: GateRun, version: string): object {
  const open = run.rules.filter((rule) => ['fail', 'unknown', 'error', 'excepted'].includes(rule.status))
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Countersign', version, rules: run.rules.map(descriptor) } },
        invocations: [{ executionSuccessful: run.result !== 'error' }],
        properties: { result: run.result, decision: run.decision, policyRevision: run.policyRevision },
        results: open.map((rule) => result(rule, run.change.head)),
      },
    ],
  }
}

function descriptor(rule: GateRule): object {
  return {
    id: rule.id,
    shortDescription: { text: rule.title },
    ...(rule.remediation === null ? {} : { help: { text: rule.remediation } }),
    defaultConfiguration: { level: levelOf(rule.severity) },
    properties: { category: rule.category, severity: rule.severity, clause: rule.clause, controls: rule.controls },
  }
}

function result(rule: GateRule, head: string): object {
  const isEnforced = rule.mode === 'enforce'
  return {
    ruleId: rule.id,
    // SARIF 2.1.0 section 3.27.9: `open` is an evaluation that lacked information
    kind: rule.status === 'unknown' ? 'open' : 'fail',
    // and then its level is `none` (section 3.27.10)
    level: rule.status === 'unknown' ? 'none' : isEnforced ? levelOf(rule.severity) : 'note',
    message: {
      text: [rule.message, ...rule.unknown.map((one) => one.howToKnow)].filter((text) => text !== '').join(' — '),
    },
    partialFingerprints: { 'countersignRule/v1': `${head}:${rule.id}` },
    locations: rule.locations.slice(0, 10).map(({ path, line }) => ({
      physicalLocation: {
        artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
        ...(line === null ? {} : { region: { startLine: line } }),
      },
    })),
    ...(rule.status === 'excepted'
      ? { suppressions: [{ kind: 'external', status: 'accepted', justification: rule.exceptionId ?? 'exception' }] }
      : {}),
  }
}

function levelOf(severity: GateRule['severity']): 'error' | 'warning' | 'note' {
  if (severity === 'critical' || severity === 'high') return 'error'
  return severity === 'medium' ? 'warning' : 'note'
}
