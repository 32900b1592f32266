import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { Tables } from './standing.ts'

interface Whom {
  readonly userId: string
  readonly teamId: string | null
}

/** Whether a person works without AI now: by a period of their own, of a team in which they hold a role, or of `teamId`. */
export async function isAiFree(db: Db<Tables>, { userId, teamId }: Whom, atMs: number): Promise<boolean> {
  const row = await db
    .selectFrom('access_user as u')
    .select(coveredAt(sql.ref('u.id'), sql`${teamId}::text`, new Date(atMs)).as('is_free'))
    .where('u.id', '=', userId)
    .executeTakeFirst()
  return row?.is_free ?? false
}

/** As SQL: whether a period covers this moment for a person and the team of what they do. */
export function coveredAt(userId: RawBuilder<unknown>, teamId: RawBuilder<unknown>, at: Date): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from ai_free_period p
    where p.cancelled_at is null and p.starts_at <= ${at} and p.ends_at > ${at} and ${concerns(userId, teamId)}
  )`
}

/** When the next period begins for a person, within so long. */
export async function nextStart(
  db: Db<Tables>,
  { userId, teamId }: Whom,
  afterMs: number,
  beforeMs: number,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('ai_free_period as p')
    .select('p.starts_at')
    .where('p.cancelled_at', 'is', null)
    .where('p.starts_at', '>', new Date(afterMs))
    .where('p.starts_at', '<', new Date(beforeMs))
    .where(concerns(sql`${userId}::text`, sql`${teamId}::text`))
    .orderBy('p.starts_at')
    .limit(1)
    .executeTakeFirst()
  return row?.starts_at.getTime()
}

/** Whether the period `p` is of this person, of a team in which they hold a role, or of the team. */
export function concerns(userId: RawBuilder<unknown>, teamId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(
    p.user_id = ${userId} or p.team_id = ${teamId}
    or p.team_id in (select h.team_id from access_role_held h where h.user_id = ${userId})
  )`
}
