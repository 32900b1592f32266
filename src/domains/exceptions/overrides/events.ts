import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'

const about = { commit: z.string(), decisionId: z.string(), digest: z.string() }

const OverrideRequested = defineEvent(
  'override.requested',
  z.object({ ...about, rules: z.array(z.string()).max(64), rulesTotal: z.int(), proposal: committed }),
  { description: 'somebody asked to let one failed gate run through once; two others decide' },
)
const OverrideApproved = defineEvent(
  'override.approved',
  z.object({ ...about, approvalIds: z.array(z.string()), expiresAt: z.iso.datetime() }),
  { description: 'two other people approved an override: until `expiresAt` the next run of the gate lets it through' },
)
const OverrideRejected = defineEvent('override.rejected', z.object({ ...about, approvalId: z.string() }), {
  description: 'somebody rejected an override',
})
const OverrideUsed = defineEvent('override.used', z.object({ ...about, usedDecisionId: z.string() }), {
  description: 'an override let a denied gate run through; the decision keeps its true result, and it is used up',
})
export const overrideEvents = [OverrideRequested, OverrideApproved, OverrideRejected, OverrideUsed]

export interface RecordedOverride {
  readonly id: string
  readonly digest: string
  readonly repositoryId: string
  readonly commit: string
  readonly decisionId: string
}

const targets = ({ id, repositoryId, commit, decisionId }: RecordedOverride) => [
  { type: 'override', id },
  { type: 'commit', id: commit },
  { type: 'repository', id: repositoryId },
  { type: 'decision', id: decisionId },
]
const named = ({ commit, decisionId, digest }: RecordedOverride) => ({ commit, decisionId, digest })

/** @param proposal the text of which the digest is */
export function overrideRequested(one: RecordedOverride, rules: readonly string[], proposal: string): AuditEvent {
  const told = { rules: rules.slice(0, 64), rulesTotal: rules.length, proposal: sealed.text('proposal', proposal) }
  return OverrideRequested({ targets: targets(one), data: { ...named(one), ...told } })
}

export function overrideApproved(one: RecordedOverride, approvalIds: readonly string[], expiresAt: string): AuditEvent {
  return OverrideApproved({ targets: targets(one), data: { ...named(one), approvalIds: [...approvalIds], expiresAt } })
}

export function overrideRejected(one: RecordedOverride, approvalId: string): AuditEvent {
  return OverrideRejected({ targets: targets(one), data: { ...named(one), approvalId } })
}

/** @param refs the record of its approval, and of the decision that it let through */
export function overrideUsed(one: RecordedOverride, usedDecisionId: string, refs: readonly string[]): AuditEvent {
  return OverrideUsed({ targets: targets(one), refs, data: { ...named(one), usedDecisionId } })
}
