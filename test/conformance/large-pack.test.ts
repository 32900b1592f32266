import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildSingleFile } from '#test/independent/built.ts'
import { entriesOf, keysOf, logOf, sampleKeys, samplePack } from '#test/independent/sample-pack.ts'
// @ts-expect-error: a script of the build, without types
import { findChromium } from '../../scripts/ensure-chromium.mjs'
import { bytesSource, readZip } from '../../src/domains/packs/zip/read-zip.ts'

const executablePath: string | undefined = findChromium()
if (executablePath === undefined) console.log('NOT RUN: the test of a large pack in a browser, for want of a Chromium')
const inBrowser = test.skipIf(executablePath === undefined)

/** From here on the page holds no data (contracts section 6). */
const pageDataMax = 20 * 1024 * 1024
const records = 30_000
const folder = mkdtempSync(join(tmpdir(), 'countersign-large-pack-'))
const packFile = join(folder, 'evidence-pack.zip')
let browser: Browser | undefined

beforeAll(async () => {
  if (executablePath === undefined) return
  const keys = sampleKeys()
  const log = logOf(entriesOf(records, keys.record), keys.log)
  const pack = await samplePack({ log, keys, change: { page: await buildSingleFile('page') } })
  writeFileSync(packFile, pack)
  writeFileSync(join(folder, 'index.html'), await (await readZip(bytesSource(pack))).read('index.html'))
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keysOf(keys)))
  // the last byte of the last bundle's last entry, which nothing but the log itself holds
  const at = Buffer.from(pack).lastIndexOf('"na":{')
  pack[at + 1] = (pack[at + 1] ?? 0) ^ 1
  writeFileSync(join(folder, 'changed.zip'), pack)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

inBrowser('the page of a pack beyond 20 MB asks for the ZIP, and verifies it from disk', async () => {
  expect(statSync(packFile).size).toBeGreaterThan(pageDataMax)
  expect(statSync(join(folder, 'index.html')).size).toBeLessThan(1_000_000)
  const page = await browser?.newPage()
  if (page === undefined) throw new Error('the browser did not open a page')
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  const url = pathToFileURL(join(folder, 'index.html')).href
  await page.goto(url)
  await page.waitForSelector('#banner[data-state="waiting"]')
  expect(await page.locator('#summary').innerText()).toMatch(/ZIP/)

  await page.setInputFiles('#pack', packFile)
  await page.waitForSelector('#banner[data-state="verified"]', { timeout: 240_000 })
  expect(await page.textContent('#verdict')).toBe(
    `Verified, keys not pinned: the whole log of ${records} records, consistent with the keys in the pack`,
  )
  await page.setInputFiles('#keys', join(folder, 'keys.json'))
  await page.waitForSelector('text=Verified with your keys', { timeout: 240_000 })

  await page.setInputFiles('#pack', join(folder, 'changed.zip'))
  await page.waitForSelector('#banner[data-state="failed"]', { timeout: 240_000 })
  expect(complaints).toEqual([])
  expect(requests).toEqual([url])
})
