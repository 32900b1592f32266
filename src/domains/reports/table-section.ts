import { counted, grouped } from './figures.ts'
import { type Html, html } from './html.ts'

export interface TableSection {
  readonly id: string
  readonly title: string
  readonly about: string
  /** One that begins with `#` is a column of numbers. */
  readonly heads: readonly string[]
  readonly rows: readonly Html[]
  /** How many there are, where not all are shown. */
  readonly total: number
}

export function tableSection({ id, title, about, heads, rows, total }: TableSection): Html {
  const columns = heads.map((head) =>
    head.startsWith('#')
      ? html`<th scope="col" class="number">${head.slice(1)}</th>`
      : html`<th scope="col">${head}</th>`,
  )
  const cap =
    total > rows.length
      ? html`<p class="note">The first ${grouped(rows.length)} of ${grouped(total)}; <code>report.json</code> has them all.</p>`
      : undefined
  return html`<section class="long" aria-labelledby="${id}"><h2 id="${id}">${title}</h2><p class="quiet">${about}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${title}, ${counted(rows.length, 'row')}"><table><thead><tr>${columns}</tr></thead><tbody>${rows}</tbody></table></div>${cap}</section>`
}
