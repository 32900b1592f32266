import { z } from 'zod'
import { RepositoryNotFound } from '#domains/changes'
import {
  AccessDenied,
  ApprovalRepeated,
  Assertion,
  PasskeyNeeded,
  personNames,
  SecondPersonRequired,
  StepUpRefused,
} from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { askException } from './ask.ts'
import { decideException, revokeException } from './decide.ts'
import * as errors from './errors.ts'
import {
  AskException,
  daysMax,
  Exception,
  ExceptionShown,
  ExceptionUse,
  exceptionOrders,
  exceptionStates,
  RuleId,
} from './model.ts'
import { listExceptions, listExceptionUses, readException } from './read.ts'
import type { ExceptionServices } from './services.ts'

const byId = z.object({ id: z.string().max(100) })
const Listing = PageQuery.extend({
  state: z.enum(exceptionStates).optional(),
  rule: RuleId.optional(),
  repositoryId: z.string().max(100).optional(),
  /** Whether decisions needed it. */
  use: z.enum(['never', 'some']).optional(),
  /** Those that hold, and end within so many days. */
  endsWithinDays: z.coerce.number().int().min(1).max(daysMax).optional(),
  order: z.enum(exceptionOrders).default('newest'),
})

export function exceptionRoutes(options: ExceptionServices): Route<Context>[] {
  return [...readRoutes(options), ...writeRoutes(options)]
}

function readRoutes(options: ExceptionServices): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/exceptions',
      permission: 'exception:read',
      summary: 'lists exceptions by state, rule, repository, use and end; the newest first unless asked otherwise',
      query: Listing,
      reply: pageOf(Exception),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listExceptions(options, ctx, query),
    }),
    route({
      method: 'GET',
      path: '/v1/exceptions/{id}',
      permission: 'exception:read',
      summary: 'gives one exception, with what was asked for and how often it was used',
      params: byId,
      reply: ExceptionShown,
      errors: [errors.ExceptionNotFound],
      handler: async (ctx, { params }) => {
        const found = await readException(options, ctx, params.id)
        const { requester, ownerId, decidedBy, endedBy } = found
        return { ...found, names: await personNames(options.db, [requester, ownerId, decidedBy ?? '', endedBy ?? '']) }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/exceptions/{id}/uses',
      permission: 'exception:read',
      summary: 'lists the decisions in which an exception stood for its rule, the newest first',
      params: byId,
      query: PageQuery,
      reply: pageOf(ExceptionUse),
      errors: [errors.ExceptionNotFound, CursorInvalid],
      handler: (_ctx, { params, query }) => listExceptionUses(options, params.id, query),
    }),
  ]
}

function writeRoutes(options: ExceptionServices): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/exceptions',
      permission: 'exception:ask',
      summary: 'asks for an exception from a rule, for a repository or one finding in it; another person decides',
      body: AskException,
      bodyBytesMax: 65_536,
      reply: Exception,
      status: 201,
      records: ['exception.asked'],
      errors: [
        RepositoryNotFound,
        errors.ExceptionInvalid,
        errors.ExceptionNever,
        errors.ExceptionLimit,
        SecondPersonRequired,
      ],
      handler: (ctx, { body }) => askException(options, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/exceptions/{id}/decision',
      permission: 'exception:decide',
      summary: 'approves or rejects an exception with the assertion of your passkey over exactly what was asked for',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      reply: Exception,
      records: ['approval.given', 'exception.approved', 'exception.rejected', 'access.denied'],
      errors: [
        errors.ExceptionNotFound,
        errors.ExceptionOther,
        errors.ExceptionClosed,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: (ctx, { params, body }) => decideException(options, ctx, params.id, body),
    }),
    route({
      method: 'POST',
      path: '/v1/exceptions/{id}/revocation',
      permission: 'exception:end',
      summary: 'ends an exception before its time, with a reason',
      params: byId,
      body: z.strictObject({ reason: z.string().trim().min(1).max(2000) }),
      reply: Exception,
      records: ['exception.revoked', 'access.denied'],
      errors: [errors.ExceptionNotFound, errors.ExceptionClosed, AccessDenied],
      handler: (ctx, { params, body }) => revokeException(options, ctx, params.id, body.reason),
    }),
  ]
}
