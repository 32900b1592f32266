import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import type { AccessTables } from '../store.ts'
import { GroupNotFound, PersonNotFound } from './errors.ts'
import { Group, Person, PersonDetail } from './model.ts'
import { listGroups, listPeople, readGroup, readPerson } from './reads.ts'

const words = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\0]*$/)
  .optional()
const id = z.string().regex(/^[\w-]{1,100}$/)
const byId = z.object({ id })

/** Who there is: what the console shows of the directory. */
export function directoryRoutes({ db }: { readonly db: Db<AccessTables & LedgerTables> }): Route<Context>[] {
  const shared = { method: 'GET', permission: 'people:read' } as const
  return [
    route({
      ...shared,
      path: '/v1/people',
      summary: 'lists people, newest first, by words, state and group',
      query: PageQuery.extend({ q: words, state: z.enum(['active', 'inactive']).optional(), group: id.optional() }),
      reply: pageOf(Person),
      errors: [CursorInvalid],
      handler: (_ctx, { query }) => listPeople(db, query),
    }),
    route({
      ...shared,
      path: '/v1/people/{id}',
      summary: 'gives one person with groups and with what would end if they were deactivated',
      params: byId,
      reply: PersonDetail,
      errors: [PersonNotFound],
      handler: async (ctx, { params }) => {
        const person = await readPerson(db, params.id, ctx.clock())
        if (person === undefined) throw PersonNotFound({ personId: params.id })
        return person
      },
    }),
    route({
      ...shared,
      path: '/v1/groups',
      summary: 'lists groups, newest first, by words; `/v1/people?group=` lists their members',
      query: PageQuery.extend({ q: words }),
      reply: pageOf(Group),
      errors: [CursorInvalid],
      handler: (_ctx, { query }) => listGroups(db, query),
    }),
    route({
      ...shared,
      path: '/v1/groups/{id}',
      summary: 'gives one group',
      params: byId,
      reply: Group,
      errors: [GroupNotFound],
      handler: async (_ctx, { params }) => {
        const group = await readGroup(db, params.id)
        if (group === undefined) throw GroupNotFound({ groupId: params.id })
        return group
      },
    }),
  ]
}
