import { defineError } from '#platform/errors.ts'

/** Why an archive is refused; each is one trick or one fault, so that the reader knows what was done to the file. */
export type ZipReason =
  | 'end_record_missing'
  | 'end_record_wrong'
  | 'data_after_end'
  | 'data_before_first'
  | 'comment'
  | 'extra_field'
  | 'compressed'
  | 'encrypted'
  | 'data_descriptor'
  | 'flags'
  | 'version'
  | 'attributes'
  | 'multiple_disks'
  | 'time'
  | 'name'
  | 'directory'
  | 'duplicate_name'
  | 'unsorted'
  | 'gap_or_overlap'
  | 'central_header'
  | 'local_header'
  | 'size'
  | 'checksum'
  | 'too_many_members'
  | 'member_too_large'
  | 'archive_too_large'

const WORDS: Record<ZipReason, string> = {
  end_record_missing: 'it has no end record where one must be, so it is cut off or not a ZIP file',
  end_record_wrong: 'its end record contradicts the file',
  data_after_end: 'it has data after its end record',
  data_before_first: 'it has data before its first member',
  comment: 'it carries a comment, in which data can hide',
  extra_field: 'it carries an extra field, in which data can hide',
  compressed: 'a member is compressed; packs store their members as they are',
  encrypted: 'a member is encrypted',
  data_descriptor: 'a member gives its size after its data',
  flags: 'a member carries flags that packs do not use',
  version: 'a member asks for another version of the format',
  attributes: 'a member carries file attributes, such as those of a symbolic link',
  multiple_disks: 'it says that it spans more than one file',
  time: 'a member has another time than the fixed one',
  name: 'a member has a name that packs do not use',
  directory: 'a member is a folder',
  duplicate_name: 'two members have one name',
  unsorted: 'its members are not in order of their names',
  gap_or_overlap: 'its members do not follow each other without gap or overlap',
  central_header: 'its central directory is damaged',
  local_header: 'a member is described in two ways',
  size: 'a member has another size than it says',
  checksum: 'a member has another checksum than it says',
  too_many_members: `it has more than ${65_534} members`,
  member_too_large: 'a member is larger than 256 MiB',
  archive_too_large: 'it would be larger than 4 GiB, which this format does not hold',
}

export const ZipRefused = defineError<{ reason: ZipReason; member?: string }>(
  'zip_refused',
  422,
  ({ reason, member }) =>
    `the archive is refused: ${WORDS[reason]}${member === undefined ? '' : ` (\`${printable(member)}\`)`}`,
)

/** Limits of the format without its 64-bit extension, which packs do not use: about 8 million records of a whole log. */
export const LIMITS = { members: 65_534, memberBytes: 256 * 1024 * 1024, archiveBytes: 0xffff_fffe } as const

export const LOCAL_HEADER_BYTES = 30
export const CENTRAL_HEADER_BYTES = 46
export const END_RECORD_BYTES = 22
export const SIGNATURE = { local: 0x0403_4b50, central: 0x0201_4b50, end: 0x0605_4b50 } as const
const VERSION = 10
/** 1980-01-01 00:00:00, the first that the format can say. */
const DOS_DATE = 0x0021

export interface MemberHeader {
  readonly name: string
  readonly size: number
  readonly crc32: number
}

export interface PlacedHeader extends MemberHeader {
  /** Where the member's local header begins. */
  readonly offset: number
}

/** APPNOTE 4.3.7, with every free choice fixed. */
export function localHeader(member: MemberHeader): Uint8Array {
  const bytes = new Uint8Array(LOCAL_HEADER_BYTES + member.name.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, SIGNATURE.local, true)
  common(view, 4, member)
  bytes.set(new TextEncoder().encode(member.name), LOCAL_HEADER_BYTES)
  return bytes
}

/** APPNOTE 4.3.12, with every free choice fixed. */
export function centralHeader(member: PlacedHeader): Uint8Array {
  const bytes = new Uint8Array(CENTRAL_HEADER_BYTES + member.name.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, SIGNATURE.central, true)
  view.setUint16(4, VERSION, true)
  common(view, 6, member)
  view.setUint32(42, member.offset, true)
  bytes.set(new TextEncoder().encode(member.name), CENTRAL_HEADER_BYTES)
  return bytes
}

/** APPNOTE 4.3.16, without a comment. */
export function endRecord(members: number, centralBytes: number, centralOffset: number): Uint8Array {
  const bytes = new Uint8Array(END_RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, SIGNATURE.end, true)
  view.setUint16(8, members, true)
  view.setUint16(10, members, true)
  view.setUint32(12, centralBytes, true)
  view.setUint32(16, centralOffset, true)
  return bytes
}

/** The 26 bytes that both headers share: version needed, flags, method, time, date, checksum, sizes, lengths. */
function common(view: DataView, at: number, member: MemberHeader): void {
  view.setUint16(at, VERSION, true)
  view.setUint16(at + 8, DOS_DATE, true)
  view.setUint32(at + 10, member.crc32, true)
  view.setUint32(at + 14, member.size, true)
  view.setUint32(at + 18, member.size, true)
  view.setUint16(at + 22, member.name.length, true)
}

/**
 * Why `name` cannot be a member's name, if so. Packs use ASCII paths only: nothing absolute, nothing that climbs, no
 * backslash, no control or look-alike character, and no part that a file system would read in another way.
 */
export function nameFault(name: string): 'name' | 'directory' | undefined {
  if (name.length > 0 && name.endsWith('/')) return 'directory'
  if (name.length > 200 || !/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(name)) return 'name'
  return name.split('/').some((part) => part.endsWith('.')) ? 'name' : undefined
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1
  return rest
})

/** CRC-32 as ZIP uses it (ISO 3309), as an unsigned number; in a browser too, where `node:zlib` is not. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  // by index: an iterator takes three times as long, and packs have megabytes
  for (let at = 0; at < bytes.length; at++) crc = (CRC_TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffff_ffff) >>> 0
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x5f\x61-\x7e]/g, '?').slice(0, 80)
}
