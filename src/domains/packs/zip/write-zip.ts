import { crc32 } from 'node:zlib'
import {
  CENTRAL_HEADER_BYTES,
  centralHeader,
  END_RECORD_BYTES,
  endRecord,
  LIMITS,
  LOCAL_HEADER_BYTES,
  localHeader,
  type MemberHeader,
  nameFault,
  type PlacedHeader,
  ZipRefused,
} from './zip-format.ts'

/** A member to write; `read` is called once, in order, so that an archive larger than memory can be written. */
export interface ZipMember extends MemberHeader {
  read(): Promise<Uint8Array>
}

export type Sink = (chunk: Uint8Array) => Promise<void>

/** A member whose bytes are at hand. */
export function memberOf(name: string, bytes: Uint8Array): ZipMember {
  return { name, size: bytes.length, crc32: crc32(bytes), read: async () => bytes }
}

/**
 * Writes a ZIP whose bytes follow from names and contents alone: stored members in order of their names, one fixed
 * time, no extra field, comment or attribute.
 *
 * @returns the number of bytes written
 * @throws ZipRefused for what {@link readZip} would refuse, before the faulty member is written
 */
export async function writeZip(members: readonly ZipMember[], sink: Sink): Promise<number> {
  const placed = place(members)
  for (const { member } of placed) {
    await sink(localHeader(member))
    const bytes = await member.read()
    if (bytes.length !== member.size) throw ZipRefused({ reason: 'size', member: member.name })
    if (crc32(bytes) !== member.crc32) throw ZipRefused({ reason: 'checksum', member: member.name })
    await sink(bytes)
  }
  const headers = placed.map(({ header }) => centralHeader(header))
  const centralBytes = headers.reduce((sum, header) => sum + header.length, 0)
  const centralOffset = placed.reduce((sum, { member }) => sum + localBytes(member), 0)
  for (const header of headers) await sink(header)
  await sink(endRecord(headers.length, centralBytes, centralOffset))
  return centralOffset + centralBytes + END_RECORD_BYTES
}

/** Bytes of the archive that {@link writeZip} makes of `members`. */
export function zipBytes(members: readonly MemberHeader[]): number {
  const each = members.map((member) => localBytes(member) + CENTRAL_HEADER_BYTES + member.name.length)
  return each.reduce((sum, bytes) => sum + bytes, END_RECORD_BYTES)
}

/** Orders the members, gives each its offset, and refuses what the format or its limits do not allow. */
function place(members: readonly ZipMember[]): { member: ZipMember; header: PlacedHeader }[] {
  if (members.length > LIMITS.members) throw ZipRefused({ reason: 'too_many_members' })
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  let offset = 0
  let centralBytes = 0
  let previous: string | undefined
  return sorted.map((member) => {
    const { name, size } = member
    const fault = nameFault(name)
    if (fault !== undefined) throw ZipRefused({ reason: fault, member: name })
    if (name === previous) throw ZipRefused({ reason: 'duplicate_name', member: name })
    if (size > LIMITS.memberBytes) throw ZipRefused({ reason: 'member_too_large', member: name })
    const header = { name, size, crc32: member.crc32, offset }
    offset += localBytes(member)
    centralBytes += CENTRAL_HEADER_BYTES + name.length
    if (offset + centralBytes + END_RECORD_BYTES > LIMITS.archiveBytes)
      throw ZipRefused({ reason: 'archive_too_large' })
    previous = name
    return { member, header }
  })
}

function localBytes(member: MemberHeader): number {
  return LOCAL_HEADER_BYTES + member.name.length + member.size
}
