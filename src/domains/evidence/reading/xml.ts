import { SaxesParser } from 'saxes'
import { EvidenceTooLarge, EvidenceUnreadable } from '../errors.ts'
import { limits } from '../limits.ts'

export interface Element {
  /** Without prefix, as written. */
  readonly name: string
  /** The text of an attribute; undefined where it is absent. */
  attribute(name: string): string | undefined
}

export interface XmlHandlers {
  readonly open: (element: Element, ancestors: readonly string[]) => void
  /** The end of the element; `ancestors` are those that it stands in. */
  readonly close?: (name: string, ancestors: readonly string[]) => void
  /** Text directly inside the innermost of `ancestors`; of a long one, in parts. */
  readonly text?: (text: string, ancestors: readonly string[]) => void
}

/**
 * Walks an XML text from start to end, without building a tree of it. A text that is not well-formed to its last mark is an
 * error, so a report that was cut off never passes for a shorter one. Entities other than the five of XML do not exist, and a
 * document that declares any is refused; the file that a `DOCTYPE` may name is never looked for.
 *
 * @throws EvidenceUnreadable, EvidenceTooLarge
 */
export function walkXml(text: string, { open, close, text: onText }: XmlHandlers): void {
  const parser = new SaxesParser()
  const ancestors: string[] = []
  parser.on('error', (error) => {
    // the parser's own words quote the report; only the place is ours
    throw EvidenceUnreadable({ reason: `it is not well-formed XML at line ${parser.line}` }, error)
  })
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) throw EvidenceUnreadable({ reason: 'it declares XML entities, which are refused' })
  })
  parser.on('opentag', (tag) => {
    if (ancestors.length >= limits.depth) throw EvidenceTooLarge({ what: 'levels of nesting', max: limits.depth })
    const attributes: Readonly<Record<string, string>> = tag.attributes
    const name = localName(tag.name)
    const attribute = (wanted: string) => (Object.hasOwn(attributes, wanted) ? attributes[wanted] : undefined)
    open({ name, attribute }, ancestors)
    ancestors.push(name)
  })
  parser.on('closetag', (tag) => {
    ancestors.pop()
    close?.(localName(tag.name), ancestors)
  })
  if (onText !== undefined) {
    parser.on('text', (part) => onText(part, ancestors))
    parser.on('cdata', (part) => onText(part, ancestors))
  }
  parser.write(text).close()
}

/** The name of the root element of a text that begins like XML; undefined where there is none in it. */
export function rootElement(start: string): string | undefined {
  let at = start.startsWith('\ufeff') ? 1 : 0
  for (;;) {
    while (/\s/.test(start[at] ?? '')) at++
    const end = endOfMisc(start, at)
    if (end === undefined) return /^<([A-Za-z_][\w.:-]*)/.exec(start.slice(at, at + 200))?.[1]?.replace(/^.*:/, '')
    if (end < 0) return undefined
    at = end
  }
}

/** Where the declaration, comment or document type at `at` ends; undefined where none stands there, -1 where it does not end. */
function endOfMisc(text: string, at: number): number | undefined {
  const mark = [
    ['<?', '?>'],
    ['<!--', '-->'],
    ['<!DOCTYPE', '>'],
  ].find(([begin = '']) => text.startsWith(begin, at))
  if (mark === undefined) return undefined
  const bracket = mark[0] === '<!DOCTYPE' ? text.indexOf('[', at) : -1
  const plain = text.indexOf(mark[1] ?? '', at)
  // an internal subset has `>` in it
  const end = bracket >= 0 && bracket < plain ? text.indexOf(']', bracket) : plain
  if (end < 0) return -1
  return bracket >= 0 && bracket < plain ? afterBracket(text, end) : end + (mark[1] ?? '').length
}

function afterBracket(text: string, end: number): number {
  const close = text.indexOf('>', end)
  return close < 0 ? -1 : close + 1
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
