import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ScriptedRepository } from '../../src/domains/changes/testing/scripted-repository.ts'
import { addPerson, giveRole } from '../approver.ts'
import type { Headers } from '../harness.ts'
import { approvedPullRequest, judgedHistory } from '../judged-history.ts'
import {
  type ConsoleWorld,
  executablePath,
  seriousFindings,
  startConsole,
  type Visit,
  withAuthenticator,
} from './console-browser.ts'

const patience = { timeout: 30_000 }
const dialog = '[role="dialog"]'
const section = (name: string) => `section[aria-label="${name}"]`

if (executablePath === undefined) console.log('NOT RUN: the browser tests of policies, for want of a Chromium')

describe.skipIf(executablePath === undefined)('policies in the console', () => {
  let world: ConsoleWorld
  let history: ScriptedRepository
  let owner: Headers
  let repositoryId: string
  let ann: Visit
  let page: Page
  let bob: Visit
  let cleo: Visit
  let rollout: string
  const version = '/policy/versions/house/1.0.0'

  beforeAll(async () => {
    world = await startConsole()
    const { product } = world
    owner = await product.asOwner()
    history = judgedHistory()
    const made = await product.app.inject({
      method: 'POST',
      url: '/v1/repositories',
      headers: owner,
      payload: { path: history.path },
    })
    repositoryId = made.json().id
    const commit = history.oid('explain')
    const attached = await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`,
      headers: { ...owner, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(approvedPullRequest(commit)),
    })
    expect(attached.statusCode).toBe(201)
    await vi.waitFor(async () => expect((await gate()).decision).toBe('allow'), patience)
    ann = await visitOf('ann', 'platform-administrator')
    bob = await visitOf('bob', 'tech-lead')
    cleo = await visitOf('cleo', 'compliance-officer')
    page = ann.page
    await withAuthenticator(bob)
    await withAuthenticator(cleo)
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    history?.remove()
  })

  /** What a real gate call answers for the commit. */
  const gate = async () => {
    const reply = await world.product.app.inject({
      method: 'POST',
      url: '/v1/gates/merge/runs',
      headers: owner,
      payload: { repositoryId, commit: history.oid('explain') },
    })
    return reply.json()
  }

  const visitOf = async (name: string, role: string): Promise<Visit> => {
    const id = await addPerson(world.product, name)
    await giveRole(world.product, id, role)
    return world.signedIn(id)
  }

  const fits = async (path: string) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await ann.open(path)
      if (process.env['SHOTS'])
        await page.screenshot({
          path: `${process.env['SHOTS']}/${path.replaceAll(/[/?=]/g, '_').slice(0, 40)}-${width}.png`,
          fullPage: true,
        })
      expect([path, await seriousFindings(page)]).toEqual([path, []])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect([path, width, Number(wide) <= width]).toEqual([path, width, true])
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  test('every pack is there with what is in force, and a built-in version shows its text', async () => {
    await ann.open('/policy/versions')
    await page.waitForSelector('text=Nothing is being rolled out')
    for (const id of ['charter', 'compliance', 'quality', 'security'])
      await page.waitForSelector(`${section(`Pack ${id}`)} >> text=/In force: \\d/`)
    await page.click(`${section('Pack quality')} >> text=1 version`)
    await page.click(`${section('Pack quality')} td >> text=1.0.0`)
    await page.waitForSelector(`${section('The version')} >> text=in force`)
    expect(await page.getByLabel('Text of the policy').inputValue()).toContain('id: quality')
    await fits('/policy/versions')
    await fits('/policy/versions/quality/1.0.0')
    await ann.open('/policy/versions/quality/9.9.9')
    await page.waitForSelector('text=has no version')
  }, 60_000)

  test('who answers for a pack and when it is looked at again is changed, and a review that is due is told', async () => {
    const pack = async () => {
      const reply = await world.product.app.inject({ url: '/v1/policy-packs/compliance', headers: owner })
      return reply.json()
    }
    const due = section('Review due')
    await ann.open('/policy/versions')
    await page.click(`${section('Pack compliance')} button:has-text("Change its details")`)
    await page.locator(dialog).getByLabel('Who answers for it').fill('team:grc')
    await page.locator(dialog).getByLabel('To be looked at again by').fill('2020-01-31')
    expect(await seriousFindings(page)).toEqual([])
    await page.click(`${dialog} button:has-text("Save the details")`)
    await page.waitForSelector(`${due} >> text=review due since 2020-01-31`, patience)
    await expect.poll(pack, patience).toMatchObject({ owner: 'team:grc', reviewBy: '2020-01-31' })
    await fits('/policy/versions')
    await page.click(`${due} a`)
    await page.waitForSelector(`${section('The pack')} >> text=review due since 2020-01-31`, patience)
    await page.click(`${section('The pack')} button:has-text("Change its details")`)
    await page.locator(dialog).getByLabel('To be looked at again by').fill('2999-12-31')
    await page.click(`${dialog} button:has-text("Save the details")`)
    await page.waitForSelector(`${section('The pack')} >> text=by 2999-12-31`, patience)
    await ann.open('/policy/versions')
    await page.waitForSelector(`${section('Pack compliance')} >> text=answered for by team:grc`, patience)
    expect(await page.locator(due).count()).toBe(0)
    const { page: ofDora, open, context } = await visitOf('dora', 'auditor')
    await open('/policy/versions')
    await ofDora.waitForSelector(section('Pack compliance'))
    expect(await ofDora.locator('button:has-text("Change its details")').count()).toBe(0)
    await context.close()
  }, 60_000)

  test('a pack and its first draft are made, and mistakes are told while it is typed', async () => {
    await ann.open('/policy/versions')
    await page.click('button:has-text("Make a pack")')
    await page.getByLabel('Name in rules').fill('house')
    await page.getByLabel('Title').fill('House rules')
    await page.getByLabel('Who answers for it').fill('team:house')
    expect(await seriousFindings(page)).toEqual([])
    await page.click(`${dialog} button:has-text("Make it")`)
    await page.waitForSelector(`${dialog} >> text=Make a draft of house`)
    expect(await seriousFindings(page)).toEqual([])
    await page.click(`${dialog} button:has-text("Make the draft")`)
    await page.waitForURL(`**${version}`)
    const text = page.getByLabel('Text of the policy')
    const right = await text.inputValue()
    const wrong = right.replace('require: change.touchesTests', 'require: change.touchesTest')
    await text.fill(wrong)
    const line = wrong.split('\n').findIndex((one) => one.includes('touchesTest')) + 1
    const column = (wrong.split('\n')[line - 1] ?? '').indexOf('touchesTest') + 1
    await page.click(`text=line ${line}, column ${column}`)
    expect(await text.evaluate((field: { selectionStart: number }) => field.selectionStart)).toBe(
      wrong.indexOf('touchesTest'),
    )
    await page.waitForSelector('text=did you mean `touchesTests`?')
    // it denies what the merge gate allows now
    await text.fill(right.replace('      when: change.sourceLines > 0\n', ''))
    await page.waitForSelector(`${section('Text')} >> text=It is valid`)
    await page.click('button:has-text("Save the draft")')
    await page.waitForSelector('button:has-text("Save the draft")[disabled]')
    await expect.poll(() => page.locator(`${section('Steps')} >> text=mend what is wrong`).count(), patience).toBe(1)
  }, 60_000)

  test('it is checked, tested, answered by whom it concerns, and tried on past decisions', async () => {
    await page.click('button:has-text("Check it")')
    await page.waitForSelector(`${section('Steps')} >> text=mend what is wrong`, { state: 'detached' })
    await page.click('button:has-text("Run its tests")')
    await page.waitForSelector(`${section('Tests')} >> text=they hold`, patience)
    await page.getByLabel('Person', { exact: true }).selectOption({ label: 'bob' })
    await page.click(`${section('Consultation')} button:has-text("Ask")`)
    await page.waitForSelector(`${section('Consultation')} >> text=no answer yet`)
    await page.waitForSelector(`${section('Steps')} >> text=Wait for the answer of bob`)

    await bob.open(version)
    await bob.page.getByLabel('Your answer', { exact: true }).last().selectOption('concern')
    await bob.page.getByLabel('Comment').fill('Not before the release')
    await bob.page.click(`${section('Consultation')} button:has-text("Answer")`)
    await bob.page.waitForSelector(`${section('Consultation')} li >> text=Not before the release`)

    // who wrote it sees it without asking
    await page.waitForSelector(`${section('Consultation')} li >> text=Not before the release`, patience)
    await page.click('button:has-text("Try it on them")')
    await page.waitForSelector(`${section('Replay')} >> text=/[1-9] would be denied/`, patience)
    await page.waitForSelector(`${section('Replay')} td >> text=house.tested`)
    await page.waitForSelector(`${section('Difference')} >> text=house.tested`)
    expect(await page.locator('button:has-text("Publish it")').isDisabled()).toBe(true)
    await fits(version)
    await page
      .locator(`${section('Replay')} ul[aria-label="Examples"] a`)
      .first()
      .click()
    await page.waitForURL('**/policy/decisions/**')
  }, 120_000)

  test('two who did not write it approve it with their passkeys, and it is published', async () => {
    await ann.open(version)
    await page.waitForSelector(`${section('Reviews')} >> text=You wrote some of it`)
    for (const [visit, count] of [
      [bob, 1],
      [cleo, 2],
    ] as const) {
      await visit.open(version)
      await visit.page.click('button:has-text("Approve with a passkey")')
      await visit.page.waitForSelector(`${section('Reviews')} >> text=You reviewed this text`, patience)
      await expect
        .poll(() => visit.page.locator(`${section('Reviews')} li >> text=approved`).count(), patience)
        .toBe(count)
      expect(visit.complaints).toEqual([])
    }
    await page.waitForSelector(`${section('Steps')} >> text=Nothing is missing`, patience)
    await page.click('button:has-text("Publish it")')
    await page.waitForSelector(`${section('The version')} >> text=published`)
    expect(await page.getByLabel('Text of the policy').getAttribute('readonly')).not.toBeNull()
    expect((await gate()).decision).toBe('allow')
  }, 60_000)

  test('it is rolled out for one repository stage by stage, decides there, and is taken back', async () => {
    const form = section('Roll it out')
    const repository = page.locator(form).getByLabel('Repositories')
    const name = (await repository.locator('option').allInnerTexts()).at(-1) ?? ''
    await repository.selectOption({ label: name })
    await page.waitForSelector(`${form} >> text=${name} ✕`)
    await page.locator(form).getByLabel('Then').selectOption('manual')
    await page.locator(form).getByLabel('At least so many decisions').fill('1')
    await page.locator(form).getByLabel('At least so many minutes').fill('0')
    // for the same repository, with the version deciding
    await page.click('button:has-text("Add a stage")')
    await page.waitForSelector(`${form} >> text=Stage 2`)
    expect(await page.locator(form).getByLabel('Mode').last().inputValue()).toBe('enforce')
    expect(await seriousFindings(page)).toEqual([])
    await page.click('button:has-text("Begin the roll-out")')
    await page.waitForURL('**/policy/rollouts/rol_**')
    rollout = new URL(page.url()).pathname
    await page.waitForSelector(`${section('The roll-out')} >> text=running`)
    await page.waitForSelector(`${section('Stages')} >> text=1. Audit: ${name}`)
    expect(await gate()).toMatchObject({ decision: 'allow', candidates: [{ packId: 'house', enforced: false }] })
    await page.getByLabel('Why now').fill('a week without a complaint')
    await page.click('button:has-text("Promote it")')
    await page.waitForSelector(`${section('The roll-out')} >> text=2 of 2`)
    expect(await gate()).toMatchObject({ decision: 'deny', candidates: [{ packId: 'house', enforced: true }] })
    await page.waitForSelector(`li[aria-label="Stage 2"] >> text=1 came out otherwise, of those it may: 10`, patience)
    await fits(rollout)
    await ann.open('/policy/versions')
    await page.click(`${section('Roll-outs')} >> text=House rules 1.0.0, stage 2 of 2`)
    await page.waitForURL(`**${rollout}`)

    await page.getByLabel('Why it is taken back').fill('it holds up the release')
    await page.click('button:has-text("Roll it back")')
    await page.waitForSelector(`${section('The roll-out')} >> text=rolled back`)
    await cleo.open(rollout)
    await cleo.page.waitForSelector(`${section('History')} >> text=Taken back by ann`, patience)
    expect(await seriousFindings(cleo.page)).toEqual([])
    expect(cleo.complaints).toEqual([])
    expect(await gate()).toMatchObject({ decision: 'allow', candidates: [] })
    await expect.poll(() => page.locator('button:has-text("Roll it back")').count(), patience).toBe(0)
    expect(ann.complaints).toEqual([])
  }, 120_000)
})
