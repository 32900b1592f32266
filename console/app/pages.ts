import type { FunctionComponent } from 'react'

/** On every page, and with it: of a charter that whoever looks has not acknowledged. */
export { CharterReminder } from '../../src/domains/charter/web/reminder.tsx'

export interface PageRoute {
  /** As the router writes it: `/changes/$id`. */
  readonly path: string
  readonly load: () => Promise<{ readonly Page: FunctionComponent }>
  /** What other capabilities add to it, by the name of their place in it. */
  readonly parts?: Readonly<Record<string, () => Promise<{ readonly Part: FunctionComponent }>>>
}

/** In the row of filters of every list. */
const ofLists = { views: () => import('../../src/domains/views/web/saved-views.tsx') }

/** Every page with its address. Each is a script of its own; a capability's pages are one folder and their lines here. */
export const pages: readonly PageRoute[] = [
  {
    path: '/',
    load: () => import('../pages/overview.tsx'),
    parts: {
      gate: () => import('../../src/domains/gates/web/overview-gate.tsx'),
      risk: () => import('../../src/domains/risk/web/overview-risk.tsx'),
    },
  },
  { path: '/settings/health', load: () => import('../pages/health.tsx') },
  { path: '/settings/keys', load: () => import('../pages/keys.tsx') },
  { path: '/settings/preferences', load: () => import('../pages/preferences.tsx') },
  { path: '/settings/sign-in', load: () => import('../../src/kernel/access/web/sign-in.tsx') },
  { path: '/settings/identity-provider', load: () => import('../../src/kernel/access/web/issuers.tsx') },
  { path: '/device', load: () => import('../../src/kernel/access/web/device.tsx') },
  { path: '/settings/tokens', load: () => import('../../src/kernel/access/web/tokens.tsx') },
  { path: '/people/users', load: () => import('../../src/kernel/access/web/people.tsx'), parts: ofLists },
  { path: '/people/groups', load: () => import('../../src/kernel/access/web/groups.tsx'), parts: ofLists },
  { path: '/people/groups/$id', load: () => import('../../src/kernel/access/web/group.tsx') },
  { path: '/people/provisioning', load: () => import('../../src/kernel/access/web/provisioning.tsx') },
  { path: '/people/ci-trusts', load: () => import('../../src/kernel/access/web/ci-trusts.tsx') },
  { path: '/people/recoveries', load: () => import('../../src/kernel/access/web/recoveries.tsx'), parts: ofLists },
  { path: '/people/recoveries/$id', load: () => import('../../src/kernel/access/web/recovery.tsx') },
  { path: '/people/roles', load: () => import('../../src/kernel/policy/web/roles.tsx') },
  {
    path: '/people/role-holdings',
    load: () => import('../../src/kernel/access/web/role-holdings.tsx'),
    parts: ofLists,
  },
  { path: '/people/role-changes', load: () => import('../../src/kernel/access/web/role-changes.tsx'), parts: ofLists },
  { path: '/people/role-changes/$id', load: () => import('../../src/kernel/access/web/role-change.tsx') },
  { path: '/people/teams', load: () => import('../../src/kernel/access/web/teams.tsx') },
  { path: '/agents', load: () => import('../../src/kernel/access/web/agents.tsx') },
  { path: '/agents/$id', load: () => import('../../src/kernel/access/web/agent.tsx') },
  { path: '/people/users/$id', load: () => import('../../src/kernel/access/web/person.tsx') },
  { path: '/ledger', load: () => import('../../src/kernel/ledger/web/records.tsx'), parts: ofLists },
  { path: '/ledger/records/$id', load: () => import('../../src/kernel/ledger/web/record.tsx') },
  { path: '/ledger/checkpoints', load: () => import('../../src/kernel/ledger/web/checkpoints.tsx') },
  { path: '/changes', load: () => import('../../src/domains/changes/web/changes.tsx'), parts: ofLists },
  {
    path: '/changes/$id',
    load: () => import('../../src/domains/changes/web/change.tsx'),
    parts: {
      gate: () => import('../../src/domains/gates/web/change-gate.tsx'),
      risk: () => import('../../src/domains/risk/web/change-risk.tsx'),
      evidence: () => import('../../src/domains/evidence/web/change-evidence.tsx'),
      decisions: () => import('../../src/kernel/policy/web/change-decisions.tsx'),
    },
  },
  { path: '/grants', load: () => import('../../src/domains/grants/web/grants.tsx'), parts: ofLists },
  { path: '/grants/$id', load: () => import('../../src/domains/grants/web/grant.tsx') },
  { path: '/grant-settings', load: () => import('../../src/domains/grants/web/settings.tsx') },
  { path: '/ai-free-periods', load: () => import('../../src/domains/grants/web/periods.tsx') },
  {
    path: '/architecture-decisions',
    load: () => import('../../src/domains/decisions/web/decisions.tsx'),
    parts: ofLists,
  },
  { path: '/architecture-decisions/$id', load: () => import('../../src/domains/decisions/web/decision.tsx') },
  { path: '/policy/decisions', load: () => import('../../src/kernel/policy/web/decisions.tsx'), parts: ofLists },
  { path: '/policy/decisions/$id', load: () => import('../../src/kernel/policy/web/decision.tsx') },
  { path: '/policy/versions', load: () => import('../../src/kernel/policy/web/life/versions.tsx') },
  { path: '/policy/versions/$pack/$version', load: () => import('../../src/kernel/policy/web/life/version.tsx') },
  { path: '/policy/settings', load: () => import('../../src/kernel/policy/web/settings/settings.tsx') },
  { path: '/policy/rollouts/$id', load: () => import('../../src/kernel/policy/web/life/rollout.tsx') },
  { path: '/policy/engines', load: () => import('../../src/kernel/policy/web/opa/engines.tsx') },
  { path: '/policy/packs', load: () => import('../../src/domains/gates/web/rule-packs.tsx') },
  { path: '/policy/packs/$id', load: () => import('../../src/domains/gates/web/rule.tsx') },
  {
    path: '/policy/exceptions',
    load: () => import('../../src/domains/exceptions/web/exceptions.tsx'),
    parts: ofLists,
  },
  { path: '/policy/exceptions/$id', load: () => import('../../src/domains/exceptions/web/exception.tsx') },
  { path: '/policy/overrides', load: () => import('../../src/domains/exceptions/web/overrides.tsx'), parts: ofLists },
  { path: '/policy/overrides/$id', load: () => import('../../src/domains/exceptions/web/override.tsx') },
  { path: '/policy/charter', load: () => import('../../src/domains/charter/web/charter.tsx') },
  { path: '/policy/charter/propose', load: () => import('../../src/domains/charter/web/propose.tsx') },
  { path: '/policy/charter/proposals/$id', load: () => import('../../src/domains/charter/web/proposal.tsx') },
  { path: '/repositories', load: () => import('../../src/domains/changes/web/repositories.tsx') },
  { path: '/repositories/$id/rules', load: () => import('../../src/domains/gates/web/rules-file.tsx') },
  {
    path: '/assurance/evidence',
    load: () => import('../../src/domains/evidence/web/evidence-list.tsx'),
    parts: ofLists,
  },
  { path: '/assurance/evidence/$id', load: () => import('../../src/domains/evidence/web/evidence.tsx') },
  { path: '/assurance/risk', load: () => import('../../src/domains/risk/web/risks.tsx'), parts: ofLists },
  { path: '/packs', load: () => import('../../src/domains/packs/web/packs.tsx') },
]

/** Watches the past on every page. */
export const pastGuard = () => import('../../src/kernel/ledger/web/past-guard.tsx')
