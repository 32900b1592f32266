import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { heldOf } from '../roles/holdings.ts'
import { mainRole } from '../roles/model.ts'
import { enterpriseSchema, fold } from '../scim/attributes.ts'
import { isObject, type Resource } from '../scim/values.ts'
import { type AccessTables, heldBy, rolesIn } from '../store.ts'
import { memberCounts } from './group-store.ts'
import type { Group, Person, PersonDetail } from './model.ts'
import { groupsOf } from './person-store.ts'

interface Page {
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface PeopleFilter extends Page {
  /** A part of a user name, a name for display or a mail address. */
  readonly q?: string | undefined
  readonly state?: 'active' | 'inactive' | undefined
  readonly group?: string | undefined
}

interface Row {
  id: string
  role: string
  held: string[]
  created_at: Date
  disabled_at: Date | null
  resource: Resource | null
  modified_at: Date | null
  signed_in_at: Date | null
}

/** People, newest first; whom a directory deleted is not among them. @throws cursor_invalid */
export async function listPeople(
  db: Db<AccessTables>,
  { limit, cursor, q, state, group }: PeopleFilter,
): Promise<{ items: Person[]; next: string | null }> {
  let query = people(db)
  if (state !== undefined) query = query.where('u.disabled_at', state === 'active' ? 'is' : 'is not', null)
  if (q !== undefined) query = query.where(mentions(fold(q)))
  if (group !== undefined)
    query = query.where((is) =>
      is.exists(
        is
          .selectFrom('access_group_member as m')
          .select('m.user_id')
          .whereRef('m.user_id', '=', 'u.id')
          .where('m.group_id', '=', group),
      ),
    )
  if (cursor !== undefined) {
    const before = readCursor(cursor, 'usr')
    query = query.where((is) => is(is.refTuple('u.created_at', 'u.id'), '<', is.tuple(before.at, before.id)))
  }
  const rows: Row[] = await query
    .orderBy('u.created_at', 'desc')
    .orderBy('u.id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.created_at.getTime()}.${row.id}`)
  return { items: items.map(toPerson), next }
}

function people(db: Db<AccessTables>) {
  return db
    .selectFrom('access_user as u')
    .leftJoin('access_person as p', 'p.user_id', 'u.id')
    .select(['u.id', 'u.role', 'u.created_at', 'u.disabled_at', 'p.resource', 'p.modified_at'])
    .select(heldBy('u.id').as('held'))
    .select(
      sql<Date | null>`(select max(t.created_at) from access_token t where t.user_id = u.id and t.kind = 'session')`.as(
        'signed_in_at',
      ),
    )
    .where('u.role', '<>', 'service')
    .where((is) => is.or([is('u.role', '=', 'owner'), is('p.user_id', 'is not', null)]))
}

function mentions(words: string): RawBuilder<boolean> {
  const text = (name: string) => sql`coalesce(strpos(p.search ->> ${sql.lit(name)}, ${words}), 0) > 0`
  return sql<boolean>`(${text('userName')} or ${text('displayName')} or exists (
    select 1 from jsonb_array_elements(p.search -> 'emails') as e (v) where strpos(e.v ->> 'value', ${words}) > 0))`
}

/** One person with groups and access; undefined when there is none. */
export async function readPerson(db: Db<AccessTables>, id: string, nowMs: number): Promise<PersonDetail | undefined> {
  const row: Row | undefined = await people(db).where('u.id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const enterprise = row.resource?.[enterpriseSchema]
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    ...toPerson(row),
    externalId: text(row.resource?.['externalId']),
    email: text(mainEmail(row.resource?.['emails'])),
    title: text(row.resource?.['title']),
    department: text(isObject(enterprise) ? enterprise['department'] : undefined),
    modifiedAt: row.modified_at === null ? null : timestamp(row.modified_at.getTime()),
    groups: (await groupsOf(db, [id])).get(id) ?? [],
    roles: await heldOf(db, id),
    access: await accessOf(db, id, nowMs),
  }
}

function mainEmail(emails: unknown): unknown {
  const list = Array.isArray(emails) ? emails.filter(isObject) : []
  return (list.find((one) => one['primary'] === true) ?? list[0])?.['value']
}

async function accessOf(db: Db<AccessTables>, id: string, nowMs: number): Promise<PersonDetail['access']> {
  const tokens = await db
    .selectFrom('access_token')
    .select((is) => ['kind', is.fn.countAll<bigint>().as('count')])
    .where('user_id', '=', id)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', new Date(nowMs))
    .groupBy('kind')
    .execute()
  const passkeys = await db
    .selectFrom('access_passkey')
    .select((is) => is.fn.countAll<bigint>().as('count'))
    .where('user_id', '=', id)
    .executeTakeFirstOrThrow()
  const of = (kind: string) => Number(tokens.find((one) => one.kind === kind)?.count ?? 0)
  return { sessions: of('session'), tokens: of('api'), links: of('link'), passkeys: Number(passkeys.count) }
}

function toPerson(row: Row): Person {
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    id: row.id,
    userName: text(row.resource?.['userName']),
    displayName: text(row.resource?.['displayName']),
    role: mainRole(rolesIn(row)),
    isActive: row.disabled_at === null,
    isProvisioned: row.resource !== null,
    createdAt: timestamp(row.created_at.getTime()),
    lastSignInAt: row.signed_in_at === null ? null : timestamp(row.signed_in_at.getTime()),
  }
}

/** Groups, newest first. @throws cursor_invalid */
export async function listGroups(
  db: Db<AccessTables>,
  { limit, cursor, q }: Page & { readonly q?: string | undefined },
): Promise<{ items: Group[]; next: string | null }> {
  let query = groupRows(db)
  if (q !== undefined) query = query.where(sql<boolean>`strpos(g.search ->> 'displayName', ${fold(q)}) > 0`)
  if (cursor !== undefined) {
    const before = readCursor(cursor, 'grp')
    query = query.where((is) => is(is.refTuple('g.created_at', 'g.id'), '<', is.tuple(before.at, before.id)))
  }
  const rows = await query
    .orderBy('g.created_at', 'desc')
    .orderBy('g.id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.created_at.getTime()}.${row.id}`)
  const counts = await memberCounts(
    db,
    items.map((one) => one.id),
  )
  return { items: items.map((one) => toGroup(one, counts.get(one.id) ?? 0)), next }
}

export async function readGroup(db: Db<AccessTables>, id: string): Promise<Group | undefined> {
  const row = await groupRows(db).where('g.id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toGroup(row, (await memberCounts(db, [id])).get(id) ?? 0)
}

function groupRows(db: Db<AccessTables>) {
  return db.selectFrom('access_group as g').select(['g.id', 'g.resource', 'g.created_at', 'g.modified_at'])
}

type Selected<Q> = Q extends SelectQueryBuilder<infer _D, infer _T, infer O> ? O : never

function toGroup(row: Selected<ReturnType<typeof groupRows>>, members: number): Group {
  const { externalId } = row.resource
  return {
    id: row.id,
    name: String(row.resource['displayName']),
    externalId: typeof externalId === 'string' ? externalId : null,
    members,
    createdAt: timestamp(row.created_at.getTime()),
    modifiedAt: timestamp(row.modified_at.getTime()),
  }
}

function readCursor(cursor: string, prefix: 'usr' | 'grp'): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.([a-z]{3}_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || !id.startsWith(prefix) || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
