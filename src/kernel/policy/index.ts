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
import { lifecycleErrors } from './lifecycle/errors.ts'
import { lifecycleEvents } from './lifecycle/events.ts'
import { rolloutJob } from './lifecycle/job.ts'
import { reminderJob } from './lifecycle/reminders.ts'
import reviewPolicies from './lifecycle/review.cedar?raw'
import reviewSchema from './lifecycle/review.cedarschema?raw'
import { policyVersionResource, versionsAfter } from './lifecycle/review.ts'
import { policyMakers, policyReviewers, policyWriters } from './lifecycle/roles.ts'
import type { Rollouts } from './lifecycle/rollout-face.ts'
import { lifecycleRoutes } from './lifecycle/routes.ts'
import migration from './migrations/0001-policy.sql?raw'
import accessMigration from './migrations/0002-access.sql?raw'
import lifecycleMigration from './migrations/0003-lifecycle.sql?raw'
import opaMigration from './migrations/0004-opa.sql?raw'
import settingsMigration from './migrations/0005-settings.sql?raw'
import remindersMigration from './migrations/0006-reminders.sql?raw'
import { opaErrors } from './opa/errors.ts'
import { opaEvents } from './opa/events.ts'
import { opaRoutes } from './opa/routes.ts'
import { policyEvents } from './records/events.ts'
import { decisionRoutes } from './records/routes.ts'
import type { PolicyTables } from './records/store.ts'
import type { TitlesOf } from './records/summary.ts'
import { loadSettings } from './settings/change.ts'
import { settingsErrors } from './settings/errors.ts'
import { settingsEvents } from './settings/events.ts'
import { settingsPermissions } from './settings/permissions.ts'
import { settingsRoutes } from './settings/routes.ts'
import settingsPolicies from './settings/settings.cedar?raw'
import settingsSchema from './settings/settings.cedarschema?raw'

export { createAuthority, type Principal, type RolesAuthority } from './authority/authority.ts'
export { compileCedar } from './cedar/compile-apart.ts'
export type { CedarPolicies, CedarPolicy } from './cedar/policies.ts'
export { createPolicyEngine, type EngineFigures, isUnanswered, type PolicyEngine } from './engine/engine.ts'
export { engines } from './engines.ts'
export { PolicyEngineDiffers, PolicySettingInvalid, PolicySnapshotInvalid } from './errors.ts'
export { applicableSettings } from './lifecycle/applicable-settings.ts'
export { checkPack, isFixedRule } from './lifecycle/check.ts'
export { diffPacks, type PackDiff } from './lifecycle/diff.ts'
export { PolicyVersionUnusable } from './lifecycle/errors.ts'
export { flipOf } from './lifecycle/flips.ts'
export type { GateGround } from './lifecycle/ground.ts'
export { assessImpact, type Impact } from './lifecycle/impact.ts'
export { createRollouts, type Rollouts } from './lifecycle/rollout-face.ts'
export { Candidate } from './lifecycle/rollout-model.ts'
export type { Standing, Standings, Trial } from './lifecycle/standing.ts'
export type * from './model.ts'
export { type AskBound, type BoundEngines, createBoundEngines, nothingBound } from './opa/ask.ts'
export { compilePack, type Pack } from './pack/pack.ts'
export type { ParamDefinition, ParamValue } from './pack/params.ts'
export type { Rule } from './pack/rule.ts'
export type { TestReport } from './pack-tests/report.ts'
export { runTests } from './pack-tests/run-apart.ts'
export { createPolicySet, openPolicySet, type PolicySet, type Settings } from './policy-set.ts'
export { type QuestionText, questionText, readQuestion } from './question.ts'
export { policyAttachments } from './records/attachments.ts'
export { DecisionData, DecisionMade } from './records/events.ts'
export { type Decision, type RecordedDecision, recordDecision, recordDecisions } from './records/record.ts'
export { openQuestion, type Replay, type ReplayInput, replay, replayDecision } from './records/replay.ts'
export { answersOf, findDecision, findSnapshot, type PolicyTables, type RuleAnswer } from './records/store.ts'
export { type Floors, type Lowered, noFloors, type SetBy, underFloors } from './settings/floors.ts'
export { verdictBytes, verdictDigest } from './verdict.ts'

interface Services {
  readonly db: Db<PolicyTables & AccessTables & LedgerTables>
  readonly ledger: Ledger
  readonly policy: PolicyEngine
  readonly rollouts: Rollouts
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
  const { db, ledger, policy, rollouts, titlesOf, authority, sources, publicUrl } = services
  return {
    name: 'policy',
    migrations: [
      { number: 1, name: 'policy', sql: migration },
      { number: 2, name: 'access', sql: accessMigration },
      { number: 3, name: 'lifecycle', sql: lifecycleMigration },
      { number: 4, name: 'opa', sql: opaMigration },
      { number: 5, name: 'settings', sql: settingsMigration },
      { number: 6, name: 'reminders', sql: remindersMigration },
    ],
    searchIndexes: ['decision_answers_words', 'decision_answers_rules'],
    routes: [
      ...decisionRoutes({ db, ledger, engine: policy, titlesOf }),
      ...authorityRoutes({ db, authority, sources }),
      ...lifecycleRoutes(rollouts.life),
      ...settingsRoutes(rollouts.life),
      ...opaRoutes({ db, engine: policy }),
      ...authzenRoutes({ db, authority, sources, publicUrl }),
    ],
    events: [
      ...policyEvents,
      ...authorityEvents,
      ...lifecycleEvents,
      ...settingsEvents,
      ...opaEvents,
      ...authzenEvents,
    ],
    errors: [...policyErrors, ...lifecycleErrors, ...settingsErrors, ...opaErrors, ...authzenErrors],
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
      { name: 'policy:read', about: 'read policy packs, their versions and roll-outs', roles: personRoles },
      {
        name: 'policy:write',
        about: 'write drafts of policies, have them checked, tested and replayed, and ask people about them',
        roles: policyWriters,
      },
      {
        name: 'policy:review',
        about: 'answer about drafts of policies and review them, with a passkey',
        roles: policyReviewers,
      },
      { name: 'policy:publish', about: 'publish policies that were reviewed, and retire them', roles: policyMakers },
      {
        name: 'policy:roll-out',
        about: 'roll published policies out, promote and take them back',
        roles: policyMakers,
      },
      ...settingsPermissions,
    ],
    access: {
      schema: `${reviewSchema}${settingsSchema}`,
      policies: `${reviewPolicies}\n${settingsPolicies}`,
      load: {
        PolicyVersion: (id) => policyVersionResource(rollouts.life, id),
        PolicySettings: (scope) => loadSettings(rollouts.life, scope),
      },
      list: { PolicyVersion: (after, limit) => versionsAfter(rollouts.life, after, limit) },
    },
    jobs: [rolloutJob(rollouts.life), reminderJob(rollouts.life)],
  }
}
