import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { approvedPullRequest, judgedHistory } from '#test/judged-history.ts'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'

const patience = { timeout: 20_000 }

if (executablePath === undefined)
  console.log('NOT RUN: the figures of the console in a browser, for want of a Chromium')

describe.skipIf(executablePath === undefined)('figures of the console', () => {
  const repository = judgedHistory()
  let world: ConsoleWorld
  let visit: Visit

  beforeAll(async () => {
    world = await startConsole()
    const { product } = world
    const headers = await product.asOwner()
    const get = async (url: string) => (await product.app.inject({ url, headers })).json()
    const payload = { path: repository.path }
    const added = await product.app.inject({ method: 'POST', url: '/v1/repositories', headers, payload })
    const judged = async () => (await get('/v1/gates/merge/figures')).results
    await vi.waitFor(async () => expect(await judged()).toMatchObject({ fail: 2, unknown: 5 }), { timeout: 40_000 })
    const commit = repository.oid('explain')
    await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${added.json().id}&commit=${commit}`,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload: approvedPullRequest(commit),
    })
    await vi.waitFor(async () => expect(await judged()).toMatchObject({ pass: 1, fail: 2, unknown: 4 }), {
      timeout: 40_000,
    })
    visit = await world.signedIn()
    // the product lives in March 2027
    await visit.page.clock.setFixedTime(new Date('2027-03-01T09:00:00Z'))
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    repository.remove()
  })

  /** The list at this address shows these changes, and no others. */
  async function expectListed(page: Page, address: string, wanted: readonly string[]): Promise<void> {
    await vi.waitFor(async () => {
      expect(page.url()).toBe(`${world.origin}${address}`)
      expect(await page.locator('[role="table"] .main-link').allTextContents()).toEqual(wanted)
    }, patience)
  }

  test('each level of risk and each result of the gate opens the changes behind it', async () => {
    const { page } = visit
    for (const [card, row, address, wanted] of [
      ['Risk of changes', 'critical', '/changes?risk=critical', ['Guard the tokens']],
      ['Risk of changes', 'high', '/changes?risk=high', ['Ask for nothing', 'Ask for signatures']],
      ['Merge gate', 'pass', '/changes?gate=pass', ['Explain the parser']],
      ['Merge gate', 'fail', '/changes?gate=fail', ['Ask for nothing', 'Add the parser']],
    ] as const) {
      await visit.open('/')
      const figure = page.getByRole('region', { name: card, exact: true }).getByRole('row', { name: row })
      expect(await figure.getByRole('link').textContent()).toBe(String(wanted.length))
      await figure.getByRole('link').click()
      await expectListed(page, address, wanted)
    }
    expect(await page.getByLabel('Merge gate').inputValue()).toBe('fail')
    await page.getByLabel('Risk', { exact: true }).selectOption('high')
    await expectListed(page, '/changes?gate=fail&risk=high', ['Ask for nothing'])
    const row = page.getByRole('row').filter({ hasText: 'Ask for nothing' })
    expect(await row.getByRole('cell').allTextContents()).toEqual(expect.arrayContaining(['high', 'fail']))
  })

  test('a month of the gate opens its changes, from the columns and from the table, and the sentence says whether it gets better', async () => {
    const { page } = visit
    await visit.open('/')
    const months = page.getByRole('region', { name: 'Merge gate by month of merging' })
    expect(await months.getByText('It gets').textContent()).toBe(
      'It gets better: 33 % of the changes of 2026-12 to 2027-02 pass, and 0 % of those of the three months before.',
    )
    await months.locator('a[title="2026-10: 1 of 2 fail"]').click()
    await expectListed(page, '/changes?gate=fail&from=2026-10-01&to=2026-10-31', ['Add the parser'])
    await visit.open('/')
    await months.getByText('The same as a table').click()
    await months.getByRole('row', { name: '2027-02' }).getByRole('link', { name: '1', exact: true }).click()
    await expectListed(page, '/changes?gate=unknown&from=2027-02-01&to=2027-02-28', ['Guard the tokens'])
  })

  test('decisions are known by the title of what they are about', async () => {
    const { page } = visit
    await visit.open('/policy/decisions?result=pass')
    const row = page.getByRole('row').filter({ hasText: 'Explain the parser' })
    expect(await row.getByRole('cell').first().textContent()).toMatch(/^Explain the parser change:chg_/)
    await row.getByRole('link').click()
    await page.waitForSelector('h1:has-text("Merge gate: allowed")')
    expect(await page.locator('.page-head').textContent()).toContain('Explain the parser')
  })

  test('the pages with them, wide and narrow, light and dark: nothing serious for axe, nothing wider than the screen', async () => {
    const { page, complaints } = visit
    const found: string[] = []
    for (const path of ['/', '/changes', '/changes?risk=critical&gate=unknown', '/policy/decisions']) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await visit.open(path)
      if (path === '/') await page.getByText('The same as a table, each').click()
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [1440, 'dark'],
        [390, 'dark'],
        [390, 'light'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
        if (wide > width) found.push(`${path} at ${width}: ${wide} wide`)
        for (const one of await seriousFindings(page)) found.push(`${path} at ${width}, ${colorScheme}: ${one}`)
        if (process.env['SHOTS'])
          await page.screenshot({
            path: `/tmp/shots/${path.replace(/\W/g, '_')}-${width}-${colorScheme}.png`,
            fullPage: true,
          })
      }
    }
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  }, 120_000)
})
