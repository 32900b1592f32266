import { rowBar } from './charts.ts'
import { day, grouped, percent } from './figures.ts'
import { type Html, html } from './html.ts'
import type { Parts, Report, ReportedChange } from './model.ts'
import { tableSection } from './table-section.ts'

/** More rows than this make a page that is slow to open and that nobody reads; `report.json` has them all. */
const ROWS_MAX = 200

export function tools({ tools: all }: Report): Html | undefined {
  if (all.length === 0) return undefined
  const most = Math.max(1, ...all.map((tool) => tool.lines))
  const rows = all
    .slice(0, ROWS_MAX)
    .map(
      ({ tool, changes, commits, lines }) =>
        html`<tr><th scope="row"><bdi>${tool}</bdi></th><td class="number">${grouped(changes)}</td><td class="number">${grouped(commits)}</td><td class="number">${grouped(lines)}</td><td class="wide">${plainBar(lines / most)}</td></tr>`,
    )
  return tableSection({
    id: 'tools',
    title: 'By tool',
    about: 'Tools that records and commits name. One line can be named by more than one.',
    heads: ['tool', '#changes', '#commits', '#lines', 'against the most used'],
    rows,
    total: all.length,
  })
}

export function sources({ sources: all }: Report): Html | undefined {
  if (all.length === 0) return undefined
  const rows = all
    .slice(0, ROWS_MAX)
    .map(
      ({ source, grade, tool, commits, lines }) =>
        html`<tr><th scope="row"><bdi>${source}</bdi></th><td>${grade}</td><td><bdi>${tool ?? 'none named'}</bdi></td><td class="number">${grouped(commits)}</td><td class="number">${grouped(lines)}</td></tr>`,
    )
  return tableSection({
    id: 'sources',
    title: 'By source',
    about: 'Where each statement was read. A later reader can repeat it on the same history.',
    heads: ['source', 'grade', 'tool', '#commits', '#lines'],
    rows,
    total: all.length,
  })
}

export function people({ people: all }: Report): Html | undefined {
  if (all === null || all.length === 0) return undefined
  const rows = all
    .slice(0, ROWS_MAX)
    .map(
      ({ name, changes, lines }) =>
        html`<tr><th scope="row"><bdi>${name}</bdi></th><td class="number">${grouped(changes)}</td><td class="number">${grouped(lines.total)}</td><td class="number">${percent(share(lines))}</td><td class="wide">${rowBar(lines)}</td></tr>`,
    )
  return tableSection({
    id: 'people',
    title: 'By person',
    about: 'Shown because it was asked for. It says how work was recorded, not how good it is.',
    heads: ['person', '#changes', '#lines', '#at least AI', 'parts'],
    rows,
    total: all.length,
  })
}

export function disagreements({ disagreements: all }: Report): Html | undefined {
  if (all.length === 0) return undefined
  const rows = all.slice(0, ROWS_MAX).map(
    ({ kind, detail, commits, change }) =>
      html`<tr><th scope="row">${kind}</th><td class="title"><bdi>${detail}</bdi></td><td class="mono">${commits
        .slice(0, 3)
        .map((commit) => commit.slice(0, 10))
        .join(
          ' ',
        )}${commits.length > 3 ? ` and ${commits.length - 3} more` : ''}</td><td class="mono nowrap">${change.slice(0, 16)}</td></tr>`,
  )
  return tableSection({
    id: 'disagreements',
    title: 'Where sources disagree',
    about: 'Two statements about one commit that cannot both be true. Each is worth a look.',
    heads: ['kind', 'what', 'commits', 'change'],
    rows,
    total: all.length,
  })
}

export function changesTable({ changes, people: individuals }: Report): Html | undefined {
  const ranked = changes.filter((change) => aiLines(change) > 0).sort((a, b) => aiLines(b) - aiLines(a))
  if (ranked.length === 0) return undefined
  const rows = ranked.slice(0, ROWS_MAX).map((change) => changeRow(change, individuals !== null))
  const about = 'By lines that are attested or declared AI, largest first.'
  const heads = ['change', 'merged', 'strongest', 'tools', '#AI lines', '#lines', 'parts']
  return tableSection({
    id: 'changes',
    title: 'Largest AI-assisted changes',
    about: about,
    heads: individuals === null ? heads : [...heads, 'author'],
    rows,
    total: ranked.length,
  })
}

export function excluded({ excludedLines }: Report): Html | undefined {
  const kinds = Object.entries(excludedLines).filter(([, lines]) => lines > 0)
  if (kinds.length === 0) return undefined
  const rows = kinds.map(
    ([kind, lines]) => html`<tr><th scope="row">${kind}</th><td class="number">${grouped(lines)}</td></tr>`,
  )
  return tableSection({
    id: 'excluded',
    title: 'Not counted',
    about: 'Files that no one writes by hand for this repository would distort every share; they stand apart.',
    heads: ['kind', '#lines'],
    rows,
    total: kinds.length,
  })
}

function changeRow({ title, id, mergedAt, author, attribution }: ReportedChange, withAuthor: boolean): Html {
  const { grade, lines, sources: from } = attribution
  const named = [...new Set(from.map((source) => source.tool).filter((tool) => tool !== null))]
  return html`<tr><th scope="row" class="title"><bdi>${title.slice(0, 200)}</bdi> <span class="mono quiet">${id.slice(0, 16)}</span></th><td class="nowrap">${day(mergedAt)}</td><td><span class="tag tag-${grade}">${grade}</span></td><td><bdi>${named.join(', ')}</bdi></td><td class="number">${grouped(lines.attested + lines.declared)}</td><td class="number">${grouped(lines.total)}</td><td class="narrow">${rowBar(lines)}</td>${withAuthor ? html`<td><bdi>${author ?? 'unknown'}</bdi></td>` : undefined}</tr>`
}

function plainBar(share: number): Html {
  return html`<svg class="rowbar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.max(share * 1000, 2).toFixed(1)}" height="10" class="part-declared"/></svg>`
}

function share(lines: Parts): number | null {
  return lines.total === 0 ? null : (lines.attested + lines.declared) / lines.total
}

/** Decides which changes come first. */
function aiLines({ attribution: { lines } }: ReportedChange): number {
  return lines.attested + lines.declared
}
