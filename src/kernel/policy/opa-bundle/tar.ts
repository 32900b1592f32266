import { gunzipSync } from 'node:zlib'

/** Why an archive is not taken, in words for who sent it. */
export class ArchiveFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveFault'
  }
}

export interface ArchiveLimits {
  readonly unpackedBytesMax: number
  readonly entriesMax: number
}

const blockBytes = 512
const depthMax = 20

/**
 * The files of a gzipped tar (POSIX ustar, as Go's `archive/tar` writes it), by name without a slash before it. Nothing is
 * written anywhere; all the same a name that leads out of its folder, a link, a device or a second file of one name is refused.
 *
 * @throws ArchiveFault
 */
export function readTarGz(bytes: Uint8Array, limits: ArchiveLimits): Map<string, Uint8Array> {
  const tar = unpack(bytes, limits.unpackedBytesMax)
  const files = new Map<string, Uint8Array>()
  let entries = 0
  for (let at = 0; at + blockBytes <= tar.length; ) {
    const header = tar.subarray(at, at + blockBytes)
    if (header.every((byte) => byte === 0)) return files
    if (++entries > limits.entriesMax) throw new ArchiveFault(`it has more than ${limits.entriesMax} entries`)
    const { name, size, type } = readHeader(header)
    const from = at + blockBytes
    if (from + size > tar.length) throw new ArchiveFault('it ends within a file')
    if (type === 'file') {
      if (files.has(name)) throw new ArchiveFault(`it has \`${name}\` twice`)
      files.set(name, tar.subarray(from, from + size))
    }
    at = from + Math.ceil(size / blockBytes) * blockBytes
  }
  throw new ArchiveFault('it is cut off')
}

function unpack(bytes: Uint8Array, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength })
  } catch (error) {
    const isLarge = error instanceof RangeError
    throw new ArchiveFault(
      isLarge ? `it is larger than ${maxOutputLength} bytes unpacked` : 'it is no gzip file',
      error,
    )
  }
}

function readHeader(header: Buffer): { readonly name: string; readonly size: number; readonly type: 'file' | 'other' } {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (octal(header, 148, 8) !== sum) throw new ArchiveFault('it is no tar file, or a header of it is damaged')
  const size = octal(header, 124, 12)
  const flag = String.fromCharCode(header[156] ?? 0)
  // extended headers say what a file of ours never needs: long names and sizes of gigabytes
  if (flag === 'x' || flag === 'g') return { name: '', size, type: 'other' }
  const isFile = flag === '0' || flag === '\0'
  if (!isFile && flag !== '5') throw new ArchiveFault('it has an entry that is neither a file nor a folder')
  const prefix = text(header, 345, 155)
  const name = safeName(prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`)
  return { name, size, type: isFile ? 'file' : 'other' }
}

function safeName(name: string): string {
  const plain = name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')
  const parts = plain.split('/')
  if (parts.includes('..') || /[\\\p{C}]/u.test(name)) throw new ArchiveFault('it has a name that leads elsewhere')
  if (parts.length > depthMax) throw new ArchiveFault(`it has folders deeper than ${depthMax}`)
  return plain
}

function octal(header: Buffer, from: number, length: number): number {
  const digits = text(header, from, length).trim()
  if (!/^[0-7]{1,12}$/.test(digits)) throw new ArchiveFault('it is no tar file, or a header of it is damaged')
  return Number.parseInt(digits, 8)
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? length : end).toString('utf8')
}
