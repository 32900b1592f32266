import { z } from 'zod'
import { Candidate } from '#kernel/policy'

/** What one run of a gate answered, as an agent, a console or a script reads it. */
const Status = z.enum(['pass', 'fail', 'excepted', 'unknown', 'not_applicable', 'error'])
const results = ['pass', 'fail', 'unknown', 'error'] as const
const UnknownFact = z.object({ path: z.string(), what: z.string(), howToKnow: z.string() })

export const GateRule = z
  .object({
    id: z.string(),
    title: z.string(),
    status: Status,
    mode: z.enum(['off', 'audit', 'warn', 'enforce']),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    category: z.string(),
    clause: z.string().nullable(),
    controls: z.array(z.string()),
    /** What is wrong; empty when nothing is. */
    message: z.string(),
    /** Who can mend it. */
    owner: z.string(),
    remediation: z.string().nullable(),
    /** The command that mends it. */
    fix: z.string().nullable(),
    exceptionId: z.string().nullable(),
    /** The facts that it read, with their values. */
    saw: z.record(z.string(), z.json()),
    unknown: z.array(UnknownFact),
    /** A fingerprint is of the finding there: an exception for one finding names it. */
    locations: z.array(z.object({ path: z.string(), line: z.int().nullable(), fingerprint: z.string().nullable() })),
  })
  .meta({ id: 'GateRule' })
export type GateRule = z.infer<typeof GateRule>

export const GateRun = z
  .object({
    schema: z.literal('countersign.gate-run/v1'),
    gate: z.literal('merge'),
    change: z.object({ head: z.string(), base: z.string().nullable(), title: z.string() }),
    /** The worst of the enforced rules; anything but `pass` denies. */
    result: z.enum(results),
    decision: z.enum(['allow', 'deny']),
    /** Why the last word is no where every rule passed. */
    authorization: z.array(z.object({ id: z.string(), effect: z.enum(['permit', 'forbid']), reason: z.string() })),
    risk: z.object({
      score: z.object({ used: z.number(), low: z.number(), high: z.number() }),
      level: z.enum(['low', 'medium', 'high', 'critical']),
    }),
    rules: z.array(GateRule),
    /** Each missing fact once, with the rules that it holds back. */
    unknowns: z.array(UnknownFact.extend({ rules: z.array(z.string()) })),
    policyRevision: z.string(),
    factsDigest: z.string(),
    /** Of the record of this decision; null for a run that has no ledger to record it in. */
    decisionId: z.string().nullable(),
    errors: z.array(z.string()),
    /** Versions of policies that are being rolled out here, what they say, and their own rules that are not kept. */
    candidates: z.array(Candidate.extend({ rules: z.array(GateRule) })),
    /** What the gate says all the same, where an override let it through: `result` and `decision` tell what holds. */
    overridden: z
      .object({ overrideId: z.string(), result: z.enum(results), decision: z.enum(['allow', 'deny']) })
      .nullable(),
    /** What its own settings ask for and do not get; only in the answer to a run, and not kept. */
    notices: z.array(z.string()),
  })
  .meta({ id: 'GateRun' })
export type GateRun = z.infer<typeof GateRun>

/** Exit codes of `countersign gate`. */
export function exitCode({ result, decision }: GateRun): 0 | 1 | 2 {
  if (result === 'error') return 2
  return decision === 'allow' ? 0 : 1
}
