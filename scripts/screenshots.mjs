import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './ensure-chromium.mjs'

/**
 * `npm run screenshots [-- DIR]`: answers the five first questions of `docs/guides/five-questions.md` as a person would, in a
 * fresh browser each, on a seeded company, and keeps what is seen in `docs/images`. DIR is a data folder that `npm run seed`
 * made; without one, one is made. Prints how many steps each answer takes, and how long a browser needs for them.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const images = join(root, 'docs', 'images')
const executablePath = findChromium()
if (executablePath === undefined) throw new Error('there is no Chromium: set CHROMIUM_PATH')

/** Each is a question, and the steps to its answer; a step ends when what it leads to is there. */
const walks = {
  developer: async ({ page, step }, { held }) => {
    await step('find the change by its ticket', async () => {
      await page.keyboard.press('Control+k')
      await page.fill('[role="combobox"]', held.title.split(' ')[0])
      await page.waitForSelector(`[role="option"]:has-text("${held.title.slice(0, 30)}")`)
      await page.keyboard.press('Enter')
      await page.waitForSelector('text=does not pass')
    })
  },
  reviewer: async ({ page, step }) => {
    await step('open the changes', () => follow(page, 'nav a:has-text("Changes")', 'Changes'))
    await step('those that the gate cannot pass', async () => {
      await page.selectOption('select:near(:text("Merge gate"))', 'fail')
      await page.waitForURL(/gate=fail/)
      await page.waitForSelector('.tbody a')
    })
  },
  security: async ({ page, step }) => {
    await step('open the rule packs', () => follow(page, 'nav a:has-text("Rule packs")', 'Rule packs'))
    await step('the rule about findings', async () => {
      await page.click('a[href^="/policy/packs/security.findings"]')
      await page.waitForSelector('.tbody a')
    })
  },
  auditor: async ({ page, step }, { held }) => {
    await step('open a decision', async () => {
      await page.goto(new URL(`/policy/decisions/${held.decisionId}`, page.url()).href)
      await page.waitForSelector('h1:has-text("Merge gate")')
    })
    await step('make it again', async () => {
      await page.click('button:has-text("Replay")')
      await page.waitForSelector('text=the same, byte for byte')
    })
    await step('its record', () => follow(page, 'a:has-text("its record and proof")', 'decision.made'))
    await step('check the proof', async () => {
      await page.click('button:has-text("Check in this browser")')
      await page.waitForSelector('text=/is in the log|holds|proven/i')
    })
  },
  executive: async ({ page, step }) => {
    await step('look at the overview', () => page.waitForSelector('h2:has-text("Merge gate")'))
  },
}

const data = process.argv[2] ?? (await seeded())
const server = await startServer(data)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  await mkdir(images, { recursive: true })
  const { state, sample } = await signIn()
  for (const [name, walk] of Object.entries(walks)) {
    const context = await browser.newContext({
      storageState: state,
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const began = performance.now()
    let steps = 0
    const step = (_what, work) => {
      steps++
      return work()
    }
    await page.goto(`${server.origin}/`)
    await page.waitForSelector('main h1')
    await walk({ page, step }, sample)
    await page.waitForSelector('.skeleton, [aria-busy="true"]', { state: 'detached' })
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    await page.screenshot({ path: join(images, `${name}.png`) })
    process.stdout.write(`${name.padEnd(10)} ${steps} steps, ${seconds} s in the browser\n`)
    await context.close()
  }
} finally {
  await browser.close()
  await server.stop()
  if (process.argv[2] === undefined) await rm(join(data, '..'), { recursive: true, force: true })
}

async function follow(page, link, title) {
  await page.click(link)
  await page.waitForSelector(`h1:has-text("${title}")`)
}

async function seeded() {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-screenshots-'))
  const child = spawn('npm', ['run', '--silent', 'seed', '--', '--data', join(folder, 'data')], {
    cwd: root,
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('the company could not be seeded')
  return join(folder, 'data')
}

async function startServer(folder) {
  const child = spawn(
    process.execPath,
    [join(root, 'bin', 'countersign.mjs'), 'start', '--data', folder, '--port', '0'],
    {
      cwd: tmpdir(),
      env: { ...process.env, COUNTERSIGN_LOG_LEVEL: 'warn', COUNTERSIGN_REQUESTS_PER_MINUTE: '1000000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"event":"ready"')) continue
    const { signInUrl } = JSON.parse(line)
    return { origin: new URL(signInUrl).origin, link: signInUrl, stop }
  }
  await stop()
  throw new Error('the server ended before it was ready')
}

/** The session of a browser, and a change that is held, of which the walks tell. */
async function signIn() {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.link)
  await page.click('button')
  await page.waitForSelector('h1:has-text("Overview")')
  const ask = async (path) => (await page.request.get(server.origin + path)).json()
  const { items } = await ask('/v1/changes?limit=20&gate=fail&ai=ai')
  const held = items.find((one) => /^[A-Z]+-\d+ /.test(one.title))
  const { decisionId } = await ask(`/v1/changes/${held.id}/gate`)
  const state = await context.storageState()
  await context.close()
  return { state, sample: { held: { ...held, decisionId } } }
}
