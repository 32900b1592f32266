import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ConsoleWorld, executablePath, seriousFindings, startConsole, type Visit } from '../e2e/console-browser.ts'
import { hostileRepository, hostileSarif } from '../e2e/hostile-repository.ts'

if (executablePath === undefined) console.log('NOT RUN: the console with 100,000 rows, for want of a Chromium')

/** Every page of a list with 100,000 rows behind it: copies of what a real history has, made where the lists look. */
const rows = 100_000
/** How many of them one statement makes. */
const step = 20_000
const lists = [
  '/changes',
  '/changes?gate=unknown',
  '/policy/decisions',
  '/assurance/risk',
  '/assurance/evidence',
  '/policy/packs/quality.tests',
]
const others = ['/', '/policy/packs', '/repositories', '/packs']

describe.skipIf(executablePath === undefined)('with 100,000 rows', () => {
  const repository = hostileRepository()
  let world: ConsoleWorld
  let visit: Visit

  beforeAll(async () => {
    world = await startConsole()
    const { app, database, asOwner } = world.product
    const headers = await asOwner()
    const inject = async (method: 'GET' | 'POST', url: string, payload?: object) =>
      (await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).json()
    const { id } = await inject('POST', '/v1/repositories', { path: repository.path })
    await vi.waitFor(async () => expect((await inject('GET', '/v1/packs')).items[0]?.madeAt ?? null).not.toBeNull(), {
      timeout: 60_000,
      interval: 200,
    })
    const { headOid } = await inject('GET', `/v1/changes/${(await inject('GET', '/v1/changes')).items[0].id}`)
    const url = `/v1/evidence?repositoryId=${id}&commit=${headOid}&name=scan.sarif`
    const octets = { ...headers, 'content-type': 'application/octet-stream' }
    await app.inject({ method: 'POST', url, headers: octets, payload: hostileSarif })
    for (let from = 0; from < rows; from += step)
      for (const statement of copies) await database.pool.query(statement, [from])
    await database.pool.query('analyze change, risk_now, gate_verdict, decision, evidence')
    visit = await world.signedIn()
  }, 180_000)
  afterAll(async () => {
    await world?.close()
    repository.remove()
  })

  test('every list holds only what is seen, and its end is reached by scrolling on', async () => {
    const { page } = visit
    for (const path of lists) {
      await visit.open(path)
      await page.waitForSelector('.tbody [data-index="0"]')
      expect(await page.textContent('.table-foot'), path).toContain('more as you scroll')
      await page.mouse.move(700, 600)
      const furthest = async () => Number(await page.locator('.tbody [data-index]').last().getAttribute('data-index'))
      for (let i = 0; i < 200 && (await furthest()) < 300; i++) {
        await page.mouse.wheel(0, 1500)
        await page.waitForTimeout(20)
      }
      expect(await furthest(), path).toBeGreaterThanOrEqual(300)
      expect(await page.locator('.tbody [data-index]').count(), path).toBeLessThan(80)
    }
  })

  test('wide and narrow, light and dark: nothing serious for axe, nothing wider than the screen', async () => {
    const { page, complaints } = visit
    const found: string[] = []
    for (const path of [...others, ...lists]) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await visit.open(path)
      for (const width of [1440, 390]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 900 })
          await page.emulateMedia({ colorScheme })
          const where = `${path} at ${width}, ${colorScheme}`
          const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
          if (wide > width) found.push(`${where}: ${wide} wide`)
          for (const one of await seriousFindings(page)) found.push(`${where}: ${one}`)
        }
      }
    }
    expect(found).toEqual([])
    expect(complaints).toEqual([])
  })

  test('on paper a list is light and has every row that was loaded, one below the other', async () => {
    const { page } = visit
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await visit.open('/changes')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await expect
      .poll(() => page.locator('.tbody [data-index]').count(), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(100)
    const tops = (await page.evaluate(
      `[...document.querySelectorAll('.tbody [data-index]')].slice(0, 100).map((row) => row.getBoundingClientRect().top)`,
    )) as number[]
    expect(tops).toEqual([...new Set(tops)].sort((a, b) => a - b))
    expect(await page.evaluate(`getComputedStyle(document.querySelector('h1')).color`)).toBe('rgb(23, 32, 42)')
    await page.emulateMedia({ media: 'screen' })
  })
})

/** What is there, numbered; the row of number `n % of` is the one to copy. */
const numbered = (table: string, key: string) =>
  `(select *, row_number() over () - 1 as at, count(*) over () as of from ${table} where ${key} not like '%copy%') one`
/** The changes that were copied in this step, by their number. */
const copied = `(select *, substr(id, 9)::int as n from change where id like 'chg_copy%' and position > 100000 + $1::int) change`

/** Each takes where to begin, and makes `step` copies. */
const copies = [
  `insert into change (id, repository_id, position, head_oid, title, merged_at, author_name, lines_counted, lines_attested,
      lines_declared, detail, files, record_id)
    select 'chg_copy' || n, repository_id, 100000 + n, md5(n::text), title || ' ' || n, now() - n * interval '1 minute',
      author_name, lines_counted, lines_attested, lines_declared, detail, '[]', record_id
    from generate_series($1::int + 1, $1::int + ${step}) n join ${numbered('change', 'id')} on one.at = n % one.of`,
  `insert into risk_assessment (id, change_id, repository_id, number, assessed_at, inputs, score_hundredths, level, detail, record_id)
    select 'rsk_copy' || change.n, change.id, change.repository_id, 1, assessed_at, inputs, score_hundredths, level, one.detail, one.record_id
    from ${copied} join ${numbered('risk_assessment', 'change_id')} on one.at = change.n % one.of`,
  `insert into risk_now (change_id, repository_id, assessment_id, number, score_hundredths, level, place)
    select change.id, change.repository_id, risk.id, 1, score_hundredths, level, change.place
    from ${copied} join risk_assessment risk on risk.change_id = change.id`,
  `insert into gate_verdict (change_id, repository_id, decision_id, decision_record_id, assessment_id, result, decision,
      policy_revision, facts_digest, judged_at, merged_at, place, shape)
    select change.id, change.repository_id, decision_id, decision_record_id, assessment_id, result, decision,
      policy_revision, facts_digest, judged_at, change.merged_at, change.place, shape
    from ${copied} join ${numbered('gate_verdict', 'change_id')} on one.at = change.n % one.of`,
  `insert into decision (id, gate, result, decision, enforced, mode, decided_at, policy_revision, facts_digest, verdict_digest,
      targets, answers_digest, authorized, errors, record_id)
    select 'dec_copy' || n, gate, result, decision, enforced, mode, now() - n * interval '1 minute', policy_revision,
      facts_digest, verdict_digest, array['change:chg_copy' || n], answers_digest, authorized, errors, record_id
    from generate_series($1::int + 1, $1::int + ${step}) n join ${numbered('decision', 'id')} on one.at = n % one.of`,
  `insert into evidence (id, repository_id, commit_oid, sha256, bytes, format, tool, summary, added_at, key_id, content, parsed,
      record_id)
    select 'evd_copy' || n, repository_id, md5(n::text), sha256, bytes, format, tool, summary, now() - n * interval '1 minute',
      key_id, content, parsed, record_id
    from generate_series($1::int + 1, $1::int + ${step}) n join ${numbered('evidence', 'id')} on one.at = n % one.of`,
]
