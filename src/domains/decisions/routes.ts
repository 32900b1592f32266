import { z } from 'zod'
import { AccessDenied, ApprovalRepeated, Assertion, PasskeyNeeded, StepUpRefused } from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { DecisionClosed, DecisionInvalid, DecisionNotFound, DecisionOther } from './errors.ts'
import { Conditions, Decision, DecisionState, Id, RequestDecision } from './model.ts'
import { type DecisionServices, decide, getDecision, listDecisions, requestDecision, withdraw } from './service.ts'

const byId = z.object({ id: Id })

export function decisionRoutes(services: DecisionServices): Route<Context>[] {
  return [...readRoutes(services), ...writeRoutes(services)]
}

function readRoutes(services: DecisionServices): Route<Context>[] {
  const shared = { method: 'GET', permission: 'architecture-decision:read' } as const
  return [
    route({
      ...shared,
      path: '/v1/architecture-decisions',
      summary: 'lists AI architecture decisions, newest first, by state, team and repository',
      query: PageQuery.extend({ state: DecisionState.optional(), team: Id.optional(), repository: Id.optional() }),
      reply: pageOf(Decision),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listDecisions(services, ctx, query),
    }),
    route({
      ...shared,
      path: '/v1/architecture-decisions/{id}',
      summary: 'gives one AI architecture decision',
      params: byId,
      reply: Decision,
      errors: [DecisionNotFound],
      handler: (ctx, { params }) => getDecision(services.db, ctx, params.id),
    }),
  ]
}

function writeRoutes(services: DecisionServices): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/architecture-decisions',
      permission: 'architecture-decision:request',
      summary: 'asks a tech lead of a team to decide about AI in its architecture; changes can cite the answer',
      body: RequestDecision,
      reply: Decision,
      status: 201,
      records: ['architecture-decision.requested'],
      errors: [DecisionInvalid],
      handler: (ctx, { body }) => requestDecision(services, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/architecture-decisions/{id}/decision',
      permission: 'architecture-decision:decide',
      summary:
        'approves, with or without conditions, or rejects what another person asked for, by a passkey over exactly that',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        conditions: Conditions.nullable().default(null),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      bodyBytesMax: 65_536,
      reply: Decision,
      records: [
        'approval.given',
        'architecture-decision.approved',
        'architecture-decision.rejected',
        'architecture-decision.superseded',
        'access.denied',
      ],
      errors: [
        DecisionNotFound,
        DecisionOther,
        DecisionClosed,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: (ctx, { params, body }) => decide(services, ctx, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/architecture-decisions/{id}',
      permission: 'architecture-decision:request',
      summary: 'withdraws what you asked for yourself, while nobody has decided',
      params: byId,
      reply: Decision,
      records: ['architecture-decision.withdrawn'],
      errors: [DecisionNotFound, DecisionClosed],
      handler: (ctx, { params }) => withdraw(services, ctx, params.id),
    }),
  ]
}
