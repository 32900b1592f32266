import { z } from 'zod'
import { BranchMissing, RepositoryNotFound, RepositoryUnreadable } from '#domains/changes'
import {
  AccessDenied,
  ApprovalRepeated,
  Assertion,
  PasskeyNeeded,
  SecondPersonRequired,
  StepUpRefused,
} from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import type { ExceptionServices } from '../services.ts'
import { askOverride } from './ask.ts'
import { decideOverride } from './decide.ts'
import * as errors from './errors.ts'
import { AskOverride, GateOverride } from './model.ts'
import { listOverrides, readOverride } from './read.ts'

const byId = z.object({ id: z.string().max(100) })
const Listing = PageQuery.extend({
  repositoryId: z.string().max(100).optional(),
  commit: z.string().max(64).optional(),
})

export function overrideRoutes(options: ExceptionServices): Route<Context>[] {
  return [...readRoutes(options), ...writeRoutes(options)]
}

function readRoutes(options: ExceptionServices): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/gates/merge/overrides',
      permission: 'override:read',
      summary: 'lists overrides of failed runs of the merge gate, newest first',
      query: Listing,
      reply: pageOf(GateOverride),
      errors: [CursorInvalid],
      handler: (ctx, { query }) => listOverrides(options, ctx, query),
    }),
    route({
      method: 'GET',
      path: '/v1/gates/merge/overrides/{id}',
      permission: 'override:read',
      summary: 'gives one override, with who approved it so far',
      params: byId,
      reply: GateOverride,
      errors: [errors.OverrideNotFound],
      handler: (ctx, { params }) => readOverride(options, ctx, params.id),
    }),
  ]
}

function writeRoutes(options: ExceptionServices): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/gates/merge/overrides',
      permission: 'override:ask',
      summary: 'asks to let one failed run of the merge gate through once; two others decide',
      body: AskOverride,
      bodyBytesMax: 65_536,
      reply: GateOverride,
      status: 201,
      records: ['override.requested'],
      errors: [
        RepositoryNotFound,
        RepositoryUnreadable,
        BranchMissing,
        errors.OverrideInvalid,
        errors.OverrideNever,
        errors.OverrideOpen,
        SecondPersonRequired,
      ],
      handler: (ctx, { body }) => askOverride(options, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/gates/merge/overrides/{id}/decision',
      permission: 'override:decide',
      summary: 'approves or rejects an override with the assertion of your passkey; two approvals let it through once',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      reply: GateOverride,
      records: ['approval.given', 'override.approved', 'override.rejected', 'access.denied'],
      errors: [
        errors.OverrideNotFound,
        errors.OverrideOther,
        errors.OverrideClosed,
        errors.OverrideLeadNeeded,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: (ctx, { params, body }) => decideOverride(options, ctx, params.id, body),
    }),
  ]
}
