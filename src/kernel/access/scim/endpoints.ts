import type { Context, LedgerTables } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { groupPlace, personPlace, sortKey } from '../directory/filter-places.ts'
import { findGroup, type GroupRow, listGroupRows, memberCounts, membersOf } from '../directory/group-store.ts'
import { changeGroup, createGroup, removeGroup } from '../directory/groups.ts'
import { changePerson, type Directory, type Expected, provisionPerson, removePerson } from '../directory/people.ts'
import { findPerson, groupsOf, type ListWindow, listPersons, type PersonRow } from '../directory/person-store.ts'
import type { AccessTables } from '../store.ts'
import { groupType, type ResourceType, userType } from './attributes.ts'
import { resultsMax } from './documents.ts'
import { ScimNotFound, ScimPathInvalid } from './errors.ts'
import { parseFilter } from './filter.ts'
import { filterSql, type Place } from './filter-sql.ts'
import { type Projection, project, wants } from './projection.ts'
import type { Resource } from './values.ts'

type Tables = AccessTables & LedgerTables

export interface Query {
  readonly filter?: string | undefined
  readonly sortBy?: string | undefined
  readonly sortOrder: 'ascending' | 'descending'
  readonly startIndex: number
  readonly count: number
}

/** A resource as it is answered. */
export interface Rendered {
  readonly json: Readonly<Record<string, unknown>>
  readonly version: number
  readonly location: string
}

/** What SCIM does with one type of resource. `base` is the address of the service. */
export interface Endpoint {
  readonly type: ResourceType
  /** @throws scim_not_found */
  get(base: string, id: string, projection: Projection): Promise<Rendered>
  /** May answer fewer than asked: `itemsPerPage` tells. @throws scim_filter_invalid */
  list(base: string, query: Query, projection: Projection): Promise<{ total: number; resources: unknown[] }>
  create(ctx: Context, resource: Resource): Promise<string>
  change(ctx: Context, id: string, expected: Expected, change: (before: Resource) => Resource): Promise<void>
  remove(ctx: Context, id: string, expected: Expected): Promise<void>
}

const idForm = /^[\w-]{1,100}$/

export function userEndpoint(directory: Directory): Endpoint {
  const { db } = directory
  const render = async (base: string, rows: readonly PersonRow[], projection: Projection) => {
    const ids = wants(projection, 'groups') ? rows.map((one) => one.id) : []
    const groups = await groupsOf(db, ids)
    return rows.map((row) => {
      const of = groups.get(row.id) ?? []
      const list = of.map(({ id, name }) => ({
        value: id,
        $ref: `${base}/Groups/${id}`,
        display: name,
        type: 'direct',
      }))
      return rendered(userType, base, row, list.length === 0 ? {} : { groups: list }, projection)
    })
  }
  return {
    type: userType,
    get: async (base, id, projection) => {
      const row = idForm.test(id) ? await findPerson(db, id) : undefined
      const [only] = row === undefined ? [] : await render(base, [row], projection)
      if (only === undefined) throw ScimNotFound({ id: id.slice(0, 100) })
      return only
    },
    list: async (base, query, projection) => {
      const { rows, total } = await listPersons(db, windowOf(userType, personPlace, query))
      return { total, resources: (await render(base, rows, projection)).map((one) => one.json) }
    },
    create: (ctx, resource) => provisionPerson(db, ctx, resource),
    change: (ctx, id, expected, change) => changePerson(directory, ctx, checkedId(id), expected, change),
    remove: (ctx, id, expected) => removePerson(directory, ctx, checkedId(id), expected),
  }
}

/** Members in one page of groups: beyond, the page is shorter than asked. The first group always is in it. */
const membersMax = 10_000

export function groupEndpoint(db: Db<Tables>): Endpoint {
  const render = async (base: string, rows: readonly GroupRow[], projection: Projection) => {
    const ids = wants(projection, 'members') ? rows.map((one) => one.id) : []
    const members = await membersOf(db, ids)
    return rows.map((row) => {
      const of = members.get(row.id) ?? []
      const list = of.map((id) => ({ value: id, $ref: `${base}/Users/${id}`, type: 'User' }))
      return rendered(groupType, base, row, list.length === 0 ? {} : { members: list }, projection)
    })
  }
  return {
    type: groupType,
    get: async (base, id, projection) => {
      const row = idForm.test(id) ? await findGroup(db, id) : undefined
      const [only] = row === undefined ? [] : await render(base, [row], projection)
      if (only === undefined) throw ScimNotFound({ id: id.slice(0, 100) })
      return only
    },
    list: async (base, query, projection) => {
      const { rows, total } = await listGroupRows(db, windowOf(groupType, groupPlace, query))
      const fitting = wants(projection, 'members') ? await cut(db, rows) : rows
      return { total, resources: (await render(base, fitting, projection)).map((one) => one.json) }
    },
    create: (ctx, resource) => createGroup(db, ctx, resource),
    change: (ctx, id, expected, change) => changeGroup(db, ctx, checkedId(id), expected, change),
    remove: (ctx, id, expected) => removeGroup(db, ctx, checkedId(id), expected),
  }
}

async function cut(db: Db<Tables>, rows: readonly GroupRow[]): Promise<readonly GroupRow[]> {
  const counts = await memberCounts(
    db,
    rows.map((one) => one.id),
  )
  let members = 0
  const end = rows.findIndex((one, i) => {
    members += counts.get(one.id) ?? 0
    return i > 0 && members > membersMax
  })
  return end === -1 ? rows : rows.slice(0, end)
}

function checkedId(id: string): string {
  if (!idForm.test(id)) throw ScimNotFound({ id: id.slice(0, 100) })
  return id
}

function windowOf(type: ResourceType, place: Place, query: Query): ListWindow {
  const { filter, sortBy } = query
  const key = sortBy === undefined ? undefined : sortKey(type === userType ? 'person' : 'group', sortBy)
  if (sortBy !== undefined && key === undefined) throw ScimPathInvalid({ path: sortBy.slice(0, 200) })
  return {
    where: filter === undefined ? undefined : filterSql(parseFilter(type, filter), place),
    sort: key === undefined ? undefined : { key, direction: query.sortOrder === 'descending' ? 'desc' : 'asc' },
    startIndex: Math.max(1, query.startIndex),
    count: Math.min(Math.max(0, query.count), resultsMax),
  }
}

function rendered(
  type: ResourceType,
  base: string,
  row: PersonRow | GroupRow,
  lists: Readonly<Record<string, unknown>>,
  projection: Projection,
): Rendered {
  const location = `${base}${type.endpoint}/${row.id}`
  const extensions = type.extensions.map((one) => one.schema).filter((schema) => row.resource[schema] !== undefined)
  const full = {
    schemas: [type.schema, ...extensions],
    id: row.id,
    ...row.resource,
    ...lists,
    meta: {
      resourceType: type.name,
      created: timestamp(row.createdAt.getTime()),
      lastModified: timestamp(row.modifiedAt.getTime()),
      location,
      version: etag(row.version),
    },
  }
  return { json: project(projection, full), version: row.version, location }
}

export function etag(version: number): string {
  return `W/"${version}"`
}

/** The version that `If-Match` names; undefined for none and for `*`. What we did not make matches nothing. */
export function expectedVersion(ifMatch: string | undefined): Expected {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch.trim())?.[1]
  return version === undefined ? -1 : Number(version)
}
