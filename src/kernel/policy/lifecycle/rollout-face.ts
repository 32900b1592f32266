import type { AccessTables } from '#kernel/access'
import type { Context, Ledger } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { GateGround } from './ground.ts'
import type { Lifecycle, Tables, TeamsOf } from './services.ts'
import { settleRollouts } from './settle.ts'
import { createStandings, type Standings } from './standing.ts'

/** What a gate needs of the life cycle of policies. */
export interface Rollouts {
  readonly standings: Standings
  /** Promotes those of the roll-outs whose stage is over, and takes back those beyond their limits. */
  readonly settle: (rolloutIds: readonly string[]) => Promise<void>
  readonly life: Lifecycle
}

interface Services {
  readonly db: Db<Tables>
  readonly ledger: Ledger
  readonly policy: PolicyEngine
  /** Where keys lie. */
  readonly keysFolder: string
  readonly service: (name: string) => Context
  readonly ground: GateGround
  readonly teamsOf?: TeamsOf
}

export function createRollouts({
  db,
  ledger,
  policy,
  keysFolder,
  service,
  ground,
  teamsOf = noTeams,
}: Services): Rollouts {
  const standings = createStandings(db, ground, teamsOf)
  const life: Lifecycle = { db, ledger, engine: policy, ground, standings, keysFolder, teamsOf, rolesOf, service }
  return { standings, life, settle: (ids) => settleRollouts(life, service('policy'), ids) }
}

async function noTeams(): Promise<readonly string[]> {
  return []
}

async function rolesOf(db: Pick<Db<AccessTables>, 'selectFrom'>, userId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('access_user').select('role').where('id', '=', userId).execute()
  return rows.map((row) => row.role)
}
