import { type RawBuilder, sql } from 'kysely'
import { type AttributePath, findPath, groupType, userType } from '../scim/attributes.ts'
import type { Place } from '../scim/filter-sql.ts'

type Sql = RawBuilder<unknown>

/** Attributes that are no part of the document. */
interface Columns {
  readonly id: Sql
  readonly document: Sql
  readonly created: Sql
  readonly modified: Sql
  /** Lists that are tables of their own, by name. */
  readonly lists: Readonly<Record<string, List>>
}

interface List {
  readonly from: Sql
  /** Columns of its sub-attributes. */
  readonly columns: Readonly<Record<string, Sql>>
}

const dates: Readonly<Record<string, 'created' | 'modified'>> = { created: 'created', lastModified: 'modified' }

/** Filters over people, as `p`. */
export const personPlace: Place = documentPlace({
  id: sql`p.user_id`,
  document: sql`p.search`,
  created: sql`p.created_at`,
  modified: sql`p.modified_at`,
  lists: {
    groups: {
      from: sql`access_group_member m join access_group mg on mg.id = m.group_id where m.user_id = p.user_id`,
      columns: { value: sql`m.group_id`, display: sql`mg.search ->> 'displayName'`, type: sql`'direct'` },
    },
  },
})

/** Filters over groups, as `g`. */
export const groupPlace: Place = documentPlace({
  id: sql`g.id`,
  document: sql`g.search`,
  created: sql`g.created_at`,
  modified: sql`g.modified_at`,
  lists: {
    members: {
      from: sql`access_group_member m where m.group_id = g.id`,
      columns: { value: sql`m.user_id`, type: sql`'user'` },
    },
  },
})

function documentPlace(columns: Columns): Place {
  const textOf = (path: AttributePath): Sql | undefined => {
    const { attribute, sub } = path
    if (attribute.name === 'id') return columns.id
    if (attribute.name === 'meta') return undefined
    const holder = holderOf(columns, path)
    if (sub === undefined) return sql`(${holder} ->> ${sql.lit(attribute.name)})`
    return sql`(${holder} -> ${sql.lit(attribute.name)} ->> ${sql.lit(sub.name)})`
  }
  return {
    text: textOf,
    flag: (path) => sql`(${textOf(path) ?? sql`null`})::boolean`,
    date: ({ sub }) => columns[dates[sub?.name ?? ''] ?? 'created'],
    isPresent: (path) => {
      const { name } = path.attribute
      const list = columns.lists[name]
      if (list !== undefined) return sql`exists (select 1 from ${list.from})`
      if (name === 'id' || name === 'meta') return sql`true`
      const part = path.sub === undefined ? sql`` : sql` -> ${sql.lit(path.sub.name)}`
      return sql`((${holderOf(columns, path)} -> ${sql.lit(name)}${part}) is not null)`
    },
    some: (path, condition) => {
      const list = columns.lists[path.attribute.name]
      if (list !== undefined) return sql`exists (select 1 from ${list.from} and ${condition(rowPlace(list))})`
      const elements = sql`jsonb_array_elements(${holderOf(columns, path)} -> ${sql.lit(path.attribute.name)})`
      return sql`exists (select 1 from ${elements} as e (v) where ${condition(elementPlace)})`
    },
  }
}

function holderOf({ document }: Columns, { extension }: AttributePath): Sql {
  return extension === undefined ? document : sql`${document} -> ${sql.lit(extension)}`
}

const elementPlace: Place = {
  text: ({ attribute }) => sql`(e.v ->> ${sql.lit(attribute.name)})`,
  flag: ({ attribute }) => sql`(e.v ->> ${sql.lit(attribute.name)})::boolean`,
  date: () => sql`null::timestamptz`,
  isPresent: ({ attribute }) => sql`(e.v -> ${sql.lit(attribute.name)} is not null)`,
  some: () => sql`false`,
}

function rowPlace({ columns }: List): Place {
  return {
    text: ({ attribute }) => columns[attribute.name],
    flag: () => sql`null::boolean`,
    date: () => sql`null::timestamptz`,
    isPresent: ({ attribute }) => (columns[attribute.name] === undefined ? sql`false` : sql`true`),
    some: () => sql`false`,
  }
}

/** What to sort by: the attribute, or the `value` of a list's primary or first element; undefined when there is none. */
export function sortKey(kind: 'person' | 'group', text: string): Sql | undefined {
  const path = findPath(kind === 'person' ? userType : groupType, text)
  if (path === undefined) return undefined
  const place = kind === 'person' ? personPlace : groupPlace
  const { attribute, sub } = path
  const leaf = sub ?? attribute
  if (attribute.isMulti) return kind === 'person' && attribute.name !== 'groups' ? elementKey(path) : undefined
  if (leaf.type === 'complex') return undefined
  if (leaf.type === 'dateTime') return place.date(path)
  const key = place.text(path)
  return key === undefined ? undefined : sql`${key} collate "C"`
}

function elementKey({ attribute, sub }: AttributePath): Sql {
  const elements = sql`jsonb_array_elements(p.search -> ${sql.lit(attribute.name)})`
  const name = sql.lit(sub?.name ?? 'value')
  return sql`(select (e.v ->> ${name}) collate "C" from ${elements} as e (v)
    order by (e.v ->> 'primary')::boolean desc nulls last limit 1)`
}
