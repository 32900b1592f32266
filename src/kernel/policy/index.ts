import type { AccessTables } from '#kernel/access'
import type { Ledger, LedgerTables, Module } from '#kernel/ledger'
import { assurance, personRoles } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { RolesAuthority } from './authority/authority.ts'
import type { AccessSource } from './authority/compose.ts'
import { authorityEvents } from './authority/events.ts'
import { authorityRoutes } from './authority/routes.ts'
import { authzenErrors } from './authzen/errors.ts'
import { authzenEvents } from './authzen/events.ts'
import { authzenRoutes } from './authzen/routes.ts'
import type { PolicyEngine } from './engine/engine.ts'
import { policyErrors } from './errors.ts'
import migration from './migrations/0001-policy.sql?raw'
import accessMigration from './migrations/0002-access.sql?raw'
import opaMigration from './migrations/0003-opa.sql?raw'
import { opaErrors } from './opa/errors.ts'
import { opaEvents } from './opa/events.ts'
import { opaRoutes } from './opa/routes.ts'
import { policyEvents } from './records/events.ts'
import { decisionRoutes, type TitlesOf } from './records/routes.ts'
import type { PolicyTables } from './records/store.ts'

export { createAuthority, type Principal, type RolesAuthority } from './authority/authority.ts'
export { compileCedar } from './cedar/compile-apart.ts'
export type { CedarPolicies, CedarPolicy } from './cedar/policies.ts'
export { createPolicyEngine, type EngineFigures, isUnanswered, type PolicyEngine } from './engine/engine.ts'
export { engines } from './engines.ts'
export { PolicyEngineDiffers, PolicySettingInvalid, PolicySnapshotInvalid } from './errors.ts'
export type * from './model.ts'
export { type AskBound, type BoundEngines, createBoundEngines, nothingBound } from './opa/ask.ts'
export { compilePack, type Pack } from './pack/pack.ts'
export type { ParamDefinition, ParamValue } from './pack/params.ts'
export type { Rule } from './pack/rule.ts'
export { createPolicySet, openPolicySet, type PolicySet, type Settings } from './policy-set.ts'
export { type QuestionText, questionText, readQuestion } from './question.ts'
export { policyAttachments } from './records/attachments.ts'
export { DecisionData, DecisionMade } from './records/events.ts'
export { type Decision, type RecordedDecision, recordDecision, recordDecisions } from './records/record.ts'
export { openQuestion, type Replay, type ReplayInput, replay, replayDecision } from './records/replay.ts'
export { answersOf, findDecision, findSnapshot, type PolicyTables, type RuleAnswer } from './records/store.ts'
export { verdictBytes, verdictDigest } from './verdict.ts'

interface Services {
  readonly db: Db<PolicyTables & AccessTables & LedgerTables>
  readonly ledger: Ledger
  readonly policy: PolicyEngine
  /** Titles of those of the targets (`type:id`) that have one, by target: of changes and commits, which others know. */
  readonly titlesOf?: TitlesOf
  readonly authority: RolesAuthority
  /** The modules of the product, whose things can be asked about. */
  readonly sources: () => readonly AccessSource[]
  /** Where gateways reach us; undefined where only this machine does. */
  readonly publicUrl: string | undefined
}

/** What must hold: rules over facts, who may do what, and a record of each decision. */
export function policyModule(services: Services): Module {
  const { db, ledger, policy, titlesOf, authority, sources, publicUrl } = services
  return {
    name: 'policy',
    migrations: [
      { number: 1, name: 'policy', sql: migration },
      { number: 2, name: 'access', sql: accessMigration },
      { number: 3, name: 'opa', sql: opaMigration },
    ],
    routes: [
      ...decisionRoutes({ db, ledger, engine: policy, titlesOf }),
      ...authorityRoutes({ db, authority, sources }),
      ...opaRoutes({ db, engine: policy }),
      ...authzenRoutes({ db, authority, sources, publicUrl }),
    ],
    events: [...policyEvents, ...authorityEvents, ...opaEvents, ...authzenEvents],
    errors: [...policyErrors, ...opaErrors, ...authzenErrors],
    permissions: [
      {
        name: 'decision:read',
        about: 'read decisions with what each rule answered, and have them made again',
        roles: personRoles,
      },
      {
        name: 'decision:facts',
        about: 'open the facts that a decision rests on; each read is recorded',
        roles: assurance,
      },
      {
        name: 'opa:read',
        about: 'list and check the policy engines (OPA) that are bound to gates',
        roles: [...assurance, 'platform-administrator'],
      },
      {
        name: 'opa:write',
        about: 'bind policy engines (OPA) to gates, and send bundles for them',
        roles: ['security', 'platform-administrator'],
      },
      { name: 'opa:log', about: 'send the decision log of an OPA', roles: ['service'] },
      {
        name: 'authzen:evaluate',
        about: 'ask by AuthZEN what anybody here may do, as a gateway does',
        roles: ['service'],
      },
    ],
    jobs: [],
  }
}
