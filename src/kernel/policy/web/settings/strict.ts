import type { Reply } from '#console'

export type Settings = Reply<'GET /v1/policy-settings/{scope}'>
export type Body = Settings['settings']
export type Rule = Settings['rules'][number]
export type Param = Settings['params'][number]
export type Mode = Rule['packMode']
export type Value = Param['packValue']

export const modes: readonly Mode[] = ['off', 'audit', 'warn', 'enforce']

/** Something with its value, and whose that is. */
export interface Above<T> {
  readonly value: T
  readonly by: string
}

const [byPack, byOrganization] = ['the pack', 'the organization']

/** What a scope may not go below: what the pack says, and for a team also the organization. */
export function modeAbove(rule: Rule, isTeam: boolean): Above<Mode> {
  const { packMode, organization } = rule
  const isHigher = isTeam && organization !== null && !isLower(organization, packMode)
  return isHigher ? { value: organization, by: byOrganization } : { value: packMode, by: byPack }
}

export function isLower(mode: Mode, than: Mode): boolean {
  return modes.indexOf(mode) < modes.indexOf(than)
}

export function valueAbove(param: Param, isTeam: boolean): Above<Value> {
  const { packValue, organization } = param
  const isHigher = isTeam && organization !== null && whyLooser(param, organization, packValue) === undefined
  return isHigher ? { value: organization, by: byOrganization } : { value: packValue, by: byPack }
}

const sideWords = {
  lower: 'lower is stricter',
  higher: 'higher is stricter',
  fewer: 'fewer are stricter',
  more: 'more are stricter',
} as const

export function sideOf({ stricter }: Pick<Param, 'stricter'>): string {
  return stricter === null ? 'which values are stricter cannot be told from its name' : sideWords[stricter]
}

/** Why a value is not as strict as another one; undefined where it is. The server has the last word. */
export function whyLooser({ stricter }: Pick<Param, 'stricter'>, value: Value, than: Value): string | undefined {
  if (stricter === null) return sideOf({ stricter })
  const [a, b] = [listOf(value), listOf(than)]
  const isAsStrict = {
    lower: () => Number(value) <= Number(than),
    higher: () => Number(value) >= Number(than),
    fewer: () => a.every((one) => b.includes(one)),
    more: () => b.every((one) => a.includes(one)),
  }[stricter]()
  return isAsStrict ? undefined : sideWords[stricter]
}

function listOf(value: Value): readonly string[] {
  return typeof value === 'object' ? value : [String(value)]
}

export function textOf(value: Value): string {
  return typeof value === 'object' ? value.join(', ') : String(value)
}

/** What was typed as a value of the parameter; text where it is none, which the server refuses with its reason. */
export function typedValue({ type }: Pick<Param, 'type'>, text: string): Value {
  if (type === 'list<string>') return text.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]))
  if (type === 'bool') return text.trim() === 'true'
  if (type === 'string') return text
  return text.trim() === '' || !Number.isFinite(Number(text)) ? text : Number(text)
}

/** `pack.name` */
export function keyOf({ pack, name }: Pick<Param, 'pack' | 'name'>): string {
  return `${pack}.${name}`
}

/** What a page changes before it is sent: null takes a setting back. */
export interface Edits {
  readonly modes: Readonly<Record<string, Mode | null>>
  /** As typed; empty takes it back. */
  readonly params: Readonly<Record<string, string>>
  readonly repositoriesMayLower: boolean | undefined
}

export const noEdits: Edits = { modes: {}, params: {}, repositoriesMayLower: undefined }

/** The settings as they would be. */
export function edited({ settings, params }: Settings, edits: Edits): Body {
  const modesNow = { ...settings.modes, ...edits.modes }
  const values: Record<string, Record<string, Value>> = {}
  const set = (pack: string, name: string, value: Value) => {
    values[pack] = { ...values[pack], [name]: value }
  }
  for (const [pack, own] of Object.entries(settings.params))
    for (const [name, value] of Object.entries(own))
      if (edits.params[`${pack}.${name}`] === undefined) set(pack, name, value)
  for (const param of params) {
    const text = edits.params[keyOf(param)]
    if (text !== undefined && text.trim() !== '') set(param.pack, param.name, typedValue(param, text))
  }
  return {
    modes: Object.fromEntries(
      Object.entries(modesNow).flatMap(([rule, mode]) => (mode === null ? [] : [[rule, mode]])),
    ),
    params: values,
    repositoriesMayLower: edits.repositoriesMayLower ?? settings.repositoriesMayLower,
  }
}

/** What would be different, one sentence each. */
export function differences(found: Settings, edits: Edits): string[] {
  const after = edited(found, edits)
  const flat = (body: Body) =>
    new Map<string, string>([
      ...Object.entries(body.modes),
      ...Object.entries(body.params).flatMap(([pack, own]) =>
        Object.entries(own).map(([name, value]) => [`${pack}.${name}`, textOf(value)] as const),
      ),
      ['what a repository may lower', body.repositoriesMayLower ? 'rules that nobody pins' : 'nothing'],
    ])
  const [was, is] = [flat(found.settings), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [before, now] = [was.get(name), is.get(name)]
    if (before === now) return []
    return [`${name}: ${before ?? 'not set'} → ${now ?? 'not set'}`]
  })
}
