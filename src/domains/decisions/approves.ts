import { teamOf } from '#kernel/access'
import type { Db } from '#platform/database.ts'
import type { Tables } from './store.ts'

/**
 * Whether one of the cited decisions covers a repository and held at a moment: it was approved by then, with or without conditions,
 * its time was not over, and nothing had taken its place. One covers repositories that are its team's now, those that it names where it does:
 * what a team decided goes with no repository to another team.
 */
export async function approvesChange(
  db: Db<Tables>,
  repositoryId: string,
  cited: readonly string[],
  atMs: number,
): Promise<boolean> {
  if (cited.length === 0) return false
  const at = new Date(atMs)
  const rows = await db
    .selectFrom('architecture_decision')
    .select(['team_id', 'repositories'])
    .where('id', 'in', [...cited])
    .where('state', '=', 'approved')
    .where('decided_at', '<=', at)
    .where('valid_until', '>', at)
    .where((is) => is.or([is('superseded_at', 'is', null), is('superseded_at', '>', at)]))
    .execute()
  const team = await teamOf(db, repositoryId)
  const isNamed = (names: readonly string[]) => names.length === 0 || names.includes(repositoryId)
  return rows.some((one) => one.team_id === team && isNamed(one.repositories))
}
