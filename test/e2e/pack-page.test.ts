import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportPage } from '#domains/reports'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { buildSingleFile } from '#test/independent/built.ts'
import { entriesOf, keysOf, logOf, sampleKeys, samplePack } from '#test/independent/sample-pack.ts'
import { HOSTILE, sampleReport } from '#test/independent/sample-report.ts'
// @ts-expect-error: a script of the build, without types
import { findChromium } from '../../scripts/ensure-chromium.mjs'
import { bytesSource, readZip } from '../../src/domains/packs/zip/read-zip.ts'

const executablePath: string | undefined = findChromium()
if (executablePath === undefined) console.log('NOT RUN: the browser tests of packs, for want of a Chromium')
const inBrowser = test.skipIf(executablePath === undefined)

const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
const keys = sampleKeys()
const log = logOf(entriesOf(300, keys.record), keys.log)
let template = ''
let pack: Uint8Array = new Uint8Array()
let browser: Browser | undefined

beforeAll(async () => {
  if (executablePath === undefined) return
  template = await buildSingleFile('page')
  const report = Buffer.from(canonicalize(sampleReport(400, log) as unknown as Json))
  pack = await samplePack({ log, keys, change: { page: template, report } })
  writeFileSync(join(folder, 'pack.zip'), pack)
  writeFileSync(join(folder, 'index.html'), await member('index.html'))
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keysOf(keys)))
  writeFileSync(join(folder, 'other-keys.json'), JSON.stringify(keysOf(sampleKeys(2))))
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

async function member(name: string): Promise<Uint8Array> {
  return (await readZip(bytesSource(pack))).read(name)
}

interface Opened {
  readonly page: Page
  readonly complaints: string[]
  readonly requests: string[]
}

async function open(file: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Opened> {
  const context = await browser?.newContext(options)
  const page = await context?.newPage()
  if (page === undefined) throw new Error('the browser did not open a page')
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(pathToFileURL(join(folder, file)).href)
  return { page, complaints, requests }
}

const settled = async (page: Page) => {
  await page.waitForSelector('#banner:not([data-state="busy"])')
  return page.getAttribute('#banner', 'data-state')
}

inBrowser(
  'the page of a pack verifies it from disk, step by step, without a request and without a complaint',
  async () => {
    const { page, complaints, requests } = await open('index.html')
    expect(await settled(page)).toBe('verified')
    expect(await page.textContent('#verdict')).toBe(
      'Verified, keys not pinned: the whole log of 300 records, consistent with the keys in the pack',
    )
    expect(await page.locator('#checks li[data-status="pass"]').count()).toBe(9)
    expect(await page.textContent('h1')).toBe('example/interchange')
    expect(complaints).toEqual([])
    expect(requests).toEqual([pathToFileURL(join(folder, 'index.html')).href])
    await page.context().close()
  },
)

inBrowser('hostile text of records is shown as text and runs nothing', async () => {
  const { page } = await open('index.html')
  await settled(page)
  expect(await page.evaluate('window.taken')).toBeUndefined()
  expect(await page.locator('#report script, #report img, #report [onload], #report [onerror]').count()).toBe(0)
  const shown = await page.locator('#changes ~ .scroll').innerText()
  expect(shown).toContain('Teach the importer')
  const disagreements = await page.locator('#disagreements ~ .scroll').innerText()
  expect(disagreements).toContain(HOSTILE[0])
  expect(await page.locator('#report').innerText()).not.toMatch(/[^\P{C}\n\t]/u)
  await page.context().close()
})

inBrowser('without WebCrypto the page verifies by its own script', async () => {
  const context = await browser?.newContext()
  await context?.addInitScript("Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined })")
  const page = await context?.newPage()
  await page?.goto(pathToFileURL(join(folder, 'index.html')).href)
  if (page === undefined) throw new Error('the browser did not open a page')
  expect(await page.evaluate('typeof crypto.subtle')).toBe('undefined')
  expect(await settled(page)).toBe('verified')
  await context?.close()
})

inBrowser('the ZIP itself can be chosen, with keys to trust, and keys of others fail it', async () => {
  const { page } = await open('index.html')
  await settled(page)
  await page.setInputFiles('#pack', join(folder, 'pack.zip'))
  await page.waitForSelector('text=signed the manifest and the page', { state: 'attached' })
  await page.setInputFiles('#keys', join(folder, 'keys.json'))
  await page.waitForSelector('text=Verified with your keys')
  await page.setInputFiles('#keys', join(folder, 'other-keys.json'))
  await page.waitForSelector('#banner[data-state="failed"]')
  expect(await page.locator('#problems').innerText()).toContain('key_not_pinned')
  await page.context().close()
})

inBrowser('a changed byte in the data of the page is named', async () => {
  const text = new TextDecoder().decode(await member('index.html'))
  const start = text.indexOf('id="pack-data">') + 15
  const archive = Buffer.from(text.slice(start, text.indexOf('</script>', start)), 'base64')
  const at = archive.indexOf('chg_0', archive.indexOf('log/tile/entries/000')) + 4
  archive[at] = (archive[at] ?? 0) ^ 1
  writeFileSync(
    join(folder, 'changed.html'),
    text.slice(0, start) + archive.toString('base64') + text.slice(text.indexOf('</script>', start)),
  )
  const { page } = await open('changed.html')
  expect(await settled(page)).toBe('failed')
  expect(await page.locator('#problems').innerText()).toMatch(
    /entry_signature_wrong in log\/tile\/entries\/000, record 0/,
  )
  await page.context().close()
})

inBrowser('a page without data asks for the pack', async () => {
  writeFileSync(join(folder, 'empty.html'), template)
  const { page, complaints } = await open('empty.html')
  expect(await settled(page)).toBe('waiting')
  await page.setInputFiles('#pack', join(folder, 'pack.zip'))
  await page.waitForSelector('#banner[data-state="verified"]')
  expect(complaints).toEqual([])
  await page.context().close()
})

inBrowser(
  'the report stands alone: no request, no complaint, no sideways scrolling at 360 px, and it prints',
  async () => {
    const report = sampleReport(10_000, log, 'include')
    const html = reportPage(report, { fingerprint: 'sha256:00', pack: 'evidence-pack.zip' })
    expect(html.length).toBeLessThan(1_000_000)
    writeFileSync(join(folder, 'report.html'), html)
    for (const width of [360, 390, 1440]) {
      const { page, complaints, requests } = await open('report.html', { viewport: { width, height: 900 } })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(complaints).toEqual([])
      expect(requests).toHaveLength(1)
      await page.context().close()
    }
    const { page } = await open('report.html')
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-')
    expect(await page.evaluate('window.taken')).toBeUndefined()
    await page.context().close()
  },
)
