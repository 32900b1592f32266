import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

if (executablePath === undefined) console.log('NOT RUN: the browser tests of policy settings, for want of a Chromium')

/** The owner, a tech lead of Payments, and a person of security who decides what the owner proposes. */
describe.skipIf(executablePath === undefined)('policy settings in the console', () => {
  let world: ConsoleWorld
  let owner: Visit
  let lead: Visit
  let guard: Visit
  let team: string

  beforeAll(async () => {
    world = await startConsole()
    const { product } = world
    const headers = await product.asOwner()
    // the policies of roles are compiled before a browser waits for them
    await product.app.inject({ url: '/v1/policy-settings', headers })
    owner = await world.signedIn()
    const leadId = await addPerson(product, 'lead@example.com')
    const guardId = await addPerson(product, 'guard@example.com')
    await giveRole(product, guardId, 'security')
    lead = await world.signedIn(leadId)
    guard = await world.signedIn(guardId)
    await owner.open('/policy/settings')
    // before there is a team, the page says how there comes to be one
    await owner.page.waitForSelector('main >> text=There is no team yet')
    const made = await product.app.inject({ method: 'POST', url: '/v1/teams', headers, payload: { name: 'Payments' } })
    team = made.json().id
    // as if two people had agreed
    await product.database.pool.query(
      `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ('rol_lead', $1, 'tech-lead', $2, 'rch_1', now())`,
      [leadId, team],
    )
    for (const one of [owner, guard]) await withAuthenticator(one)
  }, 120_000)
  afterAll(() => world?.close())

  const select = (rule: string) => `select[aria-label="Mode of ${rule}"]`
  const field = (param: string) => `input[aria-label="Value of ${param}"]`
  const section = (name: string) => `section[aria-label="${name}"]`
  const said = (page: Page, name: string) => expect.poll(() => page.innerText(section(name)), patience)
  const give = async (page: Page, reason: string) => {
    await page.fill(`${section('Change')} textarea`, reason)
    await page.click('button:has-text("Set it")')
  }

  test('the organization pins a rule, and sets a parameter only where it is stricter', async () => {
    const { page, open } = owner
    await open('/policy/settings')
    await page.waitForSelector('main >> text=The organization sets nothing')
    await page.selectOption(select('quality.documentation'), 'warn')
    await page.fill(field('quality.minCoverage'), '70')
    await page.waitForSelector('main >> text=looser than 80, by the pack: higher is stricter')
    // the server says the same
    await give(page, 'too low')
    await said(page, 'Change').toContain('would be looser')
    await page.fill(field('quality.minCoverage'), '85')
    await said(page, 'Change').toContain('quality.minCoverage: not set → 85')
    await give(page, 'Tests for all of us')
    await said(page, 'As it is now').toContain('2 settings')
    expect(await page.locator(`${select('charter.no-automatic-delivery')}`).count()).toBe(0)
  })

  test('a tech lead goes on from there for the team, by keyboard alone, and is told what would be looser', async () => {
    const { page, open } = lead
    await open('/policy/settings')
    // may read the organization's, and change nothing
    await page.waitForSelector('main >> text=Security, compliance officers and platform administrators change it')
    expect(await page.locator(select('quality.documentation')).count()).toBe(0)
    await open(`/policy/settings?scope=${team}`)
    const options = page.locator(`${select('quality.documentation')} option`)
    await expect.poll(() => options.allInnerTexts(), patience).toContain('audit: looser than warn, by the organization')
    expect(await options.nth(2).isDisabled()).toBe(true)
    await page.focus(select('quality.documentation'))
    await page.keyboard.press('End')
    await said(page, 'Change').toContain('quality.documentation: not set → enforce')
    await page.focus(field('quality.minCoverage'))
    await page.keyboard.type('80')
    await page.waitForSelector('main >> text=looser than 85, by the organization')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('90')
    await page.focus(`${section('Change')} textarea`)
    await page.keyboard.type('We move money')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await said(page, 'As it is now').toContain('Team Payments has 2 settings')
    await open('/people/teams')
    await page.click('main >> text=Policy settings')
    await page.waitForURL(`**/policy/settings?scope=${team}`)
  })

  test("what would loosen the organization's waits for another person", async () => {
    const { page, open } = owner
    await open('/policy/settings')
    await page.selectOption(select('quality.documentation'), '')
    await give(page, 'It was too much')
    await said(page, 'Waits for a decision').toContain('quality.documentation')
    await page.click('button:has-text("Approve with a passkey")')
    await page.waitForSelector('main >> text=another person decides')
    await guard.open('/policy/settings')
    await guard.page.click('button:has-text("Approve with a passkey")')
    await said(guard.page, 'As it is now').toContain('1 setting')
    // before the eyes of who looks
    await expect.poll(() => page.locator(section('Waits for a decision')).count(), patience).toBe(0)
  })

  test('nothing serious for axe, nothing wider than the screen, and no complaints', async () => {
    for (const { page, open } of [owner, lead])
      for (const path of ['/policy/settings', `/policy/settings?scope=${team}`])
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 900 })
          await open(path)
          expect([path, await seriousFindings(page)]).toEqual([path, []])
          const wide = await page.evaluate('document.documentElement.scrollWidth')
          expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
        }
    expect([...owner.complaints, ...lead.complaints, ...guard.complaints]).toEqual([])
  })
})
