import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueSignInLink } from '#kernel/access'
import { type ScimClientOf, scimOf } from '../scim.ts'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'

const patience = { timeout: 20_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of people, for want of a Chromium')

describe.skipIf(executablePath === undefined)('people in the console', () => {
  let world: ConsoleWorld
  let visit: Visit
  let page: Page
  let scim: ScimClientOf
  let ada: string
  let group: string

  beforeAll(async () => {
    world = await startConsole()
    scim = await scimOf(world.product)
    const user = { userName: 'ada@example.com', displayName: 'Ada Lovelace', emails: [{ value: 'ada@example.com' }] }
    ada = (await scim.send('POST', '/Users', user)).body.id
    await scim.send('POST', '/Users', { userName: 'gone@example.com', active: false })
    group = (await scim.send('POST', '/Groups', { displayName: 'Engine room', members: [{ value: ada }] })).body.id
    const { services, app } = world.product
    const link = await issueSignInLink(services.db, services.service('test'), ada)
    await app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
    visit = await world.signedIn()
    page = visit.page
  }, 90_000)
  afterAll(() => world?.close())

  test('are listed, found and opened, with what would end with them', async () => {
    await visit.open('/people/users')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(3)
    await page.fill('input[data-search]', 'lovelace')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(1)
    await page.click('main >> text=Ada Lovelace')
    await page.waitForURL(`**/people/users/${ada}`)
    await page.waitForSelector('h2:has-text("Would end if deactivated")')
    await expect.poll(() => page.innerText('section[aria-label="Access"]'), patience).toMatch(/Open sessions\s+1/)
    await page.click('section[aria-label="Groups"] >> text=Engine room')
    await page.waitForURL(`**/people/groups/${group}`)
    await page.waitForSelector('main >> text=1 person')
  })

  test('change before the eyes of who looks when the provider deactivates somebody', async () => {
    await visit.open(`/people/users/${ada}`)
    await page.waitForSelector('h2:has-text("Would end if deactivated")')
    await scim.send('PATCH', `/Users/${ada}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
    await page.waitForSelector('h2:has-text("Access has ended")', patience)
    await expect.poll(() => page.innerText('section[aria-label="Access"]'), patience).toMatch(/Open sessions\s+0/)
  })

  test('a provider is connected, works with the token that was shown, and is ended', async () => {
    await visit.open('/people/provisioning')
    await page.click('button:has-text("Connect a provider")')
    await page.fill(`${dialog} input`, 'Entra')
    await page.click(`${dialog} button:has-text("Connect it")`)
    const token = await page.innerText(`${dialog} code`)
    expect((await scim.withToken(token).send('GET', '/Users')).status).toBe(200)
    await page.click(`${dialog} button:has-text("I have entered it")`)
    const row = page.locator('section[aria-label="Clients"] li:has-text("Entra")')
    await row.locator('button:has-text("End it")').click()
    await page.click(`${dialog} button:has-text("End it")`)
    await expect.poll(() => row.innerText(), patience).toMatch(/ended/)
    expect((await scim.withToken(token).send('GET', '/Users')).status).toBe(401)
  })

  test('every page: nothing serious for axe, nothing wider than the screen', async () => {
    for (const path of [
      '/people/users',
      `/people/users/${ada}`,
      '/people/groups',
      `/people/groups/${group}`,
      '/people/provisioning',
    ])
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await visit.open(path)
        await page.waitForSelector('main h1')
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
  })
})
