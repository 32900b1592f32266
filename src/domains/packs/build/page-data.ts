import { toBase64 } from '#kernel/ledger/core'

/** The one place of the page's template where data goes: an inert block, which no browser runs. */
export const PAGE_DATA = '<script type="application/octet-stream" id="pack-data"></script>'

/** The page with an archive in it; without one it asks for the archive. Base64 cannot end the block it stands in. */
export function fillPage(template: string, archive: Uint8Array | undefined): string {
  const [before, after, ...more] = template.split(PAGE_DATA)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the template of the page has not exactly one place for data')
  }
  if (archive === undefined) return template
  return `${before}${PAGE_DATA.replace('></', `>${toBase64(archive)}</`)}${after}`
}
