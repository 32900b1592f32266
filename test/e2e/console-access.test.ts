import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOwner, addPerson, giveRole } from '../approver.ts'
import {
  type ConsoleWorld,
  executablePath,
  newVisit,
  seriousFindings,
  signedInBy,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'

const patience = { timeout: 20_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of access, for want of a Chromium')

describe.skipIf(executablePath === undefined)('pipelines and lost passkeys in the console', () => {
  let world: ConsoleWorld
  let owner: Visit
  let page: Page
  beforeAll(async () => {
    world = await startConsole()
    owner = await world.signedIn()
    page = owner.page
  }, 90_000)
  afterAll(() => world?.close())

  const expectSound = async (path: string) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      if (process.env['SHOTS'])
        await page.screenshot({
          path: `${process.env['SHOTS']}/${path.replaceAll(/\W/g, '_').slice(0, 40)}-${width}.png`,
        })
      expect({ path, width, found: await seriousFindings(page) }).toEqual({ path, width, found: [] })
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  test('a pipeline is trusted, told how to ask, and revoked for a reason', async () => {
    await owner.open('/people/ci-trusts')
    await page.waitForSelector('text=No pipeline is trusted')
    await expectSound('ci-trusts-empty')
    await page.click('button:has-text("Trust a pipeline")')
    await page.getByRole('textbox', { name: 'Name' }).fill('Payments')
    await page.getByRole('textbox', { name: 'Repository' }).fill('acme/payments')
    expect(await page.getByRole('textbox', { name: 'Workflow' }).inputValue()).toBe(
      'acme/payments/.github/workflows/release.yml@refs/heads/main',
    )
    // people's own permissions are none that services carry
    await page.waitForSelector(`${dialog} label:text-is("gate:run")`, patience)
    expect(await page.locator(`${dialog} label:text-is("people:recover")`).count()).toBe(0)
    await page.check(`${dialog} label:text-is("gate:run")`)
    await expectSound('ci-trusts-add')
    await page.click(`${dialog} button:has-text("Trust it")`)
    await page.waitForSelector(`${dialog} pre`, patience)
    const lines = await page.innerText(`${dialog} pre`)
    expect(lines).toContain('id-token: write')
    expect(lines).toContain(`curl -sSf ${world.origin}/oauth/token`)
    expect(lines).toMatch(/-d client_id=svc_[\w-]+ -d expires_in=900 /)
    await expectSound('ci-trusts-use')
    await page.selectOption(`${dialog} select`, '5')
    expect(await page.innerText(`${dialog} pre`)).toContain('expires_in=300')
    await page.click(`${dialog} button:has-text("Close")`)
    await page.waitForSelector('section[aria-label="Payments"] >> text=acme/payments', patience)
    await page.waitForSelector('text=whatever the first job says')
    await expectSound('ci-trusts')
    await page.click('section[aria-label="Payments"] button:has-text("Revoke")')
    await page.getByLabel('Why').fill('The repository was archived')
    await page.click(`${dialog} button:has-text("Revoke it")`)
    await page.waitForSelector('text=No pipeline is trusted', patience)
    expect((await world.product.records()).some((one) => one.type === 'ci-trust.removed')).toBe(true)
  }, 90_000)

  test('the lines for GitLab name the audience of the token', async () => {
    await page.click('button:has-text("Trust a pipeline")')
    await page.getByRole('textbox', { name: 'Name' }).fill('Ledger')
    await page.getByLabel('Provider').selectOption('gitlab-ci')
    await page.getByRole('textbox', { name: 'Repository' }).fill('acme/ledger')
    expect(await page.getByRole('textbox', { name: 'Workflow' }).inputValue()).toBe(
      'gitlab.com/acme/ledger//.gitlab-ci.yml@refs/heads/main',
    )
    await page.getByRole('textbox', { name: 'Environment' }).fill('production')
    await page.check(`${dialog} label:text-is("gate:run")`)
    await page.click(`${dialog} button:has-text("Trust it")`)
    await page.waitForSelector(`${dialog} pre`, patience)
    const lines = await page.innerText(`${dialog} pre`)
    expect(lines).toContain(`aud: ${world.origin}`)
    expect(lines).toContain('environment: "production"')
    await page.click(`${dialog} button:has-text("Close")`)
  }, 60_000)

  test('who lost their passkeys is let back in by two others, with half of a link from each', async () => {
    const lost = await addPerson(world.product, 'ada')
    const second = await world.signedIn(await addOwner(world.product, 'usr_second'))
    await withAuthenticator(owner)
    await withAuthenticator(second)
    await owner.open('/people/recoveries')
    await page.waitForSelector('text=Nobody is being let back in')
    await expectSound('recoveries-empty')
    await owner.open(`/people/users/${lost}`)
    await page.click('button:has-text("Recover access")')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForURL(`**/people/recoveries/${lost}`, patience)
    await page.waitForSelector('section[aria-label="The recovery"] >> text=waiting', patience)
    await expectSound('recovery')
    await page.click('button:has-text("Approve with a passkey")')
    const first = await page.innerText(`${dialog} code`)
    expect(first.startsWith(`${world.origin}/sign-in?link=cst_link_`)).toBe(true)
    await expectSound('recovery-half')
    await page.click(`${dialog} button:has-text("I have kept it")`)
    await page.waitForSelector('text=You have approved it', patience)
    await page.waitForSelector('text=1 of 2 approvals', patience)
    await second.open('/people/recoveries?state=open')
    await second.page.click('.main-link')
    await second.page.click('button:has-text("Approve with a passkey")')
    const half = await second.page.innerText(`${dialog} code`)
    await second.page.click(`${dialog} button:has-text("I have kept it")`)
    await second.page.waitForSelector('section[aria-label="The recovery"] >> text=approved', patience)
    expect(second.complaints).toEqual([])
    await second.context.close()
    const back = await newVisit(world.browser, world.origin)
    await signedInBy(back, world.origin, new URL(first + half).searchParams.get('link') ?? '')
    await withAuthenticator(back)
    await back.context.close()
    await owner.open('/people/recoveries')
    await page.waitForSelector('[role="cell"] >> text=approved', patience)
    await expectSound('recoveries')
  }, 120_000)

  test('a recovery is refused with one no, and asked for anew; who may not sees neither page nor button', async () => {
    const lost = await addPerson(world.product, 'bob')
    await owner.open(`/people/recoveries/${lost}`)
    await page.waitForSelector('text=Nobody asked for it yet')
    await page.click('button:has-text("Recover access")')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.click('button:has-text("Reject")')
    await page.waitForSelector('section[aria-label="The recovery"] >> text=rejected', patience)
    await page.waitForSelector('text=Needed again?')
    const lead = await addPerson(world.product, 'lea')
    await giveRole(world.product, lead, 'tech-lead')
    const visit = await world.signedIn(lead)
    await visit.open(`/people/users/${lost}`)
    await visit.page.waitForSelector('section[aria-label="Access"]')
    expect(await visit.page.locator('button:has-text("Recover access")').count()).toBe(0)
    expect(await visit.page.innerText('nav[aria-label="Console"]')).not.toContain('Lost passkeys')
    await visit.open('/people/ci-trusts')
    await visit.page.waitForSelector('section[aria-label="Ledger"]')
    expect(await visit.page.locator('button:has-text("Revoke")').count()).toBe(0)
    await visit.context.close()
    expect(owner.complaints).toEqual([])
  }, 90_000)
})
