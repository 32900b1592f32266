import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'

const Requested = defineEvent(
  'architecture-decision.requested',
  z.object({
    digest: z.string(),
    title: committed,
    repositories: z.array(z.string()),
    validUntil: z.iso.datetime(),
    supersedes: z.string().nullable(),
  }),
  { description: 'somebody asked a tech lead to decide about AI in the architecture of a team' },
)
const answered = z.object({
  digest: z.string(),
  approvalId: z.string(),
  conditions: committed.nullable(),
})
const Approved = defineEvent('architecture-decision.approved', answered.extend({ validUntil: z.iso.datetime() }), {
  description: 'another person approved an AI architecture decision, with conditions where it says so',
})
const Rejected = defineEvent('architecture-decision.rejected', answered, {
  description: 'another person rejected an AI architecture decision',
})
const Superseded = defineEvent('architecture-decision.superseded', z.object({ by: z.string() }), {
  description: 'an AI architecture decision was replaced by one that was approved now',
})
const Withdrawn = defineEvent('architecture-decision.withdrawn', z.object({ digest: z.string() }), {
  description: 'whoever asked for an AI architecture decision withdrew that',
})
export const decisionEvents = [Requested, Approved, Rejected, Superseded, Withdrawn]

interface About {
  readonly id: string
  readonly teamId: string
  readonly digest: string
}

export function decisionRequested(
  about: About & {
    readonly title: string
    readonly repositories: readonly string[]
    readonly validUntil: string
    readonly supersedes: string | null
  },
): AuditEvent {
  const { digest, title, repositories, validUntil, supersedes } = about
  return Requested({
    targets: targets(about),
    data: { digest, title: sealed.text('title', title), repositories: [...repositories], validUntil, supersedes },
  })
}

interface Answer {
  readonly approvalId: string
  readonly conditions: string | null
}

const sealedOrNone = (conditions: string | null) => (conditions === null ? null : sealed.text('conditions', conditions))

export function decisionApproved(about: About & { readonly validUntil: string }, answer: Answer): AuditEvent {
  const { digest, validUntil } = about
  const data = { digest, validUntil, approvalId: answer.approvalId, conditions: sealedOrNone(answer.conditions) }
  return Approved({ targets: targets(about), data })
}

export function decisionRejected(about: About, answer: Answer): AuditEvent {
  const data = { digest: about.digest, approvalId: answer.approvalId, conditions: sealedOrNone(answer.conditions) }
  return Rejected({ targets: targets(about), data })
}

export function decisionSuperseded(about: Pick<About, 'id' | 'teamId'>, by: string): AuditEvent {
  return Superseded({ targets: targets(about), data: { by } })
}

export function decisionWithdrawn(about: About): AuditEvent {
  return Withdrawn({ targets: targets(about), data: { digest: about.digest } })
}

function targets({ id, teamId }: Pick<About, 'id' | 'teamId'>) {
  return [
    { type: 'architecture-decision', id },
    { type: 'team', id: teamId },
  ]
}
