import { z } from 'zod'
import {
  AccessDenied,
  type AccessTables,
  ApprovalRepeated,
  Assertion,
  PasskeyNeeded,
  RevisionOther,
  SecondPersonRequired,
  StepUpRefused,
} from '#kernel/access'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import { bundleBytesMax } from '../opa-bundle/bundle.ts'
import { packOf } from './answer.ts'
import { readyEngine } from './ask.ts'
import { addBundle, removeBundle } from './bundles.ts'
import { addEngine, changeEngine, listEngines, removeEngine } from './engines.ts'
import {
  BoundEngineAddress,
  BoundEngineApprovalNeeded,
  BoundEngineLimit,
  BoundEngineNotFound,
  BoundEngineSetting,
  BoundEngineTaken,
  BoundEngineTokenElsewhere,
  BundleInUse,
  BundleLimit,
  BundleNotFound,
  BundleRefused,
  EntrypointMissing,
} from './errors.ts'
import { logRoute } from './log-route.ts'
import {
  BoundEngine,
  BoundEngineCheck,
  ChangedBoundEngine,
  EngineChangeApproval,
  NewBoundEngine,
  PolicyBundle,
} from './model.ts'
import { approveChange } from './second-person.ts'
import { findEngine, listBundles } from './store.ts'
import type { OpaTables } from './tables.ts'

export interface OpaRoutes {
  readonly db: Db<OpaTables & AccessTables & LedgerTables>
  readonly engine: PolicyEngine
}

const byId = z.object({ id: z.string().max(100) })
const byDigest = z.object({ digest: z.string().max(100) })

export function opaRoutes(services: OpaRoutes): Route<Context>[] {
  return [
    ...engineRoutes(services),
    approvalRoute(services),
    checkRoute(services),
    ...bundleRoutes(services),
    logRoute(services.db),
  ]
}

function engineRoutes({ db }: OpaRoutes): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/policy-engines',
      permission: 'opa:read',
      summary: 'lists the policy engines (OPA) that are bound to gates, by name; tokens are never shown',
      reply: z.object({ items: z.array(BoundEngine), next: z.string().nullable() }),
      handler: async () => ({ items: await listEngines(db), next: null }),
    }),
    route({
      method: 'POST',
      path: '/v1/policy-engines',
      permission: 'opa:write',
      summary: 'binds an OPA to a gate: one elsewhere by its address, or a bundle that was sent before',
      body: NewBoundEngine,
      reply: BoundEngine,
      status: 201,
      records: ['policy-engine.added'],
      errors: [BoundEngineAddress, BoundEngineTaken, BoundEngineLimit, BundleNotFound, EntrypointMissing],
      handler: async (ctx, { body }) => addEngine(db, ctx, body),
    }),
    route({
      method: 'PATCH',
      path: '/v1/policy-engines/{id}',
      permission: 'opa:write',
      summary: 'changes settings of a bound policy engine, such as its mode',
      params: byId,
      body: ChangedBoundEngine,
      reply: BoundEngine,
      records: ['policy-engine.changed'],
      errors: [
        BoundEngineNotFound,
        BoundEngineSetting,
        BoundEngineTokenElsewhere,
        BoundEngineAddress,
        BundleNotFound,
        EntrypointMissing,
        BoundEngineApprovalNeeded,
        SecondPersonRequired,
      ],
      handler: async (ctx, { params, body }) => changeEngine(db, ctx, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/policy-engines/{id}',
      permission: 'opa:write',
      summary: 'lets a policy engine take part in its gate no more',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['policy-engine.removed'],
      errors: [BoundEngineNotFound, BoundEngineApprovalNeeded, SecondPersonRequired],
      handler: async (ctx, { params }) => {
        await removeEngine(db, ctx, params.id)
        return undefined
      },
    }),
  ]
}

function approvalRoute({ db }: OpaRoutes): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/policy-engines/{id}/approvals',
    permission: 'opa:write',
    summary:
      'approves by passkey a change that somebody else makes to an engine that is enforced, where it could let more through',
    params: byId,
    body: EngineChangeApproval.extend({ assertion: Assertion }),
    reply: z.undefined(),
    status: 204,
    records: ['approval.given'],
    errors: [BoundEngineNotFound, RevisionOther, AccessDenied, StepUpRefused, PasskeyNeeded, ApprovalRepeated],
    handler: async (ctx, { params, body }) => {
      await approveChange(db, ctx, params.id, body)
      return undefined
    },
  })
}

function checkRoute({ db, engine }: OpaRoutes): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/policy-engines/{id}/check',
    permission: 'opa:read',
    summary: 'asks a bound policy engine about an empty document, and says whether it gives an answer that counts',
    params: byId,
    reply: BoundEngineCheck,
    errors: [BoundEngineNotFound],
    handler: async (ctx, { params }) => {
      const row = await findEngine(db, params.id)
      if (row === undefined) throw BoundEngineNotFound({ engineId: params.id })
      const ask = await readyEngine(db, ctx, engine.bundles, row)
      const startedAt = performance.now()
      const { error, revision, violations } = await ask('{}')
      return {
        ok: error === null,
        error,
        revision,
        violations: violations.map((one) => `${packOf(row.name)}.${one.id}`),
        took: { milliseconds: Math.round(performance.now() - startedAt) },
      }
    },
  })
}

function bundleRoutes({ db, engine }: OpaRoutes): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/policy-bundles',
      permission: 'opa:read',
      summary: 'lists the bundles of OPA that were sent, the newest first',
      reply: z.object({ items: z.array(PolicyBundle), next: z.string().nullable() }),
      handler: async () => ({ items: await listBundles(db), next: null }),
    }),
    route({
      method: 'POST',
      path: '/v1/policy-bundles',
      permission: 'opa:write',
      summary: 'takes a bundle of OPA with WebAssembly, as `opa build -t wasm` writes it; the same bytes are kept once',
      bytes: {
        contentTypes: ['application/gzip', 'application/x-gzip', 'application/octet-stream'],
        description: 'a gzipped tar with `policy.wasm`, `data.json` and `.manifest`',
      },
      bodyBytesMax: bundleBytesMax,
      reply: PolicyBundle,
      status: 201,
      records: ['policy-bundle.added'],
      errors: [BundleRefused, BundleLimit],
      handler: async (ctx, { bytes }) => addBundle(db, ctx, engine.bundles, bytes),
    }),
    route({
      method: 'DELETE',
      path: '/v1/policy-bundles/{digest}',
      permission: 'opa:write',
      summary: 'removes a bundle that no engine has; decisions that it took part in are not made again',
      params: byDigest,
      reply: z.undefined(),
      status: 204,
      records: ['policy-bundle.removed'],
      errors: [BundleNotFound, BundleInUse],
      handler: async (ctx, { params }) => {
        await removeBundle(db, ctx, params.digest)
        return undefined
      },
    }),
  ]
}
