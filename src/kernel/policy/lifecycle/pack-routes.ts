import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { checkPack } from './check.ts'
import { PackDiff } from './diff.ts'
import {
  PolicyDraftInvalid,
  PolicyPackExists,
  PolicyPackNotFound,
  PolicyPacksTooMany,
  PolicyVersionDraft,
  PolicyVersionFixed,
  PolicyVersionNotFound,
  PolicyVersionOver,
  PolicyVersionUnusable,
  PolicyVersionUsed,
} from './errors.ts'
import {
  DraftVersion,
  Found,
  NewPack,
  PackChange,
  PackSummary,
  Reason,
  VersionDetail,
  VersionSummary,
} from './model.ts'
import { diffVersions, listPacks, listVersions, showPack, showVersion } from './read.ts'
import type { Lifecycle } from './services.ts'
import { changePack, createPack, draftVersion, retireVersion } from './versions.ts'

export const byPack = z.object({ id: z.string().max(64) })
export const byVersion = z.object({ id: z.string().max(64), version: z.string().max(64) })
/** Both texts of a draft, in JSON. */
const draftBytesMax = 2 * 1024 * 1024

export function packRoutes(life: Lifecycle): Route<Context>[] {
  return [...readRoutes(life), previewRoute(life), ...writeRoutes(life)]
}

/** For who is still typing. */
function previewRoute({ ground }: Lifecycle): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/policy-packs/preview',
    permission: 'policy:write',
    summary: 'tells the mistakes of the text of a policy pack, as a check of a draft would; changes nothing',
    body: DraftVersion.pick({ text: true }).meta({ id: 'PolicyText' }),
    bodyBytesMax: draftBytesMax,
    reply: z.object({ diagnostics: z.array(Found) }),
    handler: async (_ctx, { body }) => ({ diagnostics: [...checkPack(ground, body.text, 'draft.yaml').diagnostics] }),
  })
}

function readRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/policy-packs',
      permission: 'policy:read',
      summary:
        'lists the policy packs, those that the product ships and those of the organization, with what is in force',
      reply: z.object({ items: z.array(PackSummary), next: z.null() }),
      handler: async (ctx) => ({ items: await listPacks(life, ctx.clock()), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-packs/{id}',
      permission: 'policy:read',
      summary: 'one policy pack with what is in force of it',
      params: byPack,
      reply: PackSummary,
      errors: [PolicyPackNotFound],
      handler: (ctx, { params }) => showPack(life, params.id, ctx.clock()),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-packs/{id}/versions',
      permission: 'policy:read',
      summary: 'lists the versions of a policy pack, newest first, the one that the product ships last',
      params: byPack,
      reply: z.object({ items: z.array(VersionSummary), next: z.null() }),
      errors: [PolicyPackNotFound],
      handler: async (_ctx, { params }) => ({ items: await listVersions(life, params.id), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-packs/{id}/versions/{version}',
      permission: 'policy:read',
      summary: 'one version with its texts, what was done to it by whom, what it weakens, and what it still needs',
      params: byVersion,
      reply: VersionDetail,
      errors: [PolicyPackNotFound, PolicyVersionNotFound],
      handler: (_ctx, { params }) => showVersion(life, params.id, params.version),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-packs/{id}/versions/{version}/diff',
      permission: 'policy:read',
      summary: 'what a version changes, rule by rule, compared with what is in force or with another version',
      params: byVersion,
      query: z.object({ against: z.string().max(64).optional() }),
      reply: PackDiff,
      errors: [PolicyPackNotFound, PolicyVersionNotFound, PolicyVersionUnusable],
      handler: (_ctx, { params, query }) => diffVersions(life, params.id, params.version, query.against),
    }),
  ]
}

function writeRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/policy-packs',
      permission: 'policy:write',
      summary: 'makes a policy pack of the organization, without a version yet',
      body: NewPack,
      reply: PackSummary,
      status: 201,
      records: ['policy-pack.created'],
      errors: [PolicyPackExists, PolicyPacksTooMany],
      handler: async (ctx, { body }) => {
        await createPack(life, ctx, body)
        return showPack(life, body.id, ctx.clock())
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/policy-packs/{id}',
      permission: 'policy:write',
      summary: 'gives a policy pack another title, owner or day by which somebody looks at it again',
      params: byPack,
      body: PackChange,
      reply: PackSummary,
      records: ['policy-pack.changed'],
      errors: [PolicyPackNotFound],
      handler: async (ctx, { params, body }) => {
        await changePack(life, ctx, params.id, body)
        return showPack(life, params.id, ctx.clock())
      },
    }),
    route({
      method: 'POST',
      path: '/v1/policy-packs/{id}/versions',
      permission: 'policy:write',
      summary: 'writes a draft, or writes the draft of the same number anew; the text names its pack and its number',
      params: byPack,
      body: DraftVersion,
      bodyBytesMax: draftBytesMax,
      reply: VersionDetail,
      status: 201,
      records: ['policy-version.drafted'],
      errors: [PolicyPackNotFound, PolicyDraftInvalid, PolicyVersionFixed],
      handler: async (ctx, { params, body }) =>
        showVersion(life, params.id, await draftVersion(life, ctx, params.id, body)),
    }),
    route({
      method: 'POST',
      path: '/v1/policy-packs/{id}/versions/{version}/retire',
      permission: 'policy:publish',
      summary: 'retires a published version that is neither in force nor being rolled out',
      params: byVersion,
      body: Reason,
      reply: VersionDetail,
      records: ['policy-version.retired'],
      errors: [PolicyVersionNotFound, PolicyVersionDraft, PolicyVersionOver, PolicyVersionUsed],
      handler: async (ctx, { params, body }) => {
        await retireVersion(life, ctx, params.id, params.version, body.reason)
        return showVersion(life, params.id, params.version)
      },
    }),
  ]
}
