import { type Attribute, type AttributePath, findAttribute, findPath, fold, type ResourceType } from './attributes.ts'
import { ScimFilterInvalid } from './errors.ts'

/** A filter (RFC 7644 section 3.4.2.2) whose attributes are known and whose values are of their types. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'compare'; readonly path: AttributePath; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'present'; readonly path: AttributePath }
  /** One element of a multi-valued attribute fulfils all of `part`, whose paths are sub-attributes. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly part: Filter }

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'
/** Folded where letter case does not count; a date in milliseconds. */
export type Value = string | boolean | number

/** Most of each in one filter. */
const limits = { characters: 4096, depth: 16, comparisons: 64, value: 1024 } as const
const operators = new Set<string>(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])

/** What the names in a filter stand for: attributes of a resource, or sub-attributes of one element. */
type Names = (text: string) => AttributePath | undefined

interface Reading {
  readonly text: string
  at: number
  comparisons: number
}

/** @throws scim_filter_invalid */
export function parseFilter(type: ResourceType, text: string): Filter {
  return parseWhole(text, (name) => findPath(type, name))
}

/**
 * A filter over the elements of one multi-valued attribute, as in `emails[type eq "work"]`.
 *
 * @throws scim_filter_invalid
 */
export function parseElementFilter(attribute: Attribute, text: string): Filter {
  return parseWhole(text, subNames(attribute))
}

function parseWhole(text: string, names: Names): Filter {
  if (text.length > limits.characters) refuse(`it is longer than ${limits.characters} characters`)
  const reading: Reading = { text, at: 0, comparisons: 0 }
  const filter = parseOr(reading, names, 0)
  skipSpace(reading)
  if (reading.at < text.length) refuse(`something is left at character ${reading.at + 1}`)
  return filter
}

function subNames(attribute: Attribute): Names {
  return (name) => {
    const found = findAttribute(attribute.sub, name)
    return found === undefined ? undefined : { extension: undefined, attribute: found, sub: undefined }
  }
}

function parseOr(reading: Reading, names: Names, depth: number): Filter {
  if (depth > limits.depth) refuse(`it is nested deeper than ${limits.depth} levels`)
  return parseJoined(reading, 'or', () => parseJoined(reading, 'and', () => parseOne(reading, names, depth)))
}

function parseJoined(reading: Reading, kind: 'and' | 'or', next: () => Filter): Filter {
  const first = next()
  const parts = [first]
  while (takeWord(reading, kind)) parts.push(next())
  return parts.length === 1 ? first : { kind, parts }
}

function parseOne(reading: Reading, names: Names, depth: number): Filter {
  skipSpace(reading)
  if (takeMark(reading, '(')) return parseBracketed(reading, names, depth, ')')
  const before = reading.at
  if (takeWord(reading, 'not') && takeMark(reading, '('))
    return { kind: 'not', part: parseBracketed(reading, names, depth, ')') }
  reading.at = before
  return parseAttribute(reading, names, depth)
}

function parseBracketed(reading: Reading, names: Names, depth: number, close: ')' | ']'): Filter {
  const inner = parseOr(reading, names, depth + 1)
  if (!takeMark(reading, close)) refuse(`\`${close}\` is missing at character ${reading.at + 1}`)
  return inner
}

function parseAttribute(reading: Reading, names: Names, depth: number): Filter {
  const name = take(reading, /[\w$:.-]+/y)
  if (name === undefined) refuse(`an attribute is missing at character ${reading.at + 1}`)
  const path = names(name)
  if (path === undefined) refuse(`there is no attribute \`${name.slice(0, 100)}\``)
  if (reading.text[reading.at] !== '[') return parseComparison(reading, path)
  reading.at++
  if (!path.attribute.isMulti || path.sub !== undefined) refuse(`\`${name}\` has no elements`)
  const part = parseBracketed(reading, subNames(path.attribute), depth, ']')
  return { kind: 'some', path, part: withFollowing(reading, path.attribute, part) }
}

/** `emails[type eq "work"].value eq "x"`, as Entra asks: type and value of the same element. */
function withFollowing(reading: Reading, attribute: Attribute, part: Filter): Filter {
  if (reading.text[reading.at] !== '.') return part
  reading.at++
  const name = take(reading, /[\w$-]+/y) ?? ''
  const path = subNames(attribute)(name)
  if (path === undefined) refuse(`there is no attribute \`${attribute.name}.${name.slice(0, 100)}\``)
  return { kind: 'and', parts: [part, parseComparison(reading, path)] }
}

function parseComparison(reading: Reading, path: AttributePath): Filter {
  if (++reading.comparisons > limits.comparisons) refuse(`it has more than ${limits.comparisons} comparisons`)
  skipSpace(reading)
  const word = take(reading, /[A-Za-z]+/y)?.toLowerCase() ?? ''
  if (word === 'pr') return present(path)
  if (!operators.has(word)) refuse(`\`${word.slice(0, 20)}\` is no operator`)
  const operator = word as Operator
  const given = readValue(reading)
  const text = given.value
  if (text === null) return comparedWithNull(path, operator)
  return overElements(path, (one) => ({ kind: 'compare', path: one, operator, value: typed(one, operator, text) }))
}

/** An absent value is what equals null. */
function comparedWithNull(path: AttributePath, operator: Operator): Filter {
  if (operator === 'ne') return present(path)
  if (operator !== 'eq') refuse(`\`${operator}\` does not take null`)
  return { kind: 'not', part: present(path) }
}

/** A list is there when it has an element; what is empty is not kept. */
function present(path: AttributePath): Filter {
  const { attribute, sub } = path
  if (!attribute.isMulti || sub === undefined) return { kind: 'present', path }
  return overElements(path, (one) => ({ kind: 'present', path: one }))
}

/** A comparison with a multi-valued attribute holds when it holds for one of its elements. */
function overElements(path: AttributePath, make: (path: AttributePath) => Filter): Filter {
  const { attribute, sub } = path
  if (!attribute.isMulti) return make(withValue(path))
  const named = sub ?? findAttribute(attribute.sub, 'value')
  if (named === undefined) refuse(`name a part of \`${attribute.name}\``)
  return { kind: 'some', path, part: make({ extension: undefined, attribute: named, sub: undefined }) }
}

/** `manager` stands for `manager.value`. */
function withValue(path: AttributePath): AttributePath {
  const { attribute, sub } = path
  if (attribute.type !== 'complex' || sub !== undefined) return path
  return { ...path, sub: findAttribute(attribute.sub, 'value') }
}

const ordered = new Set<Operator>(['gt', 'ge', 'lt', 'le'])

function typed(path: AttributePath, operator: Operator, value: Value): Value {
  const leaf = path.sub ?? path.attribute
  if (leaf.type === 'complex') refuse(`name a part of \`${leaf.name}\``)
  if (leaf.type === 'boolean') return typedBoolean(leaf, operator, value)
  if (leaf.type === 'dateTime') return typedDate(leaf, operator, value)
  if (typeof value === 'boolean') refuse(`\`${leaf.name}\` is a text`)
  if (ordered.has(operator) && leaf.type === 'binary') refuse(`\`${leaf.name}\` has no order`)
  return leaf.isCaseExact ? String(value) : fold(String(value))
}

function typedBoolean(leaf: Attribute, operator: Operator, value: Value): boolean {
  if (operator !== 'eq' && operator !== 'ne') refuse(`\`${leaf.name}\` is true or false`)
  const word = String(value).toLowerCase()
  if (word !== 'true' && word !== 'false') refuse(`\`${leaf.name}\` is true or false`)
  return word === 'true'
}

const dateForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

function typedDate(leaf: Attribute, operator: Operator, value: Value): number {
  const ms = typeof value === 'string' && dateForm.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms) || (!ordered.has(operator) && operator !== 'eq' && operator !== 'ne'))
    refuse(`\`${leaf.name}\` is compared with a time such as "2027-01-01T00:00:00Z"`)
  return ms
}

function readValue(reading: Reading): { value: Value | null } {
  skipSpace(reading)
  const quoted = take(reading, /"(?:[^"\\]|\\.)*"/y)
  if (quoted !== undefined) return { value: readString(quoted) }
  const word = take(reading, /[\w.+-]+/y) ?? ''
  const lower = word.toLowerCase()
  if (lower === 'null') return { value: null }
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
  if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(word)) refuse(`a value is missing at character ${reading.at + 1}`)
  return { value: Number(word) }
}

function readString(quoted: string): string {
  if (quoted.length > limits.value) refuse(`a value is longer than ${limits.value} characters`)
  const text = parseJson(quoted)
  if (typeof text !== 'string' || !isStorable(text)) refuse('a value is not a JSON string')
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text)
}

function skipSpace(reading: Reading): void {
  while (reading.text[reading.at] === ' ') reading.at++
}

function take(reading: Reading, form: RegExp): string | undefined {
  form.lastIndex = reading.at
  const found = form.exec(reading.text)?.[0]
  reading.at += found?.length ?? 0
  return found
}

function takeMark(reading: Reading, mark: string): boolean {
  skipSpace(reading)
  if (reading.text[reading.at] !== mark) return false
  reading.at++
  return true
}

/** Takes `word` where it stands alone. */
function takeWord(reading: Reading, word: string): boolean {
  skipSpace(reading)
  const end = reading.at + word.length
  if (reading.text.slice(reading.at, end).toLowerCase() !== word) return false
  if (!/^[ (]/.test(reading.text.slice(end, end + 1))) return false
  reading.at = end
  return true
}

function refuse(detail: string): never {
  throw ScimFilterInvalid({ detail })
}
