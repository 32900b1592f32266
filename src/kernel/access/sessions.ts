import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { SessionNeeded, SessionNotFound } from './errors.ts'
import { sessionEnded } from './events.ts'
import type { Caller } from './model.ts'
import * as store from './store.ts'

type Tables = store.AccessTables & LedgerTables

/** Those of some sessions and tokens, authenticated before, that still are alive. */
export async function alive(db: Db<Tables>, clock: Clock, tokenIds: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(tokenIds.length === 0 ? [] : await store.findAlive(db, tokenIds, clock()))
}

/** @throws session_needed for an API token, which must not make itself a way back in */
export function requireSession(caller: Caller): void {
  if (caller.kind !== 'session') throw SessionNeeded({})
}

/**
 * When what a caller makes ends at the latest: a session may make what outlives it, but what an API token makes ends with that token's
 * life, or whoever stole one would keep a way in.
 */
export function latestEnd(caller: Caller, wantedMs: number): number {
  return caller.kind === 'session' ? wantedMs : Math.min(wantedMs, caller.expiresAtMs)
}

/**
 * Ends one of the caller's sessions, from whichever of them.
 *
 * @throws session_needed, session_not_found also for another user's session
 */
export async function endOneSession(db: Db<Tables>, ctx: Context, caller: Caller, sessionId: string): Promise<void> {
  requireSession(caller)
  const open = await store.listSessions(db, caller.userId, ctx.clock())
  if (!open.some((one) => one.id === sessionId)) throw SessionNotFound({ sessionId })
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.endToken(tx, sessionId, ctx.clock()))) throw SessionNotFound({ sessionId })
    record(sessionEnded(caller.userId, sessionId))
  })
}

/**
 * Ends every session of the caller, this one too; API tokens stay.
 *
 * @throws session_needed
 */
export async function endAllSessions(db: Db<Tables>, ctx: Context, caller: Caller): Promise<void> {
  requireSession(caller)
  const open = await store.listSessions(db, caller.userId, ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    await store.holdUser(tx, caller.userId)
    for (const { id } of open) if (await store.endToken(tx, id, ctx.clock())) record(sessionEnded(caller.userId, id))
  })
}
