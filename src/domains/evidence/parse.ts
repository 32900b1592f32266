import { DomainError } from '#platform/errors.ts'
import { EvidenceHoldsSecret, EvidenceUnreadable } from './errors.ts'
import { detectFormat, findFormat } from './formats.ts'
import type { ParsedEvidence, ReadOptions } from './parsed.ts'
import type { EvidenceFormat, JsonFormat, TextFormat } from './readers/format.ts'
import { decode } from './reading/decode.ts'
import { parseJson } from './reading/json.ts'
import { createReading, type Reading } from './reading/reading.ts'
import { removeSecrets, removeSecretsIn } from './reading/secrets.ts'

/**
 * Reads one report in this thread. It has no limit of time: `readEvidence` gives it one.
 *
 * Secrets are taken out before anything is read, so that nothing read can hold one.
 *
 * @throws only errors that are declared in `errors.ts`
 */
export async function parseEvidence(bytes: Uint8Array, options: ReadOptions): Promise<ParsedEvidence> {
  try {
    const text = decode(bytes)
    const parsed: { doc?: unknown } = {}
    const doc = () => {
      parsed.doc ??= parseJson(text)
      return parsed.doc
    }
    const format = chosen(options) ?? detectFormat({ text, doc, name: options.name })
    if (text.trim() === '') throw EvidenceUnreadable({ reason: 'it is empty' })
    return format.kind === 'json'
      ? await readJson(format, { bytes, text, doc: doc() }, options)
      : await readText(format, { bytes, text }, options)
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw EvidenceUnreadable({ reason: 'it has not the form that its format demands' }, error)
  }
}

function chosen({ format }: ReadOptions): EvidenceFormat | undefined {
  return format === undefined ? undefined : findFormat(format)
}

async function readJson(
  format: JsonFormat,
  { bytes, text, doc }: { bytes: Uint8Array; text: string; doc: unknown },
  options: ReadOptions,
): Promise<ParsedEvidence> {
  const reading = createReading(options.roots ?? [])
  if (format.signed !== undefined) {
    refuseSecrets([text, ...format.signed(doc)])
    return finish(format, reading, 0, bytes, () => format.read(doc, reading, options.trust))
  }
  const quoted = format.redact?.(doc) ?? 0
  const isSeen = removeSecrets(text).count > 0
  // an escape may hide a form from a look at the text, and only a look at the text sees a member that stands there twice
  const found = isSeen || text.includes('\\u') ? removeSecretsIn(doc) : 0
  const redactions = quoted + Math.max(found, isSeen && quoted === 0 ? 1 : 0)
  const stored = redactions === 0 ? bytes : Buffer.from(JSON.stringify(doc))
  return finish(format, reading, redactions, stored, () => format.read(doc, reading, options.trust))
}

async function readText(
  format: TextFormat,
  { bytes, text }: { bytes: Uint8Array; text: string },
  options: ReadOptions,
): Promise<ParsedEvidence> {
  const reading = createReading(options.roots ?? [])
  const clean = removeSecrets(text)
  const stored = clean.count === 0 ? bytes : Buffer.from(clean.text)
  return finish(format, reading, clean.count, stored, () => format.read(clean.text, reading))
}

async function finish(
  format: EvidenceFormat,
  reading: Reading,
  redactions: number,
  stored: Uint8Array,
  read: () => void | Promise<void>,
): Promise<ParsedEvidence> {
  await read()
  return { ...reading.finish(format.name, redactions), stored }
}

function refuseSecrets(texts: readonly string[]): void {
  if (texts.some((one) => removeSecrets(one).count > 0)) throw EvidenceHoldsSecret({})
}
