/** The one place of the page's template where data goes: an inert block, which no browser runs. */
export const PAGE_DATA = '<script type="application/octet-stream" id="pack-data"></script>'

/** An archive that is handed on piece by piece. */
export interface PageArchive {
  readonly bytes: number
  write(sink: (chunk: Uint8Array) => Promise<void>): Promise<unknown>
}

/**
 * The page with an archive in it; without one it asks for the archive. Base64 cannot end the block it stands in.
 *
 * The archive is encoded as it comes, so that the page alone is held: as one text it would take several times its bytes.
 */
export async function fillPage(template: string, archive: PageArchive | undefined): Promise<Uint8Array> {
  const [before, after, ...more] = template.split(PAGE_DATA)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the template of the page has not exactly one place for data')
  }
  if (archive === undefined) return Buffer.from(template)
  const close = PAGE_DATA.indexOf('</')
  const head = Buffer.from(before + PAGE_DATA.slice(0, close))
  const tail = Buffer.from(PAGE_DATA.slice(close) + after)
  const page = Buffer.alloc(head.length + Math.ceil(archive.bytes / 3) * 4 + tail.length)
  let at = head.copy(page)
  let rest: Buffer = Buffer.alloc(0)
  await archive.write(async (chunk) => {
    const bytes = Buffer.concat([rest, chunk])
    // three bytes are four letters: what is left over waits for the next piece
    const whole = bytes.length - (bytes.length % 3)
    at += page.write(bytes.toString('base64', 0, whole), at, 'latin1')
    rest = bytes.subarray(whole)
  })
  at += page.write(rest.toString('base64'), at, 'latin1')
  at += tail.copy(page, at)
  if (at !== page.length) throw new Error('the archive of the page has another size than was said')
  return page
}
