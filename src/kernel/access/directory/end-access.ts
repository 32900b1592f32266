import { createHash } from 'node:crypto'
import type { Context, RecordEvent } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { endDelegationsOf, stopAgentsOf } from '../agents/ending.ts'
import { sessionEnded, tokenRevoked } from '../events.ts'
import { endRecovery } from '../recovery/store.ts'
import { roleEnded } from '../roles/events.ts'
import { endApprovals } from '../step-up/approvals.ts'
import type { AccessTables } from '../store.ts'
import type { Ended } from './events.ts'

/** What another capability ends with somebody's access, in the same transaction. */
export interface AccessEnding {
  /** The types of events that it may record. */
  readonly records: readonly string[]
  readonly end: (tx: Write<AccessTables>, record: RecordEvent, ctx: Context, userId: string) => Promise<void>
}

/**
 * Disables a user and ends all that lets them in, each with its record: sessions, API tokens, sign-in links, challenges that wait
 * for an answer, approvals for what is not done yet, roles that they held by name, exchanged tokens of theirs and those by which others act for them, and the
 * agents for which they answer. Passkeys stay and sign nobody in. Every node asks the database who calls, so no node lets them in
 * after the commit.
 */
export async function endAccess(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
): Promise<Ended> {
  const now = new Date(ctx.clock())
  // first: who makes a token holds this row until it is made
  await tx
    .updateTable('access_user')
    .set({ disabled_at: now })
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .execute()
  await endDirectRoles(tx, record, userId)
  const ended = await endWaysIn(tx, record, ctx, userId)
  const agents = await stopAgentsOf(tx, record, ctx, userId)
  await endRecovery(tx, userId)
  return { ...ended, agents }
}

/**
 * Ends what was made with a person's means of signing in so far, each with its record: sessions, API tokens, sign-in links, command
 * lines that wait for a token, exchanged tokens of theirs and those by which others act for them, challenges that wait for an answer,
 * and approvals of what is not done yet. In a transaction that holds the user.
 */
export async function endWaysIn(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
): Promise<Omit<Ended, 'agents'>> {
  const now = new Date(ctx.clock())
  const tokens = await tx
    .updateTable('access_token')
    .set({ revoked_at: now })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['id', 'kind'])
    .execute()
  const idsOf = (kind: string) => tokens.filter((one) => one.kind === kind).map((one) => one.id)
  const sessions = idsOf('session')
  for (const id of sessions) record(sessionEnded(userId, id))
  const delegations = await endDelegationsOf(tx, ctx, userId)
  for (const id of [...idsOf('api'), ...idsOf('sts'), ...delegations]) record(tokenRevoked(userId, id))
  const challenges = await endChallenges(tx, sessions)
  // a command line that was confirmed and has not fetched its token gets none, also when access comes back
  await tx.deleteFrom('access_device').where('user_id', '=', userId).execute()
  const approvals = await endApprovals(tx, userId, ctx.clock())
  return {
    sessions: sessions.length,
    tokens: idsOf('api').length,
    links: idsOf('link').length,
    challenges,
    approvals,
    exchanged: idsOf('sts').length + delegations.length,
  }
}

/** Whoever comes back has what the groups of the directory give, and no role that was once given to them by name. */
async function endDirectRoles(tx: Write<AccessTables>, record: RecordEvent, userId: string): Promise<void> {
  const held = await tx
    .deleteFrom('access_role_assignment')
    .where('user_id', '=', userId)
    .returning(['id', 'role', 'team_id'])
    .execute()
  for (const one of held.sort((a, b) => (a.id < b.id ? -1 : 1))) record(roleEnded(userId, one.role, one.team_id))
  // providers said at their last sign-in that they are in these, and say it again at the next
  await tx.deleteFrom('access_claimed_member').where('user_id', '=', userId).execute()
}

/** Those that wait to register a passkey are held by a session. */
async function endChallenges(tx: Write<AccessTables>, sessions: readonly string[]): Promise<number> {
  if (sessions.length === 0) return 0
  const holders = sessions.map((id) => createHash('sha256').update(id).digest())
  const result = await tx.deleteFrom('access_challenge').where('holder_hash', 'in', holders).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export async function restoreAccess(tx: Write<AccessTables>, userId: string): Promise<void> {
  await tx.updateTable('access_user').set({ disabled_at: null }).where('id', '=', userId).execute()
}
