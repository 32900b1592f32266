import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { ChangesTables, StoredChange } from './store.ts'

/** Whole changes of a repository in the order of its history, after a position; of these ids only, where they are given. */
export async function wholeChanges(
  db: Db<ChangesTables>,
  repositoryId: string,
  page: { ids?: readonly string[] | undefined; after: number; limit: number },
): Promise<StoredChange[]> {
  let query = db
    .selectFrom('change')
    .select(['position', 'detail', 'files', 'record_id'])
    .where('repository_id', '=', repositoryId)
    .where('position', '>', BigInt(page.after))
    .orderBy('position')
    .limit(page.limit)
  if (page.ids !== undefined) query = query.where('id', '=', sql<string>`any(${[...page.ids]}::text[])`)
  const rows = await query.execute()
  return rows.map(({ position, detail, files, record_id }) => ({
    position: Number(position),
    change: { ...detail, files },
    recordId: record_id,
  }))
}

/** Position of the first change with lines that AI records name: from then on, one without says something. */
export async function firstRecordsAt(db: Db<ChangesTables>, repositoryId: string): Promise<number | undefined> {
  const lines = sql<string>`detail #>> '{attribution,lines,humanAttested}'`
  const row = await db
    .selectFrom('change')
    .select('position')
    .where('repository_id', '=', repositoryId)
    .where((is) => is.or([is('lines_attested', '>', 0n), is(lines, '<>', '0')]))
    .orderBy('position')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : Number(row.position)
}

/** Ids of the changes that a commit brought: as their head, or among the commits of a merge. */
export async function changesWithCommit(db: Db<ChangesTables>, repositoryId: string, oid: string): Promise<string[]> {
  const commits = JSON.stringify([{ oid }])
  const rows = await db
    .selectFrom('change')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where((is) => is.or([is('head_oid', '=', oid), sql<boolean>`detail -> 'commits' @> ${commits}::jsonb`]))
    .execute()
  return rows.map((row) => row.id)
}
