import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import { canonicalize, sha256, toHex, utf8 } from '#kernel/ledger/core'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { isPerson } from '../agents/delegation.ts'
import { endAgentKeys } from '../agents/ending.ts'
import { endWaysIn } from '../directory/end-access.ts'
import { PersonNotFound } from '../directory/errors.ts'
import { passkeyRemoved, signInLinkIssued } from '../events.ts'
import { type Caller, everything } from '../model.ts'
import { listPasskeys, removePasskey } from '../passkey-store.ts'
import { personNames } from '../roles/names.ts'
import { newToken } from '../service.ts'
import { requireSession } from '../sessions.ts'
import { approvalsByRole, approvalsOf, requireSecondPerson } from '../step-up/approvals.ts'
import { RevisionOther } from '../step-up/errors.ts'
import { takeApproval } from '../step-up/step-up.ts'
import * as users from '../store.ts'
import { hashToken, mintToken } from '../token.ts'
import type { Assertion } from '../webauthn.ts'
import { RecoveryClosed, RecoveryNotFound, RecoveryOpen } from './errors.ts'
import { recoveryApproved, recoveryOpened, recoveryRejected } from './events.ts'
import * as store from './store.ts'

type Tables = users.AccessTables & LedgerTables

/** Who may let a person back in who has lost their passkeys. */
const recoveryRoles = ['owner', 'security', 'platform-administrator'] as const
const subjectType = 'recovery'
const approvalsNeeded = 2
const waitsMs = 24 * 3_600_000
const linkMs = 3_600_000

export interface Recovery {
  readonly id: string
  readonly personId: string
  readonly openedBy: string
  readonly openedAt: string
  readonly expiresAt: string
  readonly digest: string
  readonly state: 'open' | 'approved' | 'rejected' | 'expired'
  readonly approvals: { readonly userId: string; readonly decision: 'approve' | 'reject'; readonly at: string }[]
  /** Of the people in it whom the directory knows, by id. */
  readonly names: Readonly<Record<string, string>>
}

/**
 * Asks that a person who has lost their passkeys may register a new one. It waits a day for two approvals.
 *
 * @throws session_needed, person_not_found also for whoever is deactivated, and for programs, second_person_required, recovery_open
 */
export async function openRecovery(db: Db<Tables>, ctx: Context, caller: Caller, personId: string): Promise<Recovery> {
  requireSession(caller)
  const now = ctx.clock()
  const id = newId('rcv')
  const row = {
    id,
    userId: personId,
    openedBy: caller.userId,
    openedAt: timestamp(now),
    expiresAt: timestamp(now + waitsMs),
  }
  const digest = digestOf(row)
  await transact(db, ctx, async (tx, record) => {
    if (!isPerson(personId) || !(await users.holdUser(tx, personId))) throw PersonNotFound({ personId })
    await requireSecondPerson(tx, approvalsNeeded, recoveryRoles, [personId])
    if (!(await store.insertRecovery(tx, { ...row, digest }))) throw RecoveryOpen({})
    record(recoveryOpened(personId, id, digest, row.expiresAt))
  })
  return readRecovery(db, ctx, personId)
}

/** The newest of a person. @throws recovery_not_found */
export async function readRecovery(db: Db<Tables>, ctx: Context, personId: string): Promise<Recovery> {
  const row = await store.findRecovery(db, personId)
  if (row === undefined) throw RecoveryNotFound({ personId })
  const approvals = await approvalsOf(db, subjectType, row.id, row.digest, 'all')
  const { userId: _, state, link: __, ...rest } = row
  return {
    ...rest,
    personId,
    state: stateAt(state, Date.parse(row.expiresAt), ctx.clock()),
    approvals: approvals.map(({ userId, subject, at }) => ({ userId, decision: subject.decision, at })),
    names: await personNames(db, [personId, row.openedBy, ...approvals.map((one) => one.userId)]),
  }
}

/** As it is told: what was not decided within its time is over. */
export function stateAt(state: store.RecoveryRow['state'], expiresAtMs: number, nowMs: number): Recovery['state'] {
  if (state === 'lapsed' || (state === 'open' && expiresAtMs <= nowMs)) return 'expired'
  return state
}

/** Half of a one-time sign-in link: both, one behind the other, are the link. */
export interface Half {
  readonly position: 'first' | 'second'
  readonly text: string
}

/**
 * Takes one person's answer. Each of the two who approve gets half of a link, so that neither can use it alone; with the second one
 * all passkeys of the person end with whatever was made by them, sessions, tokens, keys of their agents, approvals that are not used,
 * and the link is good for an hour. A rejection ends the recovery.
 *
 * @throws recovery_not_found, recovery_closed, revision_other, and what `takeApproval` throws
 */
export async function answerRecovery(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  personId: string,
  answer: { readonly decision: 'approve' | 'reject'; readonly digest: string; readonly assertion: Assertion },
): Promise<Half | null> {
  requireSession(caller)
  return transact(db, ctx, async (tx, record) => {
    // first, as a deactivation does it: neither then waits for the other
    const isActive = await users.holdUser(tx, personId)
    const recovery = await store.lockRecovery(tx, personId)
    if (recovery === undefined) throw RecoveryNotFound({ personId })
    const isOpen = recovery.state === 'open' && Date.parse(recovery.expiresAt) > ctx.clock()
    if (!isOpen || !isActive) throw RecoveryClosed({})
    if (recovery.digest !== answer.digest) throw RevisionOther({})
    const subject = { type: subjectType, id: recovery.id, digest: recovery.digest, decision: answer.decision }
    const { recordId } = await takeApproval(tx, record, ctx, caller.userId, subject, answer.assertion)
    if (answer.decision === 'reject') {
      await store.closeRecovery(tx, recovery.id, 'rejected')
      record(recoveryRejected(personId, recovery.id, recordId))
      return null
    }
    return approve(tx, record, ctx, recovery)
  })
}

async function approve(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  recovery: store.RecoveryRow,
): Promise<Half> {
  const subject = { type: subjectType, id: recovery.id, digest: recovery.digest }
  const given = await approvalsByRole(tx, subject, recoveryRoles)
  if (given.length < approvalsNeeded || recovery.link === undefined) {
    const link = mintToken('link')
    // 126 bits or more in each
    const cut = Math.floor(link.length / 2)
    await store.keepLink(tx, recovery.id, { hash: hashToken(link), secondHalf: link.slice(cut) })
    return { position: 'first', text: link.slice(0, cut) }
  }
  const { userId } = recovery
  const passkeys = await removePasskeys(tx, record, userId)
  const { sessions, tokens, exchanged, approvals } = await endWaysIn(tx, record, ctx, userId)
  const agentKeys = await endAgentKeys(tx, record, ctx, userId)
  const counts = { passkeys, sessions, tokens, exchanged, agentKeys, approvals }
  const { row } = newToken(ctx, 'link', userId, 'recovery link', [everything], linkMs)
  await users.insertToken(tx, { ...row, secretHash: recovery.link.hash, addsPasskeys: true })
  await store.closeRecovery(tx, recovery.id, 'approved')
  const expiresAt = timestamp(row.expiresAtMs)
  record(signInLinkIssued(userId, row.id, expiresAt))
  const refs = given.map((one) => one.recordId)
  record(recoveryApproved(userId, recovery.id, refs, { ...counts, expiresAt }))
  return { position: 'second', text: recovery.link.secondHalf }
}

/** Whoever holds a lost one must not sign in or approve with it. */
async function removePasskeys(tx: Write<Tables>, record: RecordEvent, userId: string): Promise<number> {
  const lost = await listPasskeys(tx, userId)
  for (const { id } of lost) if (await removePasskey(tx, userId, id)) record(passkeyRemoved(userId, id))
  return lost.length
}

/** Of the RFC 8785 text of what is asked. */
function digestOf(asked: {
  id: string
  userId: string
  openedBy: string
  openedAt: string
  expiresAt: string
}): string {
  const { id, userId: personId, openedBy, openedAt, expiresAt } = asked
  const text = canonicalize({ v: 1, what: 'recovery', id, personId, openedBy, openedAt, expiresAt })
  return `sha256:${toHex(sha256(utf8(text)))}`
}
