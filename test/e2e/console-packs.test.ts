import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from './console-browser.ts'
import { hostileRepository } from './hostile-repository.ts'

if (executablePath === undefined) console.log('NOT RUN: the browser tests of packs of a period, for want of a Chromium')

describe.skipIf(executablePath === undefined)('packs for a period, in a browser', () => {
  const repository = hostileRepository()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-console-packs-'))
  let world: ConsoleWorld
  let visit: Visit
  let repositoryId: string
  beforeAll(async () => {
    world = await startConsole()
    const headers = await world.product.asOwner()
    const payload = { path: repository.path }
    repositoryId = (
      await world.product.app.inject({ method: 'POST', url: '/v1/repositories', headers, payload })
    ).json().id
    await vi.waitFor(
      async () => {
        const { items } = (await world.product.app.inject({ url: '/v1/packs', headers })).json()
        expect(items[0]).toMatchObject({ making: null, sha256: expect.any(String) })
      },
      { timeout: 60_000, interval: 200 },
    )
    visit = await world.signedIn()
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    repository.remove()
    rmSync(folder, { recursive: true })
  })

  test('a pack is asked for, made while one looks, downloaded and verified where it is dropped', async () => {
    const { page } = visit
    await visit.open('/packs')
    await page.waitForSelector('text=No pack for a period was made yet')
    await page.fill('label:has-text("Merged from") >> nth=0', '2020-01-01')
    // the command line that does the same
    await page.waitForSelector(`text=countersign pack make --repository ${repositoryId} --from 2020-01-01`)
    await page.click('button:has-text("Make a pack")')
    const made = page.locator('section[aria-label="Packs for a period"] li').first()
    await made.locator('text=chosen records').waitFor()
    expect(await made.innerText()).toContain('from 2020-01-01')
    await page.setViewportSize({ width: 1440, height: 900 })
    const downloading = page.waitForEvent('download')
    await made.locator('a:has-text("Download")').click()
    const download = await downloading
    const path = join(folder, 'pack.zip')
    await download.saveAs(path)
    const headers = await world.product.asOwner()
    const { items } = (await world.product.app.inject({ url: '/v1/packs/made', headers })).json()
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(items[0].sha256)
    await page.setInputFiles('#pack-file', path)
    await page.waitForSelector('text=Verified, keys not pinned')
    await page.waitForSelector('text=asserted: chosen records')
    await page.waitForSelector('text=merged from 2020-01-01T00:00:00.000Z')
  }, 60_000)

  test('what cannot be made says why, in place', async () => {
    const { page } = visit
    await visit.open('/packs?from=1990-01-01&to=1991-01-01')
    await page.click('button:has-text("Make a pack")')
    await page.waitForSelector('text=no change of the repository was merged')
  })

  test('nothing serious for axe, nothing wider than the screen, light and dark, with the question before it is deleted', async () => {
    const { page, complaints } = visit
    await visit.open('/packs')
    await page.waitForSelector('text=chosen records')
    const found: string[] = []
    for (const [width, colorScheme] of [
      [1440, 'light'],
      [1440, 'dark'],
      [390, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      const where = `${width} ${colorScheme}`
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
      if (wide > width) found.push(`${where}: ${wide} wide`)
      found.push(...(await seriousFindings(page)).map((one) => `${where}: ${one}`))
      const shots = process.env['SCREENSHOTS']
      if (shots !== undefined) await page.screenshot({ path: join(shots, `packs-${where}.png`), fullPage: true })
    }
    await page.click('button[aria-label^="Delete"]')
    await page.waitForSelector('text=Copies that were handed over stay valid')
    found.push(...(await seriousFindings(page)).map((one) => `question: ${one}`))
    expect(found).toEqual([])
    expect(complaints).toEqual([])
    await page.click('button:has-text("Delete it")')
    await page.waitForSelector('text=No pack for a period was made yet')
  }, 60_000)
})
