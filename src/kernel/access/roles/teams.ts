import { sql } from 'kysely'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import type { AccessTables } from '../store.ts'
import { RepositoriesTaken, TeamInUse, TeamLimit, TeamNameTaken, TeamNotFound } from './errors.ts'
import { teamMade, teamRemoved, teamRenamed, teamRepositories } from './events.ts'
import type { Team } from './model.ts'

type Tables = AccessTables & LedgerTables

/** Few enough that a list of all is one page. */
const teamsMax = 2000

/** Every team, by name. */
export async function listTeams(db: Db<AccessTables>, id?: string): Promise<Team[]> {
  const rows = await db
    .selectFrom('access_team as t')
    .select(['t.id', 't.name', 't.created_at'])
    .select(
      sql<string[]>`array(select r.repository_id from access_team_repository r where r.team_id = t.id order by 1)`.as(
        'repositories',
      ),
    )
    .select(
      sql<number>`(select count(distinct h.user_id)::int from access_role_held h where h.team_id = t.id)`.as('people'),
    )
    .$if(id !== undefined, (query) => query.where('t.id', '=', id ?? ''))
    .orderBy(sql`lower(t.name)`)
    .limit(teamsMax)
    .execute()
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: timestamp(created_at.getTime()) }))
}

/** @throws team_not_found */
export async function getTeam(db: Db<AccessTables>, id: string): Promise<Team> {
  const [team] = await listTeams(db, id)
  if (team === undefined) throw TeamNotFound({ teamId: id })
  return team
}

/** @throws team_name_taken, team_limit */
export async function makeTeam(db: Db<Tables>, ctx: Context, name: string): Promise<Team> {
  const id = newId('team')
  const count = await db
    .selectFrom('access_team')
    .select((is) => is.fn.countAll<bigint>().as('n'))
    .executeTakeFirstOrThrow()
  if (Number(count.n) >= teamsMax) throw TeamLimit({ max: teamsMax })
  await transact(db, ctx, async (tx, record) => {
    const made = await tx
      .insertInto('access_team')
      .values({ id, name, created_at: new Date(ctx.clock()) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (made === undefined) throw TeamNameTaken({})
    record(teamMade(id, name))
  })
  return getTeam(db, id)
}

/** @throws team_not_found, team_name_taken */
export async function renameTeam(db: Db<Tables>, ctx: Context, id: string, name: string): Promise<Team> {
  await transact(db, ctx, async (tx, record) => {
    const taken = await tx
      .selectFrom('access_team')
      .select('id')
      .where(sql`lower(name)`, '=', sql`lower(${name})`)
      .where('id', '<>', id)
      .executeTakeFirst()
    if (taken !== undefined) throw TeamNameTaken({})
    const changed = await tx
      .updateTable('access_team')
      .set({ name })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) throw TeamNotFound({ teamId: id })
    record(teamRenamed(id, name))
  })
  return getTeam(db, id)
}

/** Removes a team in which nobody holds a role; its repositories belong to none then. @throws team_not_found, team_in_use */
export async function removeTeam(db: Db<Tables>, ctx: Context, id: string): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const team = await tx.selectFrom('access_team').select('id').where('id', '=', id).forUpdate().executeTakeFirst()
    if (team === undefined) throw TeamNotFound({ teamId: id })
    const { rows } = await sql<{
      n: number
    }>`select (select count(*) from access_role_assignment where team_id = ${id})::int
      + (select count(*) from access_role_mapping where team_id = ${id})::int as n`.execute(tx)
    const roles = rows[0]?.n ?? 0
    if (roles > 0) throw TeamInUse({ roles })
    await tx.deleteFrom('access_team_repository').where('team_id', '=', id).execute()
    await tx.deleteFrom('access_team').where('id', '=', id).execute()
    record(teamRemoved(id))
  })
}

/** Says which repositories belong to a team: these and no others. @throws team_not_found, repository_of_another_team */
export async function setRepositories(
  db: Db<Tables>,
  ctx: Context,
  id: string,
  repositories: readonly string[],
): Promise<Team> {
  const wanted = [...new Set(repositories)].sort()
  await transact(db, ctx, async (tx, record) => {
    const team = await tx.selectFrom('access_team').select('id').where('id', '=', id).forUpdate().executeTakeFirst()
    if (team === undefined) throw TeamNotFound({ teamId: id })
    await tx.deleteFrom('access_team_repository').where('team_id', '=', id).execute()
    for (const repositoryId of wanted) {
      const added = await tx
        .insertInto('access_team_repository')
        .values({ repository_id: repositoryId, team_id: id })
        .onConflict((conflict) => conflict.doNothing())
        .returning('team_id')
        .executeTakeFirst()
      if (added === undefined) throw RepositoriesTaken({ repositoryId })
    }
    record(teamRepositories(id, wanted))
  })
  return getTeam(db, id)
}
