import { sql } from 'kysely'
import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { unlessUnchanged } from '../directory/unchanged.ts'
import { allows, type Caller } from '../model.ts'
import { requireSession } from '../sessions.ts'
import { type AccessTables, holdUser, insertUser } from '../store.ts'
import { isPerson } from './delegation.ts'
import { endTokensOfAgent } from './ending.ts'
import {
  AgentLimit,
  AgentNotFound,
  AgentNotSuspended,
  AgentNotYours,
  AgentOver,
  PersonNeeded,
  SponsorUnfit,
  SuspensionOfOthers,
} from './errors.ts'
import {
  type AgentSettings,
  agentChanged,
  agentRegistered,
  agentResumed,
  agentRetired,
  agentSuspended,
} from './events.ts'
import { type Agent, type AgentState, agentRole, type ChangedAgent, type NewAgent } from './model.ts'
import { type Giving, requireGivable } from './scopes.ts'
import * as store from './store.ts'

export type Tables = AccessTables & LedgerTables

export const administers = 'agent:administer'
const agentsMax = 50
const dayMs = 86_400_000

/** @throws person_needed for agents, services and tokens that were exchanged: none of them makes a lasting way in */
export function requirePerson(caller: Caller): void {
  if (!isPerson(caller.userId) || (caller.kind !== 'session' && caller.kind !== 'api')) throw PersonNeeded({})
}

/**
 * A new agent, for which the caller answers. It can do nothing before it has a key.
 *
 * @throws person_needed, scope_unknown, scope_not_held, scope_not_for_agents, agent_limit, sponsor_unfit
 */
export async function registerAgent(db: Db<Tables>, ctx: Context, giving: Giving, input: NewAgent): Promise<Agent> {
  const { caller } = giving
  requirePerson(caller)
  await requireGivable(giving, input.scopes)
  const id = newId('agt')
  const now = ctx.clock()
  const row = {
    user_id: id,
    name: input.name,
    purpose: input.purpose,
    autonomy: input.autonomy,
    tools: [...new Set(input.tools)].sort(),
    scopes: [...new Set(input.scopes)].sort(),
    sponsor_user_id: caller.userId,
    created_at: new Date(now),
    expires_at: new Date(now + input.expiresInDays * dayMs),
  }
  await transact(db, ctx, async (tx, record) => {
    await requireSponsor(tx, caller.userId)
    await insertUser(tx, id, agentRole, now)
    await tx.insertInto('access_agent').values(row).execute()
    record(agentRegistered(id, caller.userId, settingsOf({ ...row, public_key: null })))
  })
  return readAgent(db, ctx, id)
}

/**
 * Holds the person as they are, so that a deactivation at the same time sees the agent, or is seen.
 *
 * @throws sponsor_unfit, agent_limit
 */
export async function requireSponsor(tx: Write<Tables>, userId: string): Promise<void> {
  if (!isPerson(userId) || !(await holdUser(tx, userId))) throw SponsorUnfit({ userId })
  // what is counted stays true: nobody else makes them an agent until this is over
  await sql`select pg_advisory_xact_lock(hashtextextended(${`agents of ${userId}`}, 0))`.execute(tx)
  if ((await store.countAgentsOf(tx, userId)) >= agentsMax) throw AgentLimit({ max: agentsMax })
}

/**
 * Changes what an agent is for and may do. Whoever gives it a permission holds it; what is taken away is gone with the next request.
 *
 * @throws agent_not_found, agent_not_yours, agent_over, suspension_of_others, and for scopes what `registerAgent` throws
 */
export async function changeAgent(
  db: Db<Tables>,
  ctx: Context,
  giving: Giving,
  id: string,
  change: ChangedAgent,
): Promise<Agent> {
  const { caller } = giving
  requirePerson(caller)
  const { isSuspended, ...settings } = change
  await unlessUnchanged((unchanged) =>
    transact(db, ctx, async (tx, record) => {
      const before = await lockOwn(tx, caller, id)
      const isTurned = isSuspended !== undefined && isSuspended !== (before.suspended_at !== null)
      const names = Object.keys(settings).sort()
      if (names.length === 0 && !isTurned) throw unchanged
      if (names.length > 0) {
        await requireSettings(giving, before, settings)
        const after = { ...before, ...columnsOf(ctx, settings) }
        await store.updateAgent(tx, id, after)
        record(agentChanged(id, settingsOf(after), names))
      }
      if (isTurned) await turn(tx, record, ctx, caller, before)
    }),
  )
  return readAgent(db, ctx, id)
}

/** @throws agent_not_yours, session_needed for a public key that an API token would set, and for scopes what `requireGivable` throws */
async function requireSettings(
  giving: Giving,
  before: store.AgentRow,
  { scopes, publicKey }: ChangedAgent,
): Promise<void> {
  const added = (scopes ?? []).filter((one) => !before.scopes.includes(one))
  await requireGivable(giving, added)
  if (publicKey === undefined) return
  requireSponsoring(giving.caller, before)
  // it counts as long as the agent is registered, which may be longer than an API token lives
  if (publicKey !== null) requireSession(giving.caller)
}

/** Stops an agent that may act, and lets one go on that its sponsor stopped: what others stopped, it takes others to let go on. */
async function turn(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  caller: Caller,
  before: store.AgentRow,
): Promise<void> {
  const id = before.user_id
  if (before.suspended_at === null) {
    const why = caller.userId === before.sponsor_user_id ? 'by-sponsor' : 'by-others'
    await suspend(tx, record, ctx, id, why, null)
    return
  }
  if (before.suspended_why !== 'by-sponsor') throw SuspensionOfOthers({ agentId: id })
  await store.updateAgent(tx, id, { suspended_at: null, suspended_why: null })
  record(agentResumed(id))
}

function columnsOf(ctx: Context, { expiresInDays, publicKey, tools, scopes, name, purpose, autonomy }: ChangedAgent) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(autonomy === undefined ? {} : { autonomy }),
    ...(tools === undefined ? {} : { tools: [...new Set(tools)].sort() }),
    ...(scopes === undefined ? {} : { scopes: [...new Set(scopes)].sort() }),
    ...(expiresInDays === undefined ? {} : { expires_at: new Date(ctx.clock() + expiresInDays * dayMs) }),
    ...(publicKey === undefined ? {} : { public_key: publicKey }),
  }
}

/**
 * Stops an agent, whoever answers for it.
 *
 * @throws agent_not_found, agent_over
 */
export async function suspendAgent(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  id: string,
  reason: string,
): Promise<Agent> {
  requirePerson(caller)
  await transact(db, ctx, async (tx, record) => {
    const before = await lockLiving(tx, id)
    if (before.suspended_why === 'sponsor-left') throw SuspensionOfOthers({ agentId: id })
    const isOwn = before.sponsor_user_id === caller.userId && before.suspended_why !== 'by-others'
    await suspend(tx, record, ctx, id, isOwn ? 'by-sponsor' : 'by-others', reason)
  })
  return readAgent(db, ctx, id)
}

async function suspend(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  id: string,
  why: 'by-sponsor' | 'by-others',
  reason: string | null,
): Promise<void> {
  await store.updateAgent(tx, id, { suspended_at: new Date(ctx.clock()), suspended_why: why })
  record(agentSuspended(id, why, await endTokensOfAgent(tx, ctx, id, 'exchanged'), reason))
}

/**
 * Lets an agent go on that others than its sponsor stopped, for anybody but the sponsor; one whose sponsor left needs a new one.
 *
 * @throws agent_not_found, agent_over, agent_not_suspended, suspension_of_others
 */
export async function resumeAgent(db: Db<Tables>, ctx: Context, caller: Caller, id: string): Promise<Agent> {
  requirePerson(caller)
  await transact(db, ctx, async (tx, record) => {
    const before = await lockLiving(tx, id)
    if (before.suspended_at === null) throw AgentNotSuspended({ agentId: id })
    const isOwn = before.sponsor_user_id === caller.userId && before.suspended_why === 'by-others'
    if (isOwn || before.suspended_why === 'sponsor-left') throw SuspensionOfOthers({ agentId: id })
    await store.updateAgent(tx, id, { suspended_at: null, suspended_why: null })
    record(agentResumed(id))
  })
  return readAgent(db, ctx, id)
}

/** Ends an agent for good. @throws agent_not_found, agent_not_yours, agent_over */
export async function retireAgent(db: Db<Tables>, ctx: Context, caller: Caller, id: string): Promise<void> {
  requirePerson(caller)
  const now = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    // the user before the agent, as a deactivation takes them
    await tx
      .updateTable('access_user')
      .set({ disabled_at: now })
      .where('id', '=', id)
      .where('role', '=', agentRole)
      .execute()
    await lockOwn(tx, caller, id)
    await store.updateAgent(tx, id, { retired_at: now, handover_user_id: null, public_key: null })
    record(agentRetired(id, await endTokensOfAgent(tx, ctx, id, 'all')))
  })
}

/** @throws agent_not_found, agent_over */
export async function lockLiving(tx: Write<Tables>, id: string): Promise<store.AgentRow> {
  const agent = await store.lockAgent(tx, id)
  if (agent === undefined) throw AgentNotFound({ agentId: id })
  if (agent.retired_at !== null) throw AgentOver({ agentId: id })
  return agent
}

/** For its sponsor, and for whoever administers agents. @throws agent_not_found, agent_over, agent_not_yours */
export async function lockOwn(tx: Write<Tables>, caller: Caller, id: string): Promise<store.AgentRow> {
  const agent = await lockLiving(tx, id)
  if (agent.sponsor_user_id !== caller.userId && !allows(caller, administers)) throw AgentNotYours({ agentId: id })
  return agent
}

/** For what is done in the sponsor's name. @throws agent_not_yours */
export function requireSponsoring(caller: Caller, agent: store.AgentRow): void {
  if (agent.sponsor_user_id !== caller.userId) throw AgentNotYours({ agentId: agent.user_id })
}

/** @throws agent_not_found */
export async function readAgent(db: Db<Tables>, ctx: Context, id: string): Promise<Agent> {
  const row = await store.findAgentRow(db, id)
  if (row === undefined) throw AgentNotFound({ agentId: id })
  return store.toAgent(row, ctx.clock())
}

export interface AgentQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sponsor?: string | undefined
  readonly q?: string | undefined
  readonly state?: AgentState | undefined
}

/** A page of agents, newest first. @throws cursor_invalid */
export async function listAgents(
  db: Db<Tables>,
  ctx: Context,
  { limit, cursor, sponsor, q, state }: AgentQuery,
): Promise<{ items: Agent[]; next: string | null }> {
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const sponsorId = sponsor === 'me' ? ctx.actor.id : sponsor
  const rows = await store.listAgentRows(db, ctx.clock(), { limit, before, sponsorId, q, state })
  const { items, next } = toPage(rows, limit, (row) => `${row.created_at.getTime()}.${row.user_id}`)
  return { items: items.map((row) => store.toAgent(row, ctx.clock())), next }
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(agt_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}

function settingsOf(
  row: Omit<store.AgentRow, 'handover_user_id' | 'suspended_at' | 'suspended_why' | 'retired_at'>,
): AgentSettings {
  return {
    name: row.name,
    purpose: row.purpose,
    autonomy: row.autonomy,
    tools: row.tools,
    scopes: row.scopes,
    expiresAt: timestamp(row.expires_at.getTime()),
    hasPublicKey: row.public_key !== null,
  }
}
