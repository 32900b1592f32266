import { sha256, toBase64, utf8 } from '#kernel/ledger/core'
import { html, markupOf, trusted } from './html.ts'
import type { Report } from './model.ts'
import { type ReportSurroundings, renderReport } from './render-report.ts'
import { STYLE } from './style.ts'

/**
 * `report.html`: one file without scripts or outside resources, and with a policy by which a browser would load none.
 */
export function reportPage(report: Report, surroundings: ReportSurroundings): string {
  const style = toBase64(sha256(utf8(STYLE)))
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`
  return markupOf(html`${trusted('<!doctype html>\n')}<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><title>AI in software delivery: ${report.repository.name}</title>${trusted(`<style>${STYLE}</style>`)}</head><body>
${renderReport(report, surroundings)}
<footer class="foot">Made by Countersign. Attested: a record of the tool names the lines. Declared: the commit states a tool. Hinted: only a sign, such as the name of a branch. Unknown: no statement. Human: people attested it as theirs.</footer></body></html>
`)
}
