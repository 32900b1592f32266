import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import type { PermissionsOf } from '../model.ts'
import type { AccessTables } from '../store.ts'
import type { RoleEffect, RoleItem } from './model.ts'

/** People whose roles a change touches; of many, only so many are worked out one by one. */
export const effectsMax = 500

type Reads = Pick<Db<AccessTables>, 'selectFrom'>

interface Held {
  readonly role: string
  readonly teamId: string | null
  readonly source: string
}

/**
 * What a change would do to each person, those first who gain or lose something; whom it touches without changing anything, because
 * the role is held otherwise too, are not among them.
 *
 * @param alwaysId of many people this one is worked out in any case
 */
export async function effectsOf(
  db: Reads,
  permissionsOf: PermissionsOf,
  change: { readonly add: readonly RoleItem[]; readonly remove: readonly RoleItem[] },
  alwaysId?: string,
): Promise<{ people: RoleEffect[]; total: number; isPartial: boolean }> {
  const touched = await touchedBy(db, [...change.add, ...change.remove], alwaysId)
  const known = touched.slice(0, effectsMax)
  const people = await describePeople(db, known)
  const groups = await groupsAmong(db, known, [...change.add, ...change.remove])
  const teams = await teamNames(db)
  const effects: RoleEffect[] = []
  for (const userId of known) {
    const before = people.get(userId)?.held ?? []
    const after = afterChange(before, change, userId, groups.get(userId) ?? new Set())
    const gains = without(after, before)
    const loses = without(before, after)
    if (gains.length + loses.length === 0) continue
    const base = people.get(userId)?.role ?? 'member'
    const had = await permissionsOf([base, ...before.map((one) => one.role)])
    const has = await permissionsOf([base, ...after.map((one) => one.role)])
    effects.push({
      userId,
      name: people.get(userId)?.name ?? null,
      gains: gains.map((one) => shown(one, teams)),
      loses: loses.map((one) => shown(one, teams)),
      permissionsGained: has.filter((one) => !had.includes(one)),
      permissionsLost: had.filter((one) => !has.includes(one)),
    })
  }
  return { people: effects, total: touched.length, isPartial: touched.length > known.length }
}

/** Whom any of the items names, by themselves or by a group. */
async function touchedBy(db: Reads, items: readonly RoleItem[], firstId: string | undefined): Promise<string[]> {
  const users = items.flatMap((one) => (one.kind === 'assignment' ? [one.userId] : []))
  const groups = items.flatMap((one) => (one.kind === 'mapping' ? [one.groupId] : []))
  const members =
    groups.length === 0
      ? []
      : await db
          .selectFrom('access_membership')
          .select('user_id')
          .where('group_id', 'in', groups)
          .groupBy('user_id')
          .orderBy(sql`user_id is not distinct from ${firstId ?? null}::text`, 'desc')
          .orderBy('user_id')
          .limit(100_000)
          .execute()
  const touched = [...new Set([...users, ...members.map((one) => one.user_id)])]
  return firstId !== undefined && touched.includes(firstId) ? [...new Set([firstId, ...touched])] : touched
}

async function describePeople(db: Reads, ids: readonly string[]) {
  const rows =
    ids.length === 0
      ? []
      : await db
          .selectFrom('access_user as u')
          .leftJoin('access_person as p', 'p.user_id', 'u.id')
          .select(['u.id', 'u.role'])
          .select(sql<string | null>`coalesce(p.resource ->> 'displayName', p.resource ->> 'userName')`.as('name'))
          .select(
            sql<
              Held[]
            >`coalesce((select jsonb_agg(jsonb_build_object('role', h.role, 'teamId', h.team_id, 'source', h.source))
              from access_role_held h where h.user_id = u.id), '[]')`.as('held'),
          )
          .where('u.id', 'in', [...ids])
          .execute()
  return new Map(rows.map((one) => [one.id, one]))
}

/** The groups of the items that each person is in. */
async function groupsAmong(db: Reads, ids: readonly string[], items: readonly RoleItem[]) {
  const groups = items.flatMap((one) => (one.kind === 'mapping' ? [one.groupId] : []))
  const rows =
    groups.length === 0 || ids.length === 0
      ? []
      : await db
          .selectFrom('access_membership')
          .select(['user_id', 'group_id'])
          .where('group_id', 'in', groups)
          .where('user_id', 'in', [...ids])
          .execute()
  const of = new Map<string, Set<string>>()
  for (const row of rows) of.set(row.user_id, (of.get(row.user_id) ?? new Set()).add(row.group_id))
  return of
}

async function teamNames(db: Reads): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('access_team').select(['id', 'name']).execute()
  return new Map(rows.map((one) => [one.id, one.name]))
}

/** One holding goes for each item removed, so that a role which is held twice stays. */
function afterChange(
  before: readonly Held[],
  { add, remove }: { readonly add: readonly RoleItem[]; readonly remove: readonly RoleItem[] },
  userId: string,
  groups: ReadonlySet<string>,
): Held[] {
  const isOf = (one: RoleItem) => (one.kind === 'assignment' ? one.userId === userId : groups.has(one.groupId))
  const after = [...before]
  for (const item of remove.filter(isOf)) {
    const at = after.findIndex(
      (one) => one.source === item.kind && one.role === item.role && one.teamId === item.teamId,
    )
    if (at >= 0) after.splice(at, 1)
  }
  return [...after, ...add.filter(isOf).map(({ role, teamId, kind }) => ({ role, teamId, source: kind }))]
}

function without(these: readonly Held[], those: readonly Held[]): Held[] {
  const key = ({ role, teamId }: Held) => `${role} ${teamId}`
  const there = new Set(those.map(key))
  const once = new Map(these.map((one) => [key(one), one]))
  return [...once].filter(([name]) => !there.has(name)).map(([, one]) => one)
}

function shown({ role, teamId }: Held, teams: ReadonlyMap<string, string>) {
  return { role, teamId, teamName: teamId === null ? null : (teams.get(teamId) ?? null) }
}
