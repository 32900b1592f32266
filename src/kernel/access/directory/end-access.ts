import { createHash } from 'node:crypto'
import type { Context, RecordEvent } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { sessionEnded, tokenRevoked } from '../events.ts'
import { endRecovery } from '../recovery/store.ts'
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
 * for an answer, and approvals for what is not done yet. Passkeys stay and sign nobody in. Every node asks the database who calls, so no node lets them in after the commit.
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
  for (const id of idsOf('api')) record(tokenRevoked(userId, id))
  const challenges = await endChallenges(tx, sessions)
  // a command line that was confirmed and has not fetched its token gets none, also when access comes back
  await tx.deleteFrom('access_device').where('user_id', '=', userId).execute()
  await endRecovery(tx, userId)
  const approvals = await endApprovals(tx, userId, ctx.clock())
  return { sessions: sessions.length, tokens: idsOf('api').length, links: idsOf('link').length, challenges, approvals }
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
