import { z } from 'zod'
import { type AccessTables, type Resource, rolesOf } from '#kernel/access'
import { type AskedAbout, type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { AccessQuestionInvalid } from '../errors.ts'
import { countsFor, organization, type Principal, type RolesAuthority } from './authority.ts'
import type { AccessSource } from './compose.ts'
import { matrixOf, RoleMatrix } from './matrix.ts'

export interface AuthorityRoutes {
  readonly db: Db<AccessTables & LedgerTables>
  readonly authority: RolesAuthority
  readonly sources: () => readonly AccessSource[]
}

const id = z.string().regex(/^[\w.:@/-]{1,200}$/)

const Question = z
  .strictObject({
    /** Whom it is about; who asks when absent. */
    userId: id.optional(),
    action: z.string().regex(/^[A-Za-z][\w-]{0,40}(:[A-Za-z][\w-]{0,40})?$/),
    /** What is acted on; absent for what a role alone decides. */
    resource: z
      .strictObject({
        type: z.string().regex(/^[A-Z][A-Za-z]{0,40}$/),
        id,
        /** What it is like, for things that are kept elsewhere, such as an `Environment`; others are looked up by their id. */
        attrs: z.record(z.string().max(100), z.union([z.string().max(1000), z.boolean(), z.int()])).optional(),
        team: id.nullable().optional(),
      })
      .optional(),
    /** What the policies about the action look at besides. */
    context: z.record(z.string().max(100), z.union([z.string().max(1000), z.boolean(), z.int()])).optional(),
  })
  .meta({ id: 'AccessQuestion' })

const Explained = z
  .object({
    decision: z.enum(['allow', 'deny']),
    determining: z.array(
      z.object({
        id: z.string(),
        effect: z.enum(['permit', 'forbid']),
        reason: z.string(),
        severity: z.string().nullable(),
      }),
    ),
    missing: z.array(z.object({ policy: z.string(), title: z.string(), unmet: z.array(z.string()) })),
    errors: z.array(z.string()),
    revision: z.string(),
    /** Of whom it is about, as they count for this question. */
    roles: z.array(z.object({ role: z.string(), teamId: z.string().nullable() })),
    askedAt: z.iso.datetime(),
  })
  .meta({ id: 'AccessExplained' })

export function authorityRoutes(options: AuthorityRoutes): Route<Context>[] {
  return [matrixRoute(options), explainRoute(options)]
}

function matrixRoute({ authority, sources }: AuthorityRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/roles',
    permission: 'signed-in',
    summary: 'what each role may do, with the policies that decide it',
    reply: RoleMatrix,
    handler: async () =>
      matrixOf(
        await authority.set(),
        sources().flatMap((one) => one.permissions),
      ),
  })
}

function explainRoute({ db, authority, sources }: AuthorityRoutes): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/access/explain',
    permission: 'role:read',
    summary: 'may somebody do something, and why, and what is missing: by the policies that would decide it',
    body: Question,
    reply: Explained,
    records: [],
    errors: [AccessQuestionInvalid],
    handler: async (ctx, { body: { userId = ctx.actor.id, action, resource, context = {} } }) => {
      const { actions } = matrixOf(await authority.set(), [])
      const known = actions.find((one) => one.name === action)
      if (known === undefined) throw AccessQuestionInvalid({ reason: `there is no action \`${action}\`` })
      const who = await principalOf(db, userId)
      const asked = await loaded(sources(), known.resourceType, resource, { userId, atMs: ctx.clock() })
      const answer = await authority.askAbout(who, action, asked, context, ctx.clock())
      const roles = (await rolesOf(db, userId)).filter((one) => countsFor(asked, one))
      return {
        ...{ decision: answer.decision, revision: answer.revision, roles, askedAt: timestamp(ctx.clock()) },
        determining: answer.determining.map((one) => ({ ...one })),
        missing: answer.missing.map((one) => ({ ...one, unmet: [...one.unmet] })),
        errors: [...answer.errors],
      }
    },
  })
}

/** @throws access_question_invalid where nobody active has the id */
export async function principalOf(db: Db<AccessTables>, userId: string): Promise<Principal> {
  const row = await db
    .selectFrom('access_user')
    .select(['id', 'role'])
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) throw AccessQuestionInvalid({ reason: `\`${userId}\` is nobody who is active here` })
  const kind = row.role === 'agent' || row.role === 'service' ? row.role : 'user'
  return { id: userId, kind }
}

type Given = NonNullable<z.output<typeof Question>['resource']>

/** What is acted on, as policies see it. @throws access_question_invalid */
export async function loaded(
  sources: readonly AccessSource[],
  type: string | null,
  given: Given | undefined,
  who: Pick<AskedAbout, 'userId' | 'atMs'>,
): Promise<Resource> {
  if (type === null) return { type: organization, id: 'organization', team: null, attrs: {} }
  if (given === undefined)
    throw AccessQuestionInvalid({ reason: `it is about things of the type \`${type}\`: name one` })
  if (given.type !== type)
    throw AccessQuestionInvalid({ reason: `the action is about \`${type}\`, and not about \`${given.type}\`` })
  const load = sources.map((one) => one.access?.load?.[type]).find((one) => one !== undefined)
  const { id: resourceId, attrs = {}, team = null } = given
  if (load === undefined) return { type, id: resourceId, attrs, team }
  const found = await load(resourceId, { ...who, team })
  if (found === undefined) throw AccessQuestionInvalid({ reason: `there is no ${type} \`${resourceId}\`` })
  return { type, id: resourceId, ...found }
}
