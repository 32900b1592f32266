import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import type { RoleChange } from './model.ts'

type Reads = Pick<Db<AccessTables>, 'selectFrom'>

/** Names of people by id; of whom no directory brought there is none. */
export async function peopleNames(db: Reads, userIds: readonly string[]): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('access_person')
    .select(['user_id as id', sql<string>`coalesce(resource ->> 'displayName', resource ->> 'userName')`.as('name')])
    .where('user_id', 'in', ['', ...userIds])
    .execute()
  return Object.fromEntries(rows.map((one) => [one.id, one.name]))
}

/** Names of the people, groups and teams that a change names, by id. */
export async function namesIn(
  db: Reads,
  { add, remove, proposer, decidedBy }: RoleChange,
): Promise<Record<string, string>> {
  const items = [...add, ...remove]
  const users = items.flatMap((one) => (one.kind === 'assignment' ? [one.userId] : []))
  const groups = items.flatMap((one) => (one.kind === 'mapping' ? [one.groupId] : []))
  const teams = items.flatMap((one) => (one.teamId === null ? [] : [one.teamId]))
  const people = await peopleNames(db, [...users, proposer, decidedBy ?? ''])
  const rows = await Promise.all([
    db
      .selectFrom('access_group')
      .select(['id', sql<string>`resource ->> 'displayName'`.as('name')])
      .where('id', 'in', ['', ...groups])
      .execute(),
    db
      .selectFrom('access_team')
      .select(['id', 'name'])
      .where('id', 'in', ['', ...teams])
      .execute(),
  ])
  return { ...people, ...Object.fromEntries(rows.flat().map((one) => [one.id, one.name])) }
}
