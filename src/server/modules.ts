import { type ChangesTables, changesModule } from '#domains/changes'
import { type EvidenceTables, evidenceModule } from '#domains/evidence'
import { type GatesTables, gatesModule, judgeCommit, requestJudging } from '#domains/gates'
import { listGoverned, type PacksTables, packsModule, requestPack } from '#domains/packs'
import { type RiskTables, riskModule } from '#domains/risk'
import { type AccessTables, accessModule } from '#kernel/access'
import { type Context, type Ledger, type LedgerTables, ledgerModule, type Module } from '#kernel/ledger'
import { type PolicyEngine, type PolicyTables, policyModule } from '#kernel/policy'
import type { Clock } from '#platform/clock.ts'
import { type Config, defaultConfig } from '#platform/config.ts'
import type { DataFolder } from '#platform/data-folder.ts'
import type { Db } from '#platform/database.ts'
import type { HttpMetrics } from '#platform/http/metrics.ts'
import type { Jobs } from '#platform/jobs.ts'
import type { Log } from '#platform/log.ts'
import { createGovernance } from './governance.ts'
import { type GovernedRepository, shownMax } from './pages.ts'
import { pagesModule } from './pages-module.ts'
import { systemModule } from './system.ts'

/** Every table there is: composed here once, restated nowhere. */
export type Database = LedgerTables &
  AccessTables &
  PolicyTables &
  ChangesTables &
  EvidenceTables &
  RiskTables &
  GatesTables &
  PacksTables

/** What modules are made of. */
export interface Services {
  readonly config: Config
  readonly db: Db<Database>
  readonly ledger: Ledger
  readonly jobs: Jobs
  readonly folder: DataFolder
  readonly clock: Clock
  readonly log: Log
  readonly metrics: HttpMetrics
  /** Decides; its threads start with the first question. */
  readonly policy: PolicyEngine
  readonly service: (name: string) => Context
  readonly failed: () => string | undefined
  readonly version: string
}

/** The product's table of contents. A capability is one line here and one folder. */
export function createModules(services: Services): Module[] {
  const modules: Module[] = [
    ledgerModule({ ...services, isPublic: services.config['ledger.public'] }),
    accessModule(services.db, () => permissions),
    policyModule(services),
    changesModule({ ...services, afterImport: (ctx, id) => requestJudging(services, ctx, id) }),
    evidenceModule({
      ...services,
      afterAttached: (tx, ctx, id, commit) => judgeCommit(services.jobs, tx, ctx, id, commit),
    }),
    riskModule(services),
    gatesModule({ ...services, afterJudging: (ctx, id) => requestPack(services, ctx, id) }),
    packsModule({ ...services, governance: createGovernance(services) }),
    systemModule(services, () => modules),
    pagesModule(services, () => governed(services, { limit: shownMax })),
  ]
  const permissions = new Set(modules.flatMap((module) => module.permissions.map((one) => one.name)))
  return modules
}

/** The governed repositories with how far each is, for the home page and the first start. */
export async function governed(services: Services, which: Which): Promise<readonly GovernedRepository[]> {
  return listGoverned(services, which)
}

interface Which {
  readonly limit: number
  readonly id?: string
}

/** The modules as the default settings make them, without anything behind: for migrations, documentation and tests. */
export function describeModules(): Module[] {
  const refuse = () => {
    throw new Error('a module used its services while it was only described')
  }
  // whatever is read of it may be read further; whatever is called refuses
  const nothing: object = new Proxy(refuse, { get: () => nothing })
  const described: Partial<Services> = { config: defaultConfig() }
  return createModules(new Proxy(described as Services, { get: (known, name) => Reflect.get(known, name) ?? nothing }))
}
