import { z } from 'zod'
import {
  BranchMissing,
  ChangeNotFound,
  findChange,
  findRepository,
  RangeEmpty,
  RepositoryNotFound,
  RepositoryUnreadable,
} from '#domains/changes'
import { Assessment, latestAssessments } from '#domains/risk'
import { type Context, route } from '#kernel/ledger'
import { findDecision, PolicyVersionUnusable } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { GateNotRun, GateSettingsWrong } from './errors.ts'
import { GateFigures, gateFigures } from './figures.ts'
import { GateRun } from './gate-run.ts'
import { type Judge, runOfVerdict } from './judge.ts'
import { ruleRoutes } from './rule-routes.ts'
import { runGate, type Tables } from './service.ts'
import { verdictsOf } from './store.ts'

const byId = z.object({ id: z.string().max(100) })

export function gateRoutes(db: Db<Tables>, judge: Judge): Route<Context>[] {
  return [
    ...ruleRoutes(db, judge.policy),
    route({
      method: 'GET',
      path: '/v1/gates/merge/figures',
      permission: 'gate:read',
      summary:
        'counts what the merge gate says now of all changes, in all and by month of merging, and the facts that it waits for',
      reply: GateFigures,
      handler: async (ctx) => gateFigures(db, ctx.clock()),
    }),
    route({
      method: 'POST',
      path: '/v1/gates/merge/runs',
      permission: 'gate:run',
      summary: 'asks the merge gate about a commit, or about what merging a branch would bring; the answer is recorded',
      body: z
        .object({
          repositoryId: z.string().max(100),
          /** What `git rev-parse` takes, in the repository that the server reads. */
          commit: z.string().min(1).max(200),
          base: z.string().min(1).max(200).optional(),
        })
        .strict(),
      reply: GateRun,
      records: [
        'decision.made',
        'policy.activated',
        'policy-rollout.promoted',
        'policy-rollout.completed',
        'policy-rollout.rolled-back',
      ],
      errors: [
        RepositoryNotFound,
        RepositoryUnreadable,
        BranchMissing,
        RangeEmpty,
        GateSettingsWrong,
        PolicyVersionUnusable,
      ],
      handler: async (ctx, { body }) => {
        const repository = await findRepository(db, body.repositoryId)
        if (repository === undefined) throw RepositoryNotFound({ repositoryId: body.repositoryId })
        return runGate(db, ctx, judge, { ...body, path: repository.path })
      },
    }),
    route({
      method: 'GET',
      path: '/v1/changes/{id}/gate',
      permission: 'gate:read',
      summary: 'what the merge gate said last of a change, rule by rule',
      params: byId,
      reply: GateRun.extend({ judgedAt: z.iso.datetime(), assessment: Assessment }),
      errors: [ChangeNotFound, GateNotRun],
      handler: async (_ctx, { params }) => describe(db, params.id),
    }),
  ]
}

async function describe(db: Db<Tables>, changeId: string) {
  const row = await findChange(db, changeId)
  if (row === undefined) throw ChangeNotFound({ changeId })
  const verdict = (await verdictsOf(db, [changeId])).get(changeId)
  const decision = verdict && (await findDecision(db, verdict.decisionId))
  const assessed = (await latestAssessments(db, [changeId])).get(changeId)
  if (verdict === undefined || decision === undefined || assessed === undefined) throw GateNotRun({ changeId })
  const { headOid, baseOid, title } = row.detail
  // the values that a rule saw open with the facts of the decision, which need a permission of their own
  const rules = decision.rules.map((rule) => ({ ...rule, saw: {} }))
  const run = runOfVerdict(
    { head: headOid, base: baseOid, title },
    assessed.assessment,
    {
      decision: verdict.decision,
      result: verdict.result,
      rules,
      authorization: decision.authorized,
      revision: verdict.policyRevision,
      factsDigest: verdict.factsDigest,
      errors: decision.errors,
    },
    verdict.decisionId,
  )
  return { ...run, judgedAt: new Date(verdict.judgedAtMs).toISOString(), assessment: assessed.assessment }
}
