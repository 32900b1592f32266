import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'
// @ts-expect-error: a script of the build, without types
import { findChromium } from '../scripts/ensure-chromium.mjs'
import { atMost, type Bench, type Figure, type Line } from './figure.ts'
import { percentile, timed } from './statistics.ts'

const asks = 40

/** What lists and searches of the console ask the server, each with addresses that differ in what a person would change. */
const questions: readonly { readonly what: string; readonly paths: readonly string[] }[] = [
  { what: 'changes, newest and oldest', paths: ['/v1/changes?limit=100', '/v1/changes?limit=100&order=oldest'] },
  {
    what: 'changes, by words',
    paths: ['retry', 'settlement', 'session accounts', 'MONO-70123', 'Grace'].map(
      (words) => `/v1/changes?limit=100&q=${encodeURIComponent(words)}`,
    ),
  },
  {
    what: 'changes, by grade, risk and gate',
    paths: [
      ...['attested', 'declared', 'unknown'].map((grade) => `ai=${grade}`),
      ...['critical', 'low'].map((level) => `risk=${level}`),
      ...['fail', 'unknown', 'pass', 'error'].map((result) => `gate=${result}`),
      'risk=critical&gate=fail',
    ].map((query) => `/v1/changes?limit=100&${query}`),
  },
  { what: 'figures of changes', paths: ['/v1/changes/figures'] },
  { what: 'figures of risk and gate', paths: ['/v1/risk/figures', '/v1/gates/merge/figures'] },
  {
    what: 'risk list',
    paths: ['/v1/risk/assessments?limit=100', '/v1/risk/assessments?limit=100&level=critical'],
  },
  {
    what: 'decisions',
    paths: ['/v1/decisions?limit=100', '/v1/decisions?limit=100&result=fail', '/v1/decisions?limit=100&result=error'],
  },
  {
    what: 'rules and their changes',
    paths: [
      '/v1/gates/merge/rules',
      ...['security.scan-ai', 'quality.coverage', 'compliance.security-review'].flatMap((rule) =>
        ['fail', 'unknown', 'pass'].map((status) => `/v1/gates/merge/rules/${rule}/changes?limit=100&status=${status}`),
      ),
    ],
  },
  { what: 'evidence', paths: ['/v1/evidence?limit=100', '/v1/evidence?limit=100&format=sarif'] },
  {
    what: 'records, by field and by words',
    paths: [
      '/v1/ledger/records?limit=50',
      '/v1/ledger/records?limit=50&type=decision.made',
      '/v1/ledger/records?limit=50&q=monorepo',
      '/v1/ledger/records?limit=50&q=critical',
      '/v1/ledger/records?limit=50&q=nowhere',
    ],
  },
]

/** The console on a seeded company: `npm run seed -- --large --data DIR`, then `npm run bench -- console --data DIR`. */
export const console: Figure = {
  name: 'console',
  about: 'lists, searches and first views of the console on a seeded company (needs --data)',
  run: async (bench) => {
    if (bench.data === undefined) {
      const note = 'needs `--data` with a folder that `npm run seed -- --large` made'
      return [{ what: 'lists and searches', measured: undefined, unit: 'ms', note }]
    }
    const server = await startServer(bench, bench.data)
    try {
      const { token, size } = await signIn(server.link)
      const lines: Line[] = []
      for (const question of questions) lines.push(await measure(server.url, token, question, size))
      return [...lines, ...(await firstViews(bench, await anotherLink(bench, bench.data, server.link)))]
    } finally {
      await server.stop()
    }
  },
}

/** The server as it is installed, on a data folder, with no limit of requests. */
export async function startServer({ root, folder }: Bench, data: string) {
  const cli = join(root, 'bin', 'countersign.mjs')
  const child = spawn(process.execPath, [cli, 'start', '--data', data, '--port', '0'], {
    cwd: folder,
    env: { ...process.env, COUNTERSIGN_LOG_LEVEL: 'warn', COUNTERSIGN_REQUESTS_PER_MINUTE: '1000000' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"event":"ready"')) continue
    const { url, signInUrl } = JSON.parse(line) as { url: string; signInUrl: string }
    return { url, link: signInUrl, stop }
  }
  await stop()
  throw new Error('the server ended before it was ready')
}

export async function signIn(link: string): Promise<{ token: string; size: number }> {
  const { origin, searchParams } = new URL(link)
  const answer = await fetch(`${origin}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: searchParams.get('link') }),
  })
  const { token } = (await answer.json()) as { token: string }
  const status = await fetch(`${origin}/v1/ledger/status`, { headers: { authorization: `Bearer ${token}` } })
  const { published } = (await status.json()) as { published: number }
  return { token, size: published }
}

async function measure(url: string, token: string, { what, paths }: (typeof questions)[number], size: number) {
  const took: number[] = []
  let slowest = { ms: 0, path: '' }
  for (let i = 0; i < asks; i++) {
    const path = paths[i % paths.length] ?? ''
    const { ms } = await timed(async () => {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
      await answer.arrayBuffer()
    })
    took.push(ms)
    if (ms > slowest.ms) slowest = { ms, path }
  }
  return {
    what: `${what}, p95`,
    measured: percentile(took, 0.95),
    unit: 'ms',
    ...atMost(300),
    note: `${size} records; slowest ${slowest.ms.toFixed(0)} ms: ${slowest.path}`,
  } satisfies Line
}

/** The command knows the port of the settings and not the one that was free: the link is taken to where the server is. */
async function anotherLink({ root }: Bench, data: string, used: string): Promise<URL> {
  const cli = join(root, 'bin', 'countersign.mjs')
  const child = spawn(process.execPath, [cli, 'sign-in-link', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  const link = /https?:\S+/.exec(said)?.[0]
  if (link === undefined) throw new Error('there is no sign-in link')
  return new URL(new URL(link).search, used)
}

/** In a browser without anything kept: from the address to a page on which nothing is loading any more. */
async function firstViews({ say }: Bench, link: URL): Promise<Line[]> {
  const executablePath: string | undefined = findChromium()
  if (executablePath === undefined)
    return [{ what: 'first view', measured: undefined, unit: 's', note: 'there is no Chromium' }]
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const state = await signedIn(browser, link)
    const lines: Line[] = []
    for (const path of ['/', '/changes', '/policy/decisions', '/ledger']) {
      say(`  first view of ${path}`)
      const took: number[] = []
      for (let i = 0; i < 5; i++) took.push(await firstView(browser, state, link.origin + path))
      lines.push({ what: `first view of ${path}`, measured: percentile(took, 0.5) / 1000, unit: 's', ...atMost(1.5) })
    }
    return lines
  } finally {
    await browser.close()
  }
}

async function signedIn(browser: Browser, link: URL) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link.href)
  await page.click('button')
  await page.waitForSelector('h1:has-text("Overview")')
  const state = await context.storageState()
  await context.close()
  return state
}

async function firstView(browser: Browser, storageState: Awaited<ReturnType<typeof signedIn>>, address: string) {
  const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const { ms } = await timed(() => settled(page, address))
  await context.close()
  return ms
}

async function settled(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForSelector('main h1')
  await page.waitForSelector('.skeleton, [aria-busy="true"]', { state: 'detached' })
}
