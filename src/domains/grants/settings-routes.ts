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
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import * as errors from './errors.ts'
import { Id } from './model.ts'
import { decideSettings, listSettings, proposeSettings, readSettings, withdrawSettings } from './settings.ts'
import { ProposeSettings, SettingsChange, SettingsInForce, SettingsState } from './settings-model.ts'
import { settingsInForce } from './settings-now.ts'
import type { GrantServices } from './standing.ts'

const byId = z.object({ id: Id })

export function settingsRoutes(services: GrantServices): Route<Context>[] {
  return [...readRoutes(services), ...changeRoutes(services)]
}

function readRoutes({ db }: GrantServices): Route<Context>[] {
  const shared = { method: 'GET', permission: 'grant:read' } as const
  return [
    route({
      ...shared,
      path: '/v1/grant-settings',
      summary: 'gives how grants are issued now, with the approved tools',
      reply: SettingsInForce,
      handler: async () => settingsInForce(db),
    }),
    route({
      ...shared,
      path: '/v1/grant-settings-changes',
      summary: 'lists what was proposed of how grants are issued, newest first: its history',
      query: PageQuery.extend({ state: SettingsState.optional() }),
      reply: pageOf(SettingsChange),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listSettings(db, query),
    }),
    route({
      ...shared,
      path: '/v1/grant-settings-changes/{id}',
      summary: 'gives one proposal of how grants are issued',
      params: byId,
      reply: SettingsChange,
      errors: [errors.SettingsNotFound],
      handler: async (_ctx, { params }) => readSettings(db, params.id),
    }),
  ]
}

function changeRoutes(services: GrantServices): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/grant-settings-changes',
      permission: 'grant-settings:propose',
      summary: 'proposes how grants are issued, and which tools are approved; another person decides',
      body: ProposeSettings,
      reply: SettingsChange,
      status: 201,
      records: ['grant-settings.proposed'],
      errors: [errors.SettingsReplaced, SecondPersonRequired],
      handler: (ctx, { body }) => proposeSettings(services, ctx, body),
    }),
    route({
      method: 'POST',
      path: '/v1/grant-settings-changes/{id}/decision',
      permission: 'grant-settings:decide',
      summary:
        'approves or rejects what another person proposed, by a passkey over exactly that; an approval holds at once',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        assertion: Assertion,
      }),
      bodyBytesMax: 65_536,
      reply: SettingsChange,
      records: ['approval.given', 'grant-settings.approved', 'grant-settings.rejected', 'access.denied'],
      errors: [
        errors.SettingsNotFound,
        errors.SettingsOther,
        errors.SettingsClosed,
        errors.SettingsReplaced,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: (ctx, { params, body }) => decideSettings(services, ctx, params.id, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/grant-settings-changes/{id}',
      permission: 'grant-settings:propose',
      summary: 'withdraws what you proposed yourself',
      params: byId,
      reply: SettingsChange,
      records: ['grant-settings.withdrawn'],
      errors: [errors.SettingsNotFound, errors.SettingsClosed],
      handler: (ctx, { params }) => withdrawSettings(services, ctx, params.id),
    }),
  ]
}
