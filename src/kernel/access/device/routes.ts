import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { ScopeUnknown, SessionNeeded } from '../errors.ts'
import { SignInAddress } from '../oidc/errors.ts'
import { consoleOrigin } from '../oidc/own-address.ts'
import { callerOf } from '../routes.ts'
import type { AccessTables } from '../store.ts'
import { answerDevice, beginDevice, findDevice, intervalSeconds, redeemDevice } from './device.ts'
import { DeviceCodeUnknown, DeviceOver, DeviceTooFast, DeviceWaits } from './errors.ts'

export interface DeviceOptions {
  readonly db: Db<AccessTables & LedgerTables>
  readonly known: () => ReadonlySet<string>
  readonly publicUrl: string | undefined
}

const byCode = z.object({ userCode: z.string().max(20) })

/** A command line signs in as RFC 8628 has devices do, with a token of ours. */
export function deviceRoutes(options: DeviceOptions): Route<Context>[] {
  return [...deviceSide(options), ...personSide(options)]
}

function deviceSide({ db, known, publicUrl }: DeviceOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/device-sign-in',
      permission: 'public',
      summary: 'gives a command line a code that somebody confirms in the console within ten minutes',
      query: z.object({ scopes: z.string().max(2000).optional() }),
      reply: z.object({
        deviceCode: z.string(),
        userCode: z.string(),
        verificationUri: z.string(),
        expiresInSeconds: z.int(),
        intervalSeconds: z.int(),
      }),
      errors: [ScopeUnknown, SignInAddress],
      handler: async (ctx, { query, exchange }) => {
        const verificationUri = `${consoleOrigin(exchange, publicUrl)}/device`
        const asked = query.scopes === undefined ? [] : query.scopes.split(',')
        return { ...(await beginDevice(db, ctx, known(), asked)), verificationUri, intervalSeconds }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/device-sign-in',
      permission: 'public',
      summary: 'gives a command line that was confirmed its token, once, for 8 hours',
      body: z.strictObject({ deviceCode: z.string().max(100) }),
      reply: z.object({ token: z.string(), scopes: z.array(z.string()), expiresAt: z.iso.datetime() }),
      status: 201,
      records: ['token.minted'],
      errors: [DeviceWaits, DeviceTooFast, DeviceOver],
      handler: (ctx, { body }) => redeemDevice(db, ctx, body.deviceCode),
    }),
  ]
}

function personSide({ db }: DeviceOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/device-sign-in/{userCode}',
      permission: 'signed-in',
      summary: 'tells what the command line with this code asks you for',
      params: byCode,
      reply: z.object({ scopes: z.array(z.string()), askedAt: z.iso.datetime(), expiresAt: z.iso.datetime() }),
      errors: [DeviceCodeUnknown, SessionNeeded],
      handler: async (ctx, { params }) => findDevice(db, ctx, await callerOf(db, ctx), params.userCode),
    }),
    route({
      method: 'POST',
      path: '/v1/device-sign-in/{userCode}/answer',
      permission: 'signed-in',
      summary: 'confirms the command line with this code, or refuses it',
      params: byCode,
      body: z.strictObject({ allow: z.boolean() }),
      reply: z.undefined(),
      status: 204,
      records: ['device-sign-in.allowed', 'device-sign-in.denied'],
      errors: [DeviceCodeUnknown, SessionNeeded],
      handler: async (ctx, { params, body }) => {
        await answerDevice(db, ctx, await callerOf(db, ctx), params.userCode, body.allow)
        return undefined
      },
    }),
  ]
}
