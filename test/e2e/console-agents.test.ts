import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'

const patience = { timeout: 20_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of agents, for want of a Chromium')

describe.skipIf(executablePath === undefined)('agents in the console', () => {
  let world: ConsoleWorld
  let visit: Visit
  let page: Page
  let id: string
  let key: string

  beforeAll(async () => {
    world = await startConsole()
    visit = await world.signedIn()
    page = visit.page
  }, 90_000)
  afterAll(() => world?.close())

  const status = async () => {
    const headers = { authorization: `Bearer ${key}` }
    return (await world.product.app.inject({ url: '/v1/changes', headers })).statusCode
  }

  test('one is registered, and its key, shown once, works', async () => {
    await visit.open('/agents')
    await page.click('button:has-text("Register an agent")')
    await page.fill(`${dialog} input >> nth=0`, 'Reviewer')
    await page.fill(`${dialog} textarea`, 'Reviews pull requests')
    await page.check(`${dialog} label:text-is("change:read")`)
    await page.click(`${dialog} button:has-text("Register it")`)
    await page.waitForURL('**/agents/agt_*', patience)
    id = new URL(page.url()).pathname.slice('/agents/'.length)
    await page.waitForSelector('section[aria-label="Agent"] >> text=may act')
    await page.click('button:has-text("Make a key")')
    await page.fill(`${dialog} input`, 'runner')
    await page.click(`${dialog} button:has-text("Make it")`)
    key = await page.innerText(`${dialog} code`)
    expect(key).toMatch(/^cst_agent_/)
    await page.click(`${dialog} button:has-text("I have kept it")`)
    await page.waitForSelector('section[aria-label="Keys and tokens"] li:has-text("runner")', patience)
    expect(await status()).toBe(200)
  })

  test('is suspended and let go on, and its key ends', async () => {
    await page.click('button:has-text("Suspend it")')
    await page.waitForSelector('section[aria-label="Agent"] >> text=suspended', patience)
    expect(await status()).toBe(403)
    await page.click('button:has-text("Let it go on")')
    await page.waitForSelector('section[aria-label="Agent"] >> text=may act', patience)
    expect(await status()).toBe(200)
    await page.click('section[aria-label="Keys and tokens"] button:has-text("End it")')
    await expect.poll(status, patience).toBe(401)
  })

  test('and the sign-ins of whoever looks: nothing serious for axe, nothing wider than the screen', async () => {
    for (const path of ['/agents', `/agents/${id}`, '/settings/sign-in'])
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await visit.open(path)
        await page.waitForSelector('main h1')
        if (path === '/settings/sign-in') await page.waitForSelector('section[aria-label="Sign-ins"] li', patience)
        expect({ path, width, found: await seriousFindings(page) }).toEqual({ path, width, found: [] })
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
  })

  test('is ended for good', async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await visit.open(`/agents/${id}`)
    const actions = page.locator('section[aria-label="What can be done"]')
    await actions.getByRole('button', { name: 'End it', exact: true }).click()
    await page.click(`${dialog} button:has-text("End it")`)
    await page.waitForSelector('section[aria-label="Agent"] >> text=retired', patience)
  })
})
