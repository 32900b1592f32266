import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import type { RoleChange } from './model.ts'

type Read = Pick<Db<AccessTables>, 'selectFrom'>

/** Names of people by id; of whoever the directory does not know, or does no more, there is none. */
export async function personNames(db: Read, ids: readonly string[]): Promise<Record<string, string>> {
  return Object.fromEntries((await personRows(db, ids)).map((one) => [one.id, one.name]))
}

function personRows(db: Read, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('access_person')
    .select(['user_id as id', sql<string>`coalesce(resource ->> 'displayName', resource ->> 'userName')`.as('name')])
    .where('user_id', 'in', ['', ...ids])
    .execute()
}

/** Names of the people, groups and teams that a change names, by id. */
export async function namesIn(
  db: Read,
  { add, remove, proposer, decidedBy }: RoleChange,
): Promise<Record<string, string>> {
  const items = [...add, ...remove]
  const users = items.flatMap((one) => (one.kind === 'assignment' ? [one.userId] : []))
  const groups = items.flatMap((one) => (one.kind === 'mapping' ? [one.groupId] : []))
  const teams = items.flatMap((one) => (one.teamId === null ? [] : [one.teamId]))
  const rows = await Promise.all([
    personRows(db, [...users, proposer, decidedBy ?? '']),
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
