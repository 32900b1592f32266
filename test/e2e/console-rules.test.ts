import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { scriptRepository } from '../../src/domains/changes/testing/scripted-repository.ts'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of rules, for want of a Chromium')

const rulesText = `version: 1
risk:
  paths:
    - match: ['src/pay/**']
      category: payment
      dataSensitivity: critical
      reason: <b>card</b> data
gate:
  params:
    quality: { minCoverage: 85 }
  modes:
    compliance.ticket: warn
`
const hostilePaths = [
  'src/<img src=x onerror=window.taken=1>.ts',
  'src/"><script>window.taken=1<\\script>.ts',
  'src/a\u202etxt.exe',
  'src/two\nlines.ts',
]

function ruledRepository() {
  const ai = '\n\nCo-authored-by: Claude <noreply@anthropic.com>\n'
  const many = Array.from({ length: 1200 }, (_, at) => [`lib/part-${String(at).padStart(4, '0')}.ts`, `${at}\n`])
  return scriptRepository([
    {
      name: 'first',
      message: 'Say what the rules are',
      files: { '.countersign.yaml': rulesText, 'README.md': 'hello\n' },
    },
    {
      name: 'pay',
      parents: ['first'],
      message: `Take cards${ai}`,
      files: { 'src/pay/card.ts': 'export const card = 1\n', 'src/ledger.ts': 'export const sum = 1\n' },
    },
    {
      name: 'evil',
      parents: ['pay'],
      message: '<script>window.taken=1</script>',
      files: Object.fromEntries([...hostilePaths.map((path) => [path, 'x\n']), ...many]),
    },
  ])
}

describe.skipIf(executablePath === undefined)('the rules in a browser', () => {
  const repository = ruledRepository()
  let world: ConsoleWorld
  let visit: Visit
  let id: string

  beforeAll(async () => {
    world = await startConsole()
    const headers = await world.product.asOwner()
    const inject = async (method: 'GET' | 'POST', url: string, payload?: object) =>
      (await world.product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).json()
    id = (await inject('POST', '/v1/repositories', { path: repository.path })).id
    await vi.waitFor(async () => expect((await inject('GET', '/v1/gates/merge/figures')).judged).toBe(3), {
      timeout: 40_000,
      interval: 200,
    })
    visit = await world.signedIn()
  }, 90_000)
  afterAll(async () => {
    await world?.close()
    repository.remove()
  })

  test('every page of them, wide and narrow, light and dark: nothing serious for axe, nothing too wide, no complaint', async () => {
    const { page, complaints } = visit
    const found: string[] = []
    for (const path of [
      '/policy/packs',
      `/policy/packs?repositoryId=${id}`,
      '/policy/packs?q=nothing+is+like+that',
      '/policy/packs/security.scan-ai',
      `/policy/packs/quality.coverage?repositoryId=${id}&status=unknown`,
      '/policy/packs/no.rule',
      `/repositories/${id}/rules`,
      `/repositories/${id}/rules?rule=any&path=src%2Fpay%2Fcard.ts`,
    ]) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await visit.open(path)
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [1440, 'dark'],
        [390, 'dark'],
        [390, 'light'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        const where = `${path} at ${width}, ${colorScheme}`
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
        if (wide > width) found.push(`${where}: ${wide} wide`)
        for (const one of await seriousFindings(page)) found.push(`${where}: ${one}`)
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.emulateMedia({ colorScheme: 'light' })
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  }, 240_000)

  test('all 27 rules stand in their packs, and a repository shows what it sets otherwise', async () => {
    const { page } = visit
    await visit.open('/policy/packs')
    expect(await page.locator('li.rule').count()).toBe(27)
    for (const pack of ['security', 'quality', 'compliance', 'charter'])
      expect(await page.locator(`#pack-${pack}`).count()).toBe(1)
    expect(await page.locator('.set-here').count()).toBe(0)
    await page.selectOption('select:has(option:has-text("as they come"))', id)
    await page.waitForSelector('text=2 rules are otherwise')
    expect(await page.locator('.set-here').allTextContents()).toEqual([
      'Differs from how it comes: minCoverage is 85 here, 80 as it comes.',
      'Differs from how it comes: warns only here, enforced as it comes.',
    ])
  }, 60_000)

  test('a figure opens the changes that it counts', async () => {
    const { page } = visit
    await visit.open('/policy/packs')
    const rule = page.locator('li.rule', { hasText: 'security.scan-ai' })
    await rule.locator('a', { hasText: '3 unknown' }).click()
    await page.waitForSelector('h1:has-text("Every AI-assisted change is scanned")')
    await page.waitForSelector('.tbody a:has-text("Take cards")')
    expect(await page.locator('.tbody [data-index]').count()).toBe(3)
    await page.click('.tbody a:has-text("Take cards")')
    await page.waitForSelector('h1:has-text("Take cards")')
    // a rule of its verdict opens the page of that rule
    await page.click('summary:has-text("Unknown")')
    await page.click('main a:text-is("security.secrets")')
    await page.waitForSelector('h1:has-text("No secret is committed")')
  }, 60_000)

  test('a rule changed in the editor shows the path whose class it flips, and changes nothing', async () => {
    const { page } = visit
    await visit.open(`/repositories/${id}/rules`)
    await page.waitForSelector('text=This is the text that is committed.')
    const text = page.locator('textarea')
    expect(await text.inputValue()).toBe(rulesText)
    await text.fill(rulesText.replace("'src/pay/**'", "'src/pay/**', 'src/ledger.ts'").replace('85', '90'))
    const flips = page.locator('section[aria-label="Paths that would be classified otherwise"]')
    await flips.locator('h3', { hasText: /^1 path would be classified otherwise, of 1,208 looked at$/ }).waitFor()
    expect(await flips.locator('tbody tr').allTextContents()).toEqual([
      'src/ledger.tsmedium → criticalmediumnonenone → payment',
    ])
    await page.waitForSelector('text=minCoverage is 90 here, 80 as it comes')
    await visit.open(`/repositories/${id}/rules`)
    expect(await page.locator('textarea').inputValue()).toBe(rulesText)
  }, 60_000)

  test('mistakes are told with their lines, and a setting that the gate refuses is told as well', async () => {
    const { page } = visit
    await visit.open(`/repositories/${id}/rules`)
    await page.locator('textarea').fill('version: 1\nrisk:\n  paths:\n    - match: ["!a"]\n      sensitivity: high\n')
    await page.waitForSelector('button:has-text("line 4, column")')
    await page.waitForSelector('text=has no member `sensitivity`')
    await page.click('button:has-text("line 5, column 7")')
    expect(
      await page.evaluate('document.activeElement.value.slice(document.activeElement.selectionStart).split(":")[0]'),
    ).toBe('sensitivity')
    await page.locator('textarea').fill('version: 1\ngate:\n  params:\n    quality: { minCoverage: 850 }\n')
    await page.waitForSelector('text=The gate would refuse its settings')
    await page.waitForSelector('text=is above 100')
    await page.locator('textarea').fill('version: 1 # \u202e\n')
    await page.waitForSelector('text=It holds characters that are not seen')
  }, 60_000)

  test('paths are filtered by text and by rule, and each says why', async () => {
    const { page } = visit
    await visit.open(`/repositories/${id}/rules?rule=paths%5B0%5D`)
    await page.waitForSelector('text=1 of 1,208 paths looked at.')
    await page.click('.tbody a:has-text("src/pay/card.ts")')
    const why = page.locator('section[aria-label="Why"]')
    await why.locator('text=by paths[0] of .countersign.yaml').waitFor()
    expect(await why.textContent()).toContain('paths[0]: <b>card</b> data')
    await page.fill('input[data-search]', 'README')
    await page.waitForSelector('text=0 of 1 paths looked at.')
    await visit.open(`/repositories/${id}/rules?q=README`)
    await page.waitForSelector('.tbody a:has-text("README.md")')
    expect(await page.locator('.tbody [data-index]').count()).toBe(1)
  }, 60_000)

  test('what a hostile repository calls its files stays text', async () => {
    const { page, complaints } = visit
    await visit.open(`/repositories/${id}/rules?q=src%2F`)
    await page.waitForSelector('.tbody a:has-text("onerror=window.taken=1")')
    const shown = await page.locator('.tbody a').allTextContents()
    expect(shown).toContain('src/two\ufffdlines.ts')
    expect(shown).toContain('src/a\ufffdtxt.exe')
    await page.click('.tbody a:has-text("onerror=window.taken=1")')
    await page.waitForSelector('section[aria-label="Why"] >> text=<img src=x onerror=window.taken=1>.ts')
    expect(await page.evaluate('window.taken')).toBeUndefined()
    expect(complaints).toEqual([])
  }, 60_000)
})
