import { z } from 'zod'

/**
 * What a merge gate knows of one change, version 1. Rules read nothing else.
 *
 * A member that is not known is absent and named in `unknown`; "known to be none" is a value (false, 0, an empty list).
 * People are `p1`, `p2`… in the order in which the change names them, the author first: facts hold no personal data, and
 * the same change gives the same facts wherever it is judged.
 */
const unknowable = { 'x-unknowable': true }
const count = z.int().nonnegative()
const name = z.string().max(500)
const path = z.string().max(4096)

export const PersonRole = z.enum([
  'junior-developer',
  'senior-developer',
  'tech-lead',
  'security',
  'compliance',
  'legal',
])
export type PersonRole = z.infer<typeof PersonRole>

const Person = z.strictObject({
  id: z.string().max(20),
  kind: z.enum(['human', 'agent', 'automation', 'unknown']),
})

const Approval = z.strictObject({
  by: Person,
  state: z.enum(['approved', 'changes_requested', 'dismissed']),
  commit: z.string().max(64),
  /** Whether it is of the very commit that is merged. */
  onHead: z.boolean(),
})

const FoundIssue = z.strictObject({
  id: z.string().max(200),
  rule: name,
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  path: path.nullable(),
  line: z.int().positive().nullable(),
})

const BySeverity = z.strictObject({ critical: count, high: count, medium: count, low: count, info: count })

/** One class of scan of the exact commit. `open` counts what is neither suppressed nor, by VEX, not affected. */
const Scan = z.strictObject({
  ran: z.boolean(),
  tools: z.array(name).max(20),
  open: BySeverity,
  /** The most severe first. */
  findings: z.array(FoundIssue).max(50),
})

const Dependency = z.strictObject({
  ecosystem: z.string().max(50),
  name,
  version: name,
  path,
  line: z.int().positive().nullable(),
  existence: z.enum(['exists', 'missing', 'unknown']),
  /** How long its version had been public; absent where nobody knows. */
  ageDays: z.int().optional(),
})

export const MergeFacts = z
  .strictObject({
    schema: z.literal('countersign.facts.merge/v1'),
    /** As of when it is judged: the time of the merge for a history, of the question else. */
    now: z.iso.datetime(),
    change: z.strictObject({
      head: z.string().max(64),
      base: z.string().max(64).nullable(),
      /** The commit that a reviewer saw: the head of the pull request, where a merge made another one. */
      reviewedHead: z.string().max(64),
      kind: z.enum(['commit', 'merge', 'rebased']),
      author: Person,
      authorRoles: z.array(PersonRole).max(10).optional().meta(unknowable),
      /** Everyone who wrote part of it or opened it; absent where an author and an approver cannot be told apart. */
      authors: z.array(z.string().max(20)).max(100).optional().meta(unknowable),
      /** Absent while it is not merged, or where the forge merged in its own name. */
      mergedBy: Person.optional().meta(unknowable),
      /** Who told an AI tool what to write. */
      prompters: z.array(z.string().max(20)).max(50).optional().meta(unknowable),
      /** Humans who answer for it. */
      accountable: z.array(z.string().max(20)).max(50),
      commits: count,
      files: count,
      lines: z.strictObject({ added: count, removed: count, counted: count }),
      /** Counted lines of files that are code: neither documentation nor data. */
      sourceLines: count,
      touchesDocumentation: z.boolean(),
      touchesTests: z.boolean(),
      sensitive: z.array(z.strictObject({ path, category: name })).max(50),
      dependencyFiles: z.array(path).max(50),
      tickets: z.array(z.string().max(100)).max(20).optional().meta(unknowable),
      /** The AI architecture decisions that it cites; absent where it cites none, which is known. */
      architectureDecision: z
        .strictObject({
          cited: z.array(z.string().max(100)).max(20),
          /** Whether one of them is approved, holds at `now` and covers the repository. */
          state: z.enum(['approved', 'not_approved']).optional().meta(unknowable),
        })
        .optional(),
      signatures: z.strictObject({
        commits: count,
        signed: count,
        verified: count.optional().meta(unknowable),
      }),
      complexity: z.strictObject({
        level: z.enum(['simple', 'moderate', 'complex', 'advanced']),
        decisionsAdded: z.int().optional().meta(unknowable),
      }),
    }),
    ai: z.strictObject({
      assisted: z.boolean().optional().meta(unknowable),
      /** The author itself is an AI agent. */
      byAgent: z.boolean(),
      lines: z.strictObject({
        attested: count,
        declared: count,
        hinted: count,
        human: count,
        unknown: count,
        total: count,
      }),
      tools: z.array(name).max(20),
      /** Statements about it that contradict each other, as sentences without names. */
      contradictions: z.array(name).max(20),
    }),
    risk: z.strictObject({
      score: z.number(),
      level: z.enum(['low', 'medium', 'high', 'critical']),
      regulatoryImpact: z.enum(['none', 'low', 'medium', 'high']),
      requiredControls: z.array(name).max(20),
    }),
    review: z.strictObject({
      /** The latest word of each person. */
      approvals: z.array(Approval).max(100).optional().meta(unknowable),
      /** Which roles those who approved hold, as far as it is known. */
      roles: z.array(z.strictObject({ id: z.string().max(20), role: PersonRole })).max(200),
      /** True when the roles of all of them are known; so `some role || !review.rolesKnown` is never wrongly false. */
      rolesKnown: z.boolean().optional().meta(unknowable),
    }),
    merge: z.strictObject({
      adminOverride: z.boolean().optional().meta(unknowable),
      directPush: z.boolean().optional().meta(unknowable),
    }),
    protection: z
      .strictObject({ enabled: z.boolean(), requiredApprovals: count, forcePushBlocked: z.boolean() })
      .optional()
      .meta(unknowable),
    evidence: z.strictObject({
      sast: Scan.optional().meta(unknowable),
      secrets: Scan.optional().meta(unknowable),
      sca: Scan.optional().meta(unknowable),
      tests: z
        .strictObject({ total: count, passed: count, failed: count, errors: count, skipped: count })
        .optional()
        .meta(unknowable),
      /** Of the lines that the change adds. */
      coverage: z.strictObject({ lines: count, hit: count, percent: z.number() }).optional().meta(unknowable),
      dependencies: z
        .strictObject({
          added: z.array(Dependency).max(200),
          /** True when each was looked up. */
          existenceKnown: z.boolean().optional().meta(unknowable),
          agesKnown: z.boolean().optional().meta(unknowable),
        })
        .optional()
        .meta(unknowable),
      interactions: z
        .strictObject({
          complete: z.boolean(),
          sessions: count,
          unscanned: count,
          sensitivePassed: count,
          unapprovedTools: z.array(name).max(20),
        })
        .optional()
        .meta(unknowable),
    }),
    unknown: z.array(z.strictObject({ path: name, what: name, howToKnow: z.string().max(1000) })).max(50),
  })
  .meta({ id: 'MergeFacts' })
export type MergeFacts = z.infer<typeof MergeFacts>
