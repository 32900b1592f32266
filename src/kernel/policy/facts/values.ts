import type { CelList, CelMap, CelValue } from '@bufbuild/cel'
import { celError } from '@bufbuild/cel'
import { fromJson } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import type { Json } from '#platform/canonical-json.ts'
import type { Shape } from './shape.ts'
import { type JsonObject, memberOf } from './validate.ts'

/** What evaluation carries for a fact that is not known: an error whose text names its path. */
const unknownMark = '\u0001unknown '

export function unknownError(path: string): unknown {
  return celError(`${unknownMark}${path}`)
}

/** The paths of unknown facts that an evaluation stumbled over; empty when its error has nothing to do with them. */
export function unknownPathsOf(error: unknown): string[] {
  if (Array.isArray(error)) return error.flatMap(unknownPathsOf)
  if (!(error instanceof Error)) return []
  const own = error.message.startsWith(unknownMark) ? [error.message.slice(unknownMark.length)] : []
  return [...own, ...unknownPathsOf(error.cause)]
}

/**
 * JSON as CEL reads it, converted only where a rule looks: integers become `int`, times `timestamp`, a member that is null
 * is absent, and a member that is not known answers with an error that names it.
 *
 * @param path where `value` stands in the facts; undefined inside lists, where nothing can be unknown
 */
export function toCelValue(value: Json, shape: Shape, path: string | undefined, isUnknown: IsUnknown): CelValue {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return isInteger(shape, value) ? BigInt(value) : value
  if (typeof value === 'string') return isTimestamp(shape) ? timestampOf(value) : value
  if (Array.isArray(value)) return new FactsList(value, itemOf(shape)) as unknown as CelList
  return new FactsMap(value as JsonObject, shape, path, isUnknown) as unknown as CelMap
}

export type IsUnknown = (path: string) => boolean

const nothingUnknown: IsUnknown = () => false

// How cel-es 0.6.1 tells lists and maps from other objects; `values.test.ts` fails when another version does not.
const mapMark = Symbol.for('@bufbuild/cel/map')
const listMark = Symbol.for('@bufbuild/cel/list')

class FactsMap {
  readonly #value: JsonObject
  readonly #shape: Shape
  readonly #path: string | undefined
  readonly #isUnknown: IsUnknown
  readonly #known = new Map<string, CelValue | undefined>()

  constructor(value: JsonObject, shape: Shape, path: string | undefined, isUnknown: IsUnknown) {
    this.#value = value
    this.#shape = shape
    this.#path = path
    this.#isUnknown = isUnknown
    Object.defineProperty(this, mapMark, { value: {} })
  }

  get size(): number {
    return this.#names().length
  }

  get(key: unknown): unknown {
    if (typeof key !== 'string') return undefined
    if (this.#known.has(key)) return this.#known.get(key)
    const value = this.#read(key)
    this.#known.set(key, value as CelValue | undefined)
    return value
  }

  has(key: unknown): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#value, key) && this.#value[key] !== null
  }

  keys(): IterableIterator<string> {
    return this.#names().values()
  }

  *entries(): Generator<[string, unknown]> {
    for (const name of this.#names()) yield [name, this.get(name)]
  }

  *values(): Generator<unknown> {
    for (const name of this.#names()) yield this.get(name)
  }

  [Symbol.iterator](): Generator<[string, unknown]> {
    return this.entries()
  }

  #read(key: string): unknown {
    const path = this.#path === undefined ? undefined : this.#path === '' ? key : `${this.#path}.${key}`
    if (path !== undefined && this.#isUnknown(path)) return unknownError(path)
    const value = Object.hasOwn(this.#value, key) ? this.#value[key] : undefined
    if (value === undefined || value === null) return undefined
    return toCelValue(value, memberOf(this.#shape, key)?.shape ?? { kind: 'any' }, path, this.#isUnknown)
  }

  #names(): string[] {
    return Object.keys(this.#value).filter((name) => this.#value[name] !== null)
  }
}

class FactsList {
  readonly #items: readonly Json[]
  readonly #shape: Shape
  #converted: CelValue[] | undefined

  constructor(items: readonly Json[], shape: Shape) {
    this.#items = items
    this.#shape = shape
    Object.defineProperty(this, listMark, { value: {} })
  }

  get size(): number {
    return this.#items.length
  }

  get(index: number): CelValue | undefined {
    return this.#all()[index]
  }

  values(): IterableIterator<CelValue> {
    return this.#all().values()
  }

  [Symbol.iterator](): IterableIterator<CelValue> {
    return this.values()
  }

  #all(): CelValue[] {
    this.#converted ??= this.#items.map((item) => toCelValue(item, this.#shape, undefined, nothingUnknown))
    return this.#converted
  }
}

function isInteger(shape: Shape, value: number): boolean {
  if (shape.kind === 'union') return Number.isInteger(value) && shape.of.some((one) => one.kind === 'int')
  return shape.kind === 'int'
}

function isTimestamp(shape: Shape): boolean {
  return shape.kind === 'timestamp' || (shape.kind === 'union' && shape.of.some((one) => one.kind === 'timestamp'))
}

function itemOf(shape: Shape): Shape {
  if (shape.kind === 'list') return shape.item
  const list = shape.kind === 'union' ? shape.of.find((one) => one.kind === 'list') : undefined
  return list?.kind === 'list' ? list.item : { kind: 'any' }
}

function timestampOf(text: string): CelValue {
  return reflect(TimestampSchema, fromJson(TimestampSchema, text))
}
