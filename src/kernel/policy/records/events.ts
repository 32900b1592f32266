import { z } from 'zod'
import { committed, defineEvent } from '#kernel/ledger'
import { Candidate } from '../lifecycle/rollout-model.ts'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const ruleIds = z.array(z.string().max(140)).max(64)
const Engines = z.strictObject({ cel: z.string(), cedar: z.string(), rules: z.string() })

/** What stands in the ledger of a decision. */
export const DecisionData = z.object({
  decisionId: z.string(),
  gate: z.enum(['merge', 'deploy']),
  result: z.enum(['pass', 'fail', 'unknown', 'error']),
  decision: z.enum(['allow', 'deny']),
  /** Whether the answer was acted on; in `audit`, `warn` and under an override a denial lets through, and is still a denial. */
  enforced: z.boolean(),
  mode: z.enum(['audit', 'warn', 'enforce']),
  /** What let through once what this denies. */
  overrideId: z.string().optional(),
  policyRevision: digest,
  factsDigest: digest,
  /** Of the whole question: exceptions, facts, gate, request. */
  questionDigest: digest,
  /** Commitment to the text of the question, which is kept apart, encrypted. */
  question: committed,
  /** Of the verdict's canonical bytes: what a replay has to give again. */
  verdictDigest: digest,
  rules: z.strictObject({
    fail: ruleIds,
    unknown: ruleIds,
    excepted: ruleIds,
    error: ruleIds,
    /** Ids that the lists had no room for. */
    more: z.int().nonnegative(),
    pass: z.int().nonnegative(),
    notApplicable: z.int().nonnegative(),
  }),
  /** Ids of the Cedar policies that determined the answer. */
  determining: z.array(z.string().max(140)).max(64),
  errors: z.array(z.string().max(300)).max(8),
  engines: Engines,
  /** Versions that are being rolled out where it was made, and what they say of it. */
  candidates: z.array(Candidate).max(8).optional(),
})
export type DecisionData = z.infer<typeof DecisionData>

export const DecisionMade = defineEvent('decision.made', DecisionData, {
  description: 'the policy engine answered a question; the facts it saw are kept apart for replay',
  operation: 'decision.make',
  na: { justification: 'no_justification_given' },
})

export const DecisionReplayed = defineEvent(
  'decision.replayed',
  z.object({ decisionId: z.string(), same: z.boolean(), reason: z.string().max(300).nullable() }),
  { description: 'somebody had a decision made again from what was recorded of it', operation: 'decision.replay' },
)

export const PolicyActivated = defineEvent(
  'policy.activated',
  z.object({
    revision: digest,
    packs: z.array(z.strictObject({ id: z.string(), version: z.string().max(200), digest })).max(64),
    packsTotal: z.int().nonnegative(),
    cedarPolicies: z.int().nonnegative(),
    /** Rules whose mode is not the pack's. */
    modesChanged: z.int().nonnegative(),
    engines: Engines,
  }),
  { description: 'a policy set answered for the first time; its snapshot is kept', operation: 'policy.activate' },
)

export const policyEvents = [DecisionMade, DecisionReplayed, PolicyActivated]
