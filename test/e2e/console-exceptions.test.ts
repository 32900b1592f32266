import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ScriptedRepository } from '../../src/domains/changes/testing/scripted-repository.ts'
import { addPerson } from '../approver.ts'
import { approvedPullRequest, judgedHistory } from '../judged-history.ts'
import {
  type ConsoleWorld,
  executablePath,
  seriousFindings,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'

const patience = { timeout: 30_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of exceptions, for want of a Chromium')

describe.skipIf(executablePath === undefined)('exceptions in the console', () => {
  let world: ConsoleWorld
  let repository: ScriptedRepository
  let owner: Visit
  let page: Page
  let officer: string
  let security: string
  let change: string
  let exception: string

  beforeAll(async () => {
    world = await startConsole()
    const { product } = world
    const headers = await product.asOwner()
    const send = async (method: 'GET' | 'POST', url: string, payload?: object) =>
      (await product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).json()
    repository = judgedHistory()
    const { id } = await send('POST', '/v1/repositories', { path: repository.path })
    const commit = repository.oid('parser')
    const attach = await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${id}&commit=${commit}`,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(approvedPullRequest(commit)),
    })
    expect(attach.statusCode).toBe(201)
    await vi.waitFor(async () => {
      const { items } = await send('GET', `/v1/changes?repositoryId=${id}&gate=fail`)
      change = items.find((one: { title: string }) => one.title === 'Add the parser').id
    }, patience)
    // the first who can approve is security, who then approves the officer
    security = await addPerson(product, 'sam@example.com')
    officer = await addPerson(product, 'olga@example.com')
    const item = (userId: string, role: string) => ({ kind: 'assignment', userId, role, teamId: null })
    await send('POST', '/v1/role-changes', { add: [item(security, 'security')], reason: 'to decide' })
    const proposed = await send('POST', '/v1/role-changes', {
      add: [item(officer, 'compliance-officer')],
      reason: 'to decide',
    })
    const sam = await withKey(security)
    await sam.open(`/people/role-changes/${proposed.id}`)
    await sam.page.click('button:has-text("Approve with a passkey")')
    await sam.page.waitForSelector('section[aria-label="The change"] >> text=approved')
    owner = await world.signedIn()
    page = owner.page
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    repository?.remove()
  })

  const visits = new Map<string, Visit>()

  /** Somebody's own browser, in which their passkey stays. */
  const withKey = async (userId: string): Promise<Visit> => {
    const known = visits.get(userId)
    if (known !== undefined) return known
    const visit = await world.signedIn(userId)
    await withAuthenticator(visit)
    visits.set(userId, visit)
    return visit
  }

  test('a rule that a change fails leads to the form, and one that allows none does not', async () => {
    await owner.open(`/changes/${change}`)
    const failing = page.locator('li.rule', { hasText: 'compliance.signed-commits' })
    await failing.locator('text=Ask for an exception').click()
    await page.waitForSelector(`${dialog} >> text=Reason`)
    expect(await page.getByLabel('Rule', { exact: true }).last().inputValue()).toBe('compliance.signed-commits')
    const options = await page.getByLabel('Rule', { exact: true }).last().locator('option').allInnerTexts()
    expect(options).not.toContain('charter.no-automatic-delivery')
    await page.getByLabel('Reason').fill('The signing keys are being replaced')
    expect(await page.locator(`${dialog} button:has-text("Ask for it")`).isDisabled()).toBe(true)
    await page.getByLabel('What makes up for it').fill('Commits are pushed from one machine')
    await page.getByLabel('A rule that has to pass instead').selectOption('charter.accountable-human')
    // the product lives at the first of March
    await page.getByLabel('Last day (UTC)').fill('2027-03-06')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForURL('**/policy/exceptions/exc_**')
    exception = new URL(page.url()).pathname
    await page.waitForSelector('section[aria-label="The exception"] >> text=waiting')
  }, 60_000)

  test('another person approves it with a passkey, and the change passes by itself', async () => {
    const visit = await withKey(officer)
    await visit.open(exception)
    await visit.page.click('button:has-text("Approve with a passkey")')
    await visit.page.waitForSelector('section[aria-label="The exception"] >> text=holds', patience)
    expect(visit.complaints).toEqual([])
    // who looks sees it without asking
    await page.waitForSelector('section[aria-label="The exception"] >> text=holds', patience)
    await page.waitForSelector('section[aria-label="The exception"] >> text=ends within 7 days')
    await page.waitForSelector('section[aria-label="Uses"] >> text=the change', patience)
    await owner.open(`/changes/${change}`)
    await page.waitForSelector('text=passes: every enforced rule is met', patience)
    await page.click('text=the exception that stands for it')
    await page.waitForURL(`**${exception}`)
  }, 60_000)

  test('the list says what waits, holds and ends, and every page is fit for axe and narrow screens', async () => {
    for (const path of ['/policy/exceptions', '/policy/exceptions?ask=1', exception, `/changes/${change}`])
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await owner.open(path)
        if (path.endsWith('ask=1')) await page.waitForSelector(`${dialog} >> text=Reason`)
        if (process.env['SHOTS'])
          await page.screenshot({
            path: `${process.env['SHOTS']}/${path.replaceAll('/', '_').slice(0, 24)}-${width}.png`,
            fullPage: true,
          })
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
    await page.setViewportSize({ width: 1440, height: 900 })
    await owner.open('/policy/exceptions?state=asked')
    await page.waitForSelector('text=No exception is like that')
    await owner.open('/policy/exceptions?state=approved&ends=7&rule=compliance.signed-commits')
    await page.waitForSelector('text=compliance.signed-commits: The signing keys')
  }, 60_000)

  test('it is renewed from its page, and revoked with a reason, which the change shows at once', async () => {
    await owner.open(exception)
    await page.click('text=ask for its renewal')
    await page.waitForSelector(`${dialog} >> text=Renew an exception`)
    await page.getByLabel('Reason').fill('The keys are late')
    await page.getByLabel('What makes up for it').fill('As before')
    await page.getByLabel('Last day (UTC)').fill('2027-03-20')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForSelector('section[aria-label="The exception"] >> text=Renews')
    await owner.open(exception)
    await page.getByLabel('Why it ends').fill('The keys are there')
    await page.click('button:has-text("Revoke")')
    await page.waitForSelector('section[aria-label="The exception"] >> text=revoked')
    await page.waitForSelector('text=The keys are there')
    await owner.open(`/changes/${change}`)
    await page.waitForSelector('text=does not pass: an enforced rule fails', patience)
    expect(owner.complaints).toEqual([])
  }, 60_000)

  test('what cannot wait is let through once, when two others approved it', async () => {
    await page.click('button:has-text("Judge again")')
    await page.click('text=ask for an override', patience)
    await page.waitForSelector(`${dialog} >> text=The merge gate denied`)
    await page.getByLabel('Reason').fill('Customers cannot pay')
    expect(await seriousFindings(page)).toEqual([])
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForURL('**/policy/overrides/ovr_**')
    const override = new URL(page.url()).pathname
    const shown = 'section[aria-label="The override"]'
    for (const [by, word] of [
      [officer, 'Approved by (1 of 2)'],
      [security, 'to be used'],
    ] as const) {
      const visit = await withKey(by)
      await visit.open(override)
      await visit.page.click('button:has-text("Approve with a passkey")')
      await visit.page.waitForSelector(`${shown} >> text=${word}`, patience)
      expect(visit.complaints).toEqual([])
    }
    await page.waitForSelector(`${shown} >> text=to be used`, patience)
    await owner.open(`/changes/${change}`)
    await page.click('button:has-text("Judge again")')
    await page.click('text=an override let it through, once', patience)
    await page.waitForSelector(`${shown} >> text=used`)
    await page.waitForSelector(`${shown} >> text=Let through`)
    for (const path of ['/policy/overrides', override])
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await owner.open(path)
        if (process.env['SHOTS'])
          await page.screenshot({ path: `${process.env['SHOTS']}/override${path.length}-${width}.png`, fullPage: true })
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
    expect(owner.complaints).toEqual([])
  }, 120_000)
})
