import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import { AgentMayNotAct } from './errors.ts'
import type { AgentState } from './model.ts'

/**
 * For a query with `token`, and with `agent` and `exchanged` joined to it from the left: whether everybody on whom the token depends
 * may act, and all tokens that it was made from are alive.
 */
export function mayAct(atMs: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(agent.user_id is null and exchanged.token_id is null or not exists (
    select 1 from access_user party
      left join access_agent a on a.user_id = party.id
      left join access_user sponsor on sponsor.id = a.sponsor_user_id
    where party.id = any(coalesce(exchanged.parties, array[token.user_id]))
      and (party.disabled_at is not null or a.user_id is not null and (
        a.suspended_at is not null or a.retired_at is not null or a.expires_at <= ${new Date(atMs)}
        or sponsor.disabled_at is not null))
  ) and not exists (
    select 1 from access_token parent where parent.id = any(exchanged.ancestors)
      and (parent.revoked_at is not null or parent.expires_at <= ${new Date(atMs)})
  ))`
}

/** Kinds of tokens behind which an agent may stand. */
export function isOfAgents(kind: string): boolean {
  return kind === 'agent' || kind === 'sts'
}

interface Standing {
  readonly suspendedAt: Date | null
  readonly retiredAt: Date | null
  readonly expiresAt: Date
  readonly sponsorDisabledAt: Date | null
}

/** What an agent may do now; the graver reason first. */
export function stateOf(agent: Standing, atMs: number): AgentState {
  if (agent.retiredAt !== null) return 'retired'
  if (agent.sponsorDisabledAt !== null) return 'without-sponsor'
  if (agent.suspendedAt !== null) return 'suspended'
  return agent.expiresAt.getTime() <= atMs ? 'expired' : 'active'
}

/**
 * Says to the holder of an agent's key or token that is refused whether it is the agent which may not act.
 *
 * @throws agent_may_not_act
 */
export async function refuseStoppedAgent(db: Db<AccessTables>, secretHash: Buffer, atMs: number): Promise<void> {
  const rows = await db
    .selectFrom('access_token as token')
    .leftJoin('access_exchanged as exchanged', 'exchanged.token_id', 'token.id')
    .innerJoin('access_agent as agent', (join) =>
      join.on(sql`agent.user_id`, '=', sql`any(coalesce(exchanged.parties, array[token.user_id]))`),
    )
    .innerJoin('access_user as sponsor', 'sponsor.id', 'agent.sponsor_user_id')
    .select([
      'agent.user_id as agentId',
      'agent.suspended_at as suspendedAt',
      'agent.retired_at as retiredAt',
      'agent.expires_at as expiresAt',
      'sponsor.disabled_at as sponsorDisabledAt',
    ])
    .where('token.secret_hash', '=', secretHash)
    .where('token.kind', 'in', ['agent', 'sts'])
    .orderBy('agent.user_id')
    .execute()
  for (const row of rows) {
    const state = stateOf(row, atMs)
    if (state !== 'active') throw AgentMayNotAct({ agentId: row.agentId, state })
  }
}
