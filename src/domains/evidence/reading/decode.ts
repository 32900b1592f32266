import { EvidenceTooLarge, EvidenceUnreadable } from '../errors.ts'
import { limits } from '../limits.ts'

/** What a file is that was packed, by its first bytes; such a file may unpack to any size, so none is unpacked. */
const packed: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

/**
 * The text of a report: UTF-8, or UTF-16 where a byte order mark says so (what a redirection in PowerShell writes).
 *
 * @throws EvidenceUnreadable, EvidenceTooLarge
 */
export function decode(bytes: Uint8Array): string {
  if (bytes.length > limits.bytes) throw EvidenceTooLarge({ what: 'bytes', max: limits.bytes })
  const found = packed.find(([, start]) => start.every((byte, i) => bytes[i] === byte))
  if (found !== undefined) throw EvidenceUnreadable({ reason: `it is packed with ${found[0]}` })
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (error) {
    throw EvidenceUnreadable({ reason: 'it is not text in UTF-8 or UTF-16' }, error)
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}
