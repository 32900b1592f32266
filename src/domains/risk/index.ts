import type { ChangesTables } from '#domains/changes'
import type { LedgerTables, Module } from '#kernel/ledger'
import { personRoles, programs } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { RulesTooSlow } from './errors.ts'
import { RiskAssessed } from './events.ts'
import migration from './migrations/0001-risk.sql?raw'
import nowMigration from './migrations/0002-now.sql?raw'
import { riskRoutes } from './routes.ts'
import { rulesRoutes } from './rules-routes.ts'
import type { RiskTables } from './store.ts'

export { type AiStatement, assess, createAssessor, type Review, type RiskInput } from './assess.ts'
export { type DescribedRule, describeRules, type JudgedPath, pathsJudge } from './describe-rules.ts'
export { riskFacet } from './facet.ts'
export { inputsOf } from './inputs.ts'
export { Complexity, DataLevel, RegulatoryImpact, RiskLevel, score } from './matrix.ts'
export { Assessment, Control, Factor } from './model.ts'
export { lookedAt } from './people.ts'
export { type ParameterValue, type RepositoryRules, RulesProblem } from './rules.ts'
export { readRules, rulesPath } from './rules-file.ts'
export { rulesBytesMax } from './rules-schema.ts'
export {
  type Assessed,
  type AssessOptions,
  assessChanges,
  newestRules,
  recordAssessments,
  rulesTextAt,
  type Told,
} from './service.ts'
export { assessmentRecords, latestAssessments, type RiskTables, type StoredAssessment } from './store.ts'

/** How risky each change is, and why: path rules, complexity, attribution and review in one matrix. */
export function riskModule(services: { readonly db: Db<RiskTables & ChangesTables & LedgerTables> }): Module {
  return {
    name: 'risk',
    migrations: [
      { number: 1, name: 'risk', sql: migration },
      { number: 2, name: 'now', sql: nowMigration },
    ],
    routes: [...riskRoutes(services.db), ...rulesRoutes(services.db)],
    events: [RiskAssessed],
    errors: [RulesTooSlow],
    permissions: [
      {
        name: 'risk:read',
        about: 'read the risk of changes and the rules behind it',
        roles: [...personRoles, ...programs],
      },
    ],
    jobs: [],
  }
}
