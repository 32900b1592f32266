import { never, type Shape } from '../facts/shape.ts'

export const any: Shape = { kind: 'any' }
export const bool: Shape = { kind: 'bool' }
export const int: Shape = { kind: 'int' }
export const double: Shape = { kind: 'double' }
export const string: Shape = { kind: 'string' }
export const timestamp: Shape = { kind: 'timestamp' }
export const duration: Shape = { kind: 'duration' }
export const nothing: Shape = { kind: 'null' }

export function listOf(item: Shape): Shape {
  return { kind: 'list', item, minItems: 0, maxItems: Number.POSITIVE_INFINITY }
}

const variantsMax = 16
const valuesMax = 200

/** One of some types. Like ones become one, and of too many nothing is said any more: expressions may double them at each step. */
export function either(shapes: readonly Shape[]): Shape {
  const kept = new Map<unknown, Shape>()
  for (const one of shapes.flatMap((shape) => (shape.kind === 'union' ? shape.of : [shape]))) {
    if (one.kind === 'any') return any
    const key = one.kind === 'object' || one.kind === 'list' ? one : one.kind
    const before = kept.get(key)
    kept.set(key, before?.kind === 'string' && one.kind === 'string' ? eitherText(before.values, one.values) : one)
  }
  const all = [...kept.values()]
  if (all.length > variantsMax) return any
  return all.length === 1 ? (all[0] ?? never) : { kind: 'union', of: all }
}

function eitherText(left: readonly string[] | undefined, right: readonly string[] | undefined): Shape {
  if (left === undefined || right === undefined) return string
  const values = [...new Set([...left, ...right])]
  return values.length > valuesMax ? string : { kind: 'string', values }
}

/** The shapes that a value may have; none when anything is possible. */
function variants(shape: Shape): readonly Shape[] | undefined {
  if (shape.kind === 'any') return undefined
  const all = shape.kind === 'union' ? shape.of : [shape]
  // a member that is null is absent, so what is read is never null
  const present = all.filter((one) => one.kind !== 'null')
  return all.length > 0 && present.length === 0 ? all : present
}

/** Whether some value of `shape` may be of one of `kinds`. */
export function mayBe(shape: Shape, ...kinds: readonly Shape['kind'][]): boolean {
  const all = variants(shape)
  return all === undefined || all.length === 0 || all.some((one) => one.kind === 'any' || kinds.includes(one.kind))
}

/** What the elements of a list look like; undefined when it is no list. */
export function itemOf(shape: Shape): Shape | undefined {
  const all = variants(shape)
  if (all === undefined) return any
  const lists = all.flatMap((one) => (one.kind === 'list' ? [one.item] : []))
  if (all.length === 0) return never
  return lists.length === 0 ? undefined : either(lists)
}

/** The keys of a map that may hold any, such as `additionalProperties` of a schema; undefined when it has named members. */
export function isFreeMap(shape: Shape): boolean {
  const all = variants(shape)
  return all === undefined || all.some((one) => one.kind === 'object' && one.rest !== undefined)
}

/** Why values of the two can never be equal, in words; undefined when they can. */
export function whyNeverEqual(left: Shape, right: Shape): string | undefined {
  const [lefts, rights] = [variants(left), variants(right)]
  if (lefts === undefined || rights === undefined || lefts.length === 0 || rights.length === 0) return undefined
  const reasons = lefts.flatMap((a) => rights.map((b) => whyDifferent(a, b)))
  return reasons.includes(undefined) ? undefined : reasons[0]
}

function whyDifferent(left: Shape, right: Shape): string | undefined {
  if (isNumber(left) && isNumber(right)) return undefined
  if (left.kind === 'string' && right.kind === 'string') return whyOtherWords(left.values, right.values)
  if (left.kind === 'list' && right.kind === 'list') return whyNeverEqual(left.item, right.item)
  return left.kind === right.kind ? undefined : `${describe(left)} is never equal to ${describe(right)}`
}

function whyOtherWords(left: readonly string[] | undefined, right: readonly string[] | undefined): string | undefined {
  if (left === undefined || right === undefined || left.some((word) => right.includes(word))) return undefined
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ')
  // the one that was written down in the rule is the one that is wrong
  const [written, known] = left.length === 1 ? [left, right] : [right, left]
  return `${quoted(written)} ${written.length === 1 ? 'is' : 'are'} none of ${quoted(known)}`
}

export function isNumber(shape: Shape): boolean {
  return shape.kind === 'int' || shape.kind === 'double'
}

const words: Readonly<Record<Shape['kind'], string>> = {
  object: 'an object',
  list: 'a list',
  string: 'a string',
  int: 'an int',
  double: 'a double',
  bool: 'a bool',
  null: 'null',
  timestamp: 'a timestamp',
  duration: 'a duration',
  bytes: 'bytes',
  any: 'anything',
  union: 'one of several types',
}

export function describe(shape: Shape): string {
  const all = variants(shape)
  if (all === undefined || all.length === 0) return words.any
  return [...new Set(all.map((one) => words[one.kind]))].join(' or ')
}
