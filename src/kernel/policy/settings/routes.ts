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
import { PolicySettingInvalid } from '../errors.ts'
import { PolicyVersionUnusable } from '../lifecycle/errors.ts'
import type { Lifecycle } from '../lifecycle/services.ts'
import { changeSettings, decideSettings, withdrawSettings } from './change.ts'
import * as errors from './errors.ts'
import { ChangeSettings, ListedSettings, PolicySettings, Scope } from './model.ts'
import { listSettings, showSettings } from './read.ts'

const byScope = z.object({ scope: Scope })

/** What the organization and its teams make stricter than the packs. */
export function settingsRoutes(life: Lifecycle): Route<Context>[] {
  return [...readRoutes(life), ...proposalRoutes(life), changeRoute(life)]
}

function readRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/policy-settings',
      permission: 'policy:read',
      summary: 'lists who makes policy stricter: the organization, and each team by name',
      reply: z.object({ items: z.array(ListedSettings), next: z.null() }),
      handler: async () => ({ items: await listSettings(life), next: null }),
    }),
    route({
      method: 'GET',
      path: '/v1/policy-settings/{scope}',
      permission: 'policy:read',
      summary: 'what the organization or a team makes stricter, rule by rule beside what the packs in force say',
      params: byScope,
      reply: PolicySettings,
      errors: [errors.PolicySettingsScopeNotFound, PolicyVersionUnusable],
      handler: (ctx, { params }) => showSettings(life, ctx, params.scope),
    }),
  ]
}

function changeRoute(life: Lifecycle): Route<Context> {
  return route({
    method: 'PUT',
    path: '/v1/policy-settings/{scope}',
    permission: 'policy-settings:write',
    summary:
      'makes policy stricter for the organization or a team; what would loosen it for the organization is proposed, and another person decides',
    params: byScope,
    body: ChangeSettings,
    bodyBytesMax: 512_000,
    reply: PolicySettings,
    records: ['policy-settings.changed', 'policy-settings.proposed', 'access.denied'],
    errors: [
      ...[errors.PolicySettingsScopeNotFound, errors.PolicySettingsChanged, errors.PolicySettingNotHere],
      ...[PolicySettingInvalid, errors.PolicySettingLooser, errors.PolicySettingNotComparable],
      ...[AccessDenied, SecondPersonRequired, PolicyVersionUnusable],
    ],
    handler: async (ctx, { params, body }) => {
      await changeSettings(life, ctx, params.scope, body)
      return showSettings(life, ctx, params.scope)
    },
  })
}

function proposalRoutes(life: Lifecycle): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/policy-settings/{scope}/decision',
      permission: 'policy-settings:decide',
      summary: 'approves or rejects, by a passkey over exactly that, what another person proposed to loosen',
      params: byScope,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      bodyBytesMax: 65_536,
      reply: PolicySettings,
      records: ['approval.given', 'policy-settings.changed', 'policy-settings.rejected', 'access.denied'],
      errors: [
        ...[errors.PolicySettingsScopeNotFound, errors.PolicySettingsNotProposed, errors.PolicySettingsChanged],
        ...[AccessDenied, StepUpRefused, PasskeyNeeded, ApprovalRepeated, PolicyVersionUnusable],
      ],
      handler: async (ctx, { params, body }) => {
        await decideSettings(life, ctx, params.scope, body)
        return showSettings(life, ctx, params.scope)
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/policy-settings/{scope}/proposal',
      permission: 'policy-settings:write',
      summary: 'withdraws what you proposed yourself',
      params: byScope,
      reply: PolicySettings,
      records: ['policy-settings.withdrawn'],
      errors: [
        ...[errors.PolicySettingsScopeNotFound, errors.PolicySettingsNotProposed, errors.PolicySettingsChanged],
        PolicyVersionUnusable,
      ],
      handler: async (ctx, { params }) => {
        await withdrawSettings(life, ctx, params.scope)
        return showSettings(life, ctx, params.scope)
      },
    }),
  ]
}
