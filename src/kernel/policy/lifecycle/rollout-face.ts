import type { Authority } from '#kernel/access'
import type { Context, Ledger } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { GateGround } from './ground.ts'
import type { Lifecycle, Tables } from './services.ts'
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
  readonly authority: Authority
  /** Where keys lie. */
  readonly keysFolder: string
  readonly service: (name: string) => Context
  readonly ground: GateGround
}

export function createRollouts({ policy: engine, ...services }: Services): Rollouts {
  const standings = createStandings(services.db, services.ground)
  const life: Lifecycle = { ...services, engine, standings }
  return { standings, life, settle: (ids) => settleRollouts(life, services.service('policy'), ids) }
}
