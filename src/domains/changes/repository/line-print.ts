/** Fingerprints one line at a time without ever holding it. */
export interface LinePrinter {
  reset(): void
  /** Takes bytes from `from` up to the line's end; returns where that is, or -1 when the line goes on. */
  feed(bytes: Uint8Array, from: number): number
  /** The same for a line whose fingerprint nobody will ask for. */
  skim(bytes: Uint8Array, from: number): number
  /** Whether only white space was seen. */
  isBlank(): boolean
  /** 32 bits of everything but white space, so that moving code to another depth leaves it the same line. */
  print(): number
}

export function createLinePrinter(): LinePrinter {
  const state = { hash: offsetBasis, length: 0 }
  return {
    reset: () => {
      state.hash = offsetBasis
      state.length = 0
    },
    feed: (bytes, from) => feed(state, bytes, from),
    skim: (bytes, from) => skim(state, bytes, from),
    isBlank: () => state.length === 0,
    print: () => (state.hash ^ (state.hash >>> 15) ^ Math.imul(state.length, prime)) | 0,
  }
}

function feed(state: { hash: number; length: number }, bytes: Uint8Array, from: number): number {
  // Locals, because this loop sees every byte of every added line.
  let { hash, length } = state
  let at = from
  for (; at < bytes.length && bytes[at] !== 10; at++) {
    const byte = bytes[at] ?? 0
    if (isSpace(byte)) continue
    hash = Math.imul(hash ^ byte, prime)
    length++
  }
  state.hash = hash
  state.length = length
  return at < bytes.length ? at : -1
}

function skim(state: { length: number }, bytes: Uint8Array, from: number): number {
  let at = from
  if (state.length === 0) {
    while (at < bytes.length && bytes[at] !== 10 && isSpace(bytes[at] ?? 0)) at++
    if (at < bytes.length && bytes[at] !== 10) state.length = 1
  }
  return bytes.indexOf(10, at)
}

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

/** The fingerprint of a whole line given as text. */
export function printOf(line: string): number {
  const printer = createLinePrinter()
  printer.feed(Buffer.from(line, 'utf8'), 0)
  return printer.print()
}

// FNV-1a, 32 bits.
const offsetBasis = 0x811c9dc5 | 0
const prime = 0x01000193
