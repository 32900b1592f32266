import { z } from 'zod'
import { endSession, SignInLinkInvalid, signIn } from '#kernel/access'
import { type Context, type Module, route } from '#kernel/ledger'
import { DomainError } from '#platform/errors.ts'
import type { Raw, Route } from '#platform/http/route.ts'
import type { Services } from './modules.ts'
import { type GovernedRepository, homePage, signedOutPage, signInFailedPage, signInPage } from './pages.ts'
import { isSecure, sessionCookie } from './session-cookie.ts'

const html = { contentType: 'text/html; charset=utf-8', description: 'a page' }
const noStore = { 'cache-control': 'no-store' }

/** Pages for a person with a browser: sign in, find the report, sign out. */
export function pagesModule(services: Services, governed: Governed): Module {
  const routes = pageRoutes(services, governed)
  return { name: 'pages', migrations: [], routes, events: [], errors: [], permissions: [], jobs: [] }
}

type Governed = () => Promise<readonly GovernedRepository[]>

function pageRoutes(services: Services, governed: Governed): Route<Context>[] {
  const secure = isSecure(services.config)
  return [
    route({
      method: 'GET',
      path: '/',
      permission: 'public',
      summary: 'the governed repositories with their reports, for whoever is signed in',
      reply: html,
      handler: async (ctx) => ({
        content: ctx.sessionId === undefined ? signedOutPage() : homePage(await governed()),
        headers: noStore,
      }),
    }),
    route({
      method: 'GET',
      path: '/sign-in',
      permission: 'public',
      summary: 'asks for one click before the one-time link is used, so that no preview of it uses it up',
      query: z.object({ link: z.string().max(200) }),
      reply: html,
      handler: async (_ctx, { query }) => ({ content: signInPage(query.link), headers: noStore }),
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
      errors: [SignInLinkInvalid],
      bodyBytesMax: 4096,
      handler: (ctx, { body }) => startSession(services, ctx, body.link, secure),
    }),
    route({
      method: 'POST',
      path: '/sign-out',
      permission: 'signed-in',
      summary: 'ends the session',
      reply: html,
      status: 303,
      records: ['session.ended', 'token.revoked'],
      handler: async (ctx) => {
        if (ctx.sessionId !== undefined) await endSession(services.db, ctx, ctx.sessionId)
        return redirect({ 'set-cookie': cookie('', secure, 0) })
      },
    }),
  ]
}

async function startSession(services: Services, ctx: Context, link: string, secure: boolean): Promise<Raw> {
  try {
    const { token } = await signIn(services.db, ctx, link)
    return redirect({ 'set-cookie': cookie(token, secure, 12 * 3600) })
  } catch (error) {
    if (!(error instanceof DomainError) || !SignInLinkInvalid.is(error)) throw error
    return { content: signInFailedPage(error.message, error.hint ?? ''), headers: noStore, status: 401 }
  }
}

function redirect(headers: Record<string, string>): Raw {
  return { content: '', headers: { ...noStore, ...headers, location: '/' } }
}

function cookie(value: string, secure: boolean, maxAgeSeconds: number): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`
  return `${sessionCookie(secure)}=${value}; ${attributes}`
}
