import { z } from 'zod'
import { At, Oid, Person } from './person.ts'

/** `countersign.pull-request/v1`: what a forge knows of a pull request and git does not. */
export const PullRequestEvidence = z
  .object({
    schema: z.literal('countersign.pull-request/v1'),
    repository: z.string().max(300).optional(),
    number: z.int().nonnegative(),
    url: z.string().max(2000).optional(),
    /** The commit that was reviewed last. */
    head: Oid,
    base: Oid.optional(),
    mergeCommit: Oid.optional(),
    author: Person,
    /** Its commits, with what the forge knows of each: the account of its author, and whether its signature holds. */
    commits: z
      .array(z.object({ oid: Oid, author: Person.optional(), verified: z.boolean().optional() }))
      .max(1000)
      .optional(),
    /** What the author says of AI in it. */
    ai: z.enum(['none', 'assisted', 'generated']).optional(),
    approvals: z
      .array(
        z.object({
          by: Person,
          state: z.enum(['approved', 'changes_requested', 'dismissed']),
          /** The commit that was looked at. */
          commit: Oid,
          at: At,
        }),
      )
      .max(500),
    merge: z
      .object({
        by: Person,
        at: At,
        method: z.enum(['merge', 'squash', 'rebase']),
        /** Rules of the branch were set aside for it. */
        adminOverride: z.boolean(),
        /** It came without a pull request. */
        directPush: z.boolean(),
      })
      .optional(),
    /** How the forge guards the branch. */
    protection: z
      .object({
        branch: z.string().max(300),
        enabled: z.boolean(),
        requiredApprovals: z.int().nonnegative(),
        dismissStale: z.boolean(),
        requireSignedCommits: z.boolean(),
        forcePushBlocked: z.boolean(),
        enforceAdmins: z.boolean(),
      })
      .optional(),
    tickets: z.array(z.string().min(1).max(200)).max(100).optional(),
    /** AI architecture decisions that its text cites. */
    architectureDecisions: z
      .array(z.string().regex(/^adr_[A-Za-z0-9_-]{20}$/))
      .max(20)
      .optional(),
  })
  .meta({ title: 'countersign.pull-request/v1', description: 'What a forge knows of a pull request and git does not.' })
export type PullRequestEvidence = z.infer<typeof PullRequestEvidence>
