import { z } from 'zod'
import { type AuditEvent, type Context, route, transact } from '#kernel/ledger'
import type { Json } from '#platform/canonical-json.ts'
import type { Exchange, Route } from '#platform/http/route.ts'
import { isUnanswered } from '../engine/engine.ts'
import { DecisionPointAddress, SearchTokenInvalid, SearchUnsupported } from './errors.ts'
import { authzenDecided, authzenSearched, type Told } from './events.ts'
import { createDecisionPoint, type PointServices } from './point.ts'
import { type DecisionPoint, evaluateAll, type Found, search } from './protocol.ts'
import {
  ActionSearch,
  Decision,
  Decisions,
  Evaluation,
  Evaluations,
  FoundActions,
  FoundEntities,
  ResourceSearch,
  SubjectSearch,
} from './shapes.ts'

export interface AuthzenRoutes extends PointServices {
  readonly publicUrl: string | undefined
}

const root = '/access/v1'
const permission = 'authzen:evaluate'

/** The OpenID AuthZEN Authorization API 1.0: any gateway can ask what our own routes ask. */
export function authzenRoutes(services: AuthzenRoutes): Route<Context>[] {
  return [configurationRoute(services), ...evaluationRoutes(services), ...searchRoutes(services)]
}

function configurationRoute({ publicUrl }: AuthzenRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/.well-known/authzen-configuration',
    permission: 'public',
    summary: 'where the endpoints of this AuthZEN policy decision point are',
    reply: z.record(z.string(), z.string()),
    errors: [DecisionPointAddress],
    handler: async (_ctx, { exchange }) => {
      const own = addressOf(publicUrl, exchange)
      return {
        policy_decision_point: own,
        access_evaluation_endpoint: `${own}${root}/evaluation`,
        access_evaluations_endpoint: `${own}${root}/evaluations`,
        search_subject_endpoint: `${own}${root}/search/subject`,
        search_resource_endpoint: `${own}${root}/search/resource`,
        search_action_endpoint: `${own}${root}/search/action`,
      }
    },
  })
}

/** Never what a request says, but on this machine. */
function addressOf(publicUrl: string | undefined, { protocol, host }: Exchange): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin
  if (/^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host)) return `${protocol}://${host}`
  throw DecisionPointAddress({})
}

function evaluationRoutes(services: AuthzenRoutes): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: `${root}/evaluation`,
      permission,
      summary: 'may a subject do an action to a resource (AuthZEN); the decision is recorded',
      body: Evaluation,
      isForeign: true,
      reply: Decision,
      records: ['authzen.decided'],
      handler: async (ctx, { body }) => recorded(services, ctx, (point) => point.evaluate(body)),
    }),
    route({
      method: 'POST',
      path: `${root}/evaluations`,
      permission,
      summary: 'several such questions at once, all of them or until the first denial or permit (AuthZEN); recorded',
      body: Evaluations,
      isForeign: true,
      reply: Decisions,
      records: ['authzen.decided'],
      handler: async (ctx, { body }) => recorded(services, ctx, (point) => evaluateAll(point, body)),
    }),
  ]
}

/** Asks, and records each decision before the answer leaves. */
async function recorded<T>(
  services: AuthzenRoutes,
  ctx: Context,
  ask: (point: DecisionPoint) => Promise<T>,
): Promise<T> {
  const events: AuditEvent[] = []
  const point = createDecisionPoint(services, ctx.clock(), (one) => events.push(authzenDecided(one)))
  const answer = await ask(point)
  // questions that are all malformed reach nobody who decides
  if (events.length > 0) await transact(services.db, ctx, async (_tx, record) => void events.map(record))
  return answer
}

function searchRoutes(services: AuthzenRoutes): Route<Context>[] {
  const common = { method: 'POST' as const, permission, isForeign: true, records: ['authzen.searched'] }
  return [
    route({
      ...common,
      path: `${root}/search/subject`,
      summary: 'which users, agents or services may do an action to a resource (AuthZEN); the search is recorded',
      body: SubjectSearch,
      reply: FoundEntities,
      errors: [SearchTokenInvalid, SearchUnsupported],
      handler: async (ctx, { body }) => {
        const { page, ...asked } = body
        const { type } = body.subject
        const found = await searched(services, ctx, 'subject', (point) =>
          search(point, {
            ...{ asked: asked as unknown as Json, token: page?.token, limit: page?.limit },
            candidates: (after, limit) => point.subjects(type, after, limit),
            evaluation: (id) => ({ ...asked, subject: { ...body.subject, id } }),
          }),
        )
        return { page: pageOf(found), results: found.ids.map((id) => ({ type, id })) }
      },
    }),
    route({
      ...common,
      path: `${root}/search/resource`,
      summary: 'to which resources of a type a subject may do an action (AuthZEN); the search is recorded',
      body: ResourceSearch,
      reply: FoundEntities,
      errors: [SearchTokenInvalid, SearchUnsupported],
      handler: async (ctx, { body }) => {
        const { page, ...asked } = body
        const { type } = body.resource
        const found = await searched(services, ctx, 'resource', (point) =>
          search(point, {
            ...{ asked: asked as unknown as Json, token: page?.token, limit: page?.limit },
            candidates: (after, limit) => point.resources(type, after, limit),
            evaluation: (id) => ({ ...asked, resource: { ...body.resource, id } }),
          }),
        )
        return { page: pageOf(found), results: found.ids.map((id) => ({ type, id })) }
      },
    }),
    actionSearchRoute(services),
  ]
}

function actionSearchRoute(services: AuthzenRoutes): Route<Context> {
  return route({
    method: 'POST',
    path: `${root}/search/action`,
    permission,
    summary: 'which actions a subject may do to a resource (AuthZEN); the search is recorded',
    body: ActionSearch,
    isForeign: true,
    reply: FoundActions,
    records: ['authzen.searched'],
    errors: [SearchTokenInvalid],
    handler: async (ctx, { body }) => {
      const { page, ...asked } = body
      const found = await searched(services, ctx, 'action', async (point) => {
        const names = await point.actions(body.resource.type)
        return search(point, {
          ...{ asked: asked as unknown as Json, token: page?.token, limit: page?.limit },
          candidates: async (after, limit) => names.filter((name) => name > after).slice(0, limit),
          evaluation: (name) => ({ ...asked, action: { name } }),
        })
      })
      return { page: pageOf(found), results: found.ids.map((name) => ({ name })) }
    },
  })
}

/** Searches, and records that: the questions within are its own. */
async function searched(
  services: AuthzenRoutes,
  ctx: Context,
  what: 'subject' | 'resource' | 'action',
  ask: (point: DecisionPoint) => Promise<Found>,
): Promise<Found> {
  let isAnswered = true
  const note = (told: Told) => {
    isAnswered &&= !isUnanswered(told)
  }
  const found = await ask(createDecisionPoint(services, ctx.clock(), note))
  // a denial because nobody could be asked is none that leaves somebody out of a list
  if (!isAnswered) throw new Error('the policies of roles could not be asked, so a search has no answer')
  await transact(services.db, ctx, async (_tx, record) => void record(authzenSearched(what, found.ids.length)))
  return found
}

function pageOf({ ids, nextToken }: Found) {
  return { next_token: nextToken, count: ids.length }
}
