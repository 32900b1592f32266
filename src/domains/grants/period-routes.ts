import { z } from 'zod'
import { AccessDenied } from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import * as errors from './errors.ts'
import { Id, Reason } from './model.ts'
import { Period, PlanPeriod } from './period-model.ts'
import { cancelPeriod, listPeriods, planPeriod } from './periods.ts'
import type { GrantServices } from './standing.ts'

export function periodRoutes(services: GrantServices): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/ai-free-periods',
      permission: 'ai-free-period:read',
      summary: 'lists AI-free periods by date: those that run and come, or those of the past',
      query: PageQuery.extend({
        when: z.enum(['coming', 'past']).default('coming'),
        of: z.enum(['me', 'all']).default('all'),
        team: Id.optional(),
      }),
      reply: pageOf(Period),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listPeriods(services, ctx, query),
    }),
    route({
      method: 'POST',
      path: '/v1/ai-free-periods',
      permission: 'ai-free-period:plan',
      summary: 'plans and announces time in which a team or a person works without AI tools',
      body: PlanPeriod,
      reply: Period,
      status: 201,
      records: ['ai-free-period.planned', 'access.denied'],
      errors: [errors.PeriodInvalid, errors.GrantPlaceUnknown, errors.PeriodLimit, AccessDenied],
      handler: (ctx, { body }) => planPeriod(services, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/ai-free-periods/{id}/cancellation',
      permission: 'ai-free-period:cancel',
      summary: 'cancels an AI-free period that is not over; one that runs ends with that',
      params: z.object({ id: Id }),
      body: z.strictObject({ reason: Reason }),
      reply: Period,
      records: ['ai-free-period.cancelled', 'access.denied'],
      errors: [errors.PeriodNotFound, errors.PeriodOver, AccessDenied],
      handler: (ctx, { params, body }) => cancelPeriod(services, ctx, params.id, body.reason),
    }),
  ]
}
