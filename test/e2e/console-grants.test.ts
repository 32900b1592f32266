import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureCharter } from '#domains/charter'
import { addPerson, signedInAs } from '../approver.ts'
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

if (executablePath === undefined) console.log('NOT RUN: the browser tests of grants, for want of a Chromium')

/** The owner, and a tech lead of Payments who is a platform administrator too: each approves what the other proposes. */
describe.skipIf(executablePath === undefined)('AI tools in the console', () => {
  let world: ConsoleWorld
  let owner: Visit
  let lead: Visit
  let leadId: string
  let team: string

  beforeAll(async () => {
    world = await startConsole()
    const { product } = world
    await ensureCharter(product.services.db, product.services.service('charter'))
    const headers = await product.asOwner()
    const made = await product.app.inject({ method: 'POST', url: '/v1/teams', headers, payload: { name: 'Payments' } })
    team = made.json().id
    leadId = await addPerson(product, 'lead@example.com')
    // as if two people had agreed
    for (const [role, teamId] of [
      ['platform-administrator', null],
      ['tech-lead', team],
    ])
      await product.database.pool.query(
        `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, $4, 'rch_1', now())`,
        [`rol_${role}`, leadId, role, teamId],
      )
    owner = await world.signedIn()
    lead = await world.signedIn(leadId)
    for (const one of [owner, lead]) await withAuthenticator(one)
  }, 90_000)
  afterAll(() => world?.close())

  const stateOf = (page: Page) => page.innerText('section[aria-label="The grant"]')

  test('are approved by another person than the one who proposed them', async () => {
    const { page, open } = owner
    await open('/grant-settings')
    await page.waitForSelector('text=None: nobody is granted any')
    await page.click('button:has-text("Propose a change")')
    await page.fill(`${dialog} textarea >> nth=0`, 'claude-code ide-integration\nmodel-api wrong')
    await page.waitForSelector(`${dialog} >> text=Not understood: model-api wrong`)
    await page.fill(`${dialog} textarea >> nth=0`, 'claude-code ide-integration\nmodel-api vetted-api')
    await page.fill(`${dialog} textarea >> nth=1`, 'The tools we looked at')
    await page.click(`${dialog} button:has-text("Propose it")`)
    await page.waitForSelector('section[aria-label="Waits for a decision"] >> text=approves model-api, vetted API')
    await page.click('button:has-text("Approve with a passkey")')
    await page.waitForSelector('main >> text=another person decides')
    await lead.open('/grant-settings')
    await lead.page.click('button:has-text("Approve with a passkey")')
    await lead.page.waitForSelector('h2:has-text("In force, version 1")', patience)
    // before the eyes of who looks
    await page.waitForSelector('h2:has-text("2 approved tools")', patience)
  })

  test('are asked for, extended once and given back', async () => {
    const { page, open } = lead
    await open('/grants')
    await page.click('button:has-text("Ask for a tool")')
    await page.selectOption(`${dialog} select >> nth=0`, 'model-api')
    await page.fill(`${dialog} input[type="text"], ${dialog} input:not([type])`, 'write the importer')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    // the role of a lead is held in the team, which was not named
    await page.waitForSelector(`${dialog} >> text=tool_not_authorized`)
    await page.selectOption(`${dialog} select >> nth=1`, `team ${team}`)
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForURL('**/grants/grt_*')
    await page.waitForSelector('section[aria-label="The grant"] >> text=running')
    await page.click('button:has-text("Extend it once")')
    await page.waitForSelector('section[aria-label="The grant"] >> text=Extended')
    await expect.poll(() => page.locator('button:has-text("Extend it once")').count(), patience).toBe(0)
    await page.click('button:has-text("Give it back")')
    await expect.poll(() => stateOf(page), patience).toMatch(/given back/)
  })

  test('are taken away from somebody and restored, with a reason', async () => {
    const { product } = world
    const headers = await signedInAs(product, leadId)
    const payload = { tool: 'claude-code', purpose: 'review', teamId: team }
    const { id } = (await product.app.inject({ method: 'POST', url: '/v1/grants', headers, payload })).json()
    const { page, open } = owner
    await open('/grants?of=all&state=running')
    await page.click('main >> text=claude-code')
    await page.waitForURL(`**/grants/${id}`)
    for (const [button, word] of [
      ['Take it away', 'taken away'],
      ['Restore it', 'running'],
    ] as const) {
      await page.click(`main button:has-text("${button}")`)
      await page.fill(`${dialog} textarea`, 'it was looked into')
      await page.click(`${dialog} button:has-text("${button}")`)
      await expect.poll(() => stateOf(page), patience).toContain(word)
    }
  })

  test('rest in an AI-free period, which is announced and cancelled', async () => {
    const { page, open } = lead
    const now = world.product.services.clock()
    const field = (hours: number) => new Date(now + hours * 3_600_000).toISOString().slice(0, 16)
    await open('/ai-free-periods')
    await page.click('button:has-text("Plan a period")')
    await page.selectOption(`${dialog} select`, `team ${team}`)
    await page.fill(`${dialog} input >> nth=0`, field(1))
    await page.fill(`${dialog} input >> nth=1`, field(3))
    await page.fill(`${dialog} textarea`, 'Practice by hand')
    await page.click(`${dialog} button:has-text("Plan and announce it")`)
    const calendar = page.locator('section[aria-label="Calendar"]')
    await expect.poll(() => calendar.innerText(), patience).toMatch(/planned[\s\S]*team Payments: Practice by hand/)
    await open('/grants')
    await page.waitForSelector('section[aria-label="AI-free periods"] >> text=Practice by hand', patience)
    await open('/ai-free-periods')
    await calendar.locator('button:has-text("Cancel it")').click()
    await page.fill(`${dialog} textarea`, 'A release')
    await page.click(`${dialog} button:has-text("Cancel it")`)
    await expect.poll(() => calendar.innerText(), patience).toContain('None is planned')
    await page.selectOption('.filters select >> nth=0', 'past')
    await expect.poll(() => calendar.innerText(), patience).toContain('cancelled: A release')
  })

  test('architecture decisions are asked for, and approved with conditions that are signed', async () => {
    const { page, open } = owner
    await open('/architecture-decisions')
    await page.click('main button:has-text("Ask for a decision")')
    await page.fill(`${dialog} input >> nth=0`, 'Search by meaning')
    await page.selectOption(`${dialog} select`, team)
    await page.fill(`${dialog} textarea >> nth=0`, 'The help desk')
    await page.fill(`${dialog} textarea >> nth=1`, 'Embeddings in our own database')
    await page.fill(`${dialog} input[type="date"]`, '2027-06-01')
    await page.click(`${dialog} button:has-text("Ask for it")`)
    await page.waitForURL('**/architecture-decisions/adr_*')
    await lead.open(new URL(page.url()).pathname)
    await lead.page.fill('section[aria-label="Answer"] textarea', 'Only "manuals" — nothing else ✓')
    await lead.page.click('button:has-text("Approve with a passkey")')
    await lead.page.waitForSelector('main >> text=with conditions', patience)
    const standing = 'section[aria-label="Where it stands"]'
    await expect.poll(() => page.innerText(standing), patience).toContain('Only "manuals" — nothing else ✓')
  })

  test('every page: nothing serious for axe, nothing wider than the screen, and no complaints', async () => {
    const { page, open } = owner
    const [grant] = (
      await world.product.app.inject({ url: '/v1/grants?of=all', headers: await world.product.asOwner() })
    ).json().items
    const [decision] = (
      await world.product.app.inject({ url: '/v1/architecture-decisions', headers: await world.product.asOwner() })
    ).json().items
    for (const path of [
      '/grants?of=all',
      `/grants/${grant.id}`,
      '/grant-settings',
      '/ai-free-periods?when=past',
      '/architecture-decisions',
      `/architecture-decisions/${decision.id}`,
      '/grants?ask=1',
      '/grant-settings?propose=1',
      '/ai-free-periods?plan=1',
      '/architecture-decisions?ask=1',
    ])
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await open(path)
        expect([path, await seriousFindings(page)]).toEqual([path, []])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
      }
    expect([...owner.complaints, ...lead.complaints]).toEqual([])
  })
})
