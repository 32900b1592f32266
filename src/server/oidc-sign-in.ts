import { z } from 'zod'
import {
  addressesFor,
  cookieHeader,
  hintOf,
  LogoutTokenRefused,
  localPath,
  type Oidc,
  oidcCookie,
  ownOrigin,
  ownSession,
  type RefusalReason,
  SignInAddress,
  SignInRefused,
  sessionCookie,
  sessionMs,
  waitingMs,
} from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import { DomainError } from '#platform/errors.ts'
import type { Exchange, Raw, Route } from '#platform/http/route.ts'
import type { Services } from './modules.ts'
import { isSecure } from './secure.ts'
import { signInFailedPage } from './sign-in-page.ts'

const html = { contentType: 'text/html; charset=utf-8', description: 'a page' }
const noStore = { 'cache-control': 'no-store' }
const byIssuer = z.object({ issuer: z.string().max(100) })
const text = (max: number) => z.string().max(max).optional()

/** Sign-in at an identity provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0 section 3.1). */
export function oidcSignInRoutes(services: Services, oidc: Oidc): Route<Context>[] {
  return [beginRoute(services, oidc), endRoute(services, oidc), logoutRoute(oidc)]
}

function beginRoute(services: Services, oidc: Oidc): Route<Context> {
  const { config, db } = services
  const secure = isSecure(config)
  return route({
    method: 'GET',
    path: '/sign-in/oidc/{issuer}',
    permission: 'public',
    summary: 'leads the browser to an identity provider to sign in; `maxAge` asks it for a fresh password or key',
    params: byIssuer,
    query: z.object({
      to: text(1000),
      maxAge: z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number)
        .optional(),
    }),
    reply: html,
    status: 303,
    records: ['sign-in.refused'],
    errors: [SignInRefused, SignInAddress],
    handler: (ctx, { params: { issuer }, query, exchange }) =>
      orPage(async () => {
        const { redirectUri } = addressesFor(issuer, ownOrigin(exchange, config.publicUrl))
        const { url, browser } = await oidc.begin(ctx, issuer, {
          redirectUri,
          maxAgeSeconds: query.maxAge ?? null,
          replaces: await ownSession(db, ctx),
          to: localPath(query.to),
        })
        const cookie = cookieHeader(oidcCookie(secure), browser, secure, waitingMs / 1000, 'Lax')
        return redirect(url, { 'set-cookie': cookie })
      }),
  })
}

function endRoute({ config }: Services, oidc: Oidc): Route<Context> {
  const secure = isSecure(config)
  return route({
    method: 'GET',
    path: '/sign-in/oidc/{issuer}/callback',
    permission: 'public',
    summary: 'where an identity provider sends the browser back: starts a session for whom it names',
    params: byIssuer,
    query: z.object({ state: text(200), code: text(4096), iss: text(2000), error: text(200) }),
    reply: html,
    status: 303,
    records: ['sign-in.refused', 'session.started', 'session.ended', 'user.admitted', 'identity.linked'],
    errors: [SignInRefused, SignInAddress],
    handler: (ctx, { params: { issuer }, query, exchange }) =>
      orPage(async () => {
        const { redirectUri } = addressesFor(issuer, ownOrigin(exchange, config.publicUrl))
        const browser = exchange.cookie(oidcCookie(secure))
        const { token, to } = await oidc.end(ctx, issuer, query, { redirectUri, browser })
        dropBrowser(exchange, secure)
        return redirect(to, { 'set-cookie': cookieHeader(sessionCookie(secure), token, secure, sessionMs / 1000) })
      }),
  })
}

function logoutRoute(oidc: Oidc): Route<Context> {
  return route({
    method: 'POST',
    path: '/sign-in/oidc/{issuer}/back-channel-logout',
    permission: 'public',
    summary: 'takes the logout token of an identity provider and ends the sessions that it names',
    params: byIssuer,
    body: z.object({ logout_token: z.string().max(4096) }),
    reply: { contentType: 'text/plain; charset=utf-8', description: 'nothing' },
    records: ['session.ended', 'sign-in.refused'],
    errors: [LogoutTokenRefused],
    bodyBytesMax: 8192,
    handler: async (ctx, { params: { issuer }, body }) => {
      await oidc.logOut(ctx, issuer, body.logout_token)
      return { content: '', headers: noStore }
    },
  })
}

/** Refusals as a page that says what to do, for a person stands before it. */
async function orPage(work: () => Promise<Raw>): Promise<Raw> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DomainError) || ![SignInRefused.code, SignInAddress.code].includes(error.code)) throw error
    const { reason } = error.facts
    const hint = reason === undefined ? (error.hint ?? '') : hintOf(reason as RefusalReason)
    return { content: signInFailedPage(error.message, hint), headers: noStore, status: 401 }
  }
}

function dropBrowser(exchange: Exchange, secure: boolean): void {
  exchange.setHeader('set-cookie', cookieHeader(oidcCookie(secure), '', secure, 0, 'Lax'))
}

function redirect(location: string, headers: Record<string, string>): Raw {
  return { content: '', headers: { ...noStore, ...headers, location } }
}
