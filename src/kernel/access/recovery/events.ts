import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'

const RecoveryOpened = defineEvent('recovery.opened', z.object({ digest: z.string(), expiresAt: z.iso.datetime() }), {
  description:
    'somebody asked that a person who has lost their passkeys may register a new one; two others must approve',
})
const RecoveryApproved = defineEvent(
  'recovery.approved',
  z.object({
    passkeys: z.int(),
    sessions: z.int(),
    /** API tokens. This and what follows is absent in older records. */
    tokens: z.int().optional(),
    /** Exchanged tokens of theirs, and those by which others acted for them. */
    exchanged: z.int().optional(),
    /** Of agents that they answer for. */
    agentKeys: z.int().optional(),
    /** Answers of theirs to what is not done yet, which count no more. */
    approvals: z.int().optional(),
    expiresAt: z.iso.datetime(),
  }),
  {
    description:
      'two people approved a recovery: so many passkeys, sessions, tokens, keys of agents and unused approvals of the person ended, and a one-time link waits, half of it with each of the two',
  },
)
const RecoveryRejected = defineEvent('recovery.rejected', z.object({}), {
  description: 'somebody rejected a recovery, which is over by it',
})

export const recoveryEvents = [RecoveryOpened, RecoveryApproved, RecoveryRejected]

export function recoveryOpened(userId: string, recoveryId: string, digest: string, expiresAt: string): AuditEvent {
  return RecoveryOpened({ targets: targets(userId, recoveryId), data: { digest, expiresAt } })
}

export function recoveryApproved(
  userId: string,
  recoveryId: string,
  approvals: readonly string[],
  data: {
    passkeys: number
    sessions: number
    tokens: number
    exchanged: number
    agentKeys: number
    approvals: number
    expiresAt: string
  },
): AuditEvent {
  return RecoveryApproved({ targets: targets(userId, recoveryId), refs: approvals, data })
}

export function recoveryRejected(userId: string, recoveryId: string, approval: string): AuditEvent {
  return RecoveryRejected({ targets: targets(userId, recoveryId), refs: [approval], data: {} })
}

function targets(userId: string, recoveryId: string) {
  return [
    { type: 'user', id: userId },
    { type: 'recovery', id: recoveryId },
  ]
}
