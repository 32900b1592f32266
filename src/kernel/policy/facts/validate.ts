import type { Json } from '#platform/canonical-json.ts'
import type { UnknownFact } from '../model.ts'
import type { Member, Shape } from './shape.ts'

/** Where facts break their schema: a dotted path and what is wrong, never the value. */
export interface FactsProblem {
  readonly path: string
  readonly reason: string
}

/** Facts that were checked, with what is not known of them by path. */
export interface CheckedFacts {
  readonly facts: JsonObject
  readonly unknown: ReadonlyMap<string, UnknownFact>
}

export type JsonObject = { readonly [name: string]: Json }

const unknownMax = 200

/**
 * Checks facts against their schema, and that what they do not know is both absent and listed: an unknowable member that is
 * neither there nor listed would otherwise pass for one that is known to be absent.
 */
export function checkFacts(facts: Json, shape: Shape): CheckedFacts | FactsProblem {
  const problem = problemOf(facts, shape, '')
  if (problem !== undefined) return problem
  if (!isObject(facts)) return { path: '', reason: 'is not an object' }
  const unknown = readUnknown(facts['unknown'])
  if ('reason' in unknown) return unknown
  for (const path of unknown.keys()) {
    const reason = misplaced(facts, shape, path)
    if (reason !== undefined) return { path, reason }
  }
  const gap = silentGap(facts, shape, '', unknown)
  return gap === undefined ? { facts, unknown } : { path: gap, reason: 'is absent and not listed in `unknown`' }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readUnknown(listed: Json | undefined): Map<string, UnknownFact> | FactsProblem {
  const unknown = new Map<string, UnknownFact>()
  if (listed === undefined) return unknown
  if (!Array.isArray(listed) || listed.length > unknownMax)
    return { path: 'unknown', reason: `is not a list of at most ${unknownMax}` }
  for (const one of listed) {
    const { path, what, howToKnow } = isObject(one) ? one : {}
    if (typeof path !== 'string' || typeof what !== 'string' || typeof howToKnow !== 'string')
      return { path: 'unknown', reason: 'has an entry without path, what or howToKnow' }
    unknown.set(path, { path, what, howToKnow })
  }
  return unknown
}

function misplaced(facts: JsonObject, shape: Shape, path: string): string | undefined {
  const names = path.split('.')
  let [value, at]: [Json | undefined, Shape] = [facts, shape]
  let member: Member | undefined
  for (const name of names) {
    member = memberOf(at, name)
    if (member === undefined) return 'is listed as unknown and not in the schema'
    value = isObject(value) ? own(value, name) : undefined
    at = member.shape
  }
  if (member?.isUnknowable !== true) return 'is listed as unknown and not marked `x-unknowable` in the schema'
  return value === undefined ? undefined : 'is listed as unknown and there'
}

/** The first unknowable member, outside lists, that is neither there nor listed. */
function silentGap(value: Json, shape: Shape, at: string, unknown: Listed): string | undefined {
  if (!isObject(value)) return undefined
  const variants = objectsOf(shape)
  const fitting = variants.length < 2 ? variants : variants.filter((one) => problemOf(value, one, at) === undefined)
  for (const [name, member] of fitting.flatMap((one) => [...one.members])) {
    const gap = gapAt(own(value, name), member, below(at, name), unknown)
    if (gap !== undefined) return gap
  }
  return undefined
}

type Listed = ReadonlyMap<string, UnknownFact>

function gapAt(value: Json | undefined, member: Member, path: string, unknown: Listed): string | undefined {
  if (value !== undefined) return silentGap(value, member.shape, path, unknown)
  return member.isUnknowable && !unknown.has(path) ? path : undefined
}

type ObjectShape = Extract<Shape, { kind: 'object' }>

export function objectsOf(shape: Shape): readonly ObjectShape[] {
  if (shape.kind === 'object') return [shape]
  return shape.kind === 'union' ? shape.of.flatMap(objectsOf) : []
}

/** The member that a name stands for; of a union of objects the first one that has it. */
export function memberOf(shape: Shape, name: string): Member | undefined {
  for (const one of objectsOf(shape)) {
    const member = one.members.get(name)
    if (member !== undefined) return member
    if (one.rest !== undefined) return { shape: one.rest, isRequired: false, isUnknowable: false }
  }
  return undefined
}

function problemOf(value: Json, shape: Shape, at: string): FactsProblem | undefined {
  switch (shape.kind) {
    case 'any':
      return undefined
    case 'object':
      return isObject(value) ? objectProblem(value, shape, at) : { path: at, reason: 'is not an object' }
    case 'list':
      return listProblem(value, shape, at)
    case 'union':
      return unionProblem(value, shape.of, at)
    default: {
      const reason = scalarProblem(value, shape)
      return reason === undefined ? undefined : { path: at, reason }
    }
  }
}

function objectProblem(value: JsonObject, shape: ObjectShape, at: string): FactsProblem | undefined {
  for (const [name, member] of shape.members) {
    if (member.isRequired && !Object.hasOwn(value, name)) return { path: below(at, name), reason: 'is missing' }
  }
  for (const [name, inner] of Object.entries(value)) {
    const member = shape.members.get(name)
    const expected = member?.shape ?? shape.rest
    if (expected === undefined) return { path: at, reason: 'has a member that the schema does not name' }
    const problem = problemOf(inner, expected, below(at, name))
    if (problem !== undefined) return problem
  }
  return undefined
}

function listProblem(value: Json, shape: Extract<Shape, { kind: 'list' }>, at: string): FactsProblem | undefined {
  if (!Array.isArray(value)) return { path: at, reason: 'is not a list' }
  if (value.length < shape.minItems || value.length > shape.maxItems)
    return { path: at, reason: `does not have ${shape.minItems} to ${shape.maxItems} items` }
  for (const item of value) {
    const problem = problemOf(item, shape.item, `${at}[]`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function unionProblem(value: Json, shapes: readonly Shape[], at: string): FactsProblem | undefined {
  const problems: FactsProblem[] = []
  for (const one of shapes) {
    const problem = problemOf(value, one, at)
    if (problem === undefined) return undefined
    problems.push(problem)
  }
  // the one that got furthest says most
  return problems.reduce((a, b) => (b.path.length > a.path.length ? b : a))
}

type Scalar = Exclude<Shape, { kind: 'object' } | { kind: 'list' } | { kind: 'union' }>

function scalarProblem(value: Json, shape: Scalar): string | undefined {
  switch (shape.kind) {
    case 'string':
      return stringProblem(value, shape)
    case 'timestamp':
      return typeof value === 'string' && isTime(value) ? undefined : 'is not a time as RFC 3339 writes it'
    case 'int':
    case 'double':
      return numberProblem(value, shape)
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'is not true or false'
    case 'null':
      return value === null ? undefined : 'is not null'
    default:
      return 'cannot stand in facts'
  }
}

function stringProblem(value: Json, { values, limits }: Extract<Shape, { kind: 'string' }>): string | undefined {
  if (typeof value !== 'string') return 'is not a string'
  if (values !== undefined && !values.includes(value)) return `is not one of ${values.join(', ')}`
  if (limits === undefined) return undefined
  if (value.length < limits.minLength || value.length > limits.maxLength) return 'is too short or too long'
  return limits.pattern === undefined || limits.pattern.test(value) ? undefined : 'does not have the form of the schema'
}

function numberProblem(value: Json, { kind, limits }: Extract<Shape, { kind: 'int' | 'double' }>): string | undefined {
  if (typeof value !== 'number') return 'is not a number'
  if (kind === 'int' && !Number.isSafeInteger(value)) return 'is not an integer'
  if (limits === undefined) return undefined
  const isWithin = value >= limits.minimum && value <= limits.maximum && value > limits.above && value < limits.below
  return isWithin ? undefined : 'is too small or too large'
}

const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** RFC 3339 with seconds; a day that does not exist is refused. */
export function isTime(text: string): boolean {
  if (!time.test(text)) return false
  const ms = Date.parse(text)
  return (
    !Number.isNaN(ms) &&
    new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)).toISOString().startsWith(text.slice(0, 10))
  )
}

function own(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function below(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}
