import { crc32 } from 'node:zlib'
import { sha256, toHex } from '#kernel/ledger/core'
import { memberOf, type ZipMember } from '../zip/write-zip.ts'

/** A member and the digest of its bytes, for the manifest. */
export interface PackMember extends ZipMember {
  /** Hex. */
  readonly sha256: string
}

export function packMember(name: string, bytes: Uint8Array): PackMember {
  return { ...memberOf(name, bytes), sha256: toHex(sha256(bytes)) }
}

/** A member whose bytes are not kept between the manifest and the archive: `read` is called for each. */
export async function readTwice(name: string, read: () => Promise<Uint8Array>): Promise<PackMember> {
  return readAgain(name, await read(), read)
}

/** The same, of a member whose bytes are at hand for the manifest. */
export function readAgain(name: string, bytes: Uint8Array, read: () => Promise<Uint8Array>): PackMember {
  return { name, size: bytes.length, crc32: crc32(bytes), sha256: toHex(sha256(bytes)), read }
}
