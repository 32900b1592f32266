import { type Assertion, listTeams, requireSecondPerson, takeApproval } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { digestOf } from '../digest.ts'
import type { Lifecycle } from '../lifecycle/services.ts'
import { differencesOf } from './differences.ts'
import {
  PolicySettingNotHere,
  PolicySettingsChanged,
  PolicySettingsNotProposed,
  PolicySettingsScopeNotFound,
} from './errors.ts'
import {
  type SettingsChange,
  settingsChanged,
  settingsProposed,
  settingsRejected,
  settingsWithdrawn,
} from './events.ts'
import { noFloors, organizationScope } from './floors.ts'
import { type ChangeSettings, PolicySettingsBody } from './model.ts'
import { looseningsOf, refuseLooser } from './refuse-looser.ts'
import { ensureRow, findRow, noProposal, type SettingsRow, settingsOf, updateRow } from './store.ts'

/** Who can let the organization's settings be loosened. */
const approvers = ['owner', 'security']
export const settingsSubject = 'policy-settings'

export interface Place {
  readonly scope: string
  readonly teamId: string | null
  readonly teamName: string | null
}

/** @throws policy_settings_scope_not_found */
export async function placeOf({ db }: Pick<Lifecycle, 'db'>, scope: string): Promise<Place> {
  if (scope === organizationScope) return { scope, teamId: null, teamName: null }
  const [team] = await listTeams(db, scope)
  if (team === undefined) throw PolicySettingsScopeNotFound({ scope })
  return { scope, teamId: team.id, teamName: team.name }
}

/** As policies see it. */
export function settingsResource({ scope, teamId }: Pick<Place, 'scope' | 'teamId'>, row: SettingsRow | undefined) {
  const attrs = { isOrganization: scope === organizationScope, proposer: row?.proposed_by ?? '' }
  return { type: 'PolicySettings', id: scope, team: teamId, attrs }
}

/** For the policies' own questions. */
export async function loadSettings(life: Lifecycle, scope: string) {
  try {
    return settingsResource(await placeOf(life, scope), await findRow(life.db, scope))
  } catch (error) {
    if (PolicySettingsScopeNotFound.is(error)) return undefined
    throw error
  }
}

/**
 * Sets what a scope makes stricter. What would loosen the organization's is proposed, and another person decides; everything else
 * holds at once. Nothing is recorded where nothing differs.
 *
 * @throws policy_settings_scope_not_found, access_denied, policy_settings_changed, policy_setting_not_here,
 * policy_setting_invalid, policy_setting_looser, policy_setting_not_comparable, second_person_required
 */
export async function changeSettings(
  life: Lifecycle,
  ctx: Context,
  scope: string,
  { settings, revision, reason }: ChangeSettings,
): Promise<void> {
  const { db } = life
  const place = await placeOf(life, scope)
  const row = await findRow(db, scope)
  await life.authority.require(ctx, 'policy-settings:write', settingsResource(place, row))
  if ((row?.revision ?? 0) !== revision) throw PolicySettingsChanged({ revision: row?.revision ?? 0 })
  const isOrganization = place.teamId === null
  if (!isOrganization && !settings.repositoriesMayLower) throw PolicySettingNotHere({ setting: 'repositoriesMayLower' })
  const before = settingsOf(row)
  const packs = await life.standings.inForce()
  refuseLooser({ packs, floors: isOrganization ? noFloors : await life.standings.floors() }, before, settings)
  const change = changeOf(scope, before, settings)
  if (change.differences.length === 0) return
  const isProposed = isOrganization && looseningsOf(packs, before, settings).length > 0
  if (isProposed) await requireSecondPerson(db, 1, approvers, [ctx.actor.id])
  const resource = async () => settingsResource(place, row)
  await life.authority.act(db, ctx, { action: 'policy-settings:write', resource }, async (tx, record) => {
    await ensureRow(tx, scope, place.teamId)
    const at = new Date(ctx.clock())
    if (isProposed) {
      const proposal = { settings, reason }
      const digest = digestOf(
        canonicalize({ scope, revision, ...proposal, by: ctx.actor.id, at: at.toISOString() } as Json),
      )
      const proposed = { proposal: JSON.stringify(proposal), proposal_digest: digest, proposed_at: at }
      await updateRow(tx, { scope, revision }, { ...proposed, proposed_by: ctx.actor.id })
      record(settingsProposed(change, reason))
      return
    }
    const next = { body: JSON.stringify(settings), revision: revision + 1, changed_at: at, changed_by: ctx.actor.id }
    await updateRow(tx, { scope, revision }, { ...next, ...noProposal })
    record(settingsChanged(change, { revision: revision + 1, reason }))
  })
}

function changeOf(scope: string, before: PolicySettingsBody, after: PolicySettingsBody): SettingsChange {
  const digest = (body: PolicySettingsBody) => digestOf(canonicalize(body as unknown as Json))
  return { scope, before: digest(before), after: digest(after), differences: differencesOf(before, after) }
}

interface Proposal {
  readonly settings: PolicySettingsBody
  readonly reason: string
}

/** Written by us. */
export function proposalOf({ proposal }: Pick<SettingsRow, 'proposal'>): Proposal | undefined {
  if (proposal === null) return undefined
  const { settings, reason }: Proposal = JSON.parse(proposal)
  return { settings: PolicySettingsBody.parse(settings), reason }
}

export interface SettingsDecision {
  readonly decision: 'approve' | 'reject'
  /** Of the proposal that was read. */
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Decides by a passkey what another person proposed; what is approved holds at once.
 *
 * @throws policy_settings_scope_not_found, policy_settings_not_proposed, access_denied, policy_settings_changed, and those of
 * `takeApproval`
 */
export async function decideSettings(
  life: Lifecycle,
  ctx: Context,
  scope: string,
  { decision, digest, assertion }: SettingsDecision,
): Promise<void> {
  const place = await placeOf(life, scope)
  const row = await findRow(life.db, scope)
  const proposed = row?.proposal_digest === digest ? proposalOf(row) : undefined
  if (row === undefined || proposed === undefined) throw PolicySettingsNotProposed({ scope })
  const { revision } = row
  const resource = async () => settingsResource(place, row)
  await life.authority.act(life.db, ctx, { action: 'policy-settings:decide', resource }, async (tx, record) => {
    const subject = { type: settingsSubject, id: scope, digest, decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    if (decision === 'reject') {
      await updateRow(tx, { scope, revision }, noProposal, digest)
      record(settingsRejected(scope, digest, approval.id))
      return
    }
    const { settings, reason } = proposed
    const next = { body: JSON.stringify(settings), revision: revision + 1, changed_at: new Date(ctx.clock()) }
    await updateRow(tx, { scope, revision }, { ...next, changed_by: row.proposed_by, ...noProposal }, digest)
    record(settingsChanged(changeOf(scope, settingsOf(row), settings), { revision: revision + 1, reason, approval }))
  })
}

/** Takes back what one has proposed oneself. @throws policy_settings_scope_not_found, policy_settings_not_proposed */
export async function withdrawSettings(life: Lifecycle, ctx: Context, scope: string): Promise<void> {
  await placeOf(life, scope)
  const row = await findRow(life.db, scope)
  const digest = row?.proposal_digest ?? null
  if (row === undefined || digest === null || row.proposed_by !== ctx.actor.id)
    throw PolicySettingsNotProposed({ scope })
  await transact(life.db, ctx, async (tx, record) => {
    await updateRow(tx, { scope, revision: row.revision }, noProposal, digest)
    record(settingsWithdrawn(scope, digest))
  })
}
