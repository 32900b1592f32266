import type { Selectable } from 'kysely'
import type { AccessTables } from '#kernel/access'
import type { Db, Write } from '#platform/database.ts'
import { PolicySettingsChanged } from './errors.ts'
import { type Floor, type Floors, organizationScope } from './floors.ts'
import { noSettings, PolicySettingsBody } from './model.ts'
import type { SettingsTables } from './tables.ts'

type Read = Pick<Db<SettingsTables & AccessTables>, 'selectFrom'>

export type SettingsRow = Selectable<SettingsTables['policy_settings']>

/** What the organization set, and the team that a repository belongs to; of the organization alone where no repository is given. */
export async function floorsOf(db: Read, repositoryId: string | undefined): Promise<Floors> {
  const rows = await db
    .selectFrom('policy_settings as s')
    .leftJoin('access_team as t', 't.id', 's.team_id')
    .select(['s.scope', 's.body', 't.name'])
    .where((is) =>
      is.or([
        is('s.scope', '=', organizationScope),
        is(
          's.team_id',
          '=',
          is
            .selectFrom('access_team_repository as r')
            .select('r.team_id')
            .where('r.repository_id', '=', repositoryId ?? ''),
        ),
      ]),
    )
    .execute()
  return floorsFrom(rows.map(({ scope, name, body }) => ({ scope, teamName: name, settings: readBody(body) })))
}

interface ScopeSettings {
  readonly scope: string
  readonly teamName: string | null
  readonly settings: PolicySettingsBody
}

/** Of scopes in any order; those that set nothing are left out. */
export function floorsFrom(scopes: readonly ScopeSettings[]): Floors {
  const organization = scopes.filter((one) => one.scope === organizationScope)
  const teams = scopes.filter((one) => one.scope !== organizationScope)
  return {
    levels: [...organization, ...teams].flatMap(({ scope, teamName, settings: { modes, params } }): Floor[] =>
      Object.keys(modes).length + Object.keys(params).length === 0 ? [] : [{ scope, teamName, modes, params }],
    ),
    repositoriesMayLower: organization.every((one) => one.settings.repositoriesMayLower),
  }
}

export async function findRow(db: Read, scope: string): Promise<SettingsRow | undefined> {
  return db.selectFrom('policy_settings').selectAll().where('scope', '=', scope).executeTakeFirst()
}

export function settingsOf(row: Pick<SettingsRow, 'body'> | undefined): PolicySettingsBody {
  return row === undefined ? noSettings : readBody(row.body)
}

/** Written by us; read by its schema, so that a damaged row fails instead of loosening. */
function readBody(body: string): PolicySettingsBody {
  return PolicySettingsBody.parse(JSON.parse(body))
}

interface Kept {
  readonly scope: string
  /** Of the settings that are replaced. */
  readonly revision: number
}

/** Makes the row of a scope that has none yet. */
export async function ensureRow(tx: Write<SettingsTables>, scope: string, teamId: string | null): Promise<void> {
  await tx
    .insertInto('policy_settings')
    .values({
      ...{ scope, team_id: teamId, revision: 0, body: JSON.stringify(noSettings), changed_at: null, changed_by: null },
      ...noProposal,
    })
    .onConflict((conflict) => conflict.column('scope').doNothing())
    .execute()
}

/** Writes to the row that was read, and to no other. @throws policy_settings_changed */
export async function updateRow(
  tx: Write<SettingsTables>,
  { scope, revision }: Kept,
  set: Partial<Omit<SettingsRow, 'scope' | 'team_id'>>,
  digest?: string,
): Promise<void> {
  const updated = await tx
    .updateTable('policy_settings')
    .set(set)
    .where('scope', '=', scope)
    .where('revision', '=', revision)
    .$if(digest !== undefined, (is) => is.where('proposal_digest', '=', digest ?? ''))
    .returning('scope')
    .executeTakeFirst()
  if (updated !== undefined) return
  const now = await tx.selectFrom('policy_settings').select('revision').where('scope', '=', scope).executeTakeFirst()
  throw PolicySettingsChanged({ revision: now?.revision ?? 0 })
}

export const noProposal = { proposal: null, proposal_digest: null, proposed_by: null, proposed_at: null }
