import { z } from 'zod'
import { committed, defineEvent } from '#kernel/ledger'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const count = z.int().nonnegative()
const named = { packId: z.string().max(64), version: z.string().max(64), digest }

export const PolicyPackCreated = defineEvent(
  'policy-pack.created',
  z.object({ packId: z.string(), category: z.string(), owner: committed, reviewBy: z.string().nullable() }),
  { description: 'a policy pack was made, that has no version yet', operation: 'policy-pack.create' },
)
export const PolicyPackChanged = defineEvent(
  'policy-pack.changed',
  z.object({ packId: z.string(), changed: z.array(z.enum(['title', 'owner', 'reviewBy'])) }),
  { description: 'a policy pack got another title, owner or review-by date', operation: 'policy-pack.change' },
)
export const PolicyDrafted = defineEvent(
  'policy-version.drafted',
  z.object({ ...named, source: z.enum(['console', 'git']), isNew: z.boolean() }),
  { description: 'a draft of a policy was written or changed', operation: 'policy-version.draft' },
)
export const PolicyChecked = defineEvent(
  'policy-version.checked',
  z.object({ ...named, outcome: z.enum(['passed', 'failed']), errors: count, warnings: count }),
  { description: 'a draft of a policy was checked for mistakes', operation: 'policy-version.check' },
)
export const PolicyTested = defineEvent(
  'policy-version.tested',
  z.object({ ...named, outcome: z.enum(['passed', 'failed']), cases: count, mutants: count, survived: count }),
  { description: 'the tests of a draft of a policy ran', operation: 'policy-version.test' },
)
export const PolicyAsked = defineEvent(
  'policy-version.asked',
  z.object({
    ...named,
    asked: z.array(z.string()).max(50),
    /** Until when they are asked to answer; absent where nothing was said. */
    answerBy: z.iso.datetime().optional(),
  }),
  { description: 'people were asked what they say to a draft of a policy', operation: 'policy-version.ask' },
)
export const PolicyAnswered = defineEvent(
  'policy-version.answered',
  z.object({ ...named, answer: z.enum(['agree', 'concern', 'comment']), comment: committed.nullable() }),
  {
    description: 'somebody who was asked said what they think of a draft of a policy',
    operation: 'policy-version.answer',
  },
)
export const PolicyAnswersDue = defineEvent(
  'policy-version.answers-due',
  z.object({ ...named, answerBy: z.iso.datetime(), days: count, silent: z.array(z.string()).max(50) }),
  {
    description: 'within so many days, or already, people are to answer about a draft of a policy who have not',
    operation: 'policy.remind',
  },
)
export const PolicyReviewDue = defineEvent(
  'policy-pack.review-due',
  z.object({ packId: z.string(), reviewBy: z.iso.date(), days: count }),
  {
    description: 'within so many days, or already, somebody is to look at a policy pack again',
    operation: 'policy.remind',
  },
)
export const PolicyAssessed = defineEvent(
  'policy-version.assessed',
  z.object({
    ...named,
    days: count,
    decisions: count,
    replayed: count,
    notReplayable: count,
    toDeny: count,
    toAllow: count,
    otherReasons: count,
  }),
  { description: 'a draft of a policy was replayed over recorded decisions', operation: 'policy-version.assess' },
)
export const PolicyReviewed = defineEvent(
  'policy-version.reviewed',
  z.object({ ...named, decision: z.enum(['approve', 'reject']), approvalId: z.string(), weakens: z.boolean() }),
  { description: 'a person reviewed a draft of a policy, with a passkey', operation: 'policy-version.review' },
)
export const PolicyPublished = defineEvent(
  'policy.published',
  z.object({
    ...named,
    textDigest: digest,
    testsDigest: digest,
    /** Of the key that signed it. */
    keyId: z.string(),
    signature: z.string(),
    reviewers: z.array(z.string()).max(50),
    weakens: z.boolean(),
  }),
  { description: 'a version of a policy was signed and does not change any more', operation: 'policy.publish' },
)
export const PolicyRetired = defineEvent('policy-version.retired', z.object(named), {
  description: 'a published version of a policy will not be rolled out any more',
  operation: 'policy-version.retire',
})

const moved = {
  rolloutId: z.string(),
  packId: z.string(),
  version: z.string(),
  stage: count,
  mode: z.enum(['audit', 'warn', 'enforce']),
}
const counts = { decisions: count, toDeny: count, toAllow: count, errors: count }

export const RolloutStarted = defineEvent('policy-rollout.started', z.object({ ...moved, stages: count }), {
  description: 'a published version began to be rolled out',
  operation: 'policy-rollout.start',
})
export const RolloutPromoted = defineEvent(
  'policy-rollout.promoted',
  z.object({ ...moved, ...counts, cause: z.enum(['limits', 'person']) }),
  { description: 'a roll-out went on to its next stage', operation: 'policy-rollout.promote' },
)
export const RolloutCompleted = defineEvent(
  'policy-rollout.completed',
  z.object({ ...moved, ...counts, cause: z.enum(['limits', 'person']), replaced: z.string().nullable() }),
  { description: 'a version that was rolled out is in force everywhere', operation: 'policy-rollout.complete' },
)
export const RolloutRolledBack = defineEvent(
  'policy-rollout.rolled-back',
  z.object({
    ...moved,
    ...counts,
    cause: z.enum(['flips', 'errors', 'person']),
    restored: z.string().nullable(),
  }),
  { description: 'a version was taken back; what was in force before is again', operation: 'policy-rollout.roll-back' },
)

export const lifecycleEvents = [
  PolicyPackCreated,
  PolicyPackChanged,
  PolicyDrafted,
  PolicyChecked,
  PolicyTested,
  PolicyAsked,
  PolicyAnswered,
  PolicyAnswersDue,
  PolicyReviewDue,
  PolicyAssessed,
  PolicyReviewed,
  PolicyPublished,
  PolicyRetired,
  RolloutStarted,
  RolloutPromoted,
  RolloutCompleted,
  RolloutRolledBack,
]
