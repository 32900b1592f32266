import { type RawBuilder, sql } from 'kysely'
import type { AttributePath } from './attributes.ts'
import type { Filter, Operator, Value } from './filter.ts'

type Sql = RawBuilder<unknown>

/** Where the attributes of a filter stand in SQL. Names come from our schemas, values are always parameters. */
export interface Place {
  /** The value as text; undefined for what is not kept. */
  text(path: AttributePath): Sql | undefined
  flag(path: AttributePath): Sql
  /** A point in time. */
  date(path: AttributePath): Sql
  isPresent(path: AttributePath): Sql
  /** One element of a multi-valued attribute fulfils the condition over `place`. */
  some(path: AttributePath, condition: (place: Place) => Sql): Sql
}

/** A condition that is true where the filter holds; false or null elsewhere. */
export function filterSql(filter: Filter, place: Place): RawBuilder<boolean> {
  return condition(filter, place) as RawBuilder<boolean>
}

function condition(filter: Filter, place: Place): Sql {
  switch (filter.kind) {
    case 'and':
      return joined(filter.parts, place, sql` and `)
    case 'or':
      return joined(filter.parts, place, sql` or `)
    case 'not':
      // unknown is not true, so its opposite is
      return sql`(not coalesce(${condition(filter.part, place)}, false))`
    case 'present':
      return place.isPresent(filter.path)
    case 'some':
      return place.some(filter.path, (inner) => condition(filter.part, inner))
    case 'compare':
      return comparison(filter.path, filter.operator, filter.value, place)
  }
}

function joined(parts: readonly Filter[], place: Place, by: Sql): Sql {
  return sql`(${sql.join(
    parts.map((part) => condition(part, place)),
    by,
  )})`
}

function comparison(path: AttributePath, operator: Operator, value: Value, place: Place): Sql {
  const leaf = path.sub ?? path.attribute
  if (leaf.type === 'boolean') return ordered(place.flag(path), operator, sql`${value}`)
  if (leaf.type === 'dateTime') return ordered(place.date(path), operator, sql`${new Date(Number(value))}`)
  const text = place.text(path)
  return text === undefined ? sql`false` : compareText(text, operator, String(value))
}

function compareText(text: Sql, operator: Operator, value: string): Sql {
  if (operator === 'co') return sql`(strpos(${text}, ${value}) > 0)`
  if (operator === 'sw') return sql`starts_with(${text}, ${value})`
  if (operator === 'ew') return sql`(right(${text}, ${[...value].length}) = ${value})`
  // byte by byte, whatever the language of the database
  if (operator === 'eq' || operator === 'ne') return ordered(text, operator, sql`${value}`)
  return ordered(sql`(${text} collate "C")`, operator, sql`${value}`)
}

function ordered(left: Sql, operator: Operator, right: Sql): Sql {
  switch (operator) {
    case 'eq':
      return sql`(${left} = ${right})`
    case 'ne':
      return sql`(${left} is distinct from ${right})`
    case 'gt':
      return sql`(${left} > ${right})`
    case 'ge':
      return sql`(${left} >= ${right})`
    case 'lt':
      return sql`(${left} < ${right})`
    default:
      return sql`(${left} <= ${right})`
  }
}
