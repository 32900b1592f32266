import { z } from 'zod'

/** How long a request waits, and how long an approved override waits for its use. */
export const overrideMs = 86_400_000
/** People besides who asks. */
export const approversNeeded = 2
/** Who may be one of them; the policies say the same. */
export const approverRoles = ['owner', 'senior-developer', 'tech-lead', 'security', 'compliance-officer'] as const
/** One of them holds one of these. */
export const leadRoles = ['security', 'tech-lead'] as const

export const AskOverride = z
  .strictObject({
    repositoryId: z.string().regex(/^[\w-]{1,100}$/),
    /** Whole id of the head commit that the gate was asked about. */
    commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
    /** The decision that denied it. */
    decisionId: z.string().regex(/^[\w-]{1,100}$/),
    reason: z.string().trim().min(1).max(2000),
  })
  .meta({ id: 'AskOverride' })
export type AskOverride = z.output<typeof AskOverride>

export const overrideStates = ['asked', 'approved', 'rejected', 'used', 'lapsed'] as const
export type OverrideState = (typeof overrideStates)[number]

export const GateOverride = z
  .object({
    id: z.string(),
    /** Of what was asked for: what an approval is about. */
    digest: z.string(),
    repositoryId: z.string(),
    commit: z.string(),
    decisionId: z.string(),
    /** The rules that it lets through. */
    rules: z.array(z.string()),
    reason: z.string(),
    requester: z.string(),
    /** Who approved it so far. */
    approvers: z.array(z.string()),
    askedAt: z.iso.datetime(),
    /** 24 hours after it was asked for, then after it was approved. */
    expiresAt: z.iso.datetime(),
    /** `approved` waits for its one use. */
    state: z.enum(overrideStates),
    usedAt: z.iso.datetime().nullable(),
    /** The decision that it let through. */
    usedDecisionId: z.string().nullable(),
  })
  .meta({ id: 'GateOverride' })
export type GateOverride = z.infer<typeof GateOverride>
