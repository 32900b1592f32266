import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson, giveRole } from '#test/approver.ts'
import { policyBundle } from '#test/opa-wasm.ts'
import { removeFolder } from '../folders.ts'
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
const card = (name: string) => `section[aria-label="${name}"]`

if (executablePath === undefined) console.log('NOT RUN: the browser tests of OPA engines, for want of a Chromium')

describe.skipIf(executablePath === undefined)('OPA engines in the console', () => {
  let world: ConsoleWorld
  let visit: Visit
  let page: Page
  let opa: Server
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-opa-'))
    const denial = { allow: false, violations: [{ id: 'freeze', msg: 'not today', severity: 'high' }] }
    await writeFile(join(folder, 'merge.tar.gz'), policyBundle({ result: denial }))
    await writeFile(join(folder, 'other.tar.gz'), 'no bundle at all')
    // answers as an OPA does, and only to whoever has its token
    opa = createServer((request, reply) => {
      request.resume()
      const isKnown = request.headers.authorization === 'Bearer the-token-of-the-opa'
      reply.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
      reply.end(JSON.stringify({ result: { allow: true, violations: [] } }))
    })
    await new Promise<void>((done) => opa.listen(0, '127.0.0.1', done))
    world = await startConsole()
    visit = await world.signedIn()
    page = visit.page
  }, 90_000)
  afterAll(async () => {
    await world?.close()
    opa?.close()
    await removeFolder(folder)
  })

  const engines = async () => {
    const headers = await world.product.asOwner()
    return (await world.product.app.inject({ url: '/v1/policy-engines', headers })).json().items
  }
  const shot = async (name: string, of = page) => {
    if (process.env['SHOTS']) await of.screenshot({ path: `${process.env['SHOTS']}/${name}.png`, fullPage: true })
  }

  test('an empty page says what to do', async () => {
    await visit.open('/policy/engines')
    await page.waitForSelector('nav[aria-label="Console"] >> text=OPA engines')
    await page.waitForSelector('text=No engine is bound')
    expect(await seriousFindings(page)).toEqual([])
    await shot('opa-empty')
  })

  test('an OPA elsewhere is bound, and does not answer before it is shown its token', async () => {
    await page.click('button:has-text("Bind an engine")')
    await page.locator(dialog).getByLabel('Name').fill('corp')
    await page
      .locator(dialog)
      .getByLabel('Address')
      .fill(`http://127.0.0.1:${(opa.address() as AddressInfo).port}`)
    await shot('opa-bind')
    expect(await seriousFindings(page)).toEqual([])
    await page.click(`${dialog} button:has-text("Bind it")`)
    await page.waitForSelector(`${card('corp')} >> text=no answer that counts`, patience)
    await page.waitForSelector(`${card('corp')} >> text=401`)
    await page.click(`${card('corp')} button:has-text("Change")`)
    await page.locator(dialog).getByLabel('Bearer token').fill('the-token-of-the-opa')
    await page.locator(dialog).getByLabel('Mode').selectOption('warn')
    await page.click(`${dialog} button:has-text("Change it")`)
    await page.waitForSelector(`${card('corp')} >> text=it answers`, patience)
    await page.click(`${card('corp')} button:has-text("Check now")`)
    await page.waitForSelector(`${card('corp')} >> text=An empty document breaks none of its rules`, patience)
    expect(await page.content()).not.toContain('the-token-of-the-opa')
    await expect.poll(engines, patience).toMatchObject([{ name: 'corp', mode: 'warn', hasToken: true }])
  })

  test('what cannot be reached, and what is no bundle, is told in words', async () => {
    await page.click('button:has-text("Bind an engine")')
    await page.locator(dialog).getByLabel('Name').fill('far')
    await page.locator(dialog).getByLabel('Address').fill('http://opa.example.com')
    await page.click(`${dialog} button:has-text("Bind it")`)
    await page.waitForSelector(`${dialog} [role="alert"] >> text=policy_engine_address_invalid`, patience)
    await page.locator(dialog).getByLabel('Kind').selectOption('opa-bundle')
    await page.setInputFiles(`${dialog} input[type="file"]`, join(folder, 'other.tar.gz'))
    await page.waitForSelector(`${dialog} [role="alert"] >> text=policy_bundle_refused`, patience)
    await page.keyboard.press('Escape')
    await page.waitForSelector(dialog, { state: 'detached' })
  })

  test('a bundle is sent and bound, and says which of its rules an empty document does not meet', async () => {
    await page.setInputFiles(`${card('Bundles')} input[type="file"]`, join(folder, 'merge.tar.gz'))
    await page.waitForSelector(`${card('Bundles')} li:has-text("no engine has it")`, patience)
    await page.click(`${card('Bundles')} li button:has-text("Bind it")`)
    await page.waitForSelector(`${dialog} >> text=countersign/gate/merge`)
    await page.locator(dialog).getByLabel('Name').fill('house')
    await page.click(`${dialog} button:has-text("Bind it")`)
    await page.waitForSelector(`${card('house')} code:has-text("opa.house.freeze")`, patience)
    await page.waitForSelector(`${card('Bundles')} li:has-text("run by house")`, patience)
    await expect
      .poll(engines, patience)
      .toMatchObject([{ name: 'corp' }, { name: 'house', kind: 'opa-bundle', mode: 'audit', gate: 'merge' }])
  })

  test('an engine is asked about some repositories only, and removed with its bundle', async () => {
    await page.click(`${card('corp')} button:has-text("Change")`)
    await page.uncheck(`${dialog} label:text-is("every repository")`)
    await page.waitForSelector(`${dialog} >> text=There is no repository yet`, patience)
    await page.click(`${dialog} button:has-text("Change it")`)
    await page.waitForSelector(`${dialog} [role="alert"] >> text=request_invalid`, patience)
    await page.keyboard.press('Escape')
    await page.click(`${card('house')} button:has-text("Remove")`)
    await page.click(`${dialog} button:has-text("Remove it")`)
    await page.waitForSelector(card('house'), { state: 'detached', ...patience })
    await page.click(`${card('Bundles')} li button:has-text("Remove")`)
    await page.click(`${dialog} button:has-text("Remove it")`)
    await page.waitForSelector(`${card('Bundles')} >> text=None was sent`, patience)
    await expect.poll(engines, patience).toMatchObject([{ name: 'corp' }])
  })

  test('one that is enforced is weakened only after another person approved exactly that', async () => {
    const change = async (mode: string) => {
      await page.click(`${card('corp')} button:has-text("Change")`)
      await page.locator(dialog).getByLabel('Mode').selectOption(mode)
      await page.click(`${dialog} button:has-text("Change it")`)
    }
    await change('enforce')
    await expect.poll(engines, patience).toMatchObject([{ name: 'corp', mode: 'enforce' }])
    await page.waitForSelector(dialog, { state: 'detached' })
    const security = await addPerson(world.product, 'security')
    await giveRole(world.product, security, 'security')
    await change('warn')
    await shot('opa-refused')
    const link = page.locator(`${dialog} [role="alert"] a:has-text("the address of this change")`)
    const address = (await link.getAttribute('href')) ?? ''
    expect(await seriousFindings(page)).toEqual([])

    const second = await world.signedIn(security)
    await withAuthenticator(second)
    await second.open(address)
    await second.page.waitForSelector(`${dialog} tr:has-text("Mode") >> text=enforce`)
    expect(await second.page.locator(`${dialog} tbody tr`).count()).toBe(1)
    expect(await seriousFindings(second.page)).toEqual([])
    await shot('opa-approve', second.page)
    await second.page.click('button:has-text("Approve with a passkey")')
    await second.page.waitForSelector('text=You approved it', patience)
    expect(second.complaints).toEqual([])
    await second.open('/policy/engines?approve=gone&change=null&digest=x')
    await second.page.waitForSelector('text=a change that cannot be approved')
    // one with an authenticator was seen to close slowly; the end of the browser ends it as well
    second.context.close().catch(() => undefined)

    await page.click(`${dialog} button:has-text("Change it")`)
    await expect.poll(engines, patience).toMatchObject([{ name: 'corp', mode: 'warn' }])
  })

  test('nothing serious for axe, nothing wider than the screen', async () => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await visit.open('/policy/engines')
      await page.waitForSelector(`${card('corp')} >> text=it answers`, patience)
      await shot(`opa-${width}`)
      expect([width, await seriousFindings(page)]).toEqual([width, []])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect([width, Number(wide) <= width]).toEqual([width, true])
    }
    expect(visit.complaints).toEqual([])
  })
})
