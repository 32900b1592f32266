import { isAsStrict, isLower, stricterMode, stricterValue, strictSide } from '../lifecycle/strictness.ts'
import type { Mode } from '../model.ts'
import type { Pack } from '../pack/pack.ts'
import { type ParamDefinition, type ParamValue, whyNotParam } from '../pack/params.ts'
import type { Rule } from '../pack/rule.ts'
import type { Settings } from '../policy-set.ts'

/** The policy settings of one scope: what they name is never below what they say, nor below what the packs say. */
export interface Floor extends Settings {
  /** `organization`, or the id of a team. */
  readonly scope: string
  readonly teamName?: string | null
}

/** What holds for a repository before it says anything itself. */
export interface Floors {
  /** The organization first, then its team. */
  readonly levels: readonly Floor[]
  /** Where false, a repository gets nothing that is looser than packs and levels, nor what cannot be compared. */
  readonly repositoriesMayLower: boolean
}

export const organizationScope = 'organization'
export const noFloors: Floors = { levels: [], repositoriesMayLower: true }

/** Whose settings something is by. */
export type SetBy = Required<Pick<Floor, 'scope' | 'teamName'>>

/** What a repository asked for and did not get. */
export interface Lowered {
  readonly kind: 'mode' | 'param'
  /** A rule, or `pack.parameter`. */
  readonly setting: string
  readonly asked: Mode | ParamValue
  readonly holds: Mode | ParamValue
  readonly by: SetBy
}

export interface Under {
  readonly settings: Settings
  readonly lowered: readonly Lowered[]
}

export function isNone({ levels, repositoriesMayLower }: Floors): boolean {
  return levels.length === 0 && repositoriesMayLower
}

/** As a snapshot of a policy set holds them: without names, which change. */
export function written({ levels, repositoriesMayLower }: Floors) {
  return { levels: levels.map(({ scope, params, modes }) => ({ scope, params, modes })), repositoriesMayLower }
}

/**
 * What holds of what a repository asks for: of a rule the strictest mode, of a parameter the value that lets through least. Levels
 * only make stricter, whatever they say; what of them the packs do not have, or do not take, is ignored.
 */
export function underFloors(packs: readonly Pack[], asked: Settings, floors: Floors): Under {
  if (isNone(floors)) return { settings: asked, lowered: [] }
  const lowered: Lowered[] = []
  const modes = packs.flatMap((pack) => pack.rules.flatMap((rule) => modeEntry(rule, asked, floors, lowered)))
  const params = packs.flatMap((pack) => {
    const values = [...pack.params.values()].flatMap((one) => valueEntry(pack, one, { asked, floors, lowered }))
    return values.length === 0 ? [] : [[pack.id, Object.fromEntries(values)] as const]
  })
  return { settings: { modes: Object.fromEntries(modes), params: Object.fromEntries(params) }, lowered }
}

/** None where the rule stays as its pack has it. */
function modeEntry(rule: Rule, { modes }: Settings, floors: Floors, lowered: Lowered[]): (readonly [string, Mode])[] {
  const asked = modes[rule.id]
  const holds = modeUnder(rule, asked, floors, lowered)
  return holds === rule.mode && asked === undefined ? [] : [[rule.id, holds]]
}

interface Around {
  readonly asked: Settings
  readonly floors: Floors
  readonly lowered: Lowered[]
}

function valueEntry(
  pack: Pack,
  definition: ParamDefinition,
  { asked, floors, lowered }: Around,
): (readonly [string, ParamValue])[] {
  const holds = valueUnder(pack, definition, valueIn(asked, pack.id, definition.name), floors, lowered)
  return holds === definition.fallback ? [] : [[definition.name, holds]]
}

function modeUnder(rule: Rule, asked: Mode | undefined, floors: Floors, lowered: Lowered[]): Mode {
  const { value: bound, by } = boundOfMode(rule, floors)
  if (asked === undefined) return bound
  if (by === undefined && floors.repositoriesMayLower) return asked
  if (!isLower(asked, bound)) return asked
  lowered.push({ kind: 'mode', setting: rule.id, asked, holds: bound, by: by ?? theOrganization })
  return bound
}

function valueUnder(
  pack: Pack,
  definition: ParamDefinition,
  asked: ParamValue | undefined,
  floors: Floors,
  lowered: Lowered[],
): ParamValue {
  const { value: bound, by } = boundOfParam(pack, definition, floors)
  if (asked === undefined) return bound
  // what does not fit is refused where the set is made
  if (whyNotParam(definition, asked) !== undefined) return asked
  if (by === undefined && floors.repositoriesMayLower) return asked
  const side = strictSide(definition)
  const holds = side === undefined ? bound : fitting(definition, bound, stricterValue(side, asked, bound))
  const isGiven = side === undefined ? isSameValue(asked, holds) : isAsStrict(side, asked, holds)
  if (isGiven) return asked
  lowered.push({ kind: 'param', setting: `${pack.id}.${definition.name}`, asked, holds, by: by ?? theOrganization })
  return holds
}

const theOrganization: SetBy = { scope: organizationScope, teamName: null }

/** Of a rule or parameter: below what it does not go, and by whose settings where some name it. */
export interface Bound<T> {
  readonly value: T
  /** Who asks for most of those who name it; the organization of several. */
  readonly by: SetBy | undefined
}

export function boundOfMode(rule: Rule, { levels }: Pick<Floors, 'levels'>): Bound<Mode> {
  let [value, by]: [Mode, SetBy | undefined] = [rule.mode, undefined]
  for (const level of levels) {
    const own = level.modes[rule.id]
    if (own === undefined) continue
    if (by === undefined || isLower(value, own)) by = setBy(level)
    value = stricterMode(value, own)
  }
  return { value, by }
}

export function boundOfParam(
  { id }: Pack,
  definition: ParamDefinition,
  { levels }: Pick<Floors, 'levels'>,
): Bound<ParamValue> {
  const side = strictSide(definition)
  let [value, by]: [ParamValue, SetBy | undefined] = [definition.fallback, undefined]
  for (const level of side === undefined ? [] : levels) {
    const own = valueIn(level, id, definition.name)
    if (side === undefined || own === undefined || whyNotParam(definition, own) !== undefined) continue
    if (by === undefined || !isAsStrict(side, value, own)) by = setBy(level)
    value = fitting(definition, value, stricterValue(side, value, own))
  }
  return { value, by }
}

/** Two lists together may be longer than the parameter takes; then the first of them holds. */
function fitting(definition: ParamDefinition, first: ParamValue, both: ParamValue): ParamValue {
  return whyNotParam(definition, both) === undefined ? both : first
}

/** A parameter may be called as something that every object has. */
export function valueIn({ params }: Pick<Settings, 'params'>, packId: string, name: string): ParamValue | undefined {
  const values = Object.hasOwn(params, packId) ? params[packId] : undefined
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}

function setBy({ scope, teamName = null }: Floor): SetBy {
  return { scope, teamName }
}

export function isSameValue(a: ParamValue, b: ParamValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
