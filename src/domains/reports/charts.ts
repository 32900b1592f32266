import { grouped, percent } from './figures.ts'
import { type Html, html } from './html.ts'
import type { Parts, Report } from './model.ts'

/** The five parts, from what is surest to be AI to what people attested as theirs. Shape and word tell them apart too. */
const PARTS: readonly {
  readonly key: Exclude<keyof Parts, 'total'>
  readonly word: string
  readonly about: string
}[] = [
  { key: 'attested', word: 'attested AI', about: 'a record of the tool says which lines' },
  { key: 'declared', word: 'declared AI', about: 'the commit states a tool' },
  { key: 'hinted', word: 'hinted', about: 'only a hint, no statement' },
  { key: 'unknown', word: 'unknown', about: 'no statement at all' },
  { key: 'humanAttested', word: 'human', about: 'people attested it as theirs' },
]

/** Patterns for the parts that are not known; once a page, before any chart. */
export const chartDefinitions: Html = html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch-hinted" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="hinted-ground"/><rect width="3" height="7" class="hinted-ink"/></pattern>
<pattern id="hatch-unknown" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="unknown-ground"/><circle cx="3" cy="3" r="1.1" class="unknown-ink"/></pattern>
</defs></svg>`

/** One bar whose segments are the five parts, and the words and figures of each under it. */
export function intervalBar(parts: Parts, unit: string): Html {
  const shown = PARTS.filter(({ key }) => parts[key] > 0)
  const told = shown.map(({ key, word }) => `${word} ${percent(parts[key] / parts.total)}`).join(', ')
  return html`<svg class="bar" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label="${`Share of ${unit}: ${told}`}">${segments(parts, 0, 40)}</svg>
<ul class="legend">${PARTS.map(
    ({
      key,
      word,
      about,
    }) => html`<li><svg class="key" viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" rx="3" class="${`part-${key}`}"/></svg>
<b>${word}</b> <span class="figure">${percent(parts[key] / parts.total)}</span> <span class="quiet">${grouped(parts[key])} ${unit}; ${about}</span></li>`,
  )}</ul>`
}

/** A thin bar of the five parts, beside its figures in a table, which say the same. */
export function rowBar(parts: Parts): Html {
  if (parts.total === 0) return html`<span class="quiet">no counted lines</span>`
  return html`<svg class="rowbar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${segments(parts, 0, 10)}</svg>`
}

/** The parts of each month as a column of full height, oldest first; the table after it is its twin. */
export function monthChart(months: Report['months']): Html {
  const width = 1000 / months.length
  const columns = months.map(({ month, lines }, at) => {
    let y = 200
    const rects = PARTS.map(({ key }) => {
      const height = lines.total === 0 ? 0 : (lines[key] / lines.total) * 200
      y -= height
      return height === 0
        ? undefined
        : html`<rect x="${(at * width + width * 0.08).toFixed(2)}" y="${y.toFixed(2)}" width="${(width * 0.84).toFixed(2)}" height="${height.toFixed(2)}" class="${`part-${key}`}"/>`
    })
    return html`<g><title>${month}: at least ${percent(lines.total === 0 ? null : (lines.attested + lines.declared) / lines.total)} AI-assisted of ${grouped(lines.total)} lines</title>${rects}</g>`
  })
  const first = months[0]?.month
  const last = months.at(-1)?.month
  return html`<figure><svg class="months" viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" aria-label="${`Share of lines by month, ${first} to ${last}; the table after it has the figures`}">
<line x1="0" x2="1000" y1="100" y2="100" class="grid"/>${columns}</svg><figcaption><span>${first}</span><span>${months.length > 1 ? last : undefined}</span></figcaption></figure>`
}

function segments(parts: Parts, y: number, height: number): Html[] {
  let x = 0
  return PARTS.flatMap(({ key }) => {
    const width = parts.total === 0 ? 0 : (parts[key] / parts.total) * 1000
    const at = x
    x += width
    // what exists is seen, however small
    return width === 0
      ? []
      : [
          html`<rect x="${at.toFixed(2)}" y="${y}" width="${Math.max(width - 1.5, 2).toFixed(2)}" height="${height}" class="${`part-${key}`}"/>`,
        ]
  })
}
