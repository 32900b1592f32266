import { EvidenceTooLarge, EvidenceUnreadable } from '../errors.ts'
import { limits } from '../limits.ts'

export type Doc = Readonly<Record<string, unknown>>

/**
 * The value of a JSON text. The depth is looked at before anything is built.
 *
 * @throws EvidenceUnreadable, EvidenceTooLarge
 */
export function parseJson(text: string): unknown {
  refuseDepth(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    // the parser's own words quote the report
    throw EvidenceUnreadable({ reason: 'it is not JSON, or it is cut off' }, error)
  }
}

/** The own member of an object or item of a list, however deep; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = Reflect.get(found, name)
  }
  return found
}

export function objectAt(value: unknown, ...path: readonly (string | number)[]): Doc | undefined {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Doc) : undefined
}

/** Empty where there is no list. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** undefined where there is no text, or an empty one. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

function refuseDepth(text: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const mark = text.charCodeAt(i)
    if (mark === quote) i = endOfString(text, i)
    else if (mark === openBrace || mark === openBracket) {
      depth++
      if (depth > limits.depth) throw EvidenceTooLarge({ what: 'levels of nesting', max: limits.depth })
    } else if (mark === closeBrace || mark === closeBracket) depth--
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

const quote = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
