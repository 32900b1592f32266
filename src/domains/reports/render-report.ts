import { chartDefinitions, intervalBar, monthChart, rowBar } from './charts.ts'
import { atLeast, atMost, counted, day, grouped, percent } from './figures.ts'
import { governance } from './governance-sections.ts'
import { type Html, html } from './html.ts'
import type { Parts, Report } from './model.ts'
import { changesTable, disagreements, excluded, people, sources, tools } from './report-tables.ts'

export interface ReportSurroundings {
  /** Of the key set; null where it is not known. */
  readonly fingerprint: string | null
  /** File name of the pack beside the report. */
  readonly pack: string
}

/** The report as the inside of `<body>`: for its own page, and for the page of a pack. */
export function renderReport(report: Report, surroundings: ReportSurroundings): Html {
  return html`${chartDefinitions}${title(report)}<main>${hero(report)}${unknowns(report)}${governance(report)}${months(report)}${tools(report)}${sources(report)}${people(report)}${disagreements(report)}${changesTable(report)}${excluded(report)}${proof(report, surroundings)}</main>`
}

function title({ repository, period, preparedAt, preparedBy, changes }: Report): Html {
  const dates = changes.map((change) => change.mergedAt).sort()
  const from = period.from ?? dates[0]
  const to = period.to ?? dates.at(-1)
  const span = from === undefined || to === undefined ? 'no changes' : `${day(from)} to ${day(to)}`
  return html`<header class="head"><p class="eyebrow">AI in software delivery, with its evidence</p><h1><bdi>${repository.name}</bdi></h1>
<p class="quiet">${repository.branch === null ? undefined : html`Branch <bdi>${repository.branch}</bdi>. `}${span}. ${counted(changes.length, 'change')}. Prepared ${day(preparedAt)} by ${preparedBy}.</p></header>`
}

function hero({ ai, share, changes }: Report): Html {
  if (ai.lines.total === 0) {
    return html`<section class="hero" aria-labelledby="share"><h2 id="share" class="headline">No lines were counted, so there is no share to state.</h2>
<p>The ${counted(changes.length, 'change')} of this period add no lines that people or AI tools write. Choose a longer period or another branch.</p></section>`
  }
  return html`<section class="hero" aria-labelledby="share"><h2 id="share" class="headline">At least <em>${atLeast(share.declared)}</em> AI-assisted; ${percent(share.unknown)} carry no statement.</h2>
${intervalBar(ai.lines, 'lines')}
<p class="note gap">The true share lies between ${atLeast(share.declared)} and ${atMost(share.high)} of ${grouped(ai.lines.total)} counted lines. By commits: ${commitSentence(ai.commits)} ${share.method}</p></section>`
}

function commitSentence(commits: Parts): string {
  if (commits.total === 0) return 'none were counted.'
  const stated = commits.attested + commits.declared
  return `${grouped(stated)} of ${grouped(commits.total)} state an AI tool, ${grouped(commits.unknown)} state nothing.`
}

function unknowns({ unknowns: all, limits }: Report): Html {
  // what only the gate waits for stands with the gate
  const cards = all
    .filter((one) => one.holdsBack === undefined)
    .map(
      ({ what, changes, howToKnow }) =>
        html`<li><b>${what}</b> <span class="quiet">in ${counted(changes, 'change')}</span><p><b>To make it known:</b> ${howToKnow}</p></li>`,
    )
  const cut = limits.map(
    ({ what, changes }) =>
      html`<li><b>Limit reached: ${what}</b> <span class="quiet">in ${counted(changes, 'change')}</span></li>`,
  )
  const nothing = html`<p>Nothing: every counted line carries a statement, and no limit was reached.</p>`
  return html`<section aria-labelledby="unknown"><h2 id="unknown">What is not known</h2>
<p class="quiet">Unknown is counted as unknown. It is never taken for human work, and never for AI.</p>
${cards.length + cut.length === 0 ? nothing : html`<ul class="unknowns">${cards}${cut}</ul>`}</section>`
}

function months({ months: all }: Report): Html | undefined {
  if (all.length === 0) return undefined
  const rows = all
    .toReversed()
    .map(
      ({ month, changes, lines }) =>
        html`<tr><th scope="row">${month}</th><td class="number">${grouped(changes)}</td><td class="number">${grouped(lines.total)}</td><td class="number">${percent(part(lines, lines.attested + lines.declared))}</td><td class="number">${percent(part(lines, lines.unknown + lines.hinted))}</td><td class="wide">${rowBar(lines)}</td></tr>`,
    )
  return html`<section class="long" aria-labelledby="months"><h2 id="months">By month</h2><p class="quiet">The parts of the lines of each month, from the bottom: attested, declared, hinted, unknown, human.</p>
${monthChart(all)}<details><summary>The figures of ${counted(all.length, 'month')} as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Months"><table>
<thead><tr><th scope="col">month</th><th scope="col" class="number">changes</th><th scope="col" class="number">lines</th><th scope="col" class="number">at least AI</th><th scope="col" class="number">no statement</th><th scope="col">parts</th></tr></thead><tbody>${rows}</tbody></table></div></details></section>`
}

function proof({ ledger, logging }: Report, { fingerprint, pack }: ReportSurroundings): Html {
  const coverage = logging.changes === 0 ? null : logging.recorded / logging.changes
  return html`<section class="proof" aria-labelledby="proof"><h2 id="proof">Proof</h2>
<p>${grouped(logging.recorded)} of ${counted(logging.changes, 'change')} (${percent(coverage)}) are records in a signed, append-only ledger. Anyone can check that without us and without a network:</p>
<pre>node verify.mjs ${pack}</pre>
<dl><dt>Ledger</dt><dd class="mono">${ledger.origin}</dd><dt>Records</dt><dd>${grouped(ledger.size)}</dd><dt>Root</dt><dd class="mono">${ledger.root}</dd>${fingerprint === null ? undefined : html`<dt>Keys</dt><dd class="mono">${fingerprint}</dd>`}</dl>
<p class="note">Compare the fingerprint of the keys with the one that the operator tells you by another way. The report beside it, <code>report.json</code>, has every figure of this page.</p></section>`
}

function part(lines: Parts, count: number): number | null {
  return lines.total === 0 ? null : count / lines.total
}
