import {
  type Attribute,
  findAttribute,
  findExtension,
  findPath,
  fold,
  type ResourceType,
  userSchema,
} from './attributes.ts'
import { ScimValueInvalid } from './errors.ts'
import { isStorable } from './filter.ts'

/** One value of a complex attribute. */
export type Complex = Readonly<Record<string, string | boolean>>
export type AttributeValue = string | boolean | Complex | readonly Complex[]
/**
 * What is kept of a resource: assigned attributes under their names of the schema, each of its type, those of an extension
 * under its URN. At most one element of a list is primary.
 */
export type Resource = Readonly<Record<string, AttributeValue | Readonly<Record<string, AttributeValue>>>>

/** Most of each in one resource. */
const limits = { text: 2048, key: 2000, binary: 16_384, elements: 100, members: 50_000, bytes: 65_536 } as const

/**
 * The resource that a body of POST or PUT describes. Attributes that we do not know and those that only we write are passed over.
 *
 * @throws scim_value_invalid
 */
export function readResource(type: ResourceType, body: Readonly<Record<string, unknown>>): Resource {
  const resource: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(body)) {
    const extension = findExtension(type, key)
    if (extension !== undefined) {
      const part = readAttributes(extension.attributes, value)
      if (Object.keys(part).length > 0) resource[extension.schema] = part
      continue
    }
    const path = findPath(type, key)
    if (path?.extension !== undefined || path?.sub !== undefined) continue
    if (path !== undefined) assign(resource, path.attribute, value)
  }
  if (type.schema === userSchema) resource['active'] ??= true
  return checkWhole(type, resource)
}

function readAttributes(attributes: readonly Attribute[], value: unknown): Record<string, unknown> {
  const part: Record<string, unknown> = {}
  if (!isObject(value)) return part
  for (const [key, one] of Object.entries(value)) {
    const found = findAttribute(attributes, key)
    if (found !== undefined) assign(part, found, one)
  }
  return part
}

function assign(holder: Record<string, unknown>, attribute: Attribute, value: unknown): void {
  if (attribute.mutability === 'readOnly' || attribute.mutability === 'writeOnly') return
  const read = readValue(attribute, value)
  if (read !== undefined) holder[attribute.name] = read
}

/** By these resources are found, so they stand in an index. */
const keys = ['userName', 'externalId', 'displayName']

/** What holds of every resource that is kept. @throws scim_value_invalid */
export function checkWhole(type: ResourceType, resource: Record<string, unknown>): Resource {
  for (const { name, isRequired } of type.attributes)
    if (isRequired && resource[name] === undefined) throw ScimValueInvalid({ detail: `\`${name}\` is missing` })
  for (const name of keys) {
    const value = resource[name]
    // an index of PostgreSQL holds 2,704 bytes
    if (typeof value === 'string' && Buffer.byteLength(fold(value)) > limits.key)
      throw ScimValueInvalid({ detail: `\`${name}\` is longer than ${limits.key} bytes` })
  }
  if (type.schema === userSchema) {
    const bytes = Buffer.byteLength(JSON.stringify(resource))
    if (bytes > limits.bytes) throw ScimValueInvalid({ detail: `the resource is larger than ${limits.bytes} bytes` })
  }
  return resource as Resource
}

/**
 * A value as its attribute keeps it; undefined where it says that there is none: null, an empty text, an empty list.
 *
 * @throws scim_value_invalid
 */
export function readValue(attribute: Attribute, value: unknown): AttributeValue | undefined {
  if (value === null || value === undefined || value === '') return undefined
  return attribute.isMulti ? readElements(attribute, value) : readSingle(attribute, value)
}

/** @throws scim_value_invalid */
export function readSingle(attribute: Attribute, value: unknown): string | boolean | Complex | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (attribute.type === 'complex') return readComplex(attribute, value)
  return attribute.type === 'boolean' ? readBoolean(attribute, value) : readText(attribute, value)
}

/** Entra sends "True" and "False". */
function readBoolean({ name }: Attribute, value: unknown): boolean {
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if (word === true || word === 'true') return true
  if (word === false || word === 'false') return false
  throw ScimValueInvalid({ detail: `\`${name}\` is true or false` })
}

function readText({ name, type }: Attribute, value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') throw ScimValueInvalid({ detail: `\`${name}\` is a text` })
  const max = type === 'binary' ? limits.binary : limits.text
  if (text.length > max) throw ScimValueInvalid({ detail: `\`${name}\` is longer than ${max} characters` })
  if (!isStorable(text)) throw ScimValueInvalid({ detail: `\`${name}\` holds a character that no text has` })
  return text
}

/** A bare text stands for its `value`, as Entra sends a manager. */
export function readComplex(attribute: Attribute, value: unknown): Complex | undefined {
  const given = typeof value === 'string' ? { value } : value
  if (!isObject(given)) throw ScimValueInvalid({ detail: `\`${attribute.name}\` is an object` })
  const element: Record<string, string | boolean> = {}
  for (const sub of attribute.sub) {
    if (sub.mutability === 'readOnly') continue
    const key = Object.keys(given).find((one) => one.toLowerCase() === sub.name.toLowerCase())
    const read = key === undefined ? undefined : readSingle(sub, given[key])
    if (typeof read === 'string' || typeof read === 'boolean') element[sub.name] = read
  }
  if (attribute.name === 'members') return readMember(element)
  return Object.keys(element).length === 0 ? undefined : element
}

/** The id is all that is kept of a member. */
function readMember({ value, type = 'User' }: Complex): Complex {
  if (typeof value !== 'string') throw ScimValueInvalid({ detail: '`members` have a `value`' })
  if (fold(String(type)) !== 'user') throw ScimValueInvalid({ detail: 'members are users: groups hold no groups' })
  return { value, type: 'User' }
}

/** @throws scim_value_invalid */
export function readElements(attribute: Attribute, value: unknown): readonly Complex[] | undefined {
  const given = Array.isArray(value) ? value : [value]
  const max = attribute.name === 'members' ? limits.members : limits.elements
  if (given.length > max) throw ScimValueInvalid({ detail: `\`${attribute.name}\` has more than ${max} values` })
  const elements = given.map((one) => readComplex(attribute, one)).filter((one) => one !== undefined)
  return withoutRepeats(attribute, elements, [])
}

/**
 * Elements each once, the first place of each kept. Where several are primary, the `newest` one stays it.
 *
 * @throws scim_value_invalid when that does not tell which
 */
export function withoutRepeats(
  attribute: Attribute,
  elements: readonly Complex[],
  newest: readonly Complex[],
): readonly Complex[] | undefined {
  const primary = elements.filter((one) => one['primary'] === true)
  const winners = primary.length < 2 ? primary : newest.filter((one) => one['primary'] === true)
  if (primary.length > 1 && winners.length !== 1)
    throw ScimValueInvalid({ detail: `only one of \`${attribute.name}\` can be primary` })
  const kept = elements.map((one) => (one['primary'] === true && one !== winners[0] ? { ...one, primary: false } : one))
  const unique = new Map(kept.map((one) => [JSON.stringify(one), one]))
  const max = attribute.name === 'members' ? limits.members : limits.elements
  if (unique.size > max) throw ScimValueInvalid({ detail: `\`${attribute.name}\` has more than ${max} values` })
  return unique.size === 0 ? undefined : [...unique.values()]
}

/** The resource as filters compare it: folded where letter case does not count. */
export function searchForm(type: ResourceType, resource: Resource): Record<string, unknown> {
  const form: Record<string, unknown> = foldAttributes(type.attributes, resource)
  for (const { schema, attributes } of type.extensions) {
    const part = resource[schema]
    if (isObject(part)) form[schema] = foldAttributes(attributes, part)
  }
  return form
}

function foldAttributes(attributes: readonly Attribute[], holder: Readonly<Record<string, unknown>>) {
  const folded: Record<string, unknown> = {}
  for (const attribute of attributes) {
    const value = holder[attribute.name]
    if (value !== undefined && attribute.type !== 'binary') folded[attribute.name] = foldValue(attribute, value)
  }
  return folded
}

function foldValue(attribute: Attribute, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => foldValue(attribute, one))
  if (isObject(value)) return foldAttributes(attribute.sub, value)
  return typeof value === 'string' && !attribute.isCaseExact ? fold(value) : value
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
