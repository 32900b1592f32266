import type { Mode } from '../model.ts'
import type { Pack } from '../pack/pack.ts'
import type { ParamDefinition, ParamValue } from '../pack/params.ts'
import type { Rule } from '../pack/rule.ts'

const order: readonly Mode[] = ['off', 'audit', 'warn', 'enforce']

export function isLower(mode: Mode, than: Mode): boolean {
  return order.indexOf(mode) < order.indexOf(than)
}

/** The first where both are as strict. */
export function stricterMode(a: Mode, b: Mode): Mode {
  return isLower(a, b) ? b : a
}

export type Direction = 'lower' | 'higher' | 'fewer' | 'more'

/** Which way a parameter is stricter, as its name says; one that says nothing has no stricter side. */
export function strictSide({ name, type }: ParamDefinition): Direction | undefined {
  const isList = type === 'list<string>'
  if (/^(max|most)[A-Z]/.test(name) || /^\w+From[A-Z]/.test(name)) return isList ? undefined : 'lower'
  if (/^min[A-Z]/.test(name)) return isList ? undefined : 'higher'
  if (isList && /^allowed[A-Z]/.test(name)) return 'fewer'
  return isList && (/^(required|forbidden)[A-Z]/.test(name) || /Levels$/.test(name)) ? 'more' : undefined
}

/** Whether a parameter lets through what the other did not, or might: by its value, or by the bounds for repositories. */
export function isWider(now: ParamDefinition, than: ParamDefinition): boolean {
  const side = strictSide(than)
  if (now.type !== than.type) return true
  if (side === undefined) return !isSame(now, than)
  return !isAsStrict(side, now.fallback, than.fallback) || !hasAsStrictBounds(side, now, than)
}

/** Of values that fit the parameter. */
export function isAsStrict(side: Direction, now: ParamValue, than: ParamValue): boolean {
  if (side === 'lower') return Number(now) <= Number(than)
  if (side === 'higher') return Number(now) >= Number(than)
  const [a, b] = [now as readonly string[], than as readonly string[]]
  return side === 'fewer' ? a.every((one) => b.includes(one)) : b.every((one) => a.includes(one))
}

/**
 * A value that lets through only what both do: one of the two, or of lists what both allow, or all that either demands. Never
 * looser than either; the first where they are the same.
 *
 * @param a, b values that fit the parameter
 */
export function stricterValue(side: Direction, a: ParamValue, b: ParamValue): ParamValue {
  if (isAsStrict(side, a, b)) return a
  if (isAsStrict(side, b, a)) return b
  const [one, other] = [a as readonly string[], b as readonly string[]]
  return side === 'fewer' ? one.filter((item) => other.includes(item)) : [...new Set([...one, ...other])]
}

/** A repository may set what the bounds allow. */
function hasAsStrictBounds(side: Direction, now: ParamDefinition, than: ParamDefinition): boolean {
  if (side === 'lower') return (now.max ?? Infinity) <= (than.max ?? Infinity)
  if (side === 'higher') return (now.min ?? -Infinity) >= (than.min ?? -Infinity)
  return JSON.stringify(now.oneOf ?? null) === JSON.stringify(than.oneOf ?? null)
}

function isSame(a: ParamDefinition, b: ParamDefinition): boolean {
  const essence = ({ fallback, min, max, oneOf }: ParamDefinition) => JSON.stringify([fallback, min, max, oneOf])
  return essence(a) === essence(b)
}

/** Texts of a rule that decide, of the variables that it uses, and the parameters of all of them. */
export function essenceOf(pack: Pack, rule: Rule): { readonly text: string; readonly params: readonly string[] } {
  const own = [rule.when, rule.require].filter((one) => one !== undefined)
  const used = new Set(own.flatMap((one) => [...one.vars]))
  const variables = pack.variables.toReversed().filter(([name, one]) => {
    if (!used.has(name)) return false
    for (const other of one.vars) used.add(other)
    return true
  })
  const all = [...own, ...variables.map(([, one]) => one)]
  const text = [
    rule.when?.text ?? '',
    rule.require.text,
    ...variables.map(([name, one]) => `${name}=${one.text}`).sort(),
  ]
  return {
    text: text.map((one) => one.trim()).join('\n'),
    params: [...new Set(all.flatMap((one) => [...one.params]))],
  }
}
