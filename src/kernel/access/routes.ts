import { z } from 'zod'
import { type Context, type Ledger, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid, NotSignedIn } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { cookieHeader, csrfTokenFor, sessionCookie } from './cookies.ts'
import type { AccessEnding } from './directory/end-access.ts'
import { ScopeNotHeld, ScopeUnknown, SignInLinkInvalid, TokenNotFound } from './errors.ts'
import { accessEvents } from './events.ts'
import type { Authority } from './may.ts'
import { type Caller, MintedToken, MintToken, type PermissionsOf, Session, Token } from './model.ts'
import type { Oidc } from './oidc/oidc.ts'
import { authenticationOf } from './oidc/oidc-sessions.ts'
import { createToken, endSession, listTokens, revokeToken, signIn } from './service.ts'
import { type AccessTables, findTokenById } from './store.ts'

type Tables = AccessTables & LedgerTables

const [, , sessionStarted, sessionEnded, tokenMinted, tokenRevoked] = accessEvents.map((event) => event.type)

export interface AccessOptions {
  readonly db: Db<Tables>
  /** Every permission there is, so that a token cannot carry a misspelt scope. */
  readonly known: () => ReadonlySet<string>
  /** Whether browsers come by TLS. */
  readonly secure: boolean
  readonly publicUrl: string | undefined
  readonly oidc: Oidc
  /** What the policies of roles permit. */
  readonly permissionsOf: PermissionsOf
  readonly authority: Authority
  /** What other capabilities end when somebody loses all access. */
  readonly onAccessEnded?: readonly AccessEnding[]
  readonly ledger: Ledger
}

export function accessRoutes(options: AccessOptions): Route<Context>[] {
  return [...sessionRoutes(options), ...tokenRoutes(options)]
}

function sessionRoutes(options: AccessOptions): Route<Context>[] {
  const { db, secure } = options
  return [
    route({
      method: 'POST',
      path: '/v1/session',
      permission: 'public',
      summary: 'trades a one-time sign-in link for a session token',
      body: z.object({ link: z.string().max(200) }).strict(),
      reply: Session.extend({ token: z.string() }),
      status: 201,
      records: [sessionStarted ?? ''],
      errors: [SignInLinkInvalid],
      handler: async (ctx, { body }) => {
        const { caller, token } = await signIn(db, ctx, body.link)
        return { ...(await describeNew(options, ctx, caller)), csrfToken: null, token }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/session',
      permission: 'signed-in',
      summary: 'tells who the token belongs to and what it may do',
      reply: Session,
      handler: async (ctx, { exchange }) => {
        const caller = await callerOf(db, ctx)
        const authentication = await authenticationOf(db, caller.tokenId)
        return {
          ...describe(caller),
          authentication: authentication ?? null,
          csrfToken: csrfTokenFor(exchange, secure),
        }
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/session',
      permission: 'signed-in',
      summary: 'ends the session or token that asks',
      reply: z.undefined(),
      status: 204,
      records: [sessionEnded ?? '', tokenRevoked ?? ''],
      handler: async (ctx, { exchange }) => {
        const caller = await callerOf(db, ctx)
        await endSession(db, ctx, caller.tokenId)
        if (caller.isBrowser) exchange.setHeader('set-cookie', cookieHeader(sessionCookie(secure), '', secure, 0))
        return undefined
      },
    }),
  ]
}

function tokenRoutes({ db, known }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/tokens',
      permission: 'token:read',
      summary: 'lists your API tokens, newest first',
      query: PageQuery,
      reply: pageOf(Token),
      errors: [CursorInvalid],
      handler: async (ctx, { query }) => listTokens(db, ctx.actor.id, query),
    }),
    route({
      method: 'POST',
      path: '/v1/tokens',
      permission: 'token:write',
      summary: 'makes an API token; its text is shown this once',
      body: MintToken,
      reply: MintedToken,
      status: 201,
      records: [tokenMinted ?? ''],
      errors: [ScopeUnknown, ScopeNotHeld],
      handler: async (ctx, { body }) => createToken(db, ctx, await callerOf(db, ctx), known(), body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/tokens/{id}',
      permission: 'token:write',
      summary: 'ends one of your API tokens at once',
      params: z.object({ id: z.string().max(100) }),
      reply: z.undefined(),
      status: 204,
      records: [tokenRevoked ?? ''],
      errors: [TokenNotFound],
      handler: async (ctx, { params }) => {
        await revokeToken(db, ctx, await callerOf(db, ctx), params.id)
        return undefined
      },
    }),
  ]
}

export async function callerOf(db: Db<Tables>, ctx: Context): Promise<Caller> {
  const caller =
    ctx.sessionId === undefined ? undefined : await findTokenById(db, ctx.sessionId, ctx.clock(), ctx.scopes ?? [])
  if (caller === undefined) throw NotSignedIn({})
  return caller
}

/** A session that started just now, with the roles and permissions behind it. */
export async function describeNew(
  { db, permissionsOf }: Pick<AccessOptions, 'db' | 'permissionsOf'>,
  ctx: Context,
  { tokenId }: Caller,
) {
  const caller = await findTokenById(db, tokenId, ctx.clock(), [])
  if (caller === undefined) throw NotSignedIn({})
  return describe({ ...caller, scopes: await permissionsOf(caller.roles) })
}

export function describe(caller: Caller) {
  return {
    userId: caller.userId,
    role: caller.role,
    roles: [...caller.roles],
    scopes: [...caller.scopes],
    expiresAt: timestamp(caller.expiresAtMs),
    authentication: null,
  }
}
