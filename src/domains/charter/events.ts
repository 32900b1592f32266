import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'
import { Charter } from './model.ts'

const digest = z.string()
const version = z.int()

const CharterProposed = defineEvent(
  'charter.proposed',
  z.object({
    digest,
    base: version,
    added: z.array(z.string()),
    removed: z.array(z.string()),
    changed: z.array(z.string()),
  }),
  { description: 'somebody proposed a new version of the charter: these clauses come, go or say something else' },
)
const CharterAdopted = defineEvent('charter.adopted', z.object({ version, digest, document: Charter }), {
  description:
    'a version of the charter came into force: the first one by the first start of the server, each later one by two approvals, to which it refers',
})
const CharterRejected = defineEvent('charter.rejected', z.object({ digest }), {
  description: 'somebody rejected a proposed version of the charter, which is over by it',
})
const CharterWithdrawn = defineEvent('charter.withdrawn', z.object({ digest }), {
  description: 'who proposed a version of the charter took it back',
})
const CharterAcknowledged = defineEvent('charter.acknowledged', z.object({ version, digest }), {
  description: 'a person acknowledged a version of the charter',
})
const AcknowledgementDue = defineEvent(
  'charter.acknowledgement-due',
  z.object({ version, stage: z.enum(['half', 'end']), dueAt: z.iso.datetime() }),
  {
    description:
      'a person has not acknowledged the charter when half of the time for it was over, or all of it: once each for a version',
  },
)
const GraceSet = defineEvent('charter.grace-period-set', z.object({ days: z.int(), before: z.int() }), {
  description: 'somebody set how many days people have to acknowledge a version of the charter',
})

export const charterEvents = [
  CharterProposed,
  CharterAdopted,
  CharterRejected,
  CharterWithdrawn,
  CharterAcknowledged,
  AcknowledgementDue,
  GraceSet,
]

export function charterProposed(
  id: string,
  data: { digest: string; base: number; added: string[]; removed: string[]; changed: string[] },
  reason: string,
): AuditEvent {
  return CharterProposed({ targets: [proposal(id)], inputHash: data.digest, justification: reason, data })
}

export function charterAdopted(
  adopted: { readonly id: string; readonly number: number; readonly digest: string; readonly document: Charter },
  approvals: readonly string[],
): AuditEvent {
  const { id, number, digest, document } = adopted
  return CharterAdopted({
    targets: [charter(number), proposal(id)],
    refs: approvals,
    outputHash: digest,
    data: { version: number, digest, document },
  })
}

export function charterRejected(id: string, digest: string, approval: string): AuditEvent {
  return CharterRejected({ targets: [proposal(id)], refs: [approval], data: { digest } })
}

export function charterWithdrawn(id: string, digest: string): AuditEvent {
  return CharterWithdrawn({ targets: [proposal(id)], data: { digest } })
}

export function charterAcknowledged(userId: string, version: number, digest: string): AuditEvent {
  return CharterAcknowledged({
    targets: [charter(version), user(userId)],
    inputHash: digest,
    data: { version, digest },
  })
}

export function acknowledgementDue(
  userId: string,
  data: { readonly version: number; readonly stage: 'half' | 'end'; readonly dueAt: string },
): AuditEvent {
  return AcknowledgementDue({ targets: [charter(data.version), user(userId)], data })
}

export function graceSet(days: number, before: number): AuditEvent {
  return GraceSet({ data: { days, before } })
}

function charter(number: number) {
  return { type: 'charter', id: String(number) }
}

function proposal(id: string) {
  return { type: 'charter-version', id }
}

function user(id: string) {
  return { type: 'user', id }
}
