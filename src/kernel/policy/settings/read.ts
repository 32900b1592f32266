import { personNames } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import { isFixedRule } from '../lifecycle/check.ts'
import type { Lifecycle } from '../lifecycle/services.ts'
import { isLower, strictSide } from '../lifecycle/strictness.ts'
import type { Pack } from '../pack/pack.ts'
import { type ParamDefinition, type ParamValue, whyNotParam } from '../pack/params.ts'
import type { Rule } from '../pack/rule.ts'
import { type Place, placeOf, proposalOf, settingsResource } from './change.ts'
import { boundOfMode, boundOfParam, type Floors, isSameValue, organizationScope, valueIn } from './floors.ts'
import type { ListedSettings, PolicySettings, PolicySettingsBody } from './model.ts'
import { looseningsOf } from './refuse-looser.ts'
import { findRow, floorsFrom, noProposal, type SettingsRow, settingsOf } from './store.ts'

/** The organization, and every team by name. */
export async function listSettings({ db }: Lifecycle) {
  const teams = await db
    .selectFrom('access_team as t')
    .leftJoin('policy_settings as s', 's.team_id', 't.id')
    .select(['t.id as scope', 't.name', 's.revision', 's.body', 's.changed_at', 's.proposal'])
    .orderBy('t.name')
    .execute()
  const row = await findRow(db, organizationScope)
  return [
    listed({ scope: organizationScope, name: null, row }),
    ...teams.map(({ scope, name, body, ...rest }) => {
      const isSet = body !== null && rest.revision !== null
      return listed({ scope, name, row: isSet ? { ...rest, revision: rest.revision ?? 0, body } : undefined })
    }),
  ]
}

interface Listing {
  readonly scope: string
  readonly name: string | null
  readonly row: Pick<SettingsRow, 'revision' | 'body' | 'changed_at' | 'proposal'> | undefined
}

function listed({ scope, name, row }: Listing): ListedSettings {
  const { modes, params, repositoriesMayLower } = settingsOf(row)
  return {
    ...{ scope, teamName: name, revision: row?.revision ?? 0, repositoriesMayLower },
    rules: Object.keys(modes).length,
    params: Object.values(params).flatMap((one) => Object.keys(one)).length,
    changedAt: timeOf(row?.changed_at),
    isProposed: (row?.proposal ?? null) !== null,
  }
}

function timeOf(at: Date | null | undefined): string | null {
  return at === null || at === undefined ? null : timestamp(at.getTime())
}

/** @throws policy_settings_scope_not_found, policy_version_unusable */
export async function showSettings(life: Lifecycle, ctx: Context, scope: string): Promise<PolicySettings> {
  const place = await placeOf(life, scope)
  const row = await findRow(life.db, scope)
  const own = settingsOf(row)
  const organization = place.teamId === null ? own : settingsOf(await findRow(life.db, organizationScope))
  const team = place.teamId === null ? undefined : own
  const packs = await life.standings.inForce()
  const { decision } = await life.authority.ask(ctx, 'policy-settings:write', settingsResource(place, row))
  const levels = floorsFrom([
    { scope: organizationScope, teamName: null, settings: organization },
    ...(team === undefined ? [] : [{ scope, teamName: place.teamName, settings: team }]),
  ])
  const around = { organization, team, floors: levels }
  return {
    ...{ scope, teamName: place.teamName, revision: row?.revision ?? 0, settings: own },
    ...{ changedAt: timeOf(row?.changed_at), changedBy: row?.changed_by ?? null },
    proposal: shownProposal(packs, row),
    names: await personNames(life.db, [row?.changed_by ?? '', row?.proposed_by ?? '']),
    mayChange: decision === 'allow',
    rules: packs.flatMap((pack) => pack.rules.map((rule) => ruleRow(pack, rule, around))),
    params: packs.flatMap((pack) => [...pack.params.values()].map((one) => paramRow(pack, one, around))),
    idle: idleIn(packs, own, place, levels),
  }
}

function shownProposal(packs: readonly Pack[], row: SettingsRow | undefined): PolicySettings['proposal'] {
  const { proposal, proposal_digest: digest, proposed_by: proposer, proposed_at: at } = row ?? noProposal
  const proposed = proposalOf({ proposal })
  if (proposed === undefined || digest === null || proposer === null || at === null) return null
  const loosens = looseningsOf(packs, settingsOf(row), proposed.settings)
  return { ...proposed, digest, proposer, proposedAt: timestamp(at.getTime()), loosens }
}

interface Around {
  readonly organization: PolicySettingsBody
  readonly team: PolicySettingsBody | undefined
  readonly floors: Floors
}

function ruleRow(pack: Pack, rule: Rule, { organization, team, floors }: Around): PolicySettings['rules'][number] {
  const { id, title, mode } = rule
  return {
    ...{ id, title, pack: pack.id, packMode: mode },
    ...{ organization: organization.modes[id] ?? null, team: team?.modes[id] ?? null },
    holds: boundOfMode(rule, floors).value,
    isFixed: isFixedRule(pack, rule),
  }
}

function paramRow(pack: Pack, definition: ParamDefinition, { organization, team, floors }: Around) {
  const { name, type, about = null, min = null, max = null, oneOf, fallback } = definition
  const set = (body: PolicySettingsBody | undefined) => copied((body && valueIn(body, pack.id, name)) ?? null)
  return {
    ...{ pack: pack.id, name, type, about, min, max },
    stricter: strictSide(definition) ?? null,
    oneOf: oneOf === undefined ? null : [...oneOf],
    packValue: copied(fallback),
    ...{ organization: set(organization), team: set(team) },
    holds: copied(boundOfParam(pack, definition, floors).value),
  }
}

type Plain = PolicySettings['params'][number]['holds']

function copied(value: ParamValue): Plain
function copied(value: ParamValue | null): Plain | null
function copied(value: ParamValue | null): Plain | null {
  return typeof value === 'object' && value !== null ? [...value] : value
}

/** What a scope sets and what has no effect, because the packs or the level above changed since. */
function idleIn(packs: readonly Pack[], own: PolicySettingsBody, place: Place, floors: Floors): PolicySettings['idle'] {
  const above = { levels: place.teamId === null ? [] : floors.levels.filter((one) => one.scope !== place.scope) }
  const rules = packs.flatMap((pack) => pack.rules)
  const modes = Object.entries(own.modes).flatMap(([setting, mode]) => {
    const rule = rules.find((one) => one.id === setting)
    if (rule === undefined) return [{ setting, why: 'no longer applies: no pack in force has such a rule' }]
    const holds = boundOfMode(rule, above).value
    return isLower(mode, holds) ? [{ setting, why: `what is above is stricter now: ${holds}` }] : []
  })
  const params = Object.entries(own.params).flatMap(([packId, values]) =>
    Object.entries(values).flatMap(([name, value]) => {
      const why = whyIdle(packs, above, { packId, name, value })
      return why === undefined ? [] : [{ setting: `${packId}.${name}`, why }]
    }),
  )
  return [...modes, ...params]
}

interface Set {
  readonly packId: string
  readonly name: string
  readonly value: ParamValue
}

function whyIdle(packs: readonly Pack[], above: Pick<Floors, 'levels'>, { packId, name, value }: Set) {
  const pack = packs.find((one) => one.id === packId)
  const definition = pack?.params.get(name)
  if (pack === undefined || definition === undefined) return 'no longer applies: no pack in force has such a parameter'
  const unfit = whyNotParam(definition, value)
  if (unfit !== undefined) return `no longer applies: it ${unfit}`
  if (strictSide(definition) === undefined) return 'no longer applies: which values are stricter cannot be told'
  const bound = boundOfParam(pack, definition, above).value
  const both = boundOfParam(pack, definition, {
    levels: [...above.levels, { scope: '', modes: {}, params: { [packId]: { [name]: value } } }],
  }).value
  return isSameValue(both, bound) && !isSameValue(value, bound) ? 'what is above is stricter now' : undefined
}
