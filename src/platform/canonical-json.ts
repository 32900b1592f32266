import { defineError } from './errors.ts'

/** A JSON value in memory. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export interface JsonLimits {
  /** Largest input, in bytes of UTF-8. */
  readonly maxBytes: number
  /** Deepest nesting of arrays and objects; a scalar has depth 0. */
  readonly maxDepth: number
}

export const JsonInvalid = defineError<{ reason: string; offset?: number }>(
  'json_invalid',
  400,
  ({ reason, offset }) =>
    offset === undefined
      ? `the JSON is not acceptable: ${reason}`
      : `the JSON is not acceptable: ${reason} at ${offset}`,
)

const maxDepth = 64
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const surrogate = /[\ud800-\udfff]/
const loneSurrogate = /\p{Surrogate}/u

/**
 * The RFC 8785 text of `value`: members sorted by UTF-16 code units, ECMAScript numbers, no white space.
 *
 * Nothing is repaired: a lone surrogate, a number that is not finite, `undefined`, a hole in an array, an object with a
 * prototype of its own (a Date, a Map) or nesting deeper than 64 is an error, because two readers would disagree on it.
 *
 * @throws JsonInvalid
 */
export function canonicalize(value: Json): string {
  return write(value, 0)
}

/**
 * `canonicalize(value)` in UTF-8, for an object whose lists are long, such as a report: a list is written by the part, because
 * text that is put together takes many times its size, and this much of it would be the most that a process takes.
 *
 * @throws JsonInvalid
 */
export function canonicalBytes(value: { readonly [name: string]: Json }): Buffer {
  const parts: Buffer[] = []
  const add = (text: string) => parts.push(Buffer.from(text))
  for (const name of plainNamesOf(value)) {
    const member: unknown = Reflect.get(value, name)
    add(`${parts.length === 0 ? '{' : ','}${writeName(name)}:`)
    if (Array.isArray(member) && member.length > longList) addLongList(member, add)
    else add(write(member, 1))
  }
  add(parts.length === 0 ? '{}' : '}')
  return Buffer.concat(parts)
}

function addLongList(list: readonly unknown[], add: (text: string) => void): void {
  for (let from = 0; from < list.length; from += longList) {
    const items = Array.from(list.slice(from, from + longList), (item) => write(item, 2))
    add(`${from === 0 ? '[' : ','}${items.join(',')}`)
  }
  add(']')
}

/**
 * Reads one JSON text (RFC 8259) and accepts only what every reader understands alike: no duplicate names, no lone
 * surrogates, valid UTF-8 without a byte order mark, nothing after the value, and no number that a double changes:
 * overflow (`1e400`), underflow to zero (`1e-400`), or an integer that is neither exact nor the text that RFC 8785 gives
 * its double (`9007199254740993`).
 *
 * @throws JsonInvalid
 */
export function parseStrict(input: string | Uint8Array, limits: JsonLimits): Json {
  const text = typeof input === 'string' ? checkedText(input, limits) : decode(input, limits)
  const reader: Reader = { text, at: 0, maxDepth: limits.maxDepth }
  const value = readValue(reader, 0)
  skipSpace(reader)
  if (reader.at !== text.length) throw invalid('there is more after the value', reader)
  return value
}

/** Up to so many names are sorted faster one by one, without garbage; and at once where they are in order already. */
const fewNames = 32

/** The names of its members in the order of RFC 8785 section 3.2.3: by UTF-16 code units, as `<` and `sort()` compare. */
export function namesOf(value: object): string[] {
  const names = Object.keys(value)
  if (names.length > fewNames) return names.sort()
  for (let end = 1; end < names.length; end++) {
    const name = names[end] as string
    let at = end
    for (; at > 0 && (names[at - 1] as string) > name; at--) names[at] = names[at - 1] as string
    names[at] = name
  }
  return names
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return writeString(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw JsonInvalid({ reason: 'a number is not finite' })
    return String(value === 0 ? 0 : value)
  }
  if (typeof value !== 'object') throw JsonInvalid({ reason: `a value is ${typeof value}` })
  if (depth >= maxDepth) throw JsonInvalid({ reason: `it is nested deeper than ${maxDepth}` })
  return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth)
}

function writeString(value: string): string {
  if (!isWellFormed(value)) throw JsonInvalid({ reason: 'a string holds half a surrogate pair' })
  return JSON.stringify(value)
}

/** The first look finds no surrogate at all in nearly every string, and at once in one of one-byte characters. */
function isWellFormed(value: string): boolean {
  return !surrogate.test(value) || !loneSurrogate.test(value)
}

/** Text put together by `+=` takes many times its size until it is read: a long list is joined, which takes it once. */
const longList = 64

function writeArray(items: readonly unknown[], depth: number): string {
  // a list with holes has what is no JSON: `from` makes them undefined, and thus refused
  if (items.length > longList) return `[${Array.from(items, (item) => write(item, depth + 1)).join(',')}]`
  let text = '['
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + write(items[i], depth + 1)
  return `${text}]`
}

function plainNamesOf(value: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw JsonInvalid({ reason: 'an object is not plain' })
  return namesOf(value)
}

function writeObject(value: object, depth: number): string {
  let text = '{'
  for (const name of plainNamesOf(value)) {
    const member: unknown = Reflect.get(value, name)
    text += `${text.length === 1 ? '' : ','}${writeName(name)}:${write(member, depth + 1)}`
  }
  return `${text}}`
}

/** Names as they are written: few, and again and again the same. Both limits bound what it takes. */
const written = new Map<string, string>()
const writtenMax = 1000
const nameLengthMax = 64

function writeName(name: string): string {
  const known = written.get(name)
  if (known !== undefined) return known
  const text = writeString(name)
  if (written.size < writtenMax && name.length <= nameLengthMax) written.set(name, text)
  return text
}

interface Reader {
  readonly text: string
  readonly maxDepth: number
  at: number
}

const numeral = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const words: ReadonlyMap<string, Json> = new Map([
  ['t', true],
  ['f', false],
  ['n', null],
])

function checkedText(text: string, limits: JsonLimits): string {
  const bytes = text.length * 3 <= limits.maxBytes ? 0 : encoder.encode(text).length
  if (bytes > limits.maxBytes) throw JsonInvalid({ reason: `it is larger than ${limits.maxBytes} bytes` })
  return text
}

function decode(bytes: Uint8Array, limits: JsonLimits): string {
  if (bytes.length > limits.maxBytes) throw JsonInvalid({ reason: `it is larger than ${limits.maxBytes} bytes` })
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw JsonInvalid({ reason: 'it is not valid UTF-8' }, error)
  }
}

function readValue(reader: Reader, depth: number): Json {
  skipSpace(reader)
  const first = reader.text[reader.at]
  if (first === '{' || first === '[') {
    if (depth >= reader.maxDepth) throw invalid(`it is nested deeper than ${reader.maxDepth}`, reader)
    reader.at++
    return first === '{' ? readObject(reader, depth + 1) : readArray(reader, depth + 1)
  }
  if (first === '"') return readString(reader)
  const word = words.get(first ?? '')
  return word === undefined ? readNumber(reader) : readWord(reader, word)
}

function readWord(reader: Reader, word: Json): Json {
  const text = String(word)
  if (!reader.text.startsWith(text, reader.at)) throw invalid('a value was expected', reader)
  reader.at += text.length
  return word
}

function readArray(reader: Reader, depth: number): Json {
  const items: Json[] = []
  if (take(reader, ']')) return items
  do items.push(readValue(reader, depth))
  while (take(reader, ','))
  expect(reader, ']')
  return items
}

function readObject(reader: Reader, depth: number): Json {
  const members: Record<string, Json> = {}
  if (take(reader, '}')) return members
  do {
    skipSpace(reader)
    const name = readString(reader)
    if (Object.hasOwn(members, name)) throw invalid('a name occurs twice in one object', reader)
    expect(reader, ':')
    const value = readValue(reader, depth)
    // Assigning `__proto__` would set the prototype instead of a member.
    if (name === '__proto__')
      Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
    else members[name] = value
  } while (take(reader, ','))
  expect(reader, '}')
  return members
}

function readString(reader: Reader): string {
  const start = reader.at
  if (reader.text[start] !== '"') throw invalid('a string was expected', reader)
  reader.at = closingQuote(reader) + 1
  try {
    const value: unknown = JSON.parse(reader.text.slice(start, reader.at))
    return wellFormed(String(value), reader)
  } catch (error) {
    throw JsonInvalid.is(error) ? error : invalid('a string has a wrong escape or a control character', reader)
  }
}

function closingQuote(reader: Reader): number {
  const { text } = reader
  let at = reader.at
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) throw invalid('a string does not end', reader)
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at
  }
}

function wellFormed(value: string, reader: Reader): string {
  if (!isWellFormed(value)) throw invalid('a string holds half a surrogate pair', reader)
  return value
}

function readNumber(reader: Reader): number {
  numeral.lastIndex = reader.at
  const found = numeral.exec(reader.text)
  if (found === null) throw invalid('a value was expected', reader)
  const [text, fraction, exponent] = found
  reader.at += text.length
  const value = Number(text)
  if (!Number.isFinite(value)) throw invalid('a number is too large', reader)
  if (value === 0 && /[1-9]/.test(text.replace(/[eE].*/, ''))) throw invalid('a number is too small', reader)
  const isInteger = fraction === undefined && exponent === undefined
  if (isInteger && !Number.isSafeInteger(value) && String(value) !== text && BigInt(value) !== BigInt(text)) {
    throw invalid('an integer is not exact as a double', reader)
  }
  return value
}

function skipSpace(reader: Reader): void {
  while (isSpace(reader.text[reader.at])) reader.at++
}

function isSpace(mark: string | undefined): boolean {
  return mark === ' ' || mark === '\n' || mark === '\r' || mark === '\t'
}

function take(reader: Reader, mark: string): boolean {
  skipSpace(reader)
  if (reader.text[reader.at] !== mark) return false
  reader.at++
  return true
}

function expect(reader: Reader, mark: string): void {
  if (!take(reader, mark)) throw invalid(`\`${mark}\` was expected`, reader)
}

function invalid(reason: string, reader: Reader) {
  return JsonInvalid({ reason, offset: reader.at })
}
