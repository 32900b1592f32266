import { expect, test } from 'vitest'
import { HOSTILE, sampleReport } from '#test/independent/sample-report.ts'
import { buildReport, type ChangeFigures, gradeOf, shareOf } from './build-report.ts'
import { atLeast, atMost, grouped, percent } from './figures.ts'
import { escapeText, html, markupOf } from './html.ts'
import type { Parts } from './model.ts'
import { reportPage } from './report-page.ts'

const parts = (attested: number, declared: number, hinted: number, humanAttested: number, unknown: number): Parts => {
  return {
    attested,
    declared,
    hinted,
    humanAttested,
    unknown,
    total: attested + declared + hinted + humanAttested + unknown,
  }
}
const zero = parts(0, 0, 0, 0, 0)
const ledger = { origin: 'ledger.example.com/acme', size: 2, root: 'AAAA' }
const surroundings = { fingerprint: 'sha256:ab', pack: 'evidence-pack.zip' }

function change(id: string, some: Partial<ChangeFigures>): ChangeFigures {
  return {
    id,
    title: `Change ${id}`,
    mergedAt: '2026-03-04T05:06:07.000Z',
    author: 'Ada',
    commits: parts(0, 0, 0, 0, 1),
    lines: parts(0, 0, 0, 0, 10),
    sources: [],
    disagreements: [],
    limitsHit: [],
    excludedLines: {},
    isRecorded: true,
    ...some,
  }
}

function report(changes: readonly ChangeFigures[], people: 'omit' | 'include' = 'omit') {
  return buildReport({
    repository: { name: 'example', branch: 'main', head: null },
    period: { from: null, to: null },
    preparedAt: '2026-11-23T00:00:00.000Z',
    preparedBy: 'a test',
    changes,
    ledger,
    people,
    method: 'By content.',
  })
}

test('the share is the interval of the contract: A/T, (A+B)/T, (T-H)/T, (U+C)/T', () => {
  expect(shareOf(parts(10, 20, 5, 15, 50), 'm')).toEqual({
    attested: 0.1,
    declared: 0.3,
    high: 0.85,
    unknown: 0.55,
    method: 'm',
  })
})

test('where nothing was counted the share is unknown, not zero', () => {
  expect(shareOf(zero, 'm')).toMatchObject({ attested: null, declared: null, high: null, unknown: null })
  expect(reportPage(report([]), surroundings)).toContain('No lines were counted')
})

test('figures of changes add up, by month, source and tool', () => {
  const trailer = { source: 'trailer', grade: 'B', tool: 'Claude Code', commits: 1, lines: 6 }
  const { ai, months, sources, tools, people, logging } = report([
    change('a', { lines: parts(0, 6, 0, 0, 4), commits: parts(0, 1, 0, 0, 0), sources: [trailer] }),
    change('b', { lines: parts(0, 6, 0, 1, 0), sources: [trailer], mergedAt: '2026-01-31T23:59:59.000Z' }),
    change('c', { lines: zero, isRecorded: false }),
  ])
  expect(ai.lines).toEqual(parts(0, 12, 0, 1, 4))
  expect(months.map(({ month, changes }) => [month, changes])).toEqual([
    ['2026-01', 1],
    ['2026-03', 2],
  ])
  expect(sources).toEqual([{ ...trailer, commits: 2, lines: 12 }])
  expect(tools).toEqual([{ tool: 'Claude Code', changes: 2, commits: 2, lines: 12 }])
  expect(people).toBeNull()
  expect(logging).toEqual({ changes: 3, recorded: 2 })
})

test('figures of individuals are there only when asked for', () => {
  expect(reportPage(report([change('a', {})]), surroundings)).not.toContain('Ada')
  const asked = report([change('a', {})], 'include')
  expect(asked.people).toEqual([{ name: 'Ada', changes: 1, lines: parts(0, 0, 0, 0, 10) }])
  expect(reportPage(asked, surroundings)).toContain('Ada')
})

test.each<[Parts, string]>([
  [parts(1, 5, 0, 9, 9), 'attested'],
  [parts(0, 1, 0, 0, 9), 'declared'],
  [parts(0, 0, 1, 0, 9), 'hinted'],
  [parts(0, 0, 0, 4, 0), 'human'],
  [parts(0, 0, 0, 4, 1), 'unknown'],
  [zero, 'unknown'],
])('%j is graded %s', (lines, grade) => {
  expect(gradeOf(lines)).toBe(grade)
})

test('what is unknown says in how many changes and how to make it known', () => {
  const { unknowns } = report([change('a', {}), change('b', {}), change('c', { lines: parts(0, 0, 0, 3, 0) })])
  expect(unknowns.map(({ changes }) => changes)).toEqual([2])
  expect(unknowns.every(({ howToKnow }) => howToKnow.length > 20)).toBe(true)
})

test.each<[number | null, string, string, string]>([
  [null, 'unknown', 'unknown', 'unknown'],
  [0, '0 %', '0 %', '0 %'],
  [1, '100 %', '100 %', '100 %'],
  [0.356, '36 %', '35 %', '36 %'],
  [0.0051, '0.5 %', '0.5 %', '0.6 %'],
  [0.0005, '<0.1 %', 'a trace (<0.1 %)', '0.1 %'],
  [0.9999, '>99.9 %', '99.9 %', '100.0 %'],
])('the share %d reads %s, at least %s, at most %s', (share, is, least, most) => {
  expect([percent(share), atLeast(share), atMost(share)]).toEqual([is, least, most])
})

test('numbers are grouped by thousands', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(1234567)]).toEqual(['0', '999', '1,000', '1,234,567'])
})

test('text can neither become markup nor turn the line around', () => {
  expect(markupOf(html`<b title="${'"><i>'}">${'<script>'}</b>`)).toBe(
    '<b title="&#34;&#62;&#60;i&#62;">&#60;script&#62;</b>',
  )
  expect(escapeText('a\u202Eb\u0007c\u2066')).toBe('a\uFFFDb\uFFFDc\uFFFD')
  const page = reportPage(sampleReport(60, { size: 1, root: new Uint8Array(32) }, 'include'), surroundings)
  expect(HOSTILE.length).toBeGreaterThan(3)
  expect(page).not.toContain('<script')
  expect(page).not.toContain('<img')
  expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
})

test('no value of a hostile report passes for markup, whatever its type', () => {
  const forged = { markup: '<img src=x>', toString: '<img src=x>', length: 1, 0: '<img src=x>' }
  const good = report([change('a', { lines: parts(1, 1, 1, 1, 1) })])
  const hostile = {
    ...good,
    repository: {
      ...good.repository,
      name: ['<img src=x>', { ...forged, toString: () => '<img src=x>' }],
      branch: ['<b>'],
    },
  }
  const page = reportPage(hostile as never, surroundings)
  expect(page).not.toContain('<img')
  expect(page).not.toContain('<b><')
})

test('a report of 10,000 changes lists all in JSON and stays small as a page, saying so', () => {
  const large = sampleReport(10_000, { size: 1, root: new Uint8Array(32) })
  expect(large.changes).toHaveLength(10_000)
  const page = reportPage(large, surroundings)
  expect(page.length).toBeLessThan(600_000)
  expect(page).toMatch(/The first 200 of [0-9,]+; <code>report.json<\/code> has them all/)
})

const risk = (level: 'low' | 'critical', used: number, high = used) => {
  const reason = 'src/payments/card.ts: card data'
  return {
    score: { used, low: used, high },
    level,
    factors: [{ name: 'dataSensitivity', value: level, source: 'derived', reason }],
  }
}
const rule = (id: string, status: string) => ({ id, status, message: '', fix: null })
const approvals = { what: 'its reviews and approvals', howToKnow: 'attach the record of its pull request' }

test('risk and gate are totalled over the changes, and absent where nothing was assessed', () => {
  const assessed = report([
    change('a', {
      risk: risk('critical', 12.6),
      gate: { result: 'fail', rules: [rule('x.one', 'fail'), rule('x.two', 'pass')] },
    }),
    change('b', {
      risk: risk('low', 3, 5.4),
      gate: { result: 'unknown', rules: [rule('x.one', 'unknown')] },
      missing: [approvals],
    }),
    change('c', {
      risk: risk('low', 3),
      gate: { result: 'unknown', rules: [rule('x.one', 'error')] },
      missing: [approvals],
    }),
  ])
  expect(assessed.totals).toEqual({
    byLevel: { low: 2, medium: 0, high: 0, critical: 1 },
    byResult: { pass: 0, fail: 1, unknown: 2, error: 0 },
  })
  expect(assessed.rules?.map(({ id, fail, unknown, pass }) => [id, fail, unknown, pass])).toEqual([
    ['x.one', 1, 2, 0],
    ['x.two', 0, 0, 1],
  ])
  expect(report([change('a', {})])).not.toHaveProperty('totals')
  expect(reportPage(report([change('a', {})]), surroundings)).not.toContain('What the merge gate says')
})

test('one missing source is one unknown, with the verdicts that it holds back', () => {
  const { unknowns } = report([change('a', { missing: [approvals] }), change('b', { missing: [approvals] })])
  expect(unknowns[0]).toEqual({ ...approvals, changes: 2, holdsBack: 2 })
  expect(
    reportPage(report([change('a', { missing: [approvals], gate: { result: 'unknown', rules: [] } })]), surroundings),
  ).toContain('What holds verdicts back')
})

test('the page tells the riskiest changes and why, and a hostile path in a reason stays text', () => {
  const hostile = {
    ...risk('critical', 12.6),
    factors: [{ name: 'dataSensitivity', value: 'critical', source: 'derived', reason: '<img src=x>' }],
  }
  const page = reportPage(report([change('a', { risk: hostile, gate: { result: 'fail', rules: [] } })]), surroundings)
  expect(page).toContain('Changes of the highest risk')
  expect(page).toContain('12.6')
  expect(page).not.toContain('<img src=x>')
})
