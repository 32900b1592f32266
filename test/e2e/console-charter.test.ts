import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { addPerson, giveRole } from '../approver.ts'
import {
  type ConsoleWorld,
  executablePath,
  seriousFindings,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'

const patience = { timeout: 20_000 }

if (executablePath === undefined) console.log('NOT RUN: the browser tests of the charter, for want of a Chromium')

describe.skipIf(executablePath === undefined)('the charter in the console', () => {
  let world: ConsoleWorld
  let owner: Visit
  let page: Page
  let officer: string
  let lead: string
  let proposal: string

  beforeAll(async () => {
    world = await startConsole()
    const { services } = world.product
    await ensureCharter(services.db, services.service('charter'))
    officer = await addPerson(world.product, 'officer')
    lead = await addPerson(world.product, 'lead')
    await giveRole(world.product, officer, 'compliance-officer')
    await giveRole(world.product, lead, 'tech-lead')
    owner = await world.signedIn()
    page = owner.page
  }, 90_000)
  afterAll(() => world?.close())

  const as = async (userId: string): Promise<Visit> => {
    const visit = await world.signedIn(userId)
    await withAuthenticator(visit)
    return visit
  }

  test('is asked for on every page until it is read and acknowledged', async () => {
    await owner.open('/changes')
    await page.click('.notice:has-text("to acknowledge version 1") >> text=Read it')
    await page.waitForURL('**/policy/charter')
    await page.waitForSelector('h1:has-text("AI Development Charter")')
    await expect
      .poll(() => page.innerText('section[aria-label="Not acknowledged"]'), patience)
      .toContain('0 of 3 people')
    await page.click('button:has-text("I have read version 1")')
    await page.waitForSelector('section[aria-label="You"] >> text=acknowledged')
    await page.waitForSelector('.notice', { state: 'detached' })
    await expect
      .poll(() => page.innerText('section[aria-label="Not acknowledged"]'), patience)
      .toContain('1 of 3 people')
    // the figure and the list are two questions
    await expect.poll(() => page.locator('section[aria-label="Not acknowledged"] li').count(), patience).toBe(2)
  })

  test('shows its clauses with the rules that enforce them', async () => {
    await owner.open('/policy/charter')
    const clause = page.locator('section[aria-label="Prohibited activities"] li#CH-5')
    await expect.poll(() => clause.innerText(), patience).toContain('AI cannot deploy code without human approval.')
    await expect.poll(() => clause.innerText(), patience).toContain('0 changes judged in 30 days')
    await clause.locator('a:has-text("human\'s word")').click()
    await page.waitForURL('**/policy/packs/charter.no-automatic-delivery')
  })

  test('is changed by a proposal that two others approve with their passkeys', async () => {
    await owner.open('/policy/charter/propose')
    await page.getByLabel('Text of CH-12').fill('Monthly review of AI practices and outcomes.')
    await page.click('button:has-text("Add a clause")')
    await page.getByLabel('Title of CH-15').fill('Training')
    await page.getByLabel('Text of CH-15').fill('Who uses AI is trained for it.')
    await page.getByLabel('Reason').fill('Once a quarter was too seldom')
    await page.click('button:has-text("Propose it")')
    await page.waitForURL('**/policy/charter/proposals/**')
    proposal = new URL(page.url()).pathname
    const difference = await page.innerText('section[aria-label="Difference"]')
    expect(difference).toContain('Quarterly review of AI practices and outcomes.')
    expect(difference).toContain('Monthly review of AI practices and outcomes.')
    expect(difference).toContain('CH-15, principle: Training. Who uses AI is trained for it.')
    await withAuthenticator(owner)
    await owner.open(proposal)
    await page.click('button:has-text("Approve with a passkey")')
    await page.waitForSelector('[role="alert"] >> text=You proposed this version of the charter')

    for (const [person, count] of [
      [officer, '1 of 2 approvals'],
      [lead, '2 of 2 approvals'],
    ] as const) {
      const visit = await as(person)
      await visit.open(proposal)
      await visit.page.click('button:has-text("Approve with a passkey")')
      await visit.page.waitForSelector(`h2:has-text("${count}")`, patience)
      expect(visit.complaints).toEqual([])
      // one with an authenticator was seen to close slowly; the end of the browser ends it as well
      visit.context.close().catch(() => undefined)
    }
    // who looks sees it without asking
    await page.waitForSelector('section[aria-label="The proposal"] >> text=adopted', patience)
    await page.waitForSelector('.notice:has-text("to acknowledge version 2")', patience)
    await owner.open('/policy/charter')
    await expect.poll(() => page.innerText('li#CH-12'), patience).toContain('Monthly review')
    expect(owner.complaints).toEqual([])
  }, 90_000)

  test('every page of it: nothing serious for axe, nothing wider than the screen', async () => {
    for (const path of ['/policy/charter', '/policy/charter/propose', proposal])
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await owner.open(path)
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
  }, 60_000)
})
