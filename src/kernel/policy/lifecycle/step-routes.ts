import { z } from 'zod'
import {
  AccessDenied,
  ApprovalRepeated,
  Assertion,
  PasskeyNeeded,
  SecondPersonRequired,
  StepUpRefused,
} from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { TestReport } from '../pack-tests/report.ts'
import { checkPack } from './check.ts'
import {
  PolicyNotAsked,
  PolicyOwnReview,
  PolicyStakeholderUnknown,
  PolicyStepsMissing,
  PolicyStepsTooMany,
  PolicyTextDiffers,
  PolicyVersionFixed,
  PolicyVersionNotFound,
} from './errors.ts'
import { assessImpact, Impact } from './impact.ts'
import { Comment, Found, VersionDetail } from './model.ts'
import { byVersion } from './pack-routes.ts'
import { publishDraft } from './publish.ts'
import { showVersion } from './read.ts'
import { reviewDraft } from './review.ts'
import type { Lifecycle } from './services.ts'
import { answerAbout, askAbout, checkDraft, keepImpact, requireDraft, testDraft } from './steps.ts'

const of = '/v1/policy-packs/{id}/versions/{version}'
const draftErrors = [PolicyVersionNotFound, PolicyVersionFixed, PolicyStepsTooMany]
const reviewBytesMax = 65_536

export function stepRoutes(life: Lifecycle): Route<Context>[] {
  return [...machineRoutes(life), assessRoute(life), ...peopleRoutes(life)]
}

function machineRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: `${of}/check`,
      permission: 'policy:write',
      summary: 'checks a draft against the facts of its gate, and that it weakens nothing that always holds',
      params: byVersion,
      reply: z.object({ outcome: z.enum(['passed', 'failed']), diagnostics: z.array(Found) }),
      records: ['policy-version.checked'],
      errors: draftErrors,
      handler: async (ctx, { params }) => {
        const { outcome, diagnostics } = await checkDraft(
          life,
          ctx,
          await requireDraft(life, params.id, params.version),
        )
        return { outcome, diagnostics: [...diagnostics] }
      },
    }),
    route({
      method: 'POST',
      path: `${of}/test`,
      permission: 'policy:write',
      summary: 'runs the tests of a draft, and tries whether they would notice a rule that was turned round',
      params: byVersion,
      reply: TestReport,
      records: ['policy-version.tested'],
      errors: draftErrors,
      handler: async (ctx, { params }) => testDraft(life, ctx, await requireDraft(life, params.id, params.version)),
    }),
    route({
      method: 'POST',
      path: `${of}/publish`,
      permission: 'policy:publish',
      summary: 'signs a draft that went through every step; it does not change from then on, and decides nothing yet',
      params: byVersion,
      reply: VersionDetail,
      records: ['policy.published'],
      errors: [...draftErrors, PolicyStepsMissing, PolicyTextDiffers, SecondPersonRequired],
      handler: async (ctx, { params }) => {
        await publishDraft(life, ctx, await requireDraft(life, params.id, params.version))
        return showVersion(life, params.id, params.version)
      },
    }),
  ]
}

function assessRoute(life: Lifecycle): Route<Context> {
  return route({
    method: 'POST',
    path: `${of}/assess`,
    permission: 'policy:write',
    summary: 'replays a draft over the decisions that were recorded, and tells which would come out otherwise',
    params: byVersion,
    body: z
      .object({
        days: z.int().min(1).max(366).default(90),
        /** Most decisions; the newest count. */
        limit: z.int().min(1).max(10_000).default(5000),
      })
      .strict(),
    reply: Impact,
    records: ['policy-version.assessed'],
    errors: [...draftErrors, PolicyStepsMissing],
    handler: async (ctx, { params, body }) => {
      const row = await requireDraft(life, params.id, params.version)
      const { pack } = checkPack(life.ground, row.text, row.pack_id)
      if (pack === undefined) throw PolicyStepsMissing({ missing: ['check it, and mend what is wrong'] })
      const impact = await assessImpact(life, ctx, pack, body)
      await keepImpact(life, ctx, row, impact)
      return impact
    },
  })
}

function peopleRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: `${of}/consultations`,
      permission: 'policy:write',
      summary: 'asks people what they say to a draft; it is not published before each of them has answered',
      params: byVersion,
      body: z
        .object({
          userIds: z.array(z.string().min(1).max(100)).min(1).max(50),
          /** Until when they are asked to answer: 3 days, 1 day before it and then the ledger names who has not. */
          answerBy: z.iso.datetime().optional(),
        })
        .strict(),
      reply: VersionDetail,
      records: ['policy-version.asked'],
      errors: [...draftErrors, PolicyStakeholderUnknown, PolicyOwnReview],
      handler: async (ctx, { params, body }) => {
        await askAbout(life, ctx, await requireDraft(life, params.id, params.version), body)
        return showVersion(life, params.id, params.version)
      },
    }),
    route({
      method: 'POST',
      path: `${of}/answers`,
      permission: 'policy:review',
      summary: 'says what you think of a draft that you were asked about',
      params: byVersion,
      body: z
        .object({
          answer: z.enum(['agree', 'concern', 'comment']),
          comment: Comment.nullable().default(null),
        })
        .strict(),
      reply: VersionDetail,
      records: ['policy-version.answered'],
      errors: [...draftErrors, PolicyNotAsked],
      handler: async (ctx, { params, body }) => {
        await answerAbout(life, ctx, await requireDraft(life, params.id, params.version), body)
        return showVersion(life, params.id, params.version)
      },
    }),
    route({
      method: 'POST',
      path: `${of}/reviews`,
      permission: 'policy:review',
      summary: 'approves or rejects exactly the text that you read, with your passkey; whoever wrote some of it cannot',
      params: byVersion,
      body: z
        .object({
          decision: z.enum(['approve', 'reject']),
          /** Of the version as it was read. */
          digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
          /** What your authenticator answered to the challenge of `POST /v1/step-up`. */
          assertion: Assertion,
        })
        .strict(),
      bodyBytesMax: reviewBytesMax,
      reply: VersionDetail,
      records: ['policy-version.reviewed', 'approval.given'],
      errors: [
        ...[...draftErrors, AccessDenied, PolicyTextDiffers, PolicyStepsMissing],
        ...[SecondPersonRequired, StepUpRefused, PasskeyNeeded, ApprovalRepeated],
      ],
      handler: async (ctx, { params, body }) => {
        await reviewDraft(life, ctx, await requireDraft(life, params.id, params.version), body)
        return showVersion(life, params.id, params.version)
      },
    }),
  ]
}
