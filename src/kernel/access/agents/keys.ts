import type { z } from 'zod'
import { type Context, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { ScopeNotHeld } from '../errors.ts'
import type { Caller } from '../model.ts'
import { newToken } from '../service.ts'
import { latestEnd } from '../sessions.ts'
import { endToken, holdUser, insertToken } from '../store.ts'
import { stateOf } from './acting.ts'
import { lockOwn, readAgent, requirePerson, requireSponsoring, type Tables } from './agents.ts'
import { AgentKeyLimit, AgentMayNotAct, AgentOver, AgentTokenNotFound } from './errors.ts'
import { agentKeyMade, agentTokenEnded } from './events.ts'
import type { AgentToken, MadeAgentKey, NewAgentKey } from './model.ts'
import { type Giving, requireGivable } from './scopes.ts'
import { type AgentRow, listAgentTokens } from './store.ts'

const dayMs = 86_400_000
const keysMax = 20

/**
 * A new key of an agent, shown once, for its sponsor alone: whoever has it acts in the sponsor's name. It lives no longer than the
 * agent's registration, and than the API token that makes it.
 *
 * @throws person_needed, agent_not_found, agent_over, agent_not_yours, agent_may_not_act, agent_key_limit, scope_unknown,
 * scope_not_held, scope_not_for_agents
 */
export async function makeKey(
  db: Db<Tables>,
  ctx: Context,
  giving: Giving,
  id: string,
  input: NewAgentKey,
): Promise<z.infer<typeof MadeAgentKey>> {
  const { caller } = giving
  requirePerson(caller)
  const made = newToken(ctx, 'agent', id, input.name, [], input.expiresInDays * dayMs)
  return transact(db, ctx, async (tx, record) => {
    // before the agent, as whoever retires it takes them
    await holdUser(tx, id)
    const agent = await lockOwn(tx, caller, id)
    requireSponsoring(caller, agent)
    refuseStopped(agent, ctx.clock())
    const scopes = [...(input.scopes ?? agent.scopes)]
    await requireGivable(giving, scopes)
    const beyond = scopes.find((one) => !agent.scopes.includes(one))
    if (beyond !== undefined) throw ScopeNotHeld({ scope: beyond })
    if ((await countKeys(tx, ctx, id)) >= keysMax) throw AgentKeyLimit({ max: keysMax })
    const row = {
      ...made.row,
      scopes,
      expiresAtMs: latestEnd(caller, Math.min(made.row.expiresAtMs, agent.expires_at.getTime())),
    }
    if (!(await insertToken(tx, row))) throw AgentOver({ agentId: id })
    const shown = { id: row.id, name: row.name, scopes, expiresAt: timestamp(row.expiresAtMs) }
    record(agentKeyMade(id, shown))
    const createdAt = timestamp(row.createdAtMs)
    return { ...shown, kind: 'key' as const, createdAt, revokedAt: null, lastSeenAt: null, key: made.secret }
  })
}

/** @throws agent_may_not_act */
function refuseStopped(agent: AgentRow, atMs: number): void {
  const standing = { suspendedAt: agent.suspended_at, retiredAt: agent.retired_at, expiresAt: agent.expires_at }
  const state = stateOf({ ...standing, sponsorDisabledAt: null }, atMs)
  if (state !== 'active') throw AgentMayNotAct({ agentId: agent.user_id, state })
}

async function countKeys(tx: Write<Tables>, ctx: Context, id: string): Promise<number> {
  const row = await tx
    .selectFrom('access_token')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('user_id', '=', id)
    .where('kind', '=', 'agent')
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', new Date(ctx.clock()))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Keys of an agent and tokens by which it acts, newest first; the newest two hundred. @throws agent_not_found */
export async function listTokensOf(db: Db<Tables>, ctx: Context, id: string): Promise<AgentToken[]> {
  await readAgent(db, ctx, id)
  return listAgentTokens(db, id)
}

/**
 * Ends a key of an agent, or a token by which it acts, at once; what was made from it ends too.
 *
 * @throws person_needed, agent_not_found, agent_over, agent_not_yours, agent_token_not_found
 */
export async function endAgentToken(db: Db<Tables>, ctx: Context, caller: Caller, id: string, tokenId: string) {
  requirePerson(caller)
  await transact(db, ctx, async (tx, record) => {
    await lockOwn(tx, caller, id)
    const found = await tx
      .selectFrom('access_token')
      .select('kind')
      .where('id', '=', tokenId)
      .where('user_id', '=', id)
      .executeTakeFirst()
    if (found === undefined || !(await endToken(tx, tokenId, ctx.clock()))) throw AgentTokenNotFound({ tokenId })
    record(agentTokenEnded(id, tokenId, found.kind === 'agent' ? 'key' : 'exchanged'))
  })
}
