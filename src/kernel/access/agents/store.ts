import { sql } from 'kysely'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import { stateOf } from './acting.ts'
import type { Agent, AgentState, AgentToken, Autonomy, SuspendedWhy } from './model.ts'

/** An agent as it is kept. */
export interface AgentRow {
  readonly user_id: string
  readonly name: string
  readonly purpose: string
  readonly autonomy: Autonomy
  readonly tools: readonly string[]
  readonly scopes: readonly string[]
  readonly sponsor_user_id: string
  readonly handover_user_id: string | null
  readonly public_key: unknown
  readonly created_at: Date
  readonly expires_at: Date
  readonly suspended_at: Date | null
  readonly suspended_why: SuspendedWhy | null
  readonly retired_at: Date | null
}

/** The agent, held as it is until the transaction ends: users before it, tokens after it. */
export async function lockAgent(tx: Write<AccessTables>, id: string): Promise<AgentRow | undefined> {
  return tx.selectFrom('access_agent').selectAll().where('user_id', '=', id).forUpdate().executeTakeFirst()
}

export async function countAgentsOf(tx: Write<AccessTables>, sponsorId: string): Promise<number> {
  const row = await tx
    .selectFrom('access_agent')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('sponsor_user_id', '=', sponsorId)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** What may change of one; anything else of it that is given stays as it is. */
export async function updateAgent(tx: Write<AccessTables>, id: string, change: Partial<AgentRow>): Promise<void> {
  const { user_id: _id, created_at: _at, tools, scopes, public_key: key, ...rest } = change
  await tx
    .updateTable('access_agent')
    .set({
      ...rest,
      ...(tools === undefined ? {} : { tools: [...tools] }),
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      ...(key === undefined ? {} : { public_key: key === null ? null : JSON.stringify(key) }),
    })
    .where('user_id', '=', id)
    .execute()
}

export interface AgentFilter {
  readonly limit: number
  readonly before: { readonly at: Date; readonly id: string } | undefined
  readonly sponsorId: string | undefined
  readonly q: string | undefined
  readonly state: AgentState | undefined
}

type Row = Awaited<ReturnType<typeof findAgentRow>>

/** Newest first; one more than the limit tells that there are more. */
export async function listAgentRows(db: Db<AccessTables>, atMs: number, filter: AgentFilter) {
  let query = agents(db)
  const { before, sponsorId, q, state } = filter
  if (sponsorId !== undefined) query = query.where('a.sponsor_user_id', '=', sponsorId)
  if (q !== undefined) query = query.where(sql<boolean>`strpos(lower(a.name), ${q.toLowerCase()}) > 0`)
  if (state !== undefined) query = query.where(stateIn(atMs), '=', state)
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('a.created_at', 'a.user_id'), '<', is.tuple(before.at, before.id)))
  return query
    .orderBy('a.created_at', 'desc')
    .orderBy('a.user_id', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** As `stateOf` says it. */
function stateIn(atMs: number) {
  return sql<AgentState>`case when a.retired_at is not null then 'retired' when sponsor.disabled_at is not null then 'without-sponsor'
    when a.suspended_at is not null then 'suspended' when a.expires_at <= ${new Date(atMs)} then 'expired' else 'active' end`
}

export async function findAgentRow(db: Db<AccessTables>, id: string) {
  return agents(db).where('a.user_id', '=', id).executeTakeFirst()
}

function agents(db: Db<AccessTables>) {
  const name = (table: string) =>
    sql<
      string | null
    >`coalesce(${sql.ref(`${table}.resource`)} ->> 'displayName', ${sql.ref(`${table}.resource`)} ->> 'userName')`
  return db
    .selectFrom('access_agent as a')
    .innerJoin('access_user as sponsor', 'sponsor.id', 'a.sponsor_user_id')
    .leftJoin('access_person as p', 'p.user_id', 'a.sponsor_user_id')
    .leftJoin('access_person as h', 'h.user_id', 'a.handover_user_id')
    .selectAll('a')
    .select(['sponsor.disabled_at', name('p').as('sponsor_name'), name('h').as('handover_name')])
}

export function toAgent(row: NonNullable<Row>, atMs: number): Agent {
  const standing = {
    suspendedAt: row.suspended_at,
    retiredAt: row.retired_at,
    expiresAt: row.expires_at,
    sponsorDisabledAt: row.disabled_at,
  }
  return {
    id: row.user_id,
    name: row.name,
    purpose: row.purpose,
    autonomy: row.autonomy,
    tools: row.tools,
    scopes: row.scopes,
    sponsor: { id: row.sponsor_user_id, name: row.sponsor_name },
    handover: row.handover_user_id === null ? null : { id: row.handover_user_id, name: row.handover_name },
    state: stateOf(standing, atMs),
    suspendedWhy: row.suspended_why,
    hasPublicKey: row.public_key !== null,
    createdAt: timestamp(row.created_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
  }
}

/** Keys of an agent and tokens by which it acts, newest first; the newest two hundred. */
export async function listAgentTokens(db: Db<AccessTables>, agentId: string): Promise<AgentToken[]> {
  const rows = await db
    .selectFrom('access_token as t')
    .leftJoin('access_last_seen as seen', 'seen.token_id', 't.id')
    .select(['t.id', 't.kind', 't.name', 't.scopes', 't.created_at', 't.expires_at', 't.revoked_at', 'seen.seen_at'])
    .where('t.user_id', '=', agentId)
    .orderBy('t.created_at', 'desc')
    .orderBy('t.id', 'desc')
    .limit(200)
    .execute()
  const at = (date: Date | null) => (date === null ? null : timestamp(date.getTime()))
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind === 'agent' ? ('key' as const) : ('exchanged' as const),
    name: row.name,
    scopes: row.scopes,
    createdAt: timestamp(row.created_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    revokedAt: at(row.revoked_at),
    lastSeenAt: at(row.seen_at),
  }))
}
