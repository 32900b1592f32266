import { EvidenceFormatUnknown } from './errors.ts'
import type { EvidenceFormat } from './readers/format.ts'
import { junit } from './readers/junit.ts'
import { sarif } from './readers/sarif.ts'

/** Every format that is read, in the order in which they are asked. To add one: a file in `readers/`, a line here, its test. */
export const formats: readonly EvidenceFormat[] = [sarif, junit]

/** Their names, as they are given and recorded. */
export const evidenceFormats = ['sarif', 'junit'] as const
export type Format = (typeof evidenceFormats)[number]

export function evidenceTitles(): { name: string; title: string; about: string }[] {
  return formats.map(({ name, title, about }) => ({ name, title, about }))
}

export function findFormat(name: string): EvidenceFormat | undefined {
  return formats.find((one) => one.name === name)
}

/** What is known of a file before it is read for good. */
export interface Sighted {
  readonly text: string
  /** The JSON value; undefined when the text is none. */
  readonly doc: () => unknown
  readonly name: string | undefined
}

/**
 * The format of a report: by its content, and where that says nothing (`[]` is a report of several tools) by its name.
 *
 * @throws EvidenceFormatUnknown
 */
export function detectFormat({ text, doc, name }: Sighted): EvidenceFormat {
  const start = text.slice(0, 4096)
  const looksLikeJson = /^\s*[[{]/.test(start) || /^\s*null\s*$/.test(start)
  const value = looksLikeJson ? doc() : undefined
  const byContent = formats.find((one) => {
    if (one.kind === 'text') return !looksLikeJson && one.recognises(start)
    return value !== undefined && one.recognises(value)
  })
  const file = name?.split(/[/\\]/).at(-1) ?? ''
  const byName = formats.find((one) => (one.kind === 'json') === looksLikeJson && one.names.test(file))
  const found = byContent ?? byName
  if (found === undefined) throw EvidenceFormatUnknown({})
  return found
}
