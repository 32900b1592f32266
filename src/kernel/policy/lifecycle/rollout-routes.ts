import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import {
  PolicyRolloutNotFound,
  PolicyRolloutOver,
  PolicyRolloutRunning,
  PolicyRolloutsTooMany,
  PolicyStepsMissing,
  PolicyVersionDraft,
  PolicyVersionNotFound,
  PolicyVersionOver,
  PolicyVersionUnusable,
} from './errors.ts'
import { PackId, Reason } from './model.ts'
import { byVersion } from './pack-routes.ts'
import { showRollout, toRollout } from './read.ts'
import { Rollout, RolloutState, StartRollout } from './rollout-model.ts'
import { promote, rollBack, startRollout } from './rollouts.ts'
import type { Lifecycle } from './services.ts'
import { requireVersion } from './store.ts'

const byId = z.object({ id: z.string().max(100) })
const ListQuery = PageQuery.extend({ packId: PackId.optional(), state: RolloutState.optional() })

export function rolloutRoutes(life: Lifecycle): Route<Context>[] {
  return [...readRoutes(life), ...moveRoutes(life)]
}

function readRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/policy-rollouts',
      permission: 'policy:read',
      summary: 'lists roll-outs of policies, newest first, with what was counted in each stage',
      query: ListQuery,
      reply: pageOf(Rollout),
      errors: [CursorInvalid],
      handler: (_ctx, { query }) => listRollouts(life, query),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-rollouts/{id}',
      permission: 'policy:read',
      summary: 'one roll-out of a policy with what was counted in each stage',
      params: byId,
      reply: Rollout,
      errors: [PolicyRolloutNotFound],
      handler: (_ctx, { params }) => showRollout(life, params.id),
    }),
  ]
}

function moveRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/policy-packs/{id}/versions/{version}/rollouts',
      permission: 'policy:roll-out',
      summary:
        'begins to roll a published version out, stage by stage, each for some repositories, in a mode, within limits',
      params: byVersion,
      body: StartRollout,
      reply: Rollout,
      status: 201,
      records: ['policy-rollout.started'],
      errors: [
        ...[PolicyVersionNotFound, PolicyVersionDraft, PolicyVersionOver, PolicyVersionUnusable, PolicyStepsMissing],
        ...[PolicyRolloutRunning, PolicyRolloutsTooMany],
      ],
      handler: async (ctx, { params, body }) => {
        const version = await requireVersion(life.db, params.id, params.version)
        return showRollout(life, await startRollout(life, ctx, version, body.stages))
      },
    }),
    route({
      method: 'POST',
      path: '/v1/policy-rollouts/{id}/promote',
      permission: 'policy:roll-out',
      summary: 'goes on to the next stage now; after the last one the version is in force everywhere',
      params: byId,
      body: Reason.extend({
        /** The stage that is left: promoting it twice does it once. */
        stage: z.int().min(0).max(20),
      }),
      reply: Rollout,
      records: ['policy-rollout.promoted', 'policy-rollout.completed'],
      errors: [PolicyRolloutNotFound, PolicyRolloutOver],
      handler: async (ctx, { params, body }) => {
        await promote(life, ctx, { rolloutId: params.id, stage: body.stage, cause: 'person', reason: body.reason })
        return showRollout(life, params.id)
      },
    }),
    route({
      method: 'POST',
      path: '/v1/policy-rollouts/{id}/rollback',
      permission: 'policy:roll-out',
      summary:
        'takes a version back that is being rolled out or is in force: what was in force before is again, at once',
      params: byId,
      body: Reason,
      reply: Rollout,
      records: ['policy-rollout.rolled-back'],
      errors: [PolicyRolloutNotFound, PolicyRolloutOver],
      handler: async (ctx, { params, body }) => {
        await rollBack(life, ctx, { rolloutId: params.id, stage: undefined, cause: 'person', reason: body.reason })
        return showRollout(life, params.id)
      },
    }),
  ]
}

async function listRollouts(life: Lifecycle, query: z.output<typeof ListQuery>) {
  const { packId, state, limit, cursor } = query
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await life.db
    .selectFrom('policy_rollout')
    .selectAll()
    .$if(packId !== undefined, (is) => is.where('pack_id', '=', packId ?? ''))
    .$if(state !== undefined, (is) => is.where('state', '=', state ?? 'running'))
    .$if(before !== undefined, (is) =>
      is.where((all) =>
        all(all.refTuple('started_at', 'id'), '<', all.tuple(new Date(before?.atMs ?? 0), before?.id ?? '')),
      ),
    )
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.started_at.getTime()}.${row.id}`)
  return { items: await Promise.all(items.map((row) => toRollout(life, row))), next }
}

function readCursor(cursor: string): { readonly atMs: number; readonly id: string } {
  const [, time, id] = /^(\d{1,15})\.(rol_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined) throw CursorInvalid({})
  return { atMs: Number(time), id }
}
