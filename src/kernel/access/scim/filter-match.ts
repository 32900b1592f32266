import { type Attribute, fold } from './attributes.ts'
import type { Filter, Operator, Value } from './filter.ts'

/** Whether one element of a multi-valued attribute fulfils a filter over its sub-attributes. */
export function matchesElement(filter: Filter, element: Readonly<Record<string, unknown>>): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => matchesElement(part, element))
    case 'or':
      return filter.parts.some((part) => matchesElement(part, element))
    case 'not':
      return !matchesElement(filter.part, element)
    case 'present':
      return element[filter.path.attribute.name] !== undefined
    case 'compare':
      return compares(comparable(filter.path.attribute, element), filter.operator, filter.value)
    case 'some':
      return false
  }
}

function comparable(attribute: Attribute, element: Readonly<Record<string, unknown>>): Value | undefined {
  const value = element[attribute.name]
  if (typeof value === 'string') return attribute.isCaseExact ? value : fold(value)
  return typeof value === 'boolean' ? value : undefined
}

function compares(found: Value | undefined, operator: Operator, wanted: Value): boolean {
  if (operator === 'ne') return found !== wanted
  if (found === undefined) return false
  if (operator === 'eq') return found === wanted
  const [text, part] = [String(found), String(wanted)]
  if (operator === 'co') return text.includes(part)
  if (operator === 'sw') return text.startsWith(part)
  if (operator === 'ew') return text.endsWith(part)
  return isInOrder(text, operator, part)
}

function isInOrder(text: string, operator: Operator, other: string): boolean {
  const order = Buffer.compare(Buffer.from(text), Buffer.from(other))
  if (operator === 'gt') return order > 0
  if (operator === 'ge') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}

/** The values that an element must have to match, where the filter is nothing but `eq`s joined by `and`; else undefined. */
export function equalities(filter: Filter): Readonly<Record<string, Value>> | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq') return { [filter.path.attribute.name]: filter.value }
  if (filter.kind !== 'and') return undefined
  const parts = filter.parts.map(equalities)
  return parts.some((one) => one === undefined) ? undefined : Object.assign({}, ...parts)
}
