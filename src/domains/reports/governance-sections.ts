import { counted, grouped, percent } from './figures.ts'
import { type Html, html } from './html.ts'
import type { Report, ReportedChange } from './model.ts'
import { tableSection } from './table-section.ts'

const levels = ['low', 'medium', 'high', 'critical'] as const
const results = [
  { key: 'pass', word: 'pass', about: 'every rule that applies is met' },
  { key: 'fail', word: 'fail', about: 'at least one rule is broken' },
  { key: 'unknown', word: 'unknown', about: 'something that a rule needs is missing' },
  { key: 'error', word: 'error', about: 'a rule could not be evaluated' },
] as const
const rowsMax = 50

/** How risky the changes are, and what the merge gate says of them; nothing where neither was assessed. */
export function governance(report: Report): Html | undefined {
  if (report.totals === undefined) return undefined
  return html`${risk(report, report.totals)}${gate(report, report.totals)}${missing(report)}${rules(report)}${riskiest(report)}`
}

function risk({ changes }: Report, { byLevel }: NonNullable<Report['totals']>): Html {
  const total = levels.reduce((sum, level) => sum + byLevel[level], 0)
  const open = changes.filter(({ risk: one }) => one !== undefined && one.score.low !== one.score.high).length
  const rows = levels.map(
    (level) =>
      html`<tr><th scope="row"><span class="tag level-${level}">${level.toUpperCase()}</span></th><td class="number">${grouped(byLevel[level])}</td><td class="number">${percent(total === 0 ? null : byLevel[level] / total)}</td><td class="wide">${bar(byLevel[level], total, `level-${level}`)}</td></tr>`,
  )
  return tableSection({
    id: 'risk',
    title: 'By risk',
    about: `Data, criticality, regulation and complexity of each change, times what is known of AI and review. The score of ${counted(open, 'change')} is an interval, because something is unknown; the level takes the careful end.`,
    heads: ['level', '#changes', '#share', ''],
    rows,
    total: rows.length,
  })
}

function gate(_: Report, { byResult }: NonNullable<Report['totals']>): Html {
  const total = results.reduce((sum, { key }) => sum + byResult[key], 0)
  const rows = results.map(
    ({ key, word, about }) =>
      html`<tr><th scope="row"><span class="tag result-${key}">${word}</span></th><td class="number">${grouped(byResult[key])}</td><td class="number">${percent(total === 0 ? null : byResult[key] / total)}</td><td class="wide">${bar(byResult[key], total, `result-${key}`)}</td><td class="quiet">${about}</td></tr>`,
  )
  return tableSection({
    id: 'gate',
    title: 'What the merge gate says',
    about:
      'Each change judged as of its time, by the rules of today. A history alone cannot show approvals, scans or tests: what it cannot show is unknown, and unknown never passes.',
    heads: ['result', '#changes', '#share', '', 'means'],
    rows,
    total: rows.length,
  })
}

/** The report's answer to "what do we do first": the missing source that would decide most verdicts. */
function missing({ unknowns }: Report): Html | undefined {
  const held = unknowns.filter((one) => one.holdsBack !== undefined)
  if (held.length === 0) return undefined
  const rows = held.map(
    ({ what, howToKnow, holdsBack = 0 }) =>
      html`<tr><th scope="row" class="title">${what}</th><td class="number">${grouped(holdsBack)}</td><td class="title">${withCode(howToKnow)}</td></tr>`,
  )
  return tableSection({
    id: 'missing',
    title: 'What holds verdicts back',
    about: 'One missing source each, with how many changes cannot be judged without it.',
    heads: ['not known', '#verdicts', 'to make it known'],
    rows,
    total: rows.length,
  })
}

/** What stands in backticks is something to type. */
function withCode(text: string): Html {
  return html`${text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

function rules({ rules: all = [] }: Report): Html | undefined {
  const held = all.filter((rule) => rule.fail + rule.unknown > 0)
  if (held.length === 0) return undefined
  const rows = held.map(
    ({ id, title, fail, unknown, pass }) =>
      html`<tr><th scope="row"><b>${title}</b> <span class="mono quiet">${id}</span></th><td class="number">${grouped(fail)}</td><td class="number">${grouped(unknown)}</td><td class="number">${grouped(pass)}</td></tr>`,
  )
  return tableSection({
    id: 'rules',
    title: 'Rules that hold changes back',
    about: 'How many changes break each rule, how many it cannot judge, and how many meet it.',
    heads: ['rule', '#fail', '#unknown', '#pass'],
    rows,
    total: held.length,
  })
}

function riskiest({ changes }: Report): Html | undefined {
  const ranked = changes
    .filter((change) => change.risk?.level === 'critical' || change.risk?.level === 'high')
    .sort((a, b) => (b.risk?.score.used ?? 0) - (a.risk?.score.used ?? 0))
  if (ranked.length === 0) return undefined
  return tableSection({
    id: 'riskiest',
    title: 'Changes of the highest risk',
    about: 'With what raises them.',
    heads: ['change', 'risk', '#score', 'gate', 'because'],
    rows: ranked.slice(0, rowsMax).map(riskRow),
    total: ranked.length,
  })
}

function riskRow({ id, title, risk: one, gate: verdict }: ReportedChange): Html {
  if (one === undefined) return html``
  const { low, high, used } = one.score
  const interval = low === high ? '' : ` (${low} to ${high})`
  const raised = one.factors.filter((factor) => factor.source !== 'default').map((factor) => factor.reason)
  return html`<tr><th scope="row" class="title"><bdi>${title.slice(0, 200)}</bdi> <span class="mono quiet">${id.slice(0, 16)}</span></th><td><span class="tag level-${one.level}">${one.level.toUpperCase()}</span></td><td class="number">${used}${interval}</td><td>${verdict === undefined ? undefined : html`<span class="tag result-${verdict.result}">${verdict.result}</span>`}</td><td class="title"><bdi>${raised.join('; ').slice(0, 300)}</bdi></td></tr>`
}

function bar(count: number, total: number, kind: string): Html {
  const width = total === 0 || count === 0 ? 0 : Math.max((count / total) * 1000, 2)
  return html`<svg class="rowbar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect width="1000" height="10" class="bar-ground"/><rect width="${width.toFixed(1)}" height="10" class="bar-${kind}"/></svg>`
}
