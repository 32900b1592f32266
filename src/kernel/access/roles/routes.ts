import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { AccessDenied } from '../errors.ts'
import { ApprovalRepeated, PasskeyNeeded, SecondPersonRequired, StepUpRefused } from '../step-up/errors.ts'
import { Assertion } from '../webauthn.ts'
import { checkChange } from './apply.ts'
import {
  decideRoles,
  listChanges,
  previewRoles,
  proposeRoles,
  type RoleChanges,
  readChange,
  withdrawRoles,
} from './changes.ts'
import { ClaimedGroup, listClaimedGroups } from './claimed-groups.ts'
import * as errors from './errors.ts'
import { listHoldings } from './holdings.ts'
import { ProposeRoles, RoleChange, RoleEffect, RoleHolding, RoleName, Team, TeamName } from './model.ts'
import { namesIn } from './names.ts'
import { getTeam, listTeams, makeTeam, removeTeam, renameTeam, setRepositories } from './teams.ts'

const id = z.string().regex(/^[\w-]{1,100}$/)
const byId = z.object({ id })
const Effects = z
  .object({
    /** People who gain or lose something. */
    people: z.array(RoleEffect),
    /** People whom the change names, by themselves or by a group. */
    total: z.int(),
    /** Whether there are more than were worked out. */
    isPartial: z.boolean(),
  })
  .meta({ id: 'RoleEffects' })

export function roleRoutes(options: RoleChanges): Route<Context>[] {
  return [...teamRoutes(options), ...holdingRoutes(options), ...changeRoutes(options), ...decisionRoutes(options)]
}

function teamRoutes({ db }: RoleChanges): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/teams',
      permission: 'team:read',
      summary: 'lists all teams by name, with their repositories',
      reply: z.object({ items: z.array(Team), next: z.string().nullable() }),
      handler: async () => ({ items: await listTeams(db), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/teams/{id}',
      permission: 'team:read',
      summary: 'gives one team',
      params: byId,
      reply: Team,
      errors: [errors.TeamNotFound],
      handler: async (_ctx, { params }) => getTeam(db, params.id),
    }),
    route({
      method: 'POST',
      path: '/v1/teams',
      permission: 'team:write',
      summary: 'makes a team, in which roles can be held',
      body: z.strictObject({ name: TeamName }),
      reply: Team,
      status: 201,
      records: ['team.made'],
      errors: [errors.TeamNameTaken, errors.TeamLimit],
      handler: async (ctx, { body }) => makeTeam(db, ctx, body.name),
    }),
    route({
      method: 'PATCH',
      path: '/v1/teams/{id}',
      permission: 'team:write',
      summary: 'gives a team another name',
      params: byId,
      body: z.strictObject({ name: TeamName }),
      reply: Team,
      records: ['team.renamed'],
      errors: [errors.TeamNotFound, errors.TeamNameTaken],
      handler: async (ctx, { params, body }) => renameTeam(db, ctx, params.id, body.name),
    }),
    route({
      method: 'DELETE',
      path: '/v1/teams/{id}',
      permission: 'team:write',
      summary: 'removes a team in which nobody holds a role',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['team.removed'],
      errors: [errors.TeamNotFound, errors.TeamInUse],
      handler: async (ctx, { params }) => {
        await removeTeam(db, ctx, params.id)
        return undefined
      },
    }),
  ]
}

function holdingRoutes({ db }: RoleChanges): Route<Context>[] {
  return [
    route({
      method: 'PUT',
      path: '/v1/teams/{id}/repositories',
      permission: 'team:write',
      summary: 'says which repositories belong to a team: these, and no others',
      params: byId,
      body: z.strictObject({ repositories: z.array(id).max(2000) }),
      reply: Team,
      records: ['team.repositories-set'],
      errors: [errors.TeamNotFound, errors.RepositoriesTaken],
      handler: async (ctx, { params, body }) => setRepositories(db, ctx, params.id, body.repositories),
    }),
    route({
      method: 'GET',
      path: '/v1/claimed-groups',
      permission: 'role:read',
      summary: 'lists the groups that identity providers named at sign-ins, which roles can be mapped to',
      reply: z.object({ items: z.array(ClaimedGroup), next: z.string().nullable() }),
      handler: async () => ({ items: await listClaimedGroups(db), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/role-holdings',
      permission: 'role:read',
      summary: 'lists which roles people and groups hold, newest first',
      query: PageQuery.extend({ role: RoleName.optional(), team: id.optional(), user: id.optional() }),
      reply: pageOf(RoleHolding),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listHoldings(db, query),
    }),
  ]
}

function changeRoutes(options: RoleChanges): Route<Context>[] {
  const { db } = options
  return [
    route({
      method: 'GET',
      path: '/v1/role-changes',
      permission: 'role:read',
      summary: 'lists proposed and decided changes of roles, newest first',
      query: PageQuery.extend({ state: z.enum(['proposed', 'applied', 'rejected', 'withdrawn']).optional() }),
      reply: pageOf(RoleChange),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listChanges(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/role-changes/{id}',
      permission: 'role:read',
      summary: 'gives one change of roles, with what it would do to whom while it is open',
      params: byId,
      reply: RoleChange.extend({
        effects: Effects.nullable(),
        /** Of the people, groups and teams that it names, by id; of whoever is gone there is none. */
        names: z.record(z.string(), z.string()),
      }),
      errors: [errors.RoleChangeNotFound],
      handler: async (_ctx, { params }) => {
        const change = await readChange(db, params.id)
        const effects = change.state === 'proposed' ? await previewRoles(options, change) : null
        return { ...change, effects, names: await namesIn(db, change) }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/role-changes/preview',
      permission: 'role:read',
      summary: 'says what a change of roles would do to whom, and changes nothing',
      body: ProposeRoles.omit({ reason: true }),
      reply: Effects,
      records: [],
      errors: [errors.RoleChangeInvalid],
      handler: async (_ctx, { body }) => {
        await checkChange(db, body)
        return previewRoles(options, body)
      },
    }),
    route({
      method: 'POST',
      path: '/v1/role-changes',
      permission: 'role:write',
      summary: 'proposes who holds which roles; another person decides',
      body: ProposeRoles,
      reply: RoleChange,
      status: 201,
      records: ['roles.proposed', 'roles.changed'],
      errors: [errors.RoleChangeInvalid, SecondPersonRequired],
      handler: async (ctx, { body }) => proposeRoles(options, ctx, body),
    }),
  ]
}

function decisionRoutes(options: RoleChanges): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/role-changes/{id}/decision',
      permission: 'role-change:decide',
      summary:
        'approves or rejects what another person proposed, by a passkey over exactly that; an approval holds at once',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      reply: RoleChange,
      records: ['approval.given', 'roles.changed', 'roles.rejected', 'access.denied'],
      errors: [
        errors.RoleChangeNotFound,
        errors.RoleChangeOther,
        errors.RoleChangeClosed,
        errors.RoleChangeInvalid,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      bodyBytesMax: 65_536,
      handler: async (ctx, { params, body }) => decideRoles(options, ctx, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/role-changes/{id}',
      permission: 'role:write',
      summary: 'withdraws what you proposed yourself',
      params: byId,
      reply: RoleChange,
      records: ['roles.withdrawn'],
      errors: [errors.RoleChangeNotFound, errors.RoleChangeClosed],
      handler: async (ctx, { params }) => withdrawRoles(options, ctx, params.id),
    }),
  ]
}
