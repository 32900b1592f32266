import { z } from 'zod'

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}]*$/u)

export const clauseKinds = ['principle', 'prohibited', 'mandatory'] as const

export const Clause = z
  .strictObject({
    id: z.string().regex(/^CH-[1-9][0-9]{0,2}$/),
    kind: z.enum(clauseKinds),
    title: line(100),
    text: line(1000),
    /** Of frameworks, such as `ISO42001:A.2.2`. */
    controls: z.array(z.string().regex(/^[A-Za-z0-9-]{1,30}:[A-Za-z0-9.-]{1,30}$/)).max(20),
  })
  .meta({ id: 'CharterClause' })
export type Clause = z.infer<typeof Clause>

export const Charter = z
  .strictObject({ title: line(200), clauses: z.array(Clause).min(1).max(50) })
  .meta({ id: 'CharterDocument' })
export type Charter = z.infer<typeof Charter>

export const Reason = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .regex(/^[^\0]*$/)

export const acknowledgementStates = ['acknowledged', 'grace', 'overdue'] as const
export type AcknowledgementState = (typeof acknowledgementStates)[number]

/** Whether a person has acknowledged the version in force, and until when they have to. */
export const Acknowledgement = z
  .object({
    state: z.enum(acknowledgementStates),
    dueAt: z.iso.datetime(),
    acknowledgedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'CharterAcknowledgement' })
export type Acknowledgement = z.infer<typeof Acknowledgement>

export const CharterVersion = z
  .object({
    number: z.int(),
    document: Charter,
    /** `sha256:…` of the RFC 8785 text of the document. */
    digest: z.string(),
    /** Who proposed it; a service for the one that was shipped. */
    proposer: z.string(),
    adoptedAt: z.iso.datetime(),
  })
  .meta({ id: 'CharterVersion' })
export type CharterVersion = z.infer<typeof CharterVersion>

/** What a proposal changes in the version in force. */
export const CharterDiff = z
  .object({
    title: z.object({ before: z.string(), after: z.string() }).nullable(),
    added: z.array(Clause),
    removed: z.array(Clause),
    changed: z.array(z.object({ before: Clause, after: Clause })),
    /** Whether clauses stand in another order. */
    isReordered: z.boolean(),
  })
  .meta({ id: 'CharterDiff' })
export type CharterDiff = z.infer<typeof CharterDiff>

export const proposalStates = ['proposed', 'adopted', 'rejected', 'withdrawn'] as const

export const Proposal = z
  .object({
    id: z.string(),
    state: z.enum(proposalStates),
    document: Charter,
    /** What an approval is of: its subject has the type `charter-version` and this id. */
    digest: z.string(),
    proposer: z.string(),
    /** What the proposer says of it. */
    reason: z.string(),
    proposedAt: z.iso.datetime(),
    decidedAt: z.iso.datetime().nullable(),
    /** The version that it became. */
    number: z.int().nullable(),
  })
  .meta({ id: 'CharterProposal' })
export type Proposal = z.infer<typeof Proposal>

export const ProposalDetail = Proposal.extend({
  /** Against the version in force; null once it is decided. */
  diff: CharterDiff.nullable(),
  approvals: z.array(
    z.object({
      userId: z.string(),
      decision: z.enum(['approve', 'reject']),
      at: z.iso.datetime(),
      recordId: z.string(),
    }),
  ),
  approvalsNeeded: z.int(),
  /** Of who proposed and answered, by id; of whoever the directory does not know there is none. */
  names: z.record(z.string(), z.string()),
}).meta({ id: 'CharterProposalDetail' })
export type ProposalDetail = z.infer<typeof ProposalDetail>
