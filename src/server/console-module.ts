import { z } from 'zod'
import {
  cookieHeader,
  endSession,
  type Oidc,
  ownOrigin,
  ownSession,
  SignInAddress,
  type SignInBrake,
  SignInLinkInvalid,
  SignInSlowed,
  sessionCookie,
  sessionMs,
  signIn,
} from '#kernel/access'
import { type Context, type Module, route } from '#kernel/ledger'
import { DomainError } from '#platform/errors.ts'
import { RouteNotFound } from '#platform/http/errors.ts'
import type { Exchange, Raw, Route } from '#platform/http/route.ts'
import { type ConsoleFile, type ConsoleFiles, openConsoleFiles } from './console-files.ts'
import type { Services } from './modules.ts'
import { oidcSignInRoutes } from './oidc-sign-in.ts'
import { isSecure } from './secure.ts'
import { signedOutPage, signInFailedPage, signInPage } from './sign-in-page.ts'

const html = { contentType: 'text/html; charset=utf-8', description: 'a page' }
const noStore = { 'cache-control': 'no-store' }

/**
 * What a page of the console may do: run our scripts, apply our styles, talk to this server. No inline script, no inline
 * style, no HTML made from text: `trusted-types 'none'` has the browser itself refuse it.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The web console, and the sign-in by link that needs no script. */
export function consoleModule(services: Services, oidc: Oidc, brake: SignInBrake): Module {
  const files = openConsoleFiles()
  return {
    name: 'console',
    migrations: [],
    routes: [
      ...pageRoutes(services, files),
      ...signInRoutes(services, files, brake),
      signOutRoute(services, oidc),
      ...oidcSignInRoutes(services, oidc),
    ],
    events: [],
    errors: [],
    permissions: [],
    jobs: [],
  }
}

function pageRoutes(services: Services, files: ConsoleFiles): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/',
      permission: 'public',
      summary: 'the console: its overview for whoever is signed in, else the way to sign in',
      reply: html,
      handler: (_ctx, { exchange }) => shell(services, files, exchange, '/'),
    }),
    route({
      method: 'GET',
      path: '/assets/{file}',
      permission: 'public',
      summary: 'a script, style or picture of the console; its name changes with its content',
      params: z.object({ file: z.string().regex(/^[A-Za-z0-9._-]{1,200}$/) }),
      reply: { contentType: 'application/octet-stream', description: 'a file of the console' },
      errors: [RouteNotFound],
      handler: async (_ctx, { params, exchange }) => {
        const file = await files.asset(params.file, exchange.header('accept-encoding'))
        if (file === undefined) throw RouteNotFound({ method: 'GET', path: `/assets/${params.file}` })
        return sent(file, { 'cache-control': 'public, max-age=31536000, immutable' })
      },
    }),
    route({
      method: 'GET',
      path: '/{path...}',
      permission: 'public',
      summary: 'a page of the console, by its address, for browsers; the page itself asks for what it shows',
      params: z.object({ path: z.string().max(1024) }),
      reply: html,
      errors: [RouteNotFound],
      handler: async (_ctx, { params, exchange }) => {
        const path = `/${params.path}`
        const isPage =
          (exchange.header('accept') ?? '').includes('text/html') && !/^\/(v1|log|scim|access)\b/.test(path)
        if (!isPage) throw RouteNotFound({ method: 'GET', path: path.slice(0, 200) })
        return shell(services, files, exchange, path)
      },
    }),
  ]
}

function signInRoutes(services: Services, files: ConsoleFiles, brake: SignInBrake): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/sign-in',
      permission: 'public',
      summary: 'signs in by passkey; with a one-time link it asks for one click, so that no preview uses the link up',
      query: z.object({ link: z.string().max(200).optional() }),
      reply: html,
      handler: async (_ctx, { query: { link }, exchange }) => {
        if (link === undefined) return shell(services, files, exchange, '/sign-in')
        return { content: signInPage(link), headers: noStore }
      },
    }),
    route({
      method: 'POST',
      path: '/sign-in',
      permission: 'public',
      summary: 'trades the one-time link for a session cookie',
      body: z.object({ link: z.string().max(200) }),
      reply: html,
      status: 303,
      records: ['session.started'],
      errors: [SignInLinkInvalid, SignInSlowed],
      bodyBytesMax: 4096,
      handler: (ctx, { body, exchange }) => startSession(services, brake, ctx, exchange, body.link),
    }),
  ]
}

function signOutRoute(services: Services, oidc: Oidc): Route<Context> {
  const secure = isSecure(services.config)
  return route({
    method: 'POST',
    path: '/sign-out',
    permission: 'signed-in',
    summary: 'ends the session, and leads on to the identity provider that began it, to sign out there as well',
    reply: html,
    status: 303,
    records: ['session.ended', 'token.revoked'],
    handler: async (ctx, { exchange }): Promise<Raw> => {
      const gone = { 'set-cookie': cookieHeader(sessionCookie(secure), '', secure, 0) }
      if (ctx.sessionId === undefined) return redirect(gone)
      const url = await providerSignOut(services, oidc, ctx, exchange)
      await endSession(services.db, ctx, ctx.sessionId)
      if (url === undefined) return redirect(gone)
      return { content: signedOutPage(url), status: 200, headers: { ...noStore, ...gone } }
    },
  })
}

async function providerSignOut({ config }: Services, oidc: Oidc, ctx: Context, exchange: Exchange) {
  try {
    return await oidc.signOutUrl(ctx, ctx.sessionId ?? '', `${ownOrigin(exchange, config.publicUrl)}/sign-in`)
  } catch (error) {
    if (SignInAddress.is(error)) return undefined
    throw error
  }
}

async function shell(services: Services, files: ConsoleFiles, exchange: Exchange, path: string): Promise<Raw> {
  const named = addressWithName(services, exchange)
  if (named !== undefined) return { content: '', status: 302, headers: { ...noStore, location: `${named}${path}` } }
  const file = await files.shell(exchange.header('accept-encoding'))
  return sent(file, { ...noStore, 'content-security-policy': policy })
}

/** Browsers know no passkeys for bare addresses: on one machine, people are sent to its name. */
function addressWithName({ config }: Services, exchange: Exchange): string | undefined {
  if (config.publicUrl !== undefined || exchange.header('sec-fetch-mode') !== 'navigate') return undefined
  const port = /^(?:127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.exec(exchange.host)
  return port === null ? undefined : `${exchange.protocol}://localhost${port[1] ?? ''}`
}

function sent({ content, contentType, encoding }: ConsoleFile, headers: Record<string, string>): Raw {
  const packed: Record<string, string> = encoding === undefined ? {} : { 'content-encoding': encoding }
  return { content, headers: { ...headers, ...packed, 'content-type': contentType, vary: 'accept-encoding' } }
}

async function startSession(
  { config, db }: Services,
  brake: SignInBrake,
  ctx: Context,
  exchange: Exchange,
  link: string,
): Promise<Raw> {
  const secure = isSecure(config)
  try {
    const holder = { kind: 'browser' as const, replaces: await ownSession(db, ctx) }
    await brake.guard(exchange, 'link', async () => {
      const { token } = await signIn(db, ctx, link, holder)
      exchange.setHeader('set-cookie', cookieHeader(sessionCookie(secure), token, secure, sessionMs / 1000))
    })
    return redirect({})
  } catch (error) {
    if (!(error instanceof DomainError) || !(SignInLinkInvalid.is(error) || SignInSlowed.is(error))) throw error
    return { content: signInFailedPage(error.message, error.hint ?? ''), headers: noStore, status: 401 }
  }
}

function redirect(headers: Record<string, string>): Raw {
  return { content: '', headers: { ...noStore, ...headers, location: '/' } }
}
