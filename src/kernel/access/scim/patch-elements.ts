import { type Attribute, findAttribute } from './attributes.ts'
import { ScimNoTarget, ScimValueInvalid } from './errors.ts'
import { equalities, matchesElement } from './filter-match.ts'
import type { PatchOperation, Target } from './patch.ts'
import { type Complex, readComplex, readElements, readSingle, withoutRepeats } from './values.ts'

/**
 * The elements of a multi-valued attribute after one operation; undefined when none is left.
 *
 * @throws scim_value_invalid, scim_no_target
 */
export function patchElements(
  known: readonly Complex[],
  target: Target,
  op: PatchOperation['op'],
  value: unknown,
): readonly Complex[] | undefined {
  const { attribute, filter, sub } = target
  if (filter === undefined && sub === undefined) return patchAll(attribute, known, op, value)
  const isMatch = (one: Complex) => filter === undefined || matchesElement(filter, one)
  if (op === 'remove') return removed(attribute, sub, known, isMatch)
  const changed = new Map<Complex, Complex | undefined>()
  for (const one of known) if (isMatch(one)) changed.set(one, patchElement(target, one, op, value))
  if (changed.size === 0) return created(target, known, value)
  const after = known.map((one) => (changed.has(one) ? changed.get(one) : one)).filter((one) => one !== undefined)
  return withoutRepeats(
    attribute,
    after,
    [...changed.values()].filter((one) => one !== undefined),
  )
}

function patchAll(
  attribute: Attribute,
  known: readonly Complex[],
  op: PatchOperation['op'],
  value: unknown,
): readonly Complex[] | undefined {
  const isNothing = value === undefined || value === null || value === ''
  const given = isNothing ? [] : (readElements(attribute, value) ?? [])
  if (op === 'replace') return given.length === 0 ? undefined : given
  if (op === 'add') return added(attribute, known, given)
  // Entra names the elements to remove as a value
  return isNothing ? undefined : withoutNamed(attribute, known, given)
}

function added(attribute: Attribute, known: readonly Complex[], given: readonly Complex[]) {
  const before = new Set(known.map((one) => JSON.stringify(one)))
  const fresh = given.filter((one) => !before.has(JSON.stringify(one)))
  return withoutRepeats(attribute, [...known, ...fresh], fresh)
}

function withoutNamed(attribute: Attribute, known: readonly Complex[], given: readonly Complex[]) {
  const nameOf = (one: Complex) => (one['value'] === undefined ? JSON.stringify(one) : `=${String(one['value'])}`)
  const named = new Set(given.map(nameOf))
  return withoutRepeats(
    attribute,
    known.filter((one) => !named.has(nameOf(one))),
    [],
  )
}

/** An element without its value is none. */
function removed(
  attribute: Attribute,
  sub: Attribute | undefined,
  known: readonly Complex[],
  isMatch: (one: Complex) => boolean,
) {
  const after = known.flatMap((one) => {
    if (!isMatch(one)) return [one]
    if (sub === undefined || sub.name === 'value') return []
    const { [sub.name]: _, ...rest } = one
    return Object.keys(rest).length === 0 ? [] : [rest]
  })
  return withoutRepeats(attribute, after, [])
}

function patchElement(
  { attribute, sub }: Target,
  one: Complex,
  op: PatchOperation['op'],
  value: unknown,
): Complex | undefined {
  if (sub === undefined) {
    const given = readComplex(attribute, value)
    return op === 'add' ? inOrder(attribute, { ...one, ...given }) : given
  }
  const read = readSingle(sub, value)
  const { [sub.name]: _, ...rest } = one
  if (typeof read === 'string' || typeof read === 'boolean') return inOrder(attribute, { ...rest, [sub.name]: read })
  return sub.name === 'value' || Object.keys(rest).length === 0 ? undefined : rest
}

/**
 * Where nothing matches `[type eq "work"]`, an element that does is made: Entra relies on it, against the letter of RFC 7644.
 *
 * @throws scim_no_target when the filter says more than what equals what
 */
function created({ attribute, filter, sub }: Target, known: readonly Complex[], value: unknown) {
  if (value === null || value === '') return known
  const wanted = filter === undefined ? {} : equalities(filter)
  if (wanted === undefined) throw ScimNoTarget({ detail: `no element of \`${attribute.name}\` matches` })
  const given = sub === undefined ? value : { [sub.name]: value }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw ScimValueInvalid({ detail: `an element of \`${attribute.name}\` is an object` })
  const fresh = readComplex(attribute, { ...wanted, ...given })
  return fresh === undefined ? known : added(attribute, known, [fresh])
}

/** Sub-attributes in the order of the schema, so that equal elements are written the same. */
function inOrder(attribute: Attribute, element: Complex): Complex {
  const names = Object.keys(element).filter((name) => findAttribute(attribute.sub, name) !== undefined)
  const order = attribute.sub.map((one) => one.name)
  names.sort((a, b) => order.indexOf(a) - order.indexOf(b))
  return Object.fromEntries(names.map((name) => [name, element[name] ?? false]))
}
