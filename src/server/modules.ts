import { type ChangesTables, changesModule, findRepository, targetTitles } from '#domains/changes'
import { type CharterTables, charterModule } from '#domains/charter'
import { approvesChange, type DecisionsTables, decisionsModule } from '#domains/decisions'
import { type EvidenceTables, evidenceModule } from '#domains/evidence'
import { countUses, type ExceptionsTables, exceptionsFor, exceptionsModule, takeOverride } from '#domains/exceptions'
import {
  type GatesTables,
  gateFacet,
  gatesModule,
  judgeCommit,
  judgeRepository,
  mergeGround,
  requestJudging,
  rulesInForce,
} from '#domains/gates'
import { endGrantsOf, type GrantsTables, grantsModule } from '#domains/grants'
import { listGoverned, type PacksTables, packsModule, requestPack } from '#domains/packs'
import { type RiskTables, riskFacet, riskModule } from '#domains/risk'
import { type ViewsTables, viewsModule } from '#domains/views'
import { type AccessTables, accessModule, createOidc, createSignInBrake } from '#kernel/access'
import { type Context, type Ledger, type LedgerTables, ledgerModule, type Module } from '#kernel/ledger'
import {
  createRollouts,
  type PolicyEngine,
  type PolicyTables,
  policyModule,
  type RolesAuthority,
  type Rollouts,
} from '#kernel/policy'
import type { Clock } from '#platform/clock.ts'
import { type Config, defaultConfig } from '#platform/config.ts'
import type { DataFolder } from '#platform/data-folder.ts'
import { type Db, idsAfter } from '#platform/database.ts'
import type { HttpMetrics } from '#platform/http/metrics.ts'
import type { Jobs } from '#platform/jobs.ts'
import type { Log } from '#platform/log.ts'
import { consoleModule } from './console-module.ts'
import { createGovernance } from './governance.ts'
import { liveModule } from './live-module.ts'
import { isSecure } from './secure.ts'
import { systemModule } from './system.ts'
import { createToolStanding } from './tool-standing.ts'

/** Every table there is: composed here once, restated nowhere. */
export type Database = LedgerTables &
  AccessTables &
  PolicyTables &
  ChangesTables &
  EvidenceTables &
  RiskTables &
  GatesTables &
  ExceptionsTables &
  CharterTables &
  PacksTables &
  ViewsTables &
  GrantsTables &
  DecisionsTables

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
  /** Who may do what. */
  readonly authority: RolesAuthority
  readonly service: (name: string) => Context
  readonly failed: () => string | undefined
  readonly version: string
  /** Identity providers may be asked by plain HTTP on this machine: for tests, and for nothing else. */
  readonly loopbackIssuers?: boolean
}

/** The product's table of contents. A capability is one line here and one folder. */
export function createModules(services: Services): Module[] {
  const { loopbackIssuers: allowsLoopback = false } = services
  const oidc = createOidc({ db: services.db, clock: services.clock, log: services.log, allowsLoopback })
  const brake = createSignInBrake(services.db, services.clock, isSecure(services.config))
  const rollouts = rolloutsOf(services)
  const modules: Module[] = [
    ledgerModule({ ...services, isPublic: services.config['ledger.public'] }),
    accessModule({
      db: services.db,
      known: () => permissions,
      secure: isSecure(services.config),
      publicUrl: services.config.publicUrl,
      oidc,
      permissionsOf: (roles) => services.authority.permissionsOf(roles),
      authority: services.authority,
      brake,
      onAccessEnded: [{ records: ['grant.ended'], end: endGrantsOf }],
      ledger: services.ledger,
    }),
    policyModule({
      ...services,
      rollouts,
      sources: () => modules,
      publicUrl: services.config.publicUrl,
      titlesOf: (targets) => targetTitles(services.db, targets),
    }),
    changesModule({
      ...services,
      afterImport: (ctx, id) => requestJudging(services, ctx, id),
      facets: [riskFacet(services.db), gateFacet(services.db)],
    }),
    evidenceModule({
      ...services,
      afterAttached: (tx, ctx, id, commit) => judgeCommit(services.jobs, tx, ctx, id, commit),
    }),
    riskModule(services),
    exceptionsModule({
      ...services,
      findRule: (repositoryId, ruleId) => findRule(rollouts, repositoryId, ruleId),
      afterChange: (tx, ctx, id) => judgeRepository(services.jobs, tx, ctx, id),
    }),
    charterModule(services),
    gatesModule({
      ...services,
      rollouts,
      afterJudging: (ctx, id) => requestPack(services, ctx, id),
      approves: (repositoryId, cited, atMs) => approvesChange(services.db, repositoryId, cited, atMs),
      departures: { exceptionsFor: (id, nowMs) => exceptionsFor(services.db, id, nowMs), countUses, takeOverride },
    }),
    packsModule({ ...services, governance: createGovernance(services) }),
    viewsModule(services),
    grantsModule({
      ...services,
      standing: createToolStanding(services),
      isRepository: async (id) => (await findRepository(services.db, id)) !== undefined,
      repositoriesAfter: (after, limit) => idsAfter(services.db.selectFrom('repository'), after, limit),
    }),
    decisionsModule(services),
    systemModule(services, () => modules),
    liveModule(services),
    consoleModule(services, oidc, brake),
  ]
  const permissions = new Set(modules.flatMap((module) => module.permissions.map((one) => one.name)))
  return modules
}

function rolloutsOf({ db, ledger, policy, authority, folder, service }: Services): Rollouts {
  return createRollouts({ db, ledger, policy, authority, keysFolder: folder.keys, service, ground: mergeGround() })
}

/** A rule among those that decide for a repository. */
async function findRule({ standings }: Rollouts, repositoryId: string, ruleId: string) {
  const { packs } = await standings.of(repositoryId)
  return rulesInForce(undefined, packs).find((one) => one.id === ruleId)
}

/** A governed repository with how far it is. */
interface GovernedRepository {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly headline: string | undefined
  /** When the newest report and pack were made. */
  readonly madeAtMs: number | undefined
  /** Why the last import ended early. */
  readonly problem: string | undefined
  /** Where report and pack lie. */
  readonly folder: string
}

/** The governed repositories with how far each is, for the first start. */
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
