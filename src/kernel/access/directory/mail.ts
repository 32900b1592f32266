import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'

/**
 * Ids of people whose mail addresses or user names, as the directory has them, are among these. An address proves nothing about
 * who somebody is: use it to keep people out of something, never to let them in.
 */
export async function usersWithMail(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  addresses: readonly string[],
): Promise<string[]> {
  const wanted = sql`${[...new Set(addresses.map((one) => one.toLowerCase()))]}::text[]`
  const rows = await db
    .selectFrom('access_person')
    .select('user_id')
    .where(
      sql<boolean>`(search ->> 'userName' = any(${wanted}) or exists (
        select 1 from jsonb_array_elements(search -> 'emails') as e (v) where e.v ->> 'value' = any(${wanted})))`,
    )
    .execute()
  return rows.map((one) => one.user_id)
}
