import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProvider, type TestProvider } from '#test/oidc-provider.ts'
import {
  type ConsoleWorld,
  executablePath,
  newVisit,
  seriousFindings,
  startConsole,
  type Visit,
} from './console-browser.ts'

if (executablePath === undefined)
  console.log('NOT RUN: the browser tests of identity providers, for want of a Chromium')

describe.skipIf(executablePath === undefined)('an identity provider, in a browser', () => {
  let world: ConsoleWorld
  let provider: TestProvider
  let owner: Visit
  let issuerId: string
  beforeAll(async () => {
    world = await startConsole()
    world.product.pass(Date.now() - world.product.services.clock())
    provider = await startProvider()
    owner = await world.signedIn()
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    await provider?.close()
  })

  test('the owner adds it, sees what to enter there, and checks it', async () => {
    const { page } = owner
    await owner.open('/settings/identity-provider')
    await page.waitForSelector('text=No provider signs people in')
    await page.click('button:has-text("Add a provider")')
    await page.fill('label:has-text("Name") >> nth=0', 'Acme ID')
    await page.fill('label:has-text("Issuer")', 'http://example.com')
    await page.fill('label:has-text("Client id")', 'countersign')
    await page.fill('input[type="password"]', 'a-secret-of-32-characters-or-more')
    await page.click('button:has-text("Add it")')
    await page.waitForSelector('text=an issuer is an https address')
    await page.fill('label:has-text("Issuer")', provider.issuer)
    await page.click('button:has-text("Add it")')
    await page.waitForSelector('h2:has-text("Acme ID")')
    const headers = await world.product.asOwner()
    const { items } = (await world.product.app.inject({ url: '/v1/issuers', headers })).json()
    issuerId = items[0].id
    const base = `${world.origin}/sign-in/oidc/${issuerId}`
    await page.waitForSelector(`text=${base}/callback`)
    provider.serve({
      id: 'countersign',
      secret: 'a-secret-of-32-characters-or-more',
      redirectUri: `${base}/callback`,
      signedOutUri: `${world.origin}/sign-in`,
      backChannelLogoutUri: `${base}/back-channel-logout`,
    })
    await page.click('button:has-text("Check it")')
    await page.waitForSelector('text=the discovery document is of this issuer')
    await page.waitForSelector('text=it publishes 1 key')
    const payload = { subject: 'ada' }
    const url = `/v1/issuers/${issuerId}/people`
    const added = await world.product.app.inject({ method: 'POST', url, headers, payload })
    expect(added.statusCode).toBe(201)
  }, 60_000)

  test('somebody signs in there, comes back to the page that they wanted, and signs out of both', async () => {
    const visit = await newVisit(world.browser, world.origin)
    const { page } = visit
    await page.goto(`${world.origin}/settings/preferences`)
    await page.click('a:has-text("Sign in with Acme ID")')
    await logIn(visit, 'ada')
    await page.waitForURL(`${world.origin}/settings/preferences`)
    await page.waitForSelector('h1:has-text("Preferences")')
    // those of the provider, which is another port of the same machine, are not ours
    const cookies = (await visit.context.cookies(world.origin)).filter(({ name }) => name.startsWith('countersign'))
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
      { name: 'countersign', httpOnly: true, sameSite: 'Strict' },
    ])
    await page.click('button[aria-label="Account"]')
    await page.click('text=Sign out')
    await page.waitForURL((url) => url.origin === provider.issuer)
    await page.click('button[type="submit"]')
    await page.waitForURL(`${world.origin}/sign-in`)
    await page.waitForSelector('h1:has-text("Sign in to Countersign")')
    // there, too
    await page.click('a:has-text("Sign in with Acme ID")')
    await page.waitForSelector('input[name="login"]')
    await visit.context.close()
  }, 60_000)

  test('who signs out at the provider is signed out of the open page within a second', async () => {
    const visit = await newVisit(world.browser, world.origin)
    const { page } = visit
    await page.goto(`${world.origin}/sign-in`)
    await page.click('a:has-text("Sign in with Acme ID")')
    await logIn(visit, 'ada')
    await page.waitForSelector('button[aria-label="Account"]')
    // a stream of our own beside the one of the page tells when it ends
    const ended = page.evaluate(async () => {
      const response = await fetch('/v1/events/stream')
      const reader = response.body?.getReader()
      while ((await reader?.read())?.done === false);
      return Date.now()
    })
    await page.waitForTimeout(200)
    const other = await visit.context.newPage()
    await other.goto(`${provider.issuer}/session/end`)
    const leaving = Date.now()
    await other.click('button[type="submit"]')
    const took = (await ended) - leaving
    // a second at most, and what a busy machine takes
    expect(took).toBeLessThan(5000)
    const answer = await page.evaluate(async () => (await fetch('/v1/session')).status)
    expect(answer).toBe(401)
    await visit.context.close()
  }, 60_000)

  test('who is nobody here gets a page that says what to do, and leads back', async () => {
    const visit = await newVisit(world.browser, world.origin)
    const { page } = visit
    await page.goto(`${world.origin}/sign-in`)
    await page.click('a:has-text("Sign in with Acme ID")')
    await logIn(visit, 'stranger')
    await page.waitForSelector('h1:has-text("Not signed in")')
    expect(await page.innerText('main')).toContain('ask the owner to provision you')
    expect(await seriousFindings(page)).toEqual([])
    await page.click('a:has-text("To the sign-in page")')
    await page.waitForSelector('a:has-text("Sign in with Acme ID")')
    // the form of the provider is not ours either
    expect(visit.complaints.filter((one) => !one.includes('autocomplete'))).toEqual([])
    await visit.context.close()
  }, 60_000)

  test('a command line is signed in by its code, typed by hand', async () => {
    const { page } = owner
    const asked = await fetch(`${world.origin}/v1/device-sign-in?scopes=change:read`)
    const begun = (await asked.json()) as { deviceCode: string; userCode: string; verificationUri: string }
    await page.goto(begun.verificationUri)
    await page.fill('label:has-text("Code")', 'BCDF-GHJK')
    await page.click('button:has-text("Go on")')
    await page.waitForSelector('text=no command line waits with this code')
    await page.fill('label:has-text("Code")', begun.userCode)
    await page.click('button:has-text("Go on")')
    await page.waitForSelector('text=change:read')
    expect(await seriousFindings(page)).toEqual([])
    await page.click('button:has-text("It is mine, sign it in")')
    await page.waitForSelector('text=The command line is signed in')
    const { deviceCode } = begun
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ deviceCode })
    const given = await fetch(`${world.origin}/v1/device-sign-in`, { method: 'POST', headers, body })
    expect(await given.json()).toMatchObject({ token: expect.any(String), scopes: ['change:read'] })
  }, 60_000)

  test('nothing serious for axe, and nothing wider than the screen, wide and narrow, light and dark', async () => {
    const found: string[] = []
    const signedOut = await newVisit(world.browser, world.origin)
    for (const [visit, path] of [
      [owner, '/settings/identity-provider'],
      [owner, '/settings/identity-provider?make=1'],
      [owner, '/device'],
      [signedOut, '/sign-in'],
    ] as const) {
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [1440, 'dark'],
        [390, 'light'],
      ] as const) {
        const { page } = visit
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        await page.goto(`${world.origin}${path}`)
        await page.waitForSelector(path === '/device' ? 'label:has-text("Code")' : 'text=Acme ID')
        for (const one of await seriousFindings(page)) found.push(`${path} ${width} ${colorScheme} ${one}`)
        const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        if (over > 0) found.push(`${path} is ${over} pixels wider than ${width}`)
      }
    }
    expect(found).toEqual([])
    expect([...owner.complaints, ...signedOut.complaints]).toEqual([])
  }, 120_000)

  async function logIn({ page }: Visit, login: string): Promise<void> {
    await page.fill('input[name="login"]', login)
    await page.fill('input[name="password"]', 'x')
    await page.click('button[type="submit"]')
    await page.waitForSelector('button[type="submit"]:has-text("Continue")')
    await page.click('button[type="submit"]')
  }
})
