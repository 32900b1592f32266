import {
  type Attribute,
  type Extension,
  findAttribute,
  findExtension,
  type ResourceType,
  splitSchema,
} from './attributes.ts'
import { ScimMutability, ScimNoTarget, ScimPathInvalid, ScimSyntaxInvalid, ScimValueInvalid } from './errors.ts'
import { type Filter, parseElementFilter } from './filter.ts'
import { patchElements } from './patch-elements.ts'
import { type Complex, checkWhole, isObject, type Resource, readSingle } from './values.ts'

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string | undefined
  readonly value: unknown
}

/** Where an operation aims: an attribute, a part of it, some of its elements. */
export interface Target {
  readonly extension: Extension | undefined
  readonly attribute: Attribute
  readonly filter: Filter | undefined
  readonly sub: Attribute | undefined
}

const operationsMax = 1000

/** The operations of a PATCH body (RFC 7644 section 3.5.2), `op` in any letter case. @throws scim_syntax_invalid, scim_value_invalid */
export function readOperations(body: Readonly<Record<string, unknown>>): PatchOperation[] {
  const given = memberOf(body, 'operations')
  if (!Array.isArray(given) || given.length === 0) throw ScimSyntaxInvalid({ detail: '`Operations` is missing' })
  if (given.length > operationsMax) throw ScimSyntaxInvalid({ detail: `more than ${operationsMax} operations` })
  return given.map(readOperation)
}

function readOperation(given: unknown): PatchOperation {
  if (!isObject(given)) throw ScimSyntaxInvalid({ detail: 'an operation is an object' })
  const said = memberOf(given, 'op')
  const op = typeof said === 'string' ? said.toLowerCase() : undefined
  if (op !== 'add' && op !== 'replace' && op !== 'remove')
    throw ScimSyntaxInvalid({ detail: '`op` is one of `add`, `replace`, `remove`' })
  const path = memberOf(given, 'path') ?? undefined
  if (path !== undefined && typeof path !== 'string') throw ScimSyntaxInvalid({ detail: '`path` is a text' })
  const value = memberOf(given, 'value')
  if (op !== 'remove' && value === undefined) throw ScimValueInvalid({ detail: `\`${op}\` needs a value` })
  // some clients send an empty path for none
  return { op, path: path === '' ? undefined : path, value }
}

function memberOf(holder: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = Object.keys(holder).find((one) => one.toLowerCase() === name)
  return key === undefined ? undefined : holder[key]
}

/**
 * The resource after all operations, or an error and nothing changed. What it answers is as valid as what `readResource` does.
 *
 * @throws scim_path_invalid, scim_filter_invalid, scim_no_target, scim_value_invalid, scim_mutability
 */
export function applyPatch(
  type: ResourceType,
  id: string,
  resource: Resource,
  operations: readonly PatchOperation[],
): Resource {
  const draft: Record<string, unknown> = { ...resource }
  let looks = 0
  for (const { op, path, value } of together(operations)) {
    // each goes through all members, while nothing else on this node runs
    looks += Array.isArray(draft['members']) ? draft['members'].length : 0
    if (looks > looksMax)
      throw ScimSyntaxInvalid({ detail: 'too many operations on so many members: name the members in one operation' })
    if (path !== undefined) applyAt(type, id, draft, op, path, value)
    else applyMembers(type, id, draft, op, value)
  }
  return checkWhole(type, draft)
}

/** Members that all operations of one PATCH may look at together: about a second. */
const looksMax = 1_000_000

/** Members that are added one operation after the other are added at once, which comes to the same. */
function together(operations: readonly PatchOperation[]): readonly PatchOperation[] {
  const all: PatchOperation[] = []
  let open: unknown[] | undefined
  for (const one of operations) {
    const isAdding = one.op === 'add' && one.path?.toLowerCase() === 'members' && isObject(one.value)
    if (isAdding && open !== undefined) {
      open.push(one.value)
      continue
    }
    open = isAdding ? [one.value] : undefined
    all.push(open === undefined ? one : { ...one, value: open })
  }
  return all
}

/** Without a path every member of the value is an operation: plain, dotted and URN-qualified names alike. */
function applyMembers(
  type: ResourceType,
  id: string,
  draft: Record<string, unknown>,
  op: PatchOperation['op'],
  value: unknown,
): void {
  if (op === 'remove') throw ScimNoTarget({ detail: '`remove` needs a path' })
  if (!isObject(value)) throw ScimValueInvalid({ detail: 'without a path the value is an object' })
  for (const [key, one] of Object.entries(value))
    if (!/^(schemas|meta)$/i.test(key)) applyAt(type, id, draft, op, key, one)
}

function applyAt(
  type: ResourceType,
  id: string,
  draft: Record<string, unknown>,
  op: PatchOperation['op'],
  path: string,
  value: unknown,
): void {
  const whole = findExtension(type, path)
  if (whole !== undefined) {
    applyToExtension(type, id, draft, op, whole, value)
    return
  }
  const target = readTarget(type, path)
  // Okta repeats the id
  if (target.attribute.name === 'id' && op !== 'remove' && value === id) return
  refuseUnwritable(target)
  if (target.attribute.mutability === 'writeOnly') return
  const { extension } = target
  if (extension === undefined) {
    patchAttribute(draft, target, op, value)
    return
  }
  const known = draft[extension.schema]
  const part: Record<string, unknown> = isObject(known) ? { ...known } : {}
  patchAttribute(part, target, op, value)
  setOrDelete(draft, extension.schema, Object.keys(part).length === 0 ? undefined : part)
}

function applyToExtension(
  type: ResourceType,
  id: string,
  draft: Record<string, unknown>,
  op: PatchOperation['op'],
  extension: Extension,
  value: unknown,
): void {
  if (op === 'remove') {
    delete draft[extension.schema]
    return
  }
  if (!isObject(value)) throw ScimValueInvalid({ detail: `\`${extension.schema}\` is an object` })
  for (const [key, one] of Object.entries(value))
    if (!/^schemas$/i.test(key)) applyAt(type, id, draft, op, `${extension.schema}:${key}`, one)
}

const targetForm = /^([A-Za-z$][\w$-]*)(?:\[(.*)\])?(?:\.([A-Za-z$][\w$-]*))?$/s

/** @throws scim_path_invalid, scim_filter_invalid */
function readTarget(type: ResourceType, path: string): Target {
  const refusal = () => ScimPathInvalid({ path: path.slice(0, 200) })
  const { extension, rest } = splitSchema(type, path)
  const [, name = '', filter, subName] = targetForm.exec(rest) ?? []
  const attribute = findAttribute(extension?.attributes ?? type.attributes, name)
  if (attribute === undefined || (filter !== undefined && !attribute.isMulti)) throw refusal()
  const sub = subName === undefined ? undefined : findAttribute(attribute.sub, subName)
  if (subName !== undefined && sub === undefined) throw refusal()
  return {
    extension,
    attribute,
    filter: filter === undefined ? undefined : parseElementFilter(attribute, filter),
    sub,
  }
}

function refuseUnwritable({ attribute, sub }: Target): void {
  const locked = [attribute, sub].find((one) => one?.mutability === 'readOnly' || one?.mutability === 'immutable')
  if (locked !== undefined) throw ScimMutability({ detail: `\`${locked.name}\` cannot be changed` })
}

function patchAttribute(
  holder: Record<string, unknown>,
  target: Target,
  op: PatchOperation['op'],
  value: unknown,
): void {
  const { attribute, sub } = target
  if (attribute.isMulti) {
    const elements = holder[attribute.name]
    const known = Array.isArray(elements) ? (elements as readonly Complex[]) : []
    setOrDelete(holder, attribute.name, patchElements(known, target, op, value))
    return
  }
  const before = holder[attribute.name]
  const after =
    attribute.type === 'complex'
      ? patchComplex(attribute, sub, isObject(before) ? before : {}, op, value)
      : removedOr(op, () => readSingle(attribute, value))
  if (after === undefined && attribute.isRequired)
    throw ScimMutability({ detail: `\`${attribute.name}\` cannot be removed` })
  // to add nothing changes nothing
  if (after !== undefined || op !== 'add') setOrDelete(holder, attribute.name, after)
}

/** Parts that are not named stay (RFC 7644 section 3.5.2.3). */
function patchComplex(
  attribute: Attribute,
  sub: Attribute | undefined,
  before: Readonly<Record<string, unknown>>,
  op: PatchOperation['op'],
  value: unknown,
): object | undefined {
  const after: Record<string, unknown> = { ...before }
  if (sub !== undefined) {
    const read = removedOr(op, () => readSingle(sub, value))
    setOrDelete(after, sub.name, read)
  } else {
    if (op === 'remove' || value === null || value === '') return undefined
    setParts(after, attribute, value)
  }
  return Object.keys(after).length === 0 ? undefined : after
}

function setParts(after: Record<string, unknown>, attribute: Attribute, value: unknown): void {
  const parts = typeof value === 'string' ? { value } : value
  if (!isObject(parts)) throw ScimValueInvalid({ detail: `\`${attribute.name}\` is an object` })
  for (const [key, one] of Object.entries(parts)) {
    const part = findAttribute(attribute.sub, key)
    if (part !== undefined && part.mutability !== 'readOnly') setOrDelete(after, part.name, readSingle(part, one))
  }
}

function removedOr<T>(op: PatchOperation['op'], read: () => T | undefined): T | undefined {
  return op === 'remove' ? undefined : read()
}

function setOrDelete(holder: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) delete holder[name]
  else holder[name] = value
}
