import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import { NotSignedIn } from '#platform/http/errors.ts'
import type { Exchange, Route } from '#platform/http/route.ts'
import { challengeCookie, cookieHeader, csrfToken, sessionCookie } from './cookies.ts'
import {
  PasskeyAddress,
  PasskeyLimit,
  PasskeyNotFound,
  PasskeyRefused,
  PasskeySession,
  SessionNeeded,
  SessionNotFound,
} from './errors.ts'
import { OpenSession, Passkey, PasskeyName, Session } from './model.ts'
import { listPasskeys } from './passkey-store.ts'
import { beginRegistration, beginSignIn, register, relyingParty, remove, rename, signInByPasskey } from './passkeys.ts'
import { type AccessOptions, callerOf, describeNew } from './routes.ts'
import { sessionMs } from './service.ts'
import { endAllSessions, endOneSession, requireSession } from './sessions.ts'
import { listSessions } from './store.ts'
import { Assertion, PasskeyOptions, Registration } from './webauthn.ts'

const byId = z.object({ id: z.string().max(100) })

export function passkeyRoutes(options: AccessOptions): Route<Context>[] {
  return [
    ...signInRoutes(options),
    ...ownPasskeyRoutes(options),
    ...keptPasskeyRoutes(options),
    ...openSessionRoutes(options),
  ]
}

function signInRoutes(options: AccessOptions): Route<Context>[] {
  const { db, secure, publicUrl } = options
  return [
    route({
      method: 'GET',
      path: '/v1/passkey-sign-in',
      permission: 'public',
      summary: 'gives a browser a challenge for signing in by passkey: for five minutes, once, and for this browser',
      reply: PasskeyOptions,
      errors: [PasskeyAddress],
      handler: async (ctx, { exchange }) => {
        const browser = randomBytes(32).toString('base64url')
        const wanted = await beginSignIn(db, ctx, relyingParty(exchange, publicUrl), browser)
        exchange.setHeader('set-cookie', cookieHeader(challengeCookie(secure), browser, secure, 300))
        return { ...wanted }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/passkey-sign-in',
      permission: 'public',
      summary: 'starts a session of this browser for the owner of the passkey that answered its challenge',
      body: z.strictObject({ response: Assertion }),
      reply: Session,
      status: 201,
      records: ['session.started'],
      errors: [PasskeyAddress, PasskeyRefused],
      bodyBytesMax: 65_536,
      handler: async (ctx, { body, exchange }) => {
        const party = relyingParty(exchange, publicUrl)
        const browser = exchange.cookie(challengeCookie(secure))
        if (browser === undefined) throw PasskeyRefused({})
        const holder = { kind: 'browser' as const, replaces: await ownSession(db, ctx) }
        // the schema is narrower than what the library's type allows, which says nothing of `undefined`
        const response = body.response as Parameters<typeof signInByPasskey>[4]
        const { caller, token } = await signInByPasskey(db, ctx, party, browser, response, holder)
        exchange.setHeader('set-cookie', cookieHeader(sessionCookie(secure), token, secure, sessionMs / 1000))
        return { ...(await describeNew(options, ctx, caller)), csrfToken: csrfToken(token) }
      },
    }),
  ]
}

/** The session that asks, when it is one of a browser, which signing in again replaces. */
export async function ownSession(db: AccessOptions['db'], ctx: Context): Promise<string | undefined> {
  const caller = await callerOf(db, ctx).catch((error: unknown) => {
    if (NotSignedIn.is(error)) return undefined
    throw error
  })
  return caller?.isBrowser === true ? caller.tokenId : undefined
}

function ownPasskeyRoutes({ db, publicUrl }: AccessOptions): Route<Context>[] {
  const partyOf = (exchange: Exchange) => relyingParty(exchange, publicUrl)
  return [
    route({
      method: 'GET',
      path: '/v1/passkeys',
      permission: 'signed-in',
      summary: 'lists your passkeys, oldest first',
      reply: z.object({ items: z.array(Passkey), next: z.string().nullable() }),
      errors: [SessionNeeded],
      handler: async (ctx) => {
        const caller = await callerOf(db, ctx)
        requireSession(caller)
        return { items: await listPasskeys(db, caller.userId), next: null }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/passkeys/registration',
      permission: 'signed-in',
      summary: 'gives your browser what it needs to make a passkey: for five minutes, once, and for this session',
      reply: PasskeyOptions,
      errors: [SessionNeeded, PasskeySession, PasskeyLimit, PasskeyAddress],
      handler: async (ctx, { exchange }) => ({
        ...(await beginRegistration(db, ctx, await callerOf(db, ctx), partyOf(exchange))),
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/passkeys',
      permission: 'signed-in',
      summary: 'registers a passkey that your authenticator made, under a name of yours',
      body: z.strictObject({ name: PasskeyName, response: Registration }),
      reply: Passkey,
      status: 201,
      records: ['passkey.registered'],
      errors: [SessionNeeded, PasskeySession, PasskeyLimit, PasskeyAddress, PasskeyRefused],
      bodyBytesMax: 131_072,
      handler: async (ctx, { body, exchange }) => {
        const input = body as Parameters<typeof register>[4]
        return register(db, ctx, await callerOf(db, ctx), partyOf(exchange), input)
      },
    }),
  ]
}

function keptPasskeyRoutes({ db }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'PATCH',
      path: '/v1/passkeys/{id}',
      permission: 'signed-in',
      summary: 'gives one of your passkeys another name',
      params: byId,
      body: z.strictObject({ name: PasskeyName }),
      reply: z.undefined(),
      status: 204,
      records: ['passkey.renamed'],
      errors: [SessionNeeded, PasskeyNotFound],
      handler: async (ctx, { params, body }) => {
        await rename(db, ctx, await callerOf(db, ctx), params.id, body.name)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/passkeys/{id}',
      permission: 'signed-in',
      summary: 'removes one of your passkeys; sessions that it started go on',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['passkey.removed'],
      errors: [SessionNeeded, PasskeyNotFound],
      handler: async (ctx, { params }) => {
        await remove(db, ctx, await callerOf(db, ctx), params.id)
        return undefined
      },
    }),
  ]
}

function openSessionRoutes({ db, secure }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/sessions',
      permission: 'signed-in',
      summary: 'lists your open sessions, newest first',
      reply: z.object({ items: z.array(OpenSession), next: z.string().nullable() }),
      errors: [SessionNeeded],
      handler: async (ctx) => {
        const caller = await callerOf(db, ctx)
        requireSession(caller)
        const open = await listSessions(db, caller.userId, ctx.clock())
        return { items: open.map((one) => ({ ...one, isCurrent: one.id === caller.tokenId })), next: null }
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/sessions/{id}',
      permission: 'signed-in',
      summary: 'ends one of your sessions at once',
      params: byId,
      reply: z.undefined(),
      status: 204,
      records: ['session.ended'],
      errors: [SessionNeeded, SessionNotFound],
      handler: async (ctx, { params }) => {
        await endOneSession(db, ctx, await callerOf(db, ctx), params.id)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/sessions',
      permission: 'signed-in',
      summary: 'signs you out everywhere: ends all your sessions, this one too; API tokens stay',
      reply: z.undefined(),
      status: 204,
      records: ['session.ended'],
      errors: [SessionNeeded],
      handler: async (ctx, { exchange }) => {
        await endAllSessions(db, ctx, await callerOf(db, ctx))
        exchange.setHeader('set-cookie', cookieHeader(sessionCookie(secure), '', secure, 0))
        return undefined
      },
    }),
  ]
}
