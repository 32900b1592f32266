import {
  CENTRAL_HEADER_BYTES,
  centralHeader,
  crc32,
  END_RECORD_BYTES,
  endRecord,
  LIMITS,
  LOCAL_HEADER_BYTES,
  localHeader,
  nameFault,
  type PlacedHeader,
  SIGNATURE,
  type ZipReason,
  ZipRefused,
} from './zip-format.ts'

/** Random access to an archive: a file, a Blob, or bytes. `read` answers fewer bytes only at the end. */
export interface ByteSource {
  readonly size: number
  read(offset: number, length: number): Promise<Uint8Array>
}

/** An archive whose directory has been checked; a member is checked against its own header and checksum when read. */
export interface Zip {
  readonly names: readonly string[]
  has(name: string): boolean
  /** Bytes of a member as the directory states them, without reading it. */
  sizeOf(name: string): number
  /** @throws ZipRefused when the member's own header, size or checksum differ from the directory */
  read(name: string): Promise<Uint8Array>
  /** The bytes where a member must be, whatever its own header and checksum say: for naming what is wrong in them. */
  readUnchecked(name: string): Promise<Uint8Array>
}

/**
 * Opens an archive that is exactly of the form {@link writeZip} writes and refuses any other: what two programs could
 * read in two ways, or in which something could hide, is not accepted.
 *
 * @throws ZipRefused naming the reason and, where there is one, the member
 */
export async function readZip(source: ByteSource): Promise<Zip> {
  const end = await readEnd(source)
  const central = await source.read(end.centralOffset, end.centralBytes)
  const members = readCentral(central, end)
  const byName = new Map(members.map((member) => [member.name, member]))
  const find = (name: string) => {
    const member = byName.get(name)
    if (member === undefined) throw new Error('a member was asked for that the archive does not have')
    return member
  }
  return {
    names: members.map(({ name }) => name),
    has: (name) => byName.has(name),
    sizeOf: (name) => find(name).size,
    read: (name) => readMember(source, find(name)),
    readUnchecked: (name) => {
      const { offset, size } = find(name)
      return source.read(offset + LOCAL_HEADER_BYTES + name.length, size)
    },
  }
}

/** Bytes that are at hand, as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

interface End {
  readonly members: number
  readonly centralOffset: number
  readonly centralBytes: number
}

async function readEnd(source: ByteSource): Promise<End> {
  if (source.size > LIMITS.archiveBytes) throw ZipRefused({ reason: 'archive_too_large' })
  if (source.size < END_RECORD_BYTES) throw ZipRefused({ reason: 'end_record_missing' })
  const bytes = await source.read(source.size - END_RECORD_BYTES, END_RECORD_BYTES)
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== SIGNATURE.end) throw ZipRefused({ reason: await whyNoEnd(source) })
  if (view.getUint16(20, true) !== 0) throw ZipRefused({ reason: 'comment' })
  const members = view.getUint16(10, true)
  const centralBytes = view.getUint32(12, true)
  const centralOffset = view.getUint32(16, true)
  if (view.getUint32(4, true) !== 0 || view.getUint16(8, true) !== members) {
    throw ZipRefused({ reason: 'multiple_disks' })
  }
  if (members > LIMITS.members) throw ZipRefused({ reason: 'too_many_members' })
  const missing = source.size - END_RECORD_BYTES - centralBytes - centralOffset
  if (missing > 0 && (await startsWithout(source))) throw ZipRefused({ reason: 'data_before_first' })
  if (missing !== 0) throw ZipRefused({ reason: 'end_record_wrong' })
  if (!same(bytes, endRecord(members, centralBytes, centralOffset))) throw ZipRefused({ reason: 'end_record_wrong' })
  return { members, centralBytes, centralOffset }
}

/** The end record is not last: says whether it stands a little earlier, with a comment or with data behind it. */
async function whyNoEnd(source: ByteSource): Promise<ZipReason> {
  const length = Math.min(source.size, END_RECORD_BYTES + 0xffff)
  const tail = await source.read(source.size - length, length)
  const view = viewOf(tail)
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== SIGNATURE.end) continue
    return view.getUint16(at + 20, true) === 0 ? 'data_after_end' : 'comment'
  }
  return 'end_record_missing'
}

async function startsWithout(source: ByteSource): Promise<boolean> {
  return viewOf(await source.read(0, 4)).getUint32(0, true) !== SIGNATURE.local
}

function readCentral(bytes: Uint8Array, end: End): PlacedHeader[] {
  const members: PlacedHeader[] = []
  const seen = new Set<string>()
  let at = 0
  let offset = 0
  for (let number = 0; number < end.members; number++) {
    if (at + CENTRAL_HEADER_BYTES > bytes.length) throw ZipRefused({ reason: 'central_header' })
    const member = readCentralHeader(bytes.subarray(at))
    checkOrder(members.at(-1)?.name, member.name, seen)
    if (member.offset !== offset) throw ZipRefused({ reason: offsetFault(number), member: member.name })
    offset += LOCAL_HEADER_BYTES + member.name.length + member.size
    at += CENTRAL_HEADER_BYTES + member.name.length
    members.push(member)
  }
  if (at !== bytes.length) throw ZipRefused({ reason: 'central_header' })
  if (offset !== end.centralOffset) throw ZipRefused({ reason: 'gap_or_overlap' })
  return members
}

function offsetFault(number: number): ZipReason {
  return number === 0 ? 'data_before_first' : 'gap_or_overlap'
}

function readCentralHeader(bytes: Uint8Array): PlacedHeader {
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== SIGNATURE.central) throw ZipRefused({ reason: 'central_header' })
  const nameBytes = bytes.subarray(CENTRAL_HEADER_BYTES, CENTRAL_HEADER_BYTES + view.getUint16(28, true))
  const name = String.fromCharCode(...nameBytes.subarray(0, 1024))
  const fault = nameFault(name)
  if (fault !== undefined) throw ZipRefused({ reason: fault, member: name })
  const fields = fieldFault(view)
  if (fields !== undefined) throw ZipRefused({ reason: fields, member: name })
  const size = view.getUint32(24, true)
  if (view.getUint32(20, true) !== size) throw ZipRefused({ reason: 'size', member: name })
  if (size > LIMITS.memberBytes) throw ZipRefused({ reason: 'member_too_large', member: name })
  const member = { name, size, crc32: view.getUint32(16, true), offset: view.getUint32(42, true) }
  // whatever field was not looked at above must still be what the writer writes
  const expected = centralHeader(member)
  if (!same(bytes.subarray(0, expected.length), expected)) throw ZipRefused({ reason: 'central_header', member: name })
  return member
}

/** Names the trick; the order puts the most telling first. */
function fieldFault(view: DataView): ZipReason | undefined {
  const flags = view.getUint16(8, true)
  if ((flags & 0x2041) !== 0) return 'encrypted'
  if ((flags & 0x0008) !== 0) return 'data_descriptor'
  if (flags !== 0) return 'flags'
  if (view.getUint16(10, true) !== 0) return 'compressed'
  if (view.getUint16(30, true) !== 0) return 'extra_field'
  if (view.getUint16(32, true) !== 0) return 'comment'
  if (view.getUint16(34, true) !== 0) return 'multiple_disks'
  return laterFieldFault(view)
}

function laterFieldFault(view: DataView): ZipReason | undefined {
  if (view.getUint16(36, true) !== 0 || view.getUint32(38, true) !== 0) return 'attributes'
  if (view.getUint16(4, true) !== 10 || view.getUint16(6, true) !== 10) return 'version'
  return view.getUint16(12, true) !== 0 || view.getUint16(14, true) !== 0x21 ? 'time' : undefined
}

/** Strictly ascending; names that differ in case only, or a name that is another's folder, collide when unpacked. */
function checkOrder(previous: string | undefined, name: string, seen: Set<string>): void {
  const folded = name.toLowerCase()
  const folders = folded.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
  if (seen.has(folded) || folders.slice(0, -1).some((folder) => seen.has(folder))) {
    throw ZipRefused({ reason: 'duplicate_name', member: name })
  }
  if (previous !== undefined && name < previous) throw ZipRefused({ reason: 'unsorted', member: name })
  seen.add(folded)
}

async function readMember(source: ByteSource, member: PlacedHeader): Promise<Uint8Array> {
  const expected = localHeader(member)
  const bytes = await source.read(member.offset, expected.length + member.size)
  if (!same(bytes.subarray(0, expected.length), expected)) {
    throw ZipRefused({ reason: 'local_header', member: member.name })
  }
  const data = bytes.subarray(expected.length)
  if (data.length !== member.size) throw ZipRefused({ reason: 'size', member: member.name })
  if (crc32(data) !== member.crc32) throw ZipRefused({ reason: 'checksum', member: member.name })
  return data
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
