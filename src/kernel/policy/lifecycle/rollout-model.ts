import { z } from 'zod'

/** The repositories of a stage: those named, of these teams, or all; and of them a share that is always the same. */
export const Scope = z
  .object({
    repositories: z.array(z.string().min(1).max(100)).max(500).default([]),
    teams: z.array(z.string().min(1).max(100)).max(100).default([]),
    percent: z.number().gt(0).max(100).default(100),
  })
  .strict()
export type Scope = z.infer<typeof Scope>

/** When a stage is over, and when the roll-out is. */
export const Limits = z
  .object({
    /** Decisions that a stage needs before the next one. */
    minDecisions: z.int().min(0).max(1_000_000).default(20),
    soakMinutes: z
      .int()
      .min(0)
      .max(60 * 24 * 90)
      .default(60),
    /** More decisions than this that come out otherwise roll it back. */
    maxFlips: z.int().min(0).max(1_000_000),
    /** Share of decisions that may fail with an error. */
    maxErrorRate: z.number().min(0).max(1).default(0),
  })
  .strict()
export type Limits = z.infer<typeof Limits>

export const StageMode = z.enum(['audit', 'warn', 'enforce'])
export type StageMode = z.infer<typeof StageMode>

export const Stage = z
  .object({
    mode: StageMode,
    scope: Scope.prefault({}),
    limits: Limits,
    promotion: z.enum(['automatic', 'manual']).default('automatic'),
  })
  .strict()
export type Stage = z.infer<typeof Stage>

export const StartRollout = z
  .object({ stages: z.array(Stage).min(1).max(12) })
  .strict()
  .meta({ id: 'StartPolicyRollout' })

export const RolloutState = z.enum(['running', 'active', 'superseded', 'rolled_back'])

const Counted = z.object({
  decisions: z.int(),
  toDeny: z.int(),
  toAllow: z.int(),
  otherReasons: z.int(),
  errors: z.int(),
})
export type Counted = z.infer<typeof Counted>

export const Rollout = z
  .object({
    id: z.string(),
    packId: z.string(),
    versionId: z.string(),
    version: z.string(),
    state: RolloutState,
    stages: z.array(Stage.extend({ counts: Counted })),
    /** Index of the stage it is in, from 0; of one that ended, the last that it was in. */
    stage: z.int(),
    stageSince: z.iso.datetime(),
    startedBy: z.string(),
    /** Of whoever started it, by id; of whom no directory brought there is none. */
    names: z.record(z.string(), z.string()),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PolicyRollout' })
export type Rollout = z.infer<typeof Rollout>

const Result = z.enum(['pass', 'fail', 'unknown', 'error'])

/** How a decision with a version differs from the one without it. */
export const Flip = z.enum(['none', 'to_deny', 'to_allow', 'reasons'])
export type Flip = z.infer<typeof Flip>

/** What a version that is being rolled out says of a decision, and what was or would be decided without it. */
export const Candidate = z
  .object({
    rolloutId: z.string(),
    packId: z.string(),
    version: z.string(),
    stage: z.int(),
    mode: StageMode,
    /** Whether its answer is the one that counts. */
    enforced: z.boolean(),
    /** Of the policy set with the version; null where the settings of the repository do not fit it. */
    revision: z.string().nullable(),
    decision: z.enum(['allow', 'deny']),
    result: Result,
    flip: Flip,
    baseline: z.object({ revision: z.string(), decision: z.enum(['allow', 'deny']), result: Result }),
  })
  .meta({ id: 'DecisionCandidate' })
export type Candidate = z.infer<typeof Candidate>
