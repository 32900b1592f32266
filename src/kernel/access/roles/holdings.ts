import { sql } from 'kysely'
import type { LedgerTables } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import type { AccessTables } from '../store.ts'
import type { RoleHolding, RoleName } from './model.ts'

type Tables = AccessTables & LedgerTables

export interface HeldRole {
  readonly role: string
  /** Null: in the whole organisation. */
  readonly teamId: string | null
}

/** What a user holds now, from wherever; nothing for whoever is disabled. */
export async function rolesOf(db: Pick<Db<AccessTables>, 'selectFrom'>, userId: string): Promise<HeldRole[]> {
  const rows = await db
    .selectFrom('access_role_held as held')
    .innerJoin('access_user as user', 'user.id', 'held.user_id')
    .select(['held.role', 'held.team_id'])
    .distinct()
    .where('held.user_id', '=', userId)
    .where('user.disabled_at', 'is', null)
    .orderBy('held.role')
    .orderBy('held.team_id')
    .execute()
  return rows.map((one) => ({ role: one.role, teamId: one.team_id }))
}

/** What a user holds, from wherever, with the name of the team. */
export async function heldOf(db: Db<AccessTables>, userId: string) {
  const rows = await db
    .selectFrom('access_role_held as held')
    .leftJoin('access_team as t', 't.id', 'held.team_id')
    .select(['held.role', 'held.team_id', 't.name', 'held.source'])
    .distinct()
    .where('held.user_id', '=', userId)
    .orderBy('held.role')
    .orderBy('t.name')
    .execute()
  return rows.map((one) => ({ role: one.role, teamId: one.team_id, teamName: one.name, source: one.source }))
}

/** The team that a repository belongs to. */
export async function teamOf(db: Pick<Db<AccessTables>, 'selectFrom'>, repositoryId: string): Promise<string | null> {
  const row = await db
    .selectFrom('access_team_repository')
    .select('team_id')
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst()
  return row?.team_id ?? null
}

/** Those of these users who are people and active. */
export async function activePeople(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  userIds: readonly string[],
): Promise<string[]> {
  if (userIds.length === 0) return []
  const rows = await db
    .selectFrom('access_user')
    .select('id')
    .where('id', 'in', [...userIds])
    .where('disabled_at', 'is', null)
    .where('role', 'not in', ['service', 'agent'])
    .execute()
  return rows.map((one) => one.id)
}

/**
 * Active people, other than `except`, who hold one of the roles for the whole organisation, or in `team` where it is given; at
 * most `limit`.
 */
export async function holdersOf(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  roles: readonly string[],
  except: readonly string[],
  limit: number,
  team: string | null = null,
): Promise<string[]> {
  const rows = await db
    .selectFrom('access_role_held as held')
    .innerJoin('access_user as user', 'user.id', 'held.user_id')
    .select('held.user_id')
    .distinct()
    .where('held.role', 'in', [...roles])
    .where((is) => is.or([is('held.team_id', 'is', null), is('held.team_id', '=', team)]))
    .where('user.disabled_at', 'is', null)
    .where('user.role', 'not in', ['service', 'agent'])
    .where((is) => (except.length === 0 ? is.lit(true) : is('held.user_id', 'not in', [...except])))
    .limit(limit)
    .execute()
  return rows.map((one) => one.user_id)
}

export interface HoldingFilter {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly role?: RoleName | undefined
  readonly team?: string | undefined
  readonly user?: string | undefined
}

/** Assignments and mappings as they stand, newest first. @throws cursor_invalid */
export async function listHoldings(
  db: Db<Tables>,
  { limit, cursor, role, team, user }: HoldingFilter,
): Promise<{ items: RoleHolding[]; next: string | null }> {
  const before = cursor === undefined ? undefined : readCursor(cursor)
  let query = db
    .selectFrom(held.as('held'))
    .leftJoin('access_team as t', 't.id', 'held.team_id')
    .selectAll('held')
    .select('t.name as team_name')
  if (role !== undefined) query = query.where('held.role', '=', role)
  if (team !== undefined) query = query.where('held.team_id', '=', team)
  if (user !== undefined) query = query.where('held.user_id', '=', user)
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('held.since', 'held.id'), '<', is.tuple(before.at, before.id)))
  const rows: Row[] = await query
    .orderBy('held.since', 'desc')
    .orderBy('held.id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.since.getTime()}.${row.id}`)
  return { items: items.map(toHolding), next }
}

/** Both ways of holding a role, with the name of who holds it. */
const held = sql<Omit<Row, 'team_name'>>`(
  select a.id, 'assignment' as kind, a.user_id, null as group_id, a.role, a.team_id, a.since,
    p.resource ->> 'displayName' as display_name, p.resource ->> 'userName' as name
  from access_role_assignment a left join access_person p on p.user_id = a.user_id
  union all
  select m.id, 'mapping', null, m.group_id, m.role, m.team_id, m.since, g.resource ->> 'displayName', c.value
  from access_role_mapping m left join access_group g on g.id = m.group_id
    left join access_claimed_group c on c.id = m.group_id
)`

interface Row {
  id: string
  kind: 'assignment' | 'mapping'
  user_id: string | null
  group_id: string | null
  role: RoleName
  team_id: string | null
  team_name: string | null
  since: Date
  display_name: string | null
  name: string | null
}

function toHolding(row: Row): RoleHolding {
  return {
    kind: row.kind,
    userId: row.user_id,
    groupId: row.group_id,
    name: row.display_name ?? row.name,
    role: row.role,
    teamId: row.team_id,
    teamName: row.team_name,
    since: timestamp(row.since.getTime()),
  }
}

export function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.([a-z]{3,8}_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
