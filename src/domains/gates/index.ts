import type { Context, LedgerTables, Module } from '#kernel/ledger'
import { developers, personRoles, programs } from '#kernel/ledger'
import type { PolicyEngine, Rollouts } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import deployPolicies from './access/deploy.cedar?raw'
import deploySchema from './access/deploy.cedarschema?raw'
import type { Departures } from './departures.ts'
import { gatesErrors } from './errors.ts'
import { judgeJob } from './jobs.ts'
import type { ApprovesChange } from './judge.ts'
import migration from './migrations/0001-gates.sql?raw'
import resultsMigration from './migrations/0002-results.sql?raw'
import shapesMigration from './migrations/0003-shapes.sql?raw'
import exceptionsMigration from './migrations/0004-exceptions.sql?raw'
import { createPolicySource } from './policy.ts'
import { gateRoutes } from './routes.ts'
import type { Tables } from './service.ts'

export { clauseFigures } from './clause-figures.ts'
export { ReportRefused } from './errors.ts'
export { gateFacet } from './facet.ts'
export { supplyOf } from './facts/howto.ts'
export { factsSchemas, mergeFactsSchema } from './facts/schema.ts'
export { exitCode, GateRun } from './gate-run.ts'
export { type ChangeGovernance, governanceOf } from './governance.ts'
export { judgeCommit, judgeRepository, requestJudging } from './jobs.ts'
export { type Judge, runOf } from './judge.ts'
export { judgeLocally } from './local.ts'
export { builtInPacks, createPolicySource, mergeGround, ruleTitles } from './policy.ts'
export { present, presentations } from './present/index.ts'
export { rulesInForce } from './rules-in-force.ts'
export { judgeChanges } from './service.ts'
export { type GatesTables, type StoredVerdict, verdictsOf } from './store.ts'

interface Services {
  readonly db: Db<Tables & LedgerTables>
  readonly policy: PolicyEngine
  /** Versions of policies that are in force or being rolled out. */
  readonly rollouts: Rollouts
  readonly service: (name: string) => Context
  /** What follows when verdicts are new: reports and packs, which this domain knows nothing of. */
  readonly afterJudging: (ctx: Context, repositoryId: string) => Promise<void>
  readonly approves: ApprovesChange
  readonly departures: Departures
}

/** The merge gate: facts of a change, the built-in rules, and what they say. */
export function gatesModule(services: Services): Module {
  const judge = {
    engine: services.policy,
    policy: createPolicySource(services.rollouts.standings),
    settle: services.rollouts.settle,
    approves: services.approves,
    departures: services.departures,
  }
  return {
    name: 'gates',
    migrations: [
      { number: 1, name: 'gates', sql: migration },
      { number: 2, name: 'results', sql: resultsMigration },
      { number: 3, name: 'shapes', sql: shapesMigration },
      { number: 4, name: 'exceptions', sql: exceptionsMigration },
    ],
    routes: gateRoutes(services.db, judge),
    events: [],
    errors: gatesErrors,
    permissions: [
      {
        name: 'gate:read',
        about: 'read what the gates said of changes, and the rules in force',
        roles: [...personRoles, ...programs],
      },
      {
        name: 'gate:run',
        about: 'ask a gate about a change; the answer is recorded',
        roles: [...developers, 'security', ...programs],
      },
    ],
    access: { schema: deploySchema, policies: deployPolicies },
    jobs: [judgeJob(services, judge)],
  }
}
