import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import type { RoleChange } from './model.ts'

/** Names of the people, groups and teams that a change names, by id. */
export async function namesIn(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  { add, remove, proposer, decidedBy }: RoleChange,
): Promise<Record<string, string>> {
  const items = [...add, ...remove]
  const users = items.flatMap((one) => (one.kind === 'assignment' ? [one.userId] : []))
  const groups = items.flatMap((one) => (one.kind === 'mapping' ? [one.groupId] : []))
  const teams = items.flatMap((one) => (one.teamId === null ? [] : [one.teamId]))
  const rows = await Promise.all([
    db
      .selectFrom('access_person')
      .select(['user_id as id', sql<string>`coalesce(resource ->> 'displayName', resource ->> 'userName')`.as('name')])
      .where('user_id', 'in', ['', ...users, proposer, decidedBy ?? ''])
      .execute(),
    db
      .selectFrom('access_group')
      .select(['id', sql<string>`resource ->> 'displayName'`.as('name')])
      .where('id', 'in', ['', ...groups])
      .execute(),
    db
      .selectFrom('access_claimed_group')
      .select(['id', 'value as name'])
      .where('id', 'in', ['', ...groups])
      .execute(),
    db
      .selectFrom('access_team')
      .select(['id', 'name'])
      .where('id', 'in', ['', ...teams])
      .execute(),
  ])
  return Object.fromEntries(rows.flat().map((one) => [one.id, one.name]))
}
