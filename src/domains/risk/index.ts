import type { Module } from '#kernel/ledger'
import { RiskAssessed } from './events.ts'
import migration from './migrations/0001-risk.sql?raw'

export { type AiStatement, assess, createAssessor, type Review, type RiskInput } from './assess.ts'
export { inputsOf } from './inputs.ts'
export { Complexity, DataLevel, RegulatoryImpact, RiskLevel, score } from './matrix.ts'
export { Assessment, Control, Factor } from './model.ts'
export { type RepositoryRules, type RulesProblem, shippedDefaults } from './rules.ts'
export { readRules, rulesPath } from './rules-file.ts'
export { rulesBytesMax } from './rules-schema.ts'
export { type Assessed, assessChanges, recordAssessments, rulesTextAt } from './service.ts'
export { latestAssessments, type RiskTables, type StoredAssessment } from './store.ts'

export function riskModule(_services: object): Module {
  return {
    name: 'risk',
    migrations: [{ number: 1, name: 'risk', sql: migration }],
    routes: [],
    events: [RiskAssessed],
    errors: [],
    permissions: [],
    jobs: [],
  }
}
