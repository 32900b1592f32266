import { markupOf, type Report, renderReport } from '#domains/reports'
import { parseStrict } from '#platform/canonical-json.ts'
import { Keys, MEMBER } from './pack-format.ts'
import { fingerprintOf } from './verify/keys.ts'
import { type Check, printable, type Verdict } from './verify/verdict.ts'
import { verifyPack } from './verify/verify-pack.ts'
import { type ByteSource, bytesSource, readZip } from './zip/read-zip.ts'

/** What the page of a pack does apart from showing it; handed to `web/page.ts`, which knows the DOM and nothing else. */
export interface PageLogic {
  readonly bytesSource: (bytes: Uint8Array) => ByteSource
  readonly verify: (request: PageRequest) => Promise<Verdict>
  /** The report as escaped markup; undefined when there is none that can be shown. */
  readonly report: (source: ByteSource, pack: string) => Promise<string | undefined>
  /** @throws DomainError with a sentence for the reader */
  readonly readKeys: (bytes: Uint8Array) => Keys
  readonly printable: (text: string) => string
}

export interface PageRequest {
  readonly source: ByteSource
  readonly form: 'archive' | 'page'
  readonly keys: Keys | undefined
  readonly onCheck: (check: Check) => void
}

export const pageLogic: PageLogic = {
  bytesSource,
  verify: ({ source, form, keys, onCheck }) =>
    verifyPack(source, { form, onCheck, ...(keys === undefined ? {} : { keys }) }),
  report: reportMarkup,
  readKeys: (bytes) => Keys(parseStrict(bytes, { maxBytes: 16 * 1024 * 1024, maxDepth: 8 }), ''),
  printable,
}

/**
 * Shows the report of a pack that may be hostile: text of it is escaped, and a report of another shape than ours, which
 * only a forger makes, is not shown at all.
 */
async function reportMarkup(source: ByteSource, pack: string): Promise<string | undefined> {
  try {
    const zip = await readZip(source)
    const json = (name: string, maxBytes: number) =>
      zip.readUnchecked(name).then((bytes) => parseStrict(bytes, { maxBytes, maxDepth: 64 }))
    const report: unknown = await json(MEMBER.report, 256 * 1024 * 1024)
    const fingerprint = fingerprintOf(Keys(await json(MEMBER.keys, 16 * 1024 * 1024), ''))
    return markupOf(renderReport(report as Report, { fingerprint, pack }))
  } catch {
    return undefined
  }
}
