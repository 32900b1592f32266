/** One commit as its object says it, in text that any database stores: no NUL, no half characters, bounded. */
export interface Commit {
  readonly oid: string
  readonly parents: readonly string[]
  readonly author: Signer
  readonly committer: Signer
  /** First line of the message. */
  readonly subject: string
  readonly message: string
  readonly messageCut: boolean
  readonly signature: SignatureKind
}

interface Signer {
  readonly name: string
  readonly email: string
  /** UTC, ISO 8601, years 0000 to 9999; a date outside is moved to the nearest end. */
  readonly at: string
  readonly atClamped: boolean
}

/** What the commit carries, whether or not it is genuine. */
type SignatureKind = 'none' | 'openpgp' | 'ssh' | 'x509' | 'other'

/** Most of a message that is read, in bytes. */
export const messageBytesMax = 65_536

const firstSecond = -62_167_219_200
const lastSecond = 253_402_300_799

/** Reads the content of a commit object (gitformat: headers, an empty line, the message); never throws. */
export function parseCommit(oid: string, content: Buffer): Commit {
  const end = content.indexOf('\n\n')
  const headers = readHeaders(content.subarray(0, end < 0 ? content.length : end))
  const body = end < 0 ? Buffer.alloc(0) : content.subarray(end + 2)
  const decoder = decoderOf(headers.get('encoding')?.[0]?.toString('latin1') ?? 'utf-8')
  const message = decoder(body.subarray(0, messageBytesMax))
  return {
    oid,
    parents: (headers.get('parent') ?? []).map((value) => value.toString('latin1')),
    author: readSigner(headers.get('author')?.[0], decoder),
    committer: readSigner(headers.get('committer')?.[0], decoder),
    subject: clean(shorten(message.trimStart().split('\n', 1)[0] ?? '', 1000)),
    message,
    messageCut: body.length > messageBytesMax,
    signature: kindOfSignature(headers.get('gpgsig')?.[0] ?? headers.get('gpgsig-sha256')?.[0]),
  }
}

type Decoder = (bytes: Buffer) => string

function decoderOf(encoding: string): Decoder {
  const decoder = makeDecoder(encoding)
  return (bytes) => decoder.decode(bytes).replaceAll('\0', '\uFFFD').replaceAll('\r\n', '\n')
}

const utf8 = new TextDecoder('utf-8')

function makeDecoder(encoding: string): InstanceType<typeof TextDecoder> {
  if (encoding === 'utf-8') return utf8
  try {
    return new TextDecoder(encoding)
  } catch {
    // An encoding nobody knows: bytes that are not UTF-8 become replacement characters.
    return utf8
  }
}

function readHeaders(bytes: Buffer): Map<string, Buffer[]> {
  const headers = new Map<string, Buffer[]>()
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    const line = bytes.subarray(at, end < 0 ? bytes.length : end)
    at += line.length + 1
    const space = line.indexOf(32)
    // A line that starts with a space continues the one before; only the first line of a signature is needed.
    if (space <= 0) continue
    const name = line.toString('latin1', 0, space)
    const values = headers.get(name) ?? []
    if (values.length < 100) values.push(line.subarray(space + 1))
    headers.set(name, values)
  }
  return headers
}

function readSigner(line: Buffer | undefined, decode: Decoder): Signer {
  const text = line === undefined ? '' : decode(line)
  const open = text.indexOf('<')
  const close = text.lastIndexOf('>')
  const whole = open >= 0 && close > open
  const seconds = Number(/^\s*(-?\d{1,19})/.exec(whole ? text.slice(close + 1) : '')?.[1] ?? 0)
  const clamped = Math.min(Math.max(seconds, firstSecond), lastSecond)
  return {
    name: clean(whole ? text.slice(0, open) : text),
    email: clean(whole ? text.slice(open + 1, close) : ''),
    at: new Date(clamped * 1000).toISOString(),
    atClamped: clamped !== seconds,
  }
}

/** A name or address on one line without control or direction-changing characters, at most 1000 characters. */
export function clean(text: string): string {
  return shorten(text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD').trim(), 1000)
}

/** At most `length` UTF-16 units, never half a character. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
}

function kindOfSignature(first: Buffer | undefined): SignatureKind {
  if (first === undefined) return 'none'
  const text = first.toString('latin1')
  if (text.includes('BEGIN PGP')) return 'openpgp'
  if (text.includes('BEGIN SSH SIGNATURE')) return 'ssh'
  return text.includes('BEGIN SIGNED MESSAGE') ? 'x509' : 'other'
}
