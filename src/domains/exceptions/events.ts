import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import type { AskException } from './model.ts'

const about = { ruleId: z.string(), digest: z.string() }
const at = z.iso.datetime()

const ExceptionAsked = defineEvent(
  'exception.asked',
  z.object({
    ...about,
    isForOneFinding: z.boolean(),
    expiresAt: at,
    /** Rules that have to pass instead. */
    controlRules: z.array(z.string()).max(10),
    controls: z.int(),
    renews: z.string().nullable(),
    proposal: committed,
  }),
  { description: 'somebody asked for an exception from a rule; `proposal` commits to all of what was asked for' },
)
const ExceptionApproved = defineEvent(
  'exception.approved',
  z.object({ ...about, approvalId: z.string(), expiresAt: at }),
  { description: 'another person approved an exception: until `expiresAt` its rule counts as excepted' },
)
const ExceptionRejected = defineEvent('exception.rejected', z.object({ ...about, approvalId: z.string() }), {
  description: 'another person rejected an exception',
})
const ExceptionRevoked = defineEvent(
  'exception.revoked',
  z.object({ ...about, was: z.enum(['asked', 'approved']), reason: committed }),
  { description: 'an exception was ended before its time; what it excepted is judged again' },
)
const ExceptionExpiring = defineEvent('exception.expiring', z.object({ ...about, days: z.int(), expiresAt: at }), {
  description: 'an exception ends within so many days; recorded once for each of 14, 7 and 1',
})
const ExceptionExpired = defineEvent(
  'exception.expired',
  z.object({ ...about, wasApproved: z.boolean(), uses: z.int() }),
  { description: 'an exception came to its end; what it excepted is judged again' },
)

export const exceptionEvents = [
  ExceptionAsked,
  ExceptionApproved,
  ExceptionRejected,
  ExceptionRevoked,
  ExceptionExpiring,
  ExceptionExpired,
]

/** What every record of an exception names. */
export interface Recorded {
  readonly id: string
  readonly digest: string
  readonly ruleId: string
  readonly repositoryId: string
}

const targets = ({ id, repositoryId }: Recorded) => [
  { type: 'exception', id },
  { type: 'repository', id: repositoryId },
]
const named = ({ ruleId, digest }: Recorded) => ({ ruleId, digest })

/** @param proposal the text of which the digest is */
export function exceptionAsked(
  one: Recorded & Pick<AskException, 'fingerprint' | 'expiresAt' | 'compensatingControls' | 'renews'>,
  proposal: string,
): AuditEvent {
  const data = {
    ...named(one),
    isForOneFinding: one.fingerprint !== null,
    expiresAt: one.expiresAt,
    controlRules: one.compensatingControls.flatMap((control) => (control.kind === 'rule' ? [control.ruleId] : [])),
    controls: one.compensatingControls.length,
    renews: one.renews,
    proposal: sealed.text('proposal', proposal),
  }
  return ExceptionAsked({ targets: targets(one), data })
}

export function exceptionApproved(one: Recorded, approvalId: string, expiresAt: string): AuditEvent {
  return ExceptionApproved({ targets: targets(one), data: { ...named(one), approvalId, expiresAt } })
}

export function exceptionRejected(one: Recorded, approvalId: string): AuditEvent {
  return ExceptionRejected({ targets: targets(one), data: { ...named(one), approvalId } })
}

export function exceptionRevoked(one: Recorded, was: 'asked' | 'approved', reason: string): AuditEvent {
  const data = { ...named(one), was, reason: sealed.text('reason', reason) }
  return ExceptionRevoked({ targets: targets(one), data })
}

export function exceptionExpiring(one: Recorded, days: number, expiresAt: string): AuditEvent {
  return ExceptionExpiring({ targets: targets(one), data: { ...named(one), days, expiresAt } })
}

export function exceptionExpired(one: Recorded, wasApproved: boolean, uses: number): AuditEvent {
  return ExceptionExpired({ targets: targets(one), data: { ...named(one), wasApproved, uses } })
}
