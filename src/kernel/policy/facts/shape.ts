import type { JsonSchema } from '../model.ts'

/**
 * What a value of the facts looks like, read from its JSON Schema. Rules are checked against it, facts are validated by it,
 * and it says how JSON becomes CEL: integers, doubles and times have no form of their own in JSON.
 */
export type Shape =
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Member>; readonly rest: Shape | undefined }
  | { readonly kind: 'list'; readonly item: Shape; readonly minItems: number; readonly maxItems: number }
  | { readonly kind: 'string'; readonly values?: readonly string[]; readonly limits?: StringLimits }
  | { readonly kind: 'int' | 'double'; readonly limits?: NumberLimits }
  | { readonly kind: 'union'; readonly of: readonly Shape[] }
  | { readonly kind: 'bool' | 'null' | 'timestamp' | 'duration' | 'bytes' | 'any' }

export interface Member {
  readonly shape: Shape
  readonly isRequired: boolean
  /** The facts may not know it; then it is absent and listed in `unknown`. */
  readonly isUnknowable: boolean
}

export interface StringLimits {
  readonly minLength: number
  readonly maxLength: number
  readonly pattern: RegExp | undefined
}

export interface NumberLimits {
  readonly minimum: number
  readonly maximum: number
  readonly above: number
  readonly below: number
}

/** Longest list in the facts: rules that go through lists in lists stay quick. */
export const listItemsMax = 5000

/**
 * Reads a schema; every keyword is understood or refused, so that nothing goes unchecked.
 *
 * @throws Error naming the place of what is not understood: the schema is ours
 */
export function readShape(schema: JsonSchema): Shape {
  const definitions = asObject(schema['$defs'] ?? {}, '$defs')
  const known = new Map<string, Shape>()
  const reader: Reader = {
    resolve: (reference, at) => {
      const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1]
      if (name === undefined || !Object.hasOwn(definitions, name))
        throw unreadable(at, `\`${reference}\` leads nowhere`)
      const found = known.get(name)
      if (found !== undefined) return found
      // filled below, so that a definition may speak of itself
      const shape = {} as Shape
      known.set(name, shape)
      return Object.assign(shape, read(asObject(definitions[name], at), at, reader))
    },
  }
  return read(schema, '', reader)
}

interface Reader {
  readonly resolve: (reference: string, at: string) => Shape
}

type Schema = Readonly<Record<string, unknown>>

const annotations = ['$schema', '$id', '$defs', 'id', 'title', 'description', 'default', 'examples', 'x-unknowable']
const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'propertyNames'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['enum', 'const', 'format', 'pattern', 'minLength', 'maxLength'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  boolean: [],
  null: [],
}

function read(schema: Schema, at: string, reader: Reader): Shape {
  const reference = schema['$ref']
  if (typeof reference === 'string') return reader.resolve(reference, at)
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return union(choices.map((one) => read(asObject(one, at), at, reader)))
  const { type } = schema
  if (Array.isArray(type)) return union(type.map((one) => read({ ...schema, type: one }, at, reader)))
  if (type === undefined && Object.keys(schema).every((name) => annotations.includes(name))) return { kind: 'any' }
  const readType = typeof type === 'string' ? types[type] : undefined
  if (readType === undefined) throw unreadable(at, `its type is \`${String(type)}\``)
  const allowed = [...annotations, 'type', ...(keywords[String(type)] ?? [])]
  const strange = Object.keys(schema).find((name) => !allowed.includes(name))
  if (strange !== undefined) throw unreadable(at, `\`${strange}\` is not understood`)
  return readType(schema, at, reader)
}

const types: Readonly<Record<string, (schema: Schema, at: string, reader: Reader) => Shape>> = {
  object: readObject,
  array: (schema, at, reader) => ({
    kind: 'list',
    item: read(asObject(schema['items'] ?? {}, at), `${at}[]`, reader),
    minItems: asNumber(schema['minItems'], 0),
    maxItems: Math.min(asNumber(schema['maxItems'], listItemsMax), listItemsMax),
  }),
  string: readString,
  integer: (schema) => ({ kind: 'int', limits: numberLimits(schema) }),
  number: (schema) => ({ kind: 'double', limits: numberLimits(schema) }),
  boolean: () => ({ kind: 'bool' }),
  null: () => ({ kind: 'null' }),
}

function readObject(schema: Schema, at: string, reader: Reader): Shape {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const members = Object.entries(asObject(schema['properties'] ?? {}, at)).map(([name, value]) => {
    const path = at === '' ? name : `${at}.${name}`
    return [name, readMember(asObject(value, path), path, required.includes(name), reader)] as const
  })
  const rest = schema['additionalProperties']
  const isClosed = rest === false || rest === undefined
  return {
    kind: 'object',
    members: new Map(members),
    rest: isClosed ? undefined : read(asObject(rest, at), `${at}.*`, reader),
  }
}

function readMember(schema: Schema, path: string, isRequired: boolean, reader: Reader): Member {
  const shape = read(schema, path, reader)
  const isUnknowable = schema['x-unknowable'] === true
  if (isUnknowable && isRequired) throw unreadable(path, 'what is unknowable cannot be required')
  if (isUnknowable && isNullable(shape)) throw unreadable(path, 'what is unknowable cannot be null as well')
  if (isUnknowable && /\[\]|\*/.test(path)) throw unreadable(path, 'nothing within a list or a map can be unknowable')
  return { shape, isRequired, isUnknowable }
}

function readString(schema: Schema, at: string): Shape {
  if (schema['format'] === 'date-time') return { kind: 'timestamp' }
  if (schema['const'] !== undefined) return { kind: 'string', values: [String(schema['const'])] }
  if (Array.isArray(schema['enum'])) return { kind: 'string', values: schema['enum'].map(String) }
  const { format, pattern } = schema
  if (format !== undefined && pattern === undefined)
    throw unreadable(at, `the format \`${String(format)}\` is not understood`)
  return {
    kind: 'string',
    limits: {
      minLength: asNumber(schema['minLength'], 0),
      maxLength: asNumber(schema['maxLength'], Number.POSITIVE_INFINITY),
      pattern: typeof pattern === 'string' ? new RegExp(pattern, 'u') : undefined,
    },
  }
}

function numberLimits(schema: Schema): NumberLimits {
  return {
    minimum: asNumber(schema['minimum'], Number.NEGATIVE_INFINITY),
    maximum: asNumber(schema['maximum'], Number.POSITIVE_INFINITY),
    above: asNumber(schema['exclusiveMinimum'], Number.NEGATIVE_INFINITY),
    below: asNumber(schema['exclusiveMaximum'], Number.POSITIVE_INFINITY),
  }
}

/** The item of an empty list: a union of nothing, which goes with everything. */
export const never: Shape = { kind: 'union', of: [] }

/** One of some shapes, each kept as the schema has it. */
export function union(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((one) => (one.kind === 'union' ? one.of : [one]))
  const [first, ...more] = flat
  if (first === undefined) return never
  if (flat.some((one) => one.kind === 'any')) return { kind: 'any' }
  return more.length === 0 ? first : { kind: 'union', of: flat }
}

function isNullable(shape: Shape): boolean {
  return shape.kind === 'null' || (shape.kind === 'union' && shape.of.some(isNullable))
}

function asObject(value: unknown, at: string): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(at, 'it is not an object')
  return value as Schema
}

function asNumber(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

function unreadable(at: string, reason: string): Error {
  return new Error(`the schema of the facts cannot be used at \`${at === '' ? '.' : at}\`: ${reason}`)
}
