import { sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Grant, GrantState } from './model.ts'
import { coveredAt } from './periods-now.ts'
import type { Tables } from './standing.ts'

/** A grant with what its state follows from. */
export interface GrantRow {
  readonly id: string
  readonly user_id: string
  readonly user_name: string | null
  readonly tool: string
  readonly tier: string
  readonly purpose: string
  readonly repository_id: string | null
  readonly team_id: string | null
  readonly team_name: string | null
  readonly issued_at: Date
  readonly expires_at: Date
  readonly extended_at: Date | null
  readonly ended_at: Date | null
  readonly end_cause: 'revoked' | 'access-ended' | null
  readonly rescinded_at: Date | null
  readonly rescind_reason: string | null
  readonly restored_at: Date | null
  readonly is_free: boolean
}

export interface GrantFilter {
  readonly userId?: string | undefined
  readonly tool?: string | undefined
  readonly state?: 'running' | 'over' | 'rescinded' | undefined
  readonly before?: { readonly at: Date; readonly id: string } | undefined
  readonly limit: number
}

/** Newest first; one more than the limit tells that there are more. */
export async function listGrants(
  db: Pick<Db<Tables>, 'selectFrom'>,
  { userId, tool, state, before, limit }: GrantFilter,
  atMs: number,
): Promise<GrantRow[]> {
  const at = new Date(atMs)
  const isRescinded = sql<boolean>`(g.rescinded_at is not null and g.restored_at is null)`
  let query = grants(db, at)
  if (userId !== undefined) query = query.where('g.user_id', '=', userId)
  if (tool !== undefined) query = query.where('g.tool', '=', tool)
  if (state === 'rescinded') query = query.where(isRescinded)
  if (state === 'running')
    query = query.where('g.ended_at', 'is', null).where('g.expires_at', '>', at).where(sql<boolean>`not ${isRescinded}`)
  if (state === 'over')
    query = query.where((is) => is.or([is('g.ended_at', 'is not', null), is('g.expires_at', '<=', at)]))
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('g.issued_at', 'g.id'), '<', is.tuple(before.at, before.id)))
  return query
    .orderBy('g.issued_at', 'desc')
    .orderBy('g.id', 'desc')
    .limit(limit + 1)
    .execute()
}

export async function findGrant(
  db: Pick<Db<Tables>, 'selectFrom'>,
  id: string,
  atMs: number,
): Promise<GrantRow | undefined> {
  return grants(db, new Date(atMs)).where('g.id', '=', id).executeTakeFirst()
}

function grants(db: Pick<Db<Tables>, 'selectFrom'>, at: Date) {
  return db
    .selectFrom('ai_grant as g')
    .leftJoin('access_team as t', 't.id', 'g.team_id')
    .leftJoin('access_person as person', 'person.user_id', 'g.user_id')
    .select(['g.id', 'g.user_id', 'g.tool', 'g.tier', 'g.purpose', 'g.repository_id', 'g.team_id'])
    .select(['g.issued_at', 'g.expires_at', 'g.extended_at', 'g.ended_at', 'g.end_cause'])
    .select(['g.rescinded_at', 'g.rescind_reason', 'g.restored_at', 't.name as team_name'])
    .select(
      sql<string | null>`coalesce(person.resource ->> 'displayName', person.resource ->> 'userName')`.as('user_name'),
    )
    .select(coveredAt(sql.ref('g.user_id'), sql.ref('g.team_id'), at).as('is_free'))
}

/** What a grant is at a moment: what ended it first counts, and a rescission counts while it lasts. */
export function stateOf(row: Omit<GrantRow, 'user_name' | 'team_name'>, atMs: number): GrantState {
  if (row.end_cause !== null) return row.end_cause
  if (isRescinded(row)) return 'rescinded'
  if (row.expires_at.getTime() <= atMs) return 'expired'
  return row.is_free ? 'suspended' : 'running'
}

export function isRescinded({ rescinded_at, restored_at }: Pick<GrantRow, 'rescinded_at' | 'restored_at'>): boolean {
  return rescinded_at !== null && restored_at === null
}

export function toGrant(row: GrantRow, atMs: number): Grant {
  const time = (at: Date | null) => at?.toISOString() ?? null
  return {
    ...{ id: row.id, userId: row.user_id, userName: row.user_name, tool: row.tool, purpose: row.purpose },
    // written by us, from a value of its schema
    tier: row.tier as Grant['tier'],
    ...{ repositoryId: row.repository_id, teamId: row.team_id, teamName: row.team_name },
    state: stateOf(row, atMs),
    issuedAt: row.issued_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...{ extendedAt: time(row.extended_at), endedAt: time(row.ended_at) },
    ...{ rescindedAt: time(row.rescinded_at), rescindReason: row.rescind_reason, restoredAt: time(row.restored_at) },
  }
}

/** Whether a grant of this tool was taken from this person and not restored since. */
export async function hasRescinded(db: Pick<Db<Tables>, 'selectFrom'>, userId: string, tool: string): Promise<boolean> {
  const row = await db
    .selectFrom('ai_grant')
    .select('id')
    .where('user_id', '=', userId)
    .where('tool', '=', tool)
    .where('rescinded_at', 'is not', null)
    .where('restored_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Until the transaction ends nobody ends this person's access, issues them a grant or rescinds one. False for whoever has no access
 * any more.
 */
export async function holdPerson(tx: Write<Tables>, userId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('access_user')
    .select('disabled_at')
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined && row.disabled_at === null
}
