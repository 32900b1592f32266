import { z } from 'zod'
import type { Json } from '#platform/canonical-json.ts'
import { compileCedar } from '../cedar/compile-apart.ts'
import type { CedarPolicies } from '../cedar/policies.ts'
import type { JsonSchema, Question } from '../model.ts'
import { compilePack, type Pack } from '../pack/pack.ts'
import { createPolicySet, type PolicySet, type Settings } from '../policy-set.ts'

/** Facts, a pack and policies of their own for the tests of the engine. */
const Unknown = z.object({ path: z.string(), what: z.string(), howToKnow: z.string() })

const Facts = z.strictObject({
  now: z.iso.datetime(),
  unknown: z.array(Unknown),
  change: z.strictObject({
    head: z.string(),
    lines: z.int(),
    risk: z.enum(['low', 'high']),
    ticket: z.string().nullable(),
    files: z.array(z.strictObject({ path: z.string(), line: z.int() })),
  }),
  evidence: z.strictObject({
    coverage: z.number().optional().meta({ 'x-unknowable': true }),
    scan: z.strictObject({ critical: z.int(), at: z.iso.datetime() }).optional().meta({ 'x-unknowable': true }),
  }),
})

export const factsSchema: JsonSchema = z.toJSONSchema(Facts)

export const noCoverage = { path: 'evidence.coverage', what: 'coverage of the changed lines', howToKnow: 'add it' }
export const noScan = { path: 'evidence.scan', what: 'a security scan', howToKnow: 'run the scanner' }

export const goodFacts = {
  now: '2026-11-25T12:00:00Z',
  unknown: [],
  change: { head: 'c0ffee', lines: 10, risk: 'low', ticket: 'A-1', files: [{ path: 'src/a.ts', line: 3 }] },
  evidence: { coverage: 91.5, scan: { critical: 0, at: '2026-11-25T11:00:00Z' } },
} satisfies Json

export const samplePack = `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: sample, title: Sample, owner: team:security, version: 1.0.0, category: quality, controls: [SOC2:CC8.1] }
spec:
  gate: merge
  mode: enforce
  params:
    minCoverage: { type: double, default: 80.0, min: 0, max: 100 }
    maxCritical: { type: int, default: 0, min: 0, max: 10 }
  variables:
    - name: fresh
      expression: now - evidence.scan.at < duration('24h')
  rules:
    - id: coverage
      title: Changed lines are tested
      severity: medium
      owner: author
      require: evidence.coverage >= params.minCoverage
      message: "'coverage is ' + string(evidence.coverage) + '%'"
      remediation: Test the lines that you changed.
      fix: "'countersign evidence add coverage for ' + change.head"
      locations: "change.files.map(f, {'path': f.path, 'line': f.line})"
    - id: scan
      severity: critical
      owner: security
      exception: never
      when: change.risk == 'high'
      require: vars.fresh && evidence.scan.critical <= params.maxCritical
      message: "'critical findings: ' + string(evidence.scan.critical)"
    - id: ticket
      severity: low
      mode: warn
      require: has(change.ticket)
      message: "'no ticket'"
`

/** A pack whose only rule always passes. */
export const rulePack = `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: one, title: One, owner: team:security }
spec:
  gate: merge
  rules:
    - { id: only, severity: low, require: 'true', message: "'wrong'" }
`

export const cedarSchema = `entity Human, Agent;
entity Change;
action "merge" appliesTo {
  principal: [Human, Agent], resource: [Change],
  context: { now: datetime, gate: { result: String, failed: Set<String>, unknown: Set<String> } }
};`

export const cedarText = `@id("merge.base")
@title("People may merge")
permit (principal is Human, action == Action::"merge", resource);

@id("merge.gate")
@title("Only a gate that passes")
@severity("high")
@reason("The gate says {{context.gate.result}}: {{context.gate.failed}}.")
forbid (principal, action == Action::"merge", resource)
unless { context.gate.result == "pass" };
`

export function packFrom(text: string, schema = factsSchema): Pack {
  const { pack, diagnostics } = compilePack(text, { source: 'sample.yaml', factsSchema: schema })
  if (pack === undefined) throw new Error(JSON.stringify(diagnostics))
  return pack
}

export async function policiesFrom(text = cedarText, schema = cedarSchema): Promise<CedarPolicies> {
  const { policies, diagnostics } = await compileCedar(text, { source: 'sample.cedar', schema })
  if (policies === undefined) throw new Error(JSON.stringify(diagnostics))
  return policies
}

export async function sampleSet(settings: Partial<Settings> = {}, text = samplePack): Promise<PolicySet> {
  return createPolicySet({
    packs: [packFrom(text)],
    cedar: { schema: cedarSchema, policies: await policiesFrom() },
    settings,
  })
}

export function ask(facts: Json = goodFacts, more: Partial<Question> = {}): Question {
  return {
    gate: 'merge',
    facts,
    exceptions: [],
    request: {
      principal: { type: 'Human', id: 'p1' },
      action: 'Action::"merge"',
      resource: { type: 'Change', id: 'chg_1' },
      entities: [],
      context: { now: { __extn: { fn: 'datetime', arg: '2026-11-25T12:00:00Z' } } },
    },
    ...more,
  }
}
