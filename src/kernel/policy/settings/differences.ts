import type { ParamValue } from '../pack/params.ts'
import type { PolicySettingsBody } from './model.ts'

/** One setting before and after; null where it was or is not set. */
export interface Difference {
  /** A rule may be called as a parameter is. */
  readonly kind: 'mode' | 'param' | 'repositories'
  /** A rule, `pack.parameter`, or `repositoriesMayLower`. */
  readonly setting: string
  readonly before: ParamValue | null
  readonly after: ParamValue | null
}

/** By name of the setting. */
export function differencesOf(before: PolicySettingsBody, after: PolicySettingsBody): Difference[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Map([...was, ...is])]
    .map(([key, { kind, setting }]) => ({
      ...{ kind, setting },
      before: was.get(key)?.value ?? null,
      after: is.get(key)?.value ?? null,
    }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after))
    .sort((a, b) => (a.setting < b.setting ? -1 : 1))
}

interface Flat extends Pick<Difference, 'kind' | 'setting'> {
  readonly value: ParamValue
}

function flat({ modes, params, repositoriesMayLower }: PolicySettingsBody): Map<string, Flat> {
  const all: Flat[] = [
    ...Object.entries(modes).map(([setting, value]): Flat => ({ kind: 'mode', setting, value })),
    ...Object.entries(params).flatMap(([pack, values]) =>
      Object.entries(values).map(([name, value]): Flat => ({ kind: 'param', setting: `${pack}.${name}`, value })),
    ),
    ...(repositoriesMayLower
      ? []
      : [{ kind: 'repositories' as const, setting: 'repositoriesMayLower', value: false as const }]),
  ]
  return new Map(all.map((one) => [`${one.kind} ${one.setting}`, one]))
}

const shownMax = 200

/** As events and sentences have it. */
export function valueText(value: ParamValue | null): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…`.replace(/\p{Cs}/gu, '\ufffd') : text
}
