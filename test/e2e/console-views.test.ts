import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type TestRepository, testRepository } from '#test/harness.ts'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'

const patience = { timeout: 20_000 }
const dialog = '[role="dialog"]'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of saved views, for want of a Chromium')

describe.skipIf(executablePath === undefined)('saved views', () => {
  let world: ConsoleWorld
  let visit: Visit
  let page: Page
  let repository: TestRepository

  beforeAll(async () => {
    repository = await testRepository(['Begin', 'Pay at once\n\nAssisted-by: Claude', 'Pay later'])
    world = await startConsole()
    const headers = await world.product.asOwner()
    const payload = { path: repository.path }
    await world.product.app.inject({ method: 'POST', url: '/v1/repositories', headers, payload })
    const changes = () => world.product.app.inject({ url: '/v1/changes', headers })
    await vi.waitFor(async () => expect((await changes()).json().items).toHaveLength(3), {
      timeout: 40_000,
      interval: 200,
    })
    visit = await world.signedIn()
    page = visit.page
  }, 90_000)
  afterAll(async () => {
    await world?.close()
    await repository?.remove()
  })

  test('without any the menu says how one is made, and filters are saved under a name', async () => {
    await visit.open('/changes')
    await page.click('button:has-text("Views")')
    await page.waitForSelector(`${dialog} >> text=Set filters, then save them here`)
    await expect.poll(() => page.locator(`${dialog} button:has-text("Save this view")`).count(), patience).toBe(0)
    await page.keyboard.press('Escape')
    await page.waitForSelector(dialog, { state: 'detached' })
    await page.fill('input[data-search]', 'Pay')
    await page.waitForURL('**/changes?q=Pay')
    await page.selectOption('main select >> nth=1', 'declared')
    await page.waitForURL('**/changes?q=Pay&ai=declared')
    await saveAs('Payments by a tool')
    await page.waitForSelector('button:has-text("View: Payments by a tool")')
  })

  test('is there after the page was loaded again and on another device, and shows the list as it was', async () => {
    await visit.open('/changes')
    await expect.poll(rows, patience).toBe(3)
    const other = await world.signedIn()
    for (const one of [visit, other]) {
      await one.open('/changes')
      await one.page.click('button:has-text("Views")')
      await one.page.click(`${dialog} >> text=Payments by a tool`)
      await one.page.waitForURL((url) => url.searchParams.get('q') === 'Pay')
      expect(new URL(one.page.url()).searchParams.get('ai')).toBe('declared')
      await expect.poll(() => one.page.locator('.tbody [data-index]').count(), patience).toBe(1)
      expect(await one.page.inputValue('input[data-search]')).toBe('Pay')
    }
    await other.context.close()
    await page.click('button:has-text("View: Payments by a tool")')
    expect(await page.getAttribute(`${dialog} .view-apply`, 'aria-current')).toBe('true')
    // what is saved already needs no second name
    await expect.poll(() => page.locator(`${dialog} button:has-text("Save this view")`).count(), patience).toBe(0)
    await page.keyboard.press('Escape')
    await page.goBack()
    await expect.poll(rows, patience).toBe(3)
  })

  test('belongs to its list: another one has its own', async () => {
    await visit.open('/policy/decisions?result=unknown')
    await page.click('button:has-text("Views")')
    await page.waitForSelector(`${dialog} button:has-text("Save this view")`)
    await expect.poll(() => page.locator(`${dialog} li`).count(), patience).toBe(0)
    await page.keyboard.press('Escape')
  })

  test('of a name that is taken the filters can be replaced', async () => {
    await visit.open('/changes?q=later')
    await saveAs('Payments by a tool')
    await page.waitForSelector(`${dialog} >> text=You have a view of this name`)
    await page.click('button:has-text("Replace its filters")')
    await page.waitForSelector(dialog, { state: 'detached' })
    await page.waitForSelector('button:has-text("View: Payments by a tool")')
    expect((await views()).map(({ name, query }) => [name, query])).toEqual([['Payments by a tool', { q: 'later' }]])
  })

  test('is reached, applied, renamed and deleted by the keyboard alone', async () => {
    await visit.open('/changes?order=oldest')
    await saveAs('From the beginning')
    await page.waitForSelector('button:has-text("View: From the beginning")')
    await visit.open('/changes')
    await page.keyboard.press('v')
    await page.waitForSelector(`${dialog} li`)
    await expect.poll(focused, patience).toBe('From the beginning')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('Payments by a tool')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/changes?order=oldest')
    await expect.poll(focused, patience).toBe('View: From the beginning')
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${dialog} li`)
    await expect.poll(focused, patience).toBe('From the beginning')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${dialog} input`)
    await page.keyboard.type('  From day one ')
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${dialog} input`, { state: 'detached' })
    await expect.poll(focused, patience).toBe('From day one')
    expect((await views()).map(({ name }) => name).sort()).toEqual(['From day one', 'Payments by a tool'])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(focused, patience).toBe('Delete it')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await views()).map(({ name }) => name), patience).toEqual(['Payments by a tool'])
    await expect.poll(() => page.locator(`${dialog} li`).count(), patience).toBe(1)
    await page.keyboard.press('Escape')
    await expect.poll(focused, patience).toBe('Views')
  })

  test('is found by the search of everything, by its name and by the word', async () => {
    await visit.open('/')
    for (const words of ['payments', 'view']) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(words)
      await page.waitForSelector('[role="option"]:has-text("Payments by a tool"):has-text("of Changes")')
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('payments by')
    await page.waitForSelector('[role="option"]:has-text("of Changes")')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/changes?q=later')
    await page.waitForSelector('button:has-text("View: Payments by a tool")')
  })

  test('whose name is hostile stays text, and one of a page that is not ours is not offered', async () => {
    await save({ page: '/changes', name: '<img src=x onerror=window.taken=1>', query: { q: '"><script>' } })
    await save({ page: '//nowhere', name: 'Payments elsewhere', query: {} })
    await visit.open('/changes')
    await page.click('button:has-text("Views")')
    await page.click(`${dialog} >> text=<img src=x`)
    await page.waitForURL((url) => url.searchParams.get('q') === '"><script>')
    await page.waitForSelector('text=No change is like that')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('payments')
    await page.waitForSelector('[role="option"]:has-text("Payments by a tool")')
    await expect.poll(() => page.locator('[role="option"]:has-text("elsewhere")').count(), patience).toBe(0)
    await page.keyboard.press('Escape')
    expect(await page.evaluate('`taken` in window')).toBe(false)
  })

  test('a refusal is said in place', async () => {
    await visit.open(`/changes?q=${'a'.repeat(201)}`)
    await saveAs('Too long')
    await page.waitForSelector(`${dialog} .problem >> text=request_invalid`)
    await page.click(`${dialog} button:has-text("Cancel")`)
    await page.waitForSelector(`${dialog} button:has-text("Save this view")`)
    await page.keyboard.press('Escape')
  })

  test('on every list, wide and narrow, light and dark: nothing serious for axe, nothing wider than the screen', async () => {
    await save({
      page: '/changes',
      name: 'A name as long as one may be, which is eighty characters, and it has to end now.',
      query: {},
    })
    const found: string[] = []
    for (const path of [
      '/changes?q=later',
      '/assurance/evidence',
      '/assurance/risk?level=low',
      '/policy/decisions',
      '/ledger?q=a',
    ]) {
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [1440, 'dark'],
        [390, 'dark'],
        [390, 'light'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        await visit.open(path)
        await page.click('button[data-views]')
        await page.waitForSelector(dialog)
        if (path.includes('q=later')) await page.click('button[aria-label="Delete Payments by a tool"]')
        else if (path.includes('?')) await page.click(`${dialog} button:has-text("Save this view")`)
        const where = `${path} at ${width}, ${colorScheme}`
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
        if (wide > width) found.push(`${where}: ${wide} wide`)
        for (const one of await seriousFindings(page)) found.push(`${where}: ${one}`)
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    expect(found).toEqual([])
    expect(visit.complaints).toEqual([])
  }, 120_000)

  async function saveAs(name: string): Promise<void> {
    await page.click('button[data-views]')
    await page.click(`${dialog} button:has-text("Save this view")`)
    await page.keyboard.type(name)
    await page.keyboard.press('Enter')
  }

  async function save(payload: object): Promise<void> {
    const headers = await world.product.asOwner()
    const reply = await world.product.app.inject({ method: 'POST', url: '/v1/views', headers, payload })
    expect(reply.statusCode).toBe(201)
  }

  async function views(): Promise<{ name: string; query: object }[]> {
    const headers = await world.product.asOwner()
    return (await world.product.app.inject({ url: '/v1/views', headers })).json().items
  }

  function rows(): Promise<number> {
    return page.locator('.tbody [data-index]').count()
  }

  function focused(): Promise<string> {
    return page.evaluate('(document.activeElement?.textContent ?? ``).trim()')
  }
})
