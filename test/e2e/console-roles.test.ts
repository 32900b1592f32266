import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ScimClientOf, scimOf } from '../scim.ts'
import {
  type ConsoleWorld,
  executablePath,
  seriousFindings,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'

const patience = { timeout: 20_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of roles, for want of a Chromium')

describe.skipIf(executablePath === undefined)('roles in the console', () => {
  let world: ConsoleWorld
  let scim: ScimClientOf
  let owner: Visit
  let page: Page
  let admin: string
  let lead: string
  let change: string

  beforeAll(async () => {
    world = await startConsole()
    scim = await scimOf(world.product)
    const user = (name: string) => ({ userName: `${name.toLowerCase()}@example.com`, displayName: name })
    admin = (await scim.send('POST', '/Users', user('Ada'))).body.id
    lead = (await scim.send('POST', '/Users', user('Lea'))).body.id
    await scim.send('POST', '/Groups', { displayName: 'Payments leads', members: [{ value: lead }] })
    owner = await world.signedIn()
    page = owner.page
  }, 90_000)
  afterAll(() => world?.close())

  test('the matrix says what each role may do, and the policies say it in their words', async () => {
    await owner.open('/people/roles')
    const row = page.locator('.role-matrix tr:has-text("ledger:read")')
    await expect
      .poll(() => row.locator('td').allInnerTexts(), patience)
      .toEqual(
        // owner, administrator, security, compliance, auditor, lead, senior, junior, agent, service, member
        ['✓', '·', '✓', '✓', '✓', '·', '·', '·', '·', '·', '·'],
      )
    await row.locator('button').click()
    await page.click('text=Show the Cedar text')
    await expect.poll(() => page.innerText('pre'), patience).toContain('Countersign::Role::"auditor"')
  })

  test('a person without a role is told so, and sees what is open to them', async () => {
    const visit = await world.signedIn(lead)
    await visit.page.waitForSelector('text=You hold no role yet')
    const nav = await visit.page.innerText('nav[aria-label="Console"]')
    expect(nav).not.toContain('Records')
    expect(nav).toContain('Sign-in and sessions')
    await visit.context.close()
  })

  test('a team is made, and the owner appoints the first who can approve', async () => {
    await owner.open('/people/teams')
    await page.click('button:has-text("Make a team")')
    await page.fill(`${dialog} input`, 'Payments')
    await page.click(`${dialog} button:has-text("Make it")`)
    await page.waitForSelector('section[aria-label="Teams"] >> text=Payments')
    await owner.open('/people/role-holdings?propose=1')
    await page.selectOption(`${dialog} select:below(:text("To whom"))`, 'assignment')
    await page.getByLabel('Find a person').fill('Ada')
    await page.waitForSelector(`${dialog} option[value="${admin}"]`, { state: 'attached' })
    await page.getByLabel('Person', { exact: true }).selectOption(admin)
    await page.getByLabel('Role', { exact: true }).last().selectOption('platform-administrator')
    await page.getByLabel('Reason').fill('Somebody besides the owner has to approve')
    await page.click(`${dialog} button:has-text("See what it would do")`)
    await page.waitForSelector(`${dialog} >> text=gains Platform administrator`)
    await page.click(`${dialog} button:has-text("Propose it")`)
    await page.waitForURL('**/people/role-changes/**')
    await page.waitForSelector('section[aria-label="The change"] >> text=approved')
  })

  test('a group is mapped to a role in a team: one proposes, the other approves with a passkey', async () => {
    await owner.open('/people/role-holdings?propose=1')
    const group = page.getByLabel('Group', { exact: true })
    await expect.poll(() => group.locator('option').count(), patience).toBe(2)
    await group.selectOption({ label: 'Payments leads' })
    await page.getByLabel('Role', { exact: true }).last().selectOption('tech-lead')
    await page.getByLabel('Where').selectOption({ label: 'Payments' })
    await page.getByLabel('Reason').fill('They lead it')
    await page.click(`${dialog} button:has-text("See what it would do")`)
    await page.waitForSelector(`${dialog} >> text=gains Tech lead in Payments`)
    await page.click(`${dialog} button:has-text("Propose it")`)
    await page.waitForURL('**/people/role-changes/**')
    change = new URL(page.url()).pathname
    await page.waitForSelector('section[aria-label="The change"] >> text=waiting')
    const second = await world.signedIn(admin)
    await withAuthenticator(second)
    await second.open(change)
    await second.page.click('button:has-text("Approve with a passkey")')
    await second.page.waitForSelector('section[aria-label="The change"] >> text=approved', patience)
    // who looks sees it without asking
    await page.waitForSelector('section[aria-label="The change"] >> text=approved', patience)
    expect(second.complaints).toEqual([])
    const visit = await world.signedIn(lead)
    await visit.page.waitForSelector('nav >> text=Decisions')
    await expect.poll(() => visit.page.locator('text=You hold no role yet').count(), patience).toBe(0)
    await visit.context.close()
  }, 60_000)

  test('why somebody may or may not is answered by policies, with what is missing', async () => {
    await owner.open('/people/roles?action=ledger:read')
    const why = page.locator('section[aria-label="Why"]')
    await why.getByLabel('Find a person').fill('Lea')
    await expect.poll(() => why.locator(`option[value="${lead}"]`).count(), patience).toBe(1)
    await why.getByLabel('Person', { exact: true }).selectOption(lead)
    await why.locator('button:has-text("Ask")').click()
    await why.locator('text=denied').waitFor()
    await expect
      .poll(() => why.innerText(), patience)
      .toContain('one of the roles security, compliance-officer, auditor')
    await why.getByLabel('Action').selectOption('change:read')
    await why.locator('button:has-text("Ask")').click()
    await why.locator('text=allowed').waitFor()
    // a tool is asked for as it stands for them
    await why.getByLabel('Action').selectOption('ai:useTool')
    await why.getByLabel('Name of the tool').fill('no-such-tool')
    await why.getByLabel('In the team').selectOption({ label: 'Payments' })
    await why.locator('button:has-text("Ask")').click()
    await why.locator('text=The tool `no-such-tool` is not approved here.').waitFor()
  })

  test('every page: nothing serious for axe, nothing wider than the screen', async () => {
    for (const path of ['/people/roles', '/people/role-holdings', '/people/role-changes', change, '/people/teams'])
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await owner.open(path)
        if (process.env['SHOTS'])
          await page.screenshot({
            path: `${process.env['SHOTS']}/${path.replaceAll('/', '_').slice(0, 30)}-${width}.png`,
          })
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
    expect(owner.complaints).toEqual([])
  }, 60_000)
})
