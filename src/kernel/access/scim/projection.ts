import { type Attribute, type AttributePath, findExtension, findPath, type ResourceType } from './attributes.ts'
import { isObject } from './values.ts'

/** Which attributes an answer has: `attributes` names the only ones, `excludedAttributes` those that are left out. */
export interface Projection {
  readonly only: readonly Part[] | undefined
  readonly without: readonly Part[]
}

/** A path; an extension as a whole has no attribute. */
type Part = Pick<AttributePath, 'extension' | 'sub'> & { readonly attribute: Attribute | undefined }

/** Names that no attribute has are passed over. */
export function readProjection(type: ResourceType, only: readonly string[], without: readonly string[]): Projection {
  const parts = (names: readonly string[]) => names.map((name) => partOf(type, name)).filter((one) => one !== undefined)
  return { only: only.length === 0 ? undefined : parts(only), without: only.length === 0 ? parts(without) : [] }
}

function partOf(type: ResourceType, name: string): Part | undefined {
  const extension = findExtension(type, name.trim())
  if (extension !== undefined) return { extension: extension.schema, attribute: undefined, sub: undefined }
  return findPath(type, name.trim())
}

/** Whether an attribute that costs something to read is asked for. */
export function wants({ only, without }: Projection, name: string): boolean {
  if (only !== undefined) return only.some((one) => one.attribute?.name === name)
  return !without.some((one) => one.attribute?.name === name && one.sub === undefined)
}

/** `id` and `schemas` stand in every answer. */
export function project({ only, without }: Projection, full: Readonly<Record<string, unknown>>) {
  if (only === undefined) return without.reduce(leaveOut, full)
  const { schemas, id } = full
  return only.reduce<Record<string, unknown>>((kept, part) => keep(kept, part, full), { schemas, id })
}

function keep(kept: Record<string, unknown>, part: Part, full: Readonly<Record<string, unknown>>) {
  if (part.extension === undefined) return keepAttribute(kept, part, full)
  const source = full[part.extension]
  if (!isObject(source)) return kept
  if (part.attribute === undefined) return { ...kept, [part.extension]: source }
  const before = kept[part.extension]
  return { ...kept, [part.extension]: keepAttribute(isObject(before) ? { ...before } : {}, part, source) }
}

function keepAttribute(
  kept: Record<string, unknown>,
  { attribute, sub }: Part,
  full: Readonly<Record<string, unknown>>,
) {
  const value = attribute === undefined ? undefined : full[attribute.name]
  if (attribute === undefined || value === undefined) return kept
  if (sub === undefined) return { ...kept, [attribute.name]: value }
  const before = kept[attribute.name]
  if (Array.isArray(value)) {
    const known = Array.isArray(before) ? before : []
    return { ...kept, [attribute.name]: value.map((one, i) => ({ ...known[i], ...only(one, sub.name) })) }
  }
  return { ...kept, [attribute.name]: { ...(isObject(before) ? before : {}), ...only(value, sub.name) } }
}

function only(value: unknown, name: string): Record<string, unknown> {
  return isObject(value) && value[name] !== undefined ? { [name]: value[name] } : {}
}

function leaveOut(full: Readonly<Record<string, unknown>>, part: Part): Readonly<Record<string, unknown>> {
  const { extension, attribute } = part
  if (attribute?.returned === 'always') return full
  if (extension !== undefined) {
    const source = full[extension]
    if (!isObject(source)) return full
    if (attribute === undefined) return without(full, extension)
    return { ...full, [extension]: leaveOutAttribute(source, part) }
  }
  return leaveOutAttribute(full, part)
}

function leaveOutAttribute(full: Readonly<Record<string, unknown>>, part: Part): Readonly<Record<string, unknown>> {
  const { attribute, sub } = part
  const value = attribute === undefined ? undefined : full[attribute.name]
  if (attribute === undefined || value === undefined) return full
  if (sub === undefined) return without(full, attribute.name)
  const left = (one: unknown) => (isObject(one) ? without(one, sub.name) : one)
  return { ...full, [attribute.name]: Array.isArray(value) ? value.map(left) : left(value) }
}

function without(full: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const { [name]: _, ...rest } = full
  return rest
}
