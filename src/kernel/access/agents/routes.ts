import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { ScopeNotHeld, ScopeUnknown, SessionNeeded } from '../errors.ts'
import type { PermissionsOf } from '../model.ts'
import { callerOf } from '../routes.ts'
import type { AccessTables } from '../store.ts'
import {
  administers,
  changeAgent,
  listAgents,
  readAgent,
  registerAgent,
  resumeAgent,
  retireAgent,
  suspendAgent,
} from './agents.ts'
import {
  AgentKeyLimit,
  AgentLimit,
  AgentMayNotAct,
  AgentNotFound,
  AgentNotSuspended,
  AgentNotYours,
  AgentOver,
  AgentTokenNotFound,
  HandoverNotOffered,
  PersonNeeded,
  ScopeNotForAgents,
  SponsorUnfit,
  SuspensionOfOthers,
} from './errors.ts'
import { answerHandover, offerHandover } from './handover.ts'
import { endAgentToken, listTokensOf, makeKey } from './keys.ts'
import { Agent, AgentState, AgentToken, ChangedAgent, MadeAgentKey, NewAgent, NewAgentKey } from './model.ts'
import type { Giving } from './scopes.ts'

interface AgentOptions {
  readonly db: Db<AccessTables & LedgerTables>
  /** Every permission there is, so that an agent cannot carry a misspelt scope. */
  readonly known: () => ReadonlySet<string>
  readonly permissionsOf: PermissionsOf
}

async function giving({ db, known, permissionsOf }: AgentOptions, ctx: Context): Promise<Giving> {
  return { caller: await callerOf(db, ctx), known: known(), permissionsOf }
}

const byId = z.object({ id: z.string().max(100) })
const scopeErrors = [ScopeUnknown, ScopeNotHeld, ScopeNotForAgents]
const ownErrors = [PersonNeeded, AgentNotFound, AgentNotYours, AgentOver]
const userId = z.string().regex(/^usr_[A-Za-z0-9_-]{1,80}$/)

export function agentRoutes(options: AgentOptions): Route<Context>[] {
  return [
    ...readRoutes(options),
    ...settingRoutes(options),
    ...suspensionRoutes(options),
    ...keyRoutes(options),
    ...handoverRoutes(options),
  ]
}

function readRoutes({ db }: AgentOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/agents',
      permission: 'agent:read',
      summary: 'lists agents with who answers for each, newest first; `sponsor=me` lists yours',
      query: PageQuery.extend({
        sponsor: z.union([z.literal('me'), userId]).optional(),
        state: AgentState.optional(),
        q: z.string().trim().min(1).max(100).optional(),
      }),
      reply: pageOf(Agent),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listAgents(db, ctx, query),
    }),
    route({
      method: 'GET',
      path: '/v1/agents/{id}',
      permission: 'agent:read',
      summary: 'gives one agent',
      params: byId,
      reply: Agent,
      errors: [AgentNotFound],
      handler: (ctx, { params }) => readAgent(db, ctx, params.id),
    }),
    route({
      method: 'GET',
      path: '/v1/agents/{id}/tokens',
      permission: 'agent:read',
      summary: 'lists the keys of an agent and the tokens by which it acts, newest first; never their text',
      params: byId,
      reply: z.object({ items: z.array(AgentToken), next: z.string().nullable() }),
      errors: [AgentNotFound],
      handler: async (ctx, { params }) => ({ items: await listTokensOf(db, ctx, params.id), next: null }),
    }),
  ]
}

function settingRoutes(options: AgentOptions): Route<Context>[] {
  const { db } = options
  return [
    route({
      method: 'POST',
      path: '/v1/agents',
      permission: 'agent:write',
      summary: 'registers an agent, for which you answer',
      body: NewAgent,
      reply: Agent,
      status: 201,
      records: ['agent.registered'],
      errors: [PersonNeeded, AgentLimit, SponsorUnfit, ...scopeErrors],
      handler: async (ctx, { body }) => registerAgent(db, ctx, await giving(options, ctx), body),
    }),
    route({
      method: 'PATCH',
      path: '/v1/agents/{id}',
      permission: 'agent:write',
      summary: 'changes what an agent of yours is for and may do, until when, or stops it for a while',
      params: byId,
      body: ChangedAgent,
      reply: Agent,
      records: ['agent.changed', 'agent.suspended', 'agent.resumed'],
      errors: [...ownErrors, SessionNeeded, ...scopeErrors, SuspensionOfOthers],
      handler: async (ctx, { params, body }) => changeAgent(db, ctx, await giving(options, ctx), params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/agents/{id}',
      permission: 'agent:write',
      summary: 'ends an agent of yours for good, with its keys and tokens',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['agent.retired'],
      errors: ownErrors,
      handler: async (ctx, { params }) => {
        await retireAgent(db, ctx, await callerOf(db, ctx), params.id)
        return undefined
      },
    }),
  ]
}

function suspensionRoutes({ db }: AgentOptions): Route<Context>[] {
  const errors = [PersonNeeded, AgentNotFound, AgentOver, SuspensionOfOthers]
  return [
    route({
      method: 'POST',
      path: '/v1/agents/{id}/suspension',
      permission: 'agent:suspend',
      summary: 'stops an agent, whoever answers for it; its sponsor cannot let it go on',
      params: byId,
      body: z.strictObject({ reason: z.string().trim().min(1).max(1000) }),
      reply: Agent,
      status: 201,
      records: ['agent.suspended'],
      errors,
      handler: async (ctx, { params, body }) => suspendAgent(db, ctx, await callerOf(db, ctx), params.id, body.reason),
    }),
    route({
      method: 'DELETE',
      path: '/v1/agents/{id}/suspension',
      permission: administers,
      summary: 'lets an agent go on that others than its sponsor stopped',
      params: byId,
      reply: Agent,
      records: ['agent.resumed'],
      errors: [...errors, AgentNotSuspended],
      handler: async (ctx, { params }) => resumeAgent(db, ctx, await callerOf(db, ctx), params.id),
    }),
  ]
}

function keyRoutes(options: AgentOptions): Route<Context>[] {
  const { db } = options
  return [
    route({
      method: 'POST',
      path: '/v1/agents/{id}/keys',
      permission: 'agent:write',
      summary: 'makes a key of an agent of yours; its text is shown this once',
      params: byId,
      body: NewAgentKey,
      reply: MadeAgentKey,
      status: 201,
      records: ['agent.key-made'],
      errors: [...ownErrors, AgentMayNotAct, AgentKeyLimit, ...scopeErrors],
      handler: async (ctx, { params, body }) => makeKey(db, ctx, await giving(options, ctx), params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/agents/{id}/tokens/{tokenId}',
      permission: 'agent:write',
      summary: 'ends a key of an agent of yours, or a token by which it acts, with what was made from it',
      params: byId.extend({ tokenId: z.string().max(100) }),
      reply: z.undefined(),
      status: 204,
      records: ['agent.token-ended'],
      errors: [...ownErrors, AgentTokenNotFound],
      handler: async (ctx, { params }) => {
        await endAgentToken(db, ctx, await callerOf(db, ctx), params.id, params.tokenId)
        return undefined
      },
    }),
  ]
}

function handoverRoutes({ db }: AgentOptions): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/agents/{id}/handover',
      permission: 'agent:write',
      summary: 'asks a person to become the sponsor of an agent of yours; nothing changes until they accept',
      params: byId,
      body: z.strictObject({ userId }),
      reply: Agent,
      status: 201,
      records: ['agent.handover-offered'],
      errors: [...ownErrors, SponsorUnfit],
      handler: async (ctx, { params, body }) => offerHandover(db, ctx, await callerOf(db, ctx), params.id, body.userId),
    }),
    route({
      method: 'POST',
      path: '/v1/agents/{id}/handover/answer',
      permission: 'agent:write',
      summary:
        'makes you the sponsor of an agent that you were asked to answer for, or declines it; its keys and tokens end',
      params: byId,
      body: z.strictObject({ accept: z.boolean() }),
      reply: Agent,
      records: ['agent.handover-accepted', 'agent.handover-declined'],
      errors: [PersonNeeded, AgentNotFound, AgentOver, AgentLimit, SponsorUnfit, HandoverNotOffered],
      handler: async (ctx, { params, body }) =>
        answerHandover(db, ctx, await callerOf(db, ctx), params.id, body.accept),
    }),
  ]
}
