import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { issueSignInLink } from '#kernel/access'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
// @ts-expect-error: a script of the build, without types
import { findChromium } from '../../scripts/ensure-chromium.mjs'

export const executablePath: string | undefined = findChromium()

/** The product over HTTP, and a browser for it. */
export interface ConsoleWorld {
  readonly product: TestProduct
  /** `http://localhost:…`, as passkeys need it. */
  readonly origin: string
  readonly browser: Browser
  /** A browser of its own, signed in by a link: of this person, or of the owner. */
  signedIn(userId?: string): Promise<Visit>
  close(): Promise<void>
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained of: errors of scripts, and whatever the policy of the page refused. */
  readonly complaints: string[]
  open(path: string): Promise<void>
}

export async function startConsole(): Promise<ConsoleWorld> {
  const product = await startTestProduct({ jobs: 'run', config: { requestsPerMinute: 1_000_000 } })
  await product.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = product.app.server.address() as AddressInfo
  const origin = `http://localhost:${port}`
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox'],
  })
  return {
    product,
    origin,
    browser,
    signedIn: async (userId) => {
      const { db, service } = product.services
      const visit = await newVisit(browser, origin)
      const link = userId === undefined ? product.signInLink() : issueSignInLink(db, service('test'), userId)
      await signedInBy(visit, origin, await link)
      return visit
    },
    close: async () => {
      await browser.close()
      await product.close()
    },
  }
}

/** Signs a browser in by a one-time link. */
export async function signedInBy({ page }: Visit, origin: string, link: string): Promise<void> {
  await page.goto(`${origin}/sign-in?link=${link}`)
  await page.click('button')
  await page.waitForSelector('h1:has-text("Overview")')
}

/** Gives a signed-in browser an authenticator that says yes, and registers a passkey on it. */
export async function withAuthenticator(visit: Visit): Promise<void> {
  const { context, page } = visit
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await visit.open('/settings/sign-in')
  await page.click('button:has-text("Register a passkey")')
  await page.fill('input[placeholder="Work laptop"]', 'Virtual key')
  await page.click('button:has-text("Go on in the browser")')
  await page.waitForSelector('li:has-text("Virtual key")')
}

export async function newVisit(browser: Browser, origin: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await context.addInitScript({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    // an answer that refuses is no fault of the page
    if (!message.text().includes('Failed to load resource')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return {
    context,
    page,
    complaints,
    open: async (path) => {
      await page.goto(`${origin}${path}`)
      await page.waitForSelector('main h1')
      // nothing is loading any more
      await page.waitForSelector('.skeleton, [aria-busy="true"]', { state: 'detached' })
    },
  }
}

/** What axe finds serious or critical on the page as it is. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const results = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] })`,
  )) as AxeResults
  return results.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(describe).join(' | ')}`)
}

function describe({ target, failureSummary = '' }: AxeNode): string {
  return `${target.join(' ')} ${failureSummary}`
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface AxeNode {
  readonly target: readonly string[]
  readonly failureSummary?: string
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly AxeNode[] }[]
}
