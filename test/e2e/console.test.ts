import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type ConsoleWorld,
  executablePath,
  newVisit,
  seriousFindings,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'
import { HOSTILE_TITLE, hostileLcov, hostileRepository, hostileSarif } from './hostile-repository.ts'

/** How long a page may take to follow on a busy machine; what never comes fails all the same. */
const patience = { timeout: 20_000 }

if (executablePath === undefined) console.log('NOT RUN: the browser tests of the console, for want of a Chromium')

const built = join(import.meta.dirname, '..', '..', 'dist', 'console')

test('the first load of the shell is below 250 kB compressed, and pages are scripts of their own', () => {
  const html = readFileSync(join(built, 'index.html'), 'utf8')
  const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(first.length).toBeGreaterThan(2)
  const bytes = first.map((path) => statSync(join(built, `${path}.gz`)).size).reduce((a, b) => a + b)
  expect(bytes).toBeLessThan(250_000)
  const scripts = readdirSync(join(built, 'assets')).filter((name) => name.endsWith('.js'))
  expect(scripts.length - first.length).toBeGreaterThan(8)
  expect(html).not.toMatch(/<script(?! type="module" crossorigin src=)|style=|<style/)
})

describe.skipIf(executablePath === undefined)('in a browser', () => {
  const repository = hostileRepository()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-console-'))
  let world: ConsoleWorld
  let visit: Visit
  let repositoryId: string
  let ids: { evil: string; merge: string; record: string; decision: string; sarif: string; lcov: string }

  beforeAll(async () => {
    world = await startConsole()
    const headers = await world.product.asOwner()
    const inject = async (method: 'GET' | 'POST', url: string, payload?: object) =>
      (await world.product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).json()
    repositoryId = (await inject('POST', '/v1/repositories', { path: repository.path })).id
    await vi.waitFor(async () => expect((await inject('GET', '/v1/packs')).items[0]?.madeAt ?? null).not.toBeNull(), {
      timeout: 40_000,
      interval: 200,
    })
    const { items } = await inject('GET', '/v1/changes')
    const titled = (text: string) => items.find((one: { title: string }) => one.title.includes(text))
    const { id: evil, recordId: record } = titled('<script>')
    const { decisionId: decision } = await inject('GET', `/v1/changes/${evil}/gate`)
    const attach = async (name: string, text: string) => {
      const { headOid } = await inject('GET', `/v1/changes/${titled('Teach part 11').id}`)
      const url = `/v1/evidence?repositoryId=${repositoryId}&commit=${headOid}&name=${name}`
      const bytes = { ...headers, 'content-type': 'application/octet-stream' }
      const payload = Buffer.from(text)
      return (await world.product.app.inject({ method: 'POST', url, headers: bytes, payload })).json().id as string
    }
    const [sarif, lcov] = [await attach('scan.sarif', hostileSarif), await attach('lcov.info', hostileLcov)]
    ids = { evil, record, decision, sarif, lcov, merge: titled('Bring the mixed').id }
    visit = await world.signedIn()
  }, 90_000)
  afterAll(async () => {
    await world?.close()
    repository.remove()
    rmSync(folder, { recursive: true })
  })

  test('every page, wide and narrow, light and dark: nothing serious for axe, nothing wider than the screen, no complaint', async () => {
    const paths = [
      ...[
        '/',
        '/changes',
        `/changes/${ids.merge}`,
        `/changes/${ids.evil}`,
        '/repositories',
        '/repositories?add=1',
        '/ledger',
      ],
      ...[`/ledger/records/${ids.record}`, '/ledger/checkpoints', '/packs', '/settings/health', '/settings/sign-in'],
      ...[
        '/settings/tokens',
        '/settings/tokens?make=1',
        '/settings/keys',
        '/settings/preferences',
        '/policy/decisions',
        '/policy/decisions?gate=merge&result=pass',
        `/policy/decisions/${ids.decision}`,
        '/policy/packs',
        '/assurance/risk',
        '/assurance/risk?level=critical',
        '/assurance/evidence',
        `/assurance/evidence/${ids.sarif}`,
        `/assurance/evidence/${ids.lcov}`,
        '/nowhere',
      ],
    ]
    const { page, complaints } = visit
    const found: string[] = []
    for (const path of paths) {
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
        // what differs by width is looked at once
        if (width === 390 && colorScheme === 'light') continue
        for (const one of await seriousFindings(page)) found.push(`${where}: ${one}`)
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  }, 240_000)

  test('what a hostile repository says stays text, on every page that shows it', async () => {
    const { page, complaints } = visit
    for (const path of [
      '/',
      '/changes',
      `/changes/${ids.evil}`,
      `/ledger/records/${ids.record}`,
      '/repositories',
      '/packs',
      '/policy/decisions',
      `/policy/decisions/${ids.decision}`,
      '/assurance/risk',
      '/assurance/evidence',
      `/assurance/evidence/${ids.sarif}`,
      `/assurance/evidence/${ids.lcov}`,
    ]) {
      await visit.open(path)
      if (path.startsWith('/policy/decisions/')) {
        await page.click('text=Open the facts (recorded)')
        await page.waitForSelector('pre')
      }
      if (path.startsWith('/ledger')) {
        await page.click('text=Open them (recorded)')
        await page.waitForSelector('text=is what was committed to')
      }
      expect(
        await page.evaluate(
          '[document.querySelectorAll(`main img, main script, main [onerror], main [onload]`).length, `taken` in window]',
        ),
      ).toEqual([0, false])
      await expect.poll(() => page.innerText('main'), patience).not.toMatch(/[^\P{C}\n\t\u00a0]/u)
    }
    await visit.open(`/changes/${ids.evil}`)
    expect(await page.textContent('h1')).toContain('<script>window.taken=1</script>')
    await page.waitForSelector('.hunk')
    await expect.poll(() => page.innerText('.hunk'), patience).toContain('⟨U+202E⟩evil')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('window.taken')
    await page.waitForSelector('[role="option"]:has-text("<script>")')
    expect(await page.evaluate('`taken` in window')).toBe(false)
    expect(complaints).toEqual([])
    expect(HOSTILE_TITLE).toContain('onerror')
  }, 60_000)

  test('each line of a merge has the grade of the commit that it came from', async () => {
    await visit.open(`/changes/${ids.merge}?file=src/mixed.ts`)
    await visit.page.waitForSelector('.hunk')
    const shown = await visit.page.$$eval('.line.added', (rows) =>
      rows.map((row) => [row.querySelector('bdi')?.textContent, row.querySelector('.grade')?.getAttribute('title')]),
    )
    expect(shown).toEqual([
      ['export const generated = 1', 'declared AI'],
      ['export const alsoGenerated = 2', 'declared AI'],
      ['export const byHand = 3', 'unknown'],
    ])
  })

  test('a change says why it is held and what mends it; a dropped report is attached, and the gate judges again', async () => {
    const { page, complaints } = visit
    await visit.open(`/changes/${ids.merge}`)
    const gate = page.locator('section[aria-labelledby="gate"]')
    await gate.locator('text=does not pass').first().waitFor()
    await gate
      .locator('section[aria-label="What is not known"] >> text=the test report of exactly this commit')
      .waitFor()
    await gate.locator('section[aria-label="What is not known"] button[aria-label="copy command"]').first().waitFor()
    const risk = page.locator('section[aria-labelledby="risk"]')
    await expect.poll(() => risk.innerText(), patience).toMatch(/Score [\d.]+/)
    await expect.poll(() => risk.locator('tbody tr').count(), patience).toBe(6)
    const evidence = page.locator('section[aria-labelledby="evidence"]')
    writeFileSync(join(folder, 'nothing.txt'), 'this is no report')
    writeFileSync(
      join(folder, 'junit.xml'),
      '<testsuite name="&lt;/b>&lt;img src=x onerror=window.taken=1>" tests="2" failures="1"><testcase classname="a" name="one"/><testcase classname="a" name="two"><failure message="no"/></testcase></testsuite>',
    )
    await page.setInputFiles('#evidence-file', join(folder, 'nothing.txt'))
    await evidence.locator('.problem').waitFor()
    await page.setInputFiles('#evidence-file', join(folder, 'junit.xml'))
    await evidence.locator('text=attached, read as JUnit').waitFor()
    await evidence.locator('text=1 of 2 tests passed, 1 not').waitFor()
    // the job judges it again, and the page follows
    await gate.locator('section[aria-label^="Fail"]').waitFor()
    await page.click('text=Show the decisions (recorded)')
    const decisions = page.locator('section[aria-label="Decisions"]')
    await expect.poll(() => decisions.locator('li').count(), patience).toBe(2)
    // a decision is replayed from its record, which a checkpoint has to cover first; a click clears the last answer
    const judged = decisions.locator('li').last()
    await expect
      .poll(async () => {
        await judged.locator('button:has-text("Replay")').click()
        await judged.locator('.problem, [role="status"] .status-pass, [role="status"] .status-fail').first().waitFor()
        return judged.innerText()
      }, patience)
      .toContain('the same, byte for byte')
    await gate.locator('button:has-text("Judge again")').click()
    await gate.locator('text=Asked just now: fail').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect(complaints).toEqual([])
  }, 60_000)

  test('the overview counts risk and gate, and each figure opens what it counts', async () => {
    const { page } = visit
    const changes = (await read('/v1/changes/figures')).changes
    await visit.open('/')
    const risk = page.locator('section[aria-labelledby="risk"]')
    const counts = (await risk.locator('tbody td:nth-child(2)').allInnerTexts()).map(Number)
    expect(counts.reduce((a, b) => a + b)).toBe(changes)
    const level = counts.findIndex((count) => count > 0)
    await risk.locator('tbody a').nth(level).click()
    await page.waitForURL(/changes\?risk=/)
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(counts[level])
    await visit.open('/')
    const gate = page.locator('section[aria-labelledby="gate"]')
    const results = (await gate.locator('tbody td:nth-child(2)').allInnerTexts()).map(Number)
    expect(results.reduce((a, b) => a + b)).toBe(changes)
    const missing = page.locator('section[aria-labelledby="missing"]')
    await missing.locator('summary').click()
    await missing.locator('text=a static analysis of exactly this commit').waitFor()
    await expect.poll(() => missing.locator('text=countersign evidence add sast.sarif').count(), patience).toBe(1)
    await gate.locator('tbody a').nth(2).click()
    await page.waitForURL('**/changes?gate=unknown')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(results[2])
  }, 60_000)

  test('evidence is found by its format, and says what was read of it and where it is used', async () => {
    const { page } = visit
    await visit.open('/assurance/evidence?format=lcov')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(1)
    await page.click('.tbody a')
    await page.waitForURL(`**/assurance/evidence/${ids.lcov}`)
    await page.waitForSelector('h2:has-text("50 % of lines covered")')
    await visit.open(`/assurance/evidence/${ids.sarif}`)
    await page.waitForSelector('td:has-text("<script>window.taken=1</script>")')
    await page.click('section[aria-label="Where it is used"] a:has-text("Teach part 11")')
    await page.waitForSelector('section[aria-labelledby="evidence"] >> text=1 finding')
  })

  test('decisions are filtered by gate and result, and the address keeps it', async () => {
    const { page } = visit
    await visit.open('/policy/decisions?result=error')
    await page.waitForSelector('text=No decision is like that')
    await page.selectOption('main select >> nth=1', '')
    await page.waitForURL('**/policy/decisions')
    await page.waitForSelector('.tbody [data-index="1"]')
    await page.fill('input[data-search]', `change:${ids.evil}`)
    await page.waitForURL('**/policy/decisions?target=change*')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(1)
    await page.click('.tbody a')
    await page.waitForURL(`**/policy/decisions/${ids.decision}`)
    await page.click('button:has-text("Replay")')
    await page.waitForSelector('text=the same, byte for byte')
    await page.click('text=Open the facts (recorded)')
    await expect.poll(() => page.innerText('pre'), patience).toContain('"gate": "merge"')
  }, 60_000)

  test('the keyboard finds its way: places, rows, search, help', async () => {
    const { page } = visit
    await visit.open('/')
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.waitForURL('**/changes')
    await page.waitForSelector('.tbody [data-index="1"]')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await expect.poll(() => focused(page), patience).toContain('Bring the mixed part')
    await page.keyboard.press('k')
    await expect.poll(() => focused(page), patience).toContain('<script>')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/changes/${ids.evil}`)
    await page.keyboard.press('?')
    await page.waitForSelector('text=next and previous row')
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.keyboard.press('/')
    await page.keyboard.type('part 7')
    await page.waitForURL('**/changes?q=part+7')
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBe(1)
    await page.goBack()
  })

  test('a list follows what is recorded, and stands still while it is paused', async () => {
    const { page } = visit
    await visit.open('/changes')
    await page.waitForSelector('.live-dot:not(.paused)')
    await addCommit('It came by itself')
    await page.waitForSelector('text=It came by itself')
    await page.click('button:has-text("Live")')
    await page.waitForSelector('button:has-text("Paused")')
    await addCommit('Nobody sees it yet')
    await expect
      .poll(async () => (await read('/v1/changes')).items[0].title, { timeout: 20_000 })
      .toBe('Nobody sees it yet')
    await expect.poll(() => page.locator('text=Nobody sees it yet').count(), patience).toBe(0)
    await page.click('button:has-text("Paused")')
    await page.waitForSelector('text=Nobody sees it yet')
  }, 60_000)

  test('a record is proved in the browser step by step, and one that was changed on the way is not', async () => {
    const { page } = visit
    await visit.open(`/ledger/records/${ids.record}`)
    await page.click('text=Check in this browser')
    await expect.poll(() => page.locator('section[aria-label="Proof"] .status-pass').count(), patience).toBe(5)
    await page.route('**/v1/ledger/records/*', async (route) => {
      const reply = await route.fetch()
      const body = await reply.json()
      body.record.data.commitsTotal = 7
      await route.fulfill({ response: reply, json: body })
    })
    await visit.open(`/ledger/records/${ids.record}`)
    await page.click('text=Check in this browser')
    await page.waitForSelector('text=This record is not what was signed')
    await page.unroute('**/v1/ledger/records/*')
  })

  test('a past that was changed is shouted on every page, and not forgotten by looking again', async () => {
    const { page } = visit
    await visit.open('/ledger/checkpoints')
    await page.waitForSelector('.status-pass')
    const kept = String(await page.evaluate('localStorage.getItem(`countersign.checkpoint`)'))
    const lie = JSON.stringify({ ...JSON.parse(kept), size: 3, root: Buffer.alloc(32, 7).toString('base64') })
    for (const path of ['/', '/changes', '/']) {
      await page.evaluate(`localStorage.setItem('countersign.checkpoint', ${JSON.stringify(lie)})`)
      await visit.open(path)
      await page.waitForSelector('text=The past of this ledger was changed')
      expect(await page.evaluate('localStorage.getItem(`countersign.checkpoint`)')).toBe(lie)
    }
    await page.click('text=See what differs')
    await page.waitForSelector('h2:has-text("The past was changed")')
    await page.evaluate(`localStorage.setItem('countersign.checkpoint', ${JSON.stringify(kept)})`)
  })

  test('a pack is verified where it is dropped, and a changed one is refused', async () => {
    const { page } = visit
    const headers = await world.product.asOwner()
    const get = (name: string) => world.product.app.inject({ url: `/v1/repositories/${repositoryId}/${name}`, headers })
    const pack = (await get('evidence-pack.zip')).rawPayload
    writeFileSync(join(folder, 'pack.zip'), pack)
    writeFileSync(join(folder, 'keys.json'), (await get('keys.json')).rawPayload)
    const changed = Buffer.from(pack)
    const at = changed.indexOf('"change.imported"')
    changed[at + 1] = 0x43
    writeFileSync(join(folder, 'changed.zip'), changed)
    await visit.open('/packs')
    await page.setInputFiles('#pack-file', join(folder, 'pack.zip'))
    await page.waitForSelector('text=Verified, keys not pinned')
    await page.setInputFiles('#keys-file', join(folder, 'keys.json'))
    await page.waitForSelector('text=Verified with your keys')
    await page.setInputFiles('#pack-file', join(folder, 'changed.zip'))
    await page.waitForSelector('text=Not verified. Do not rely on this pack.')
  }, 60_000)

  test('a repository is fetched from an address, with its problems said in place', async () => {
    const { page } = visit
    await visit.open('/repositories?add=1')
    await page.fill('input[placeholder="/srv/git/service.git"]', 'https://user:secret@git.example.com/a.git')
    await page.click('button:has-text("Fetch and govern")')
    await page.waitForSelector('text=This address is not cloned from')
    await page.fill('input[placeholder="/srv/git/service.git"]', 'file:///nowhere/at/all.git')
    await page.click('button:has-text("Fetch and govern")')
    await page.waitForSelector('text=could not be fetched')
    await visit.open('/repositories?add=1')
    await page.fill('input[placeholder="/srv/git/service.git"]', `file://${repository.path}`)
    await page.click('button:has-text("Fetch and govern")')
    await page.waitForSelector('text=Fetched from')
    await page.waitForSelector('text=Fetch and read what is new')
  }, 60_000)

  test('a long list holds only what is seen, and goes on as one scrolls', async () => {
    const { pool } = world.product.database
    await pool.query(
      `insert into change (id, repository_id, position, head_oid, title, merged_at, author_name, lines_counted, lines_attested, lines_declared, detail, files, record_id)
      select 'chg_long' || n, repository_id, 100000 + n, md5(n::text), 'Long ' || n, now() - n * interval '1 minute', 'Ada', lines_counted, lines_attested, lines_declared, detail, files, record_id
      from change, generate_series(1, 3000) n where id = $1`,
      [ids.merge],
    )
    const { page } = visit
    await visit.open('/changes?q=Long')
    await page.waitForSelector('text=Long 1')
    for (let i = 0; i < 60 && (await page.locator('text="Long 1200"').count()) === 0; i++)
      await page.mouse.wheel(0, 4000)
    await expect.poll(() => page.locator('.tbody [data-index]').count(), patience).toBeLessThan(80)
    expect(await page.locator('.tbody [data-index]').first().getAttribute('data-index')).not.toBe('0')
    await pool.query("delete from change where id like 'chg_long%'")
  }, 60_000)

  test('a session that was ended elsewhere leads to the sign-in, at the same address', async () => {
    const other = await world.signedIn()
    await other.open('/changes?q=part')
    await world.product.database.pool.query('update access_token set revoked_at = now() where is_browser')
    await other.page.fill('input[data-search]', 'part 3')
    await other.page.waitForSelector('text=Your session has ended')
    expect(other.page.url()).toContain('/changes?q=part+3')
    await other.context.close()
    visit = await world.signedIn()
  })

  test('a passkey is registered, signs in a browser that has nothing else, and signs out everywhere', async () => {
    const own = await world.signedIn()
    await withAuthenticator(own)
    await own.page.click('button[aria-label="Account"]')
    await own.page.click('[role="menuitem"]:has-text("Sign out")')
    await own.page.waitForSelector('text=Sign in with a passkey')
    expect((await own.context.cookies()).filter((one) => one.name === 'countersign')).toEqual([])
    await own.page.click('text=Sign in with a passkey')
    await own.page.waitForSelector('h1:has-text("Sign-in and sessions")')
    await own.page.click('button:has-text("Sign out everywhere")')
    await own.page.click('button:has-text("End them all")')
    await own.page.waitForURL('**/sign-in')
    expect(own.complaints).toEqual([])
    visit = await world.signedIn()
    // one with an authenticator was seen to close slowly; the end of the browser ends it as well
    own.context.close().catch(() => undefined)
  }, 120_000)

  test('with no data, pages say what will be here and how', async () => {
    const { pool } = world.product.database
    await pool.query(
      'truncate change, repository, pack, repository_clone, clone_progress, import_progress, evidence, decision cascade',
    )
    const { page } = visit
    for (const [path, text] of [
      ['/', 'Nothing is governed yet'],
      ['/changes', 'No change has been read yet'],
      ['/repositories', 'No repository is governed yet'],
      ['/packs', 'There is nothing to prove yet'],
      ['/assurance/risk', 'No change has been assessed yet'],
      ['/assurance/evidence', 'No evidence is attached yet'],
      ['/policy/decisions', 'Nothing has been decided yet'],
    ] as const) {
      await visit.open(path)
      await page.waitForSelector(`text=${text}`)
      expect(await seriousFindings(page)).toEqual([])
    }
  })

  test('who comes by a bare address is sent to its name, and a stranger sees the way in', async () => {
    const stranger = await newVisit(world.browser, world.origin)
    await stranger.page.goto(world.origin.replace('localhost', '127.0.0.1'))
    expect(new URL(stranger.page.url()).hostname).toBe('localhost')
    await stranger.page.waitForSelector('text=Sign in with a passkey')
    expect(await seriousFindings(stranger.page)).toEqual([])
    await stranger.context.close()
  })

  async function read(url: string) {
    return (await world.product.app.inject({ url, headers: await world.product.asOwner() })).json()
  }

  async function addCommit(message: string): Promise<void> {
    const tree = repository.git('rev-parse', 'main^{tree}')
    const oid = repository.gitWith(
      '',
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.com',
      'commit-tree',
      tree,
      '-p',
      'main',
      '-m',
      message,
    )
    repository.git('update-ref', 'refs/heads/main', oid)
    const url = `/v1/repositories/${repositoryId}/import`
    await world.product.app.inject({ method: 'POST', url, headers: await world.product.asOwner() })
  }
})

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement?.textContent ?? ``')
}
