import { sql } from 'kysely'
import type { Write } from '#platform/database.ts'
import { type AccessTables, holdUser } from '../store.ts'
import { type HeldRole, rolesOf } from './holdings.ts'

/**
 * What a user holds, and goes on holding until the transaction ends: whoever takes a role, a membership, a mapping or all access away
 * at the same time waits for it, or it for them. Nothing for whoever is disabled. First in a transaction, before whatever else it locks.
 */
export async function holdRoles<T>(given: Write<T>, userId: string): Promise<HeldRole[]> {
  // the same transaction, seen as that of our own tables
  const tx = given as unknown as Write<AccessTables>
  if (!(await holdUser(tx, userId))) return []
  await sql`select 1 from access_role_assignment where user_id = ${userId} order by id for share`.execute(tx)
  await sql`select 1 from access_group_member where user_id = ${userId} order by group_id for share`.execute(tx)
  await sql`select 1 from access_claimed_member where user_id = ${userId} order by group_id for share`.execute(tx)
  await sql`select 1 from access_role_mapping m
    where m.group_id in (select group_id from access_membership where user_id = ${userId}) order by m.id for share of m`.execute(
    tx,
  )
  return rolesOf(tx, userId)
}
