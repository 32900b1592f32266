import { sha256, toHex } from '#kernel/ledger/core'
import { Manifest, MEMBER, memberKind } from '../pack-format.ts'
import { ZipRefused } from '../zip/zip-format.ts'
import { type Examination, readJson } from './examination.ts'

/** Each member against its own header and checksum, and the set of members against what a pack consists of. */
export async function checkMembers(examination: Examination): Promise<string> {
  const { zip, found, form } = examination
  const needed = Object.values(MEMBER).filter((name) => form === 'archive' || name !== MEMBER.page)
  for (const name of needed.filter((one) => !zip.has(one))) {
    found({ code: 'member_missing', member: name, message: 'a pack must have it' })
  }
  let bytes = 0
  for (const name of zip.names) {
    bytes += zip.sizeOf(name)
    await checkMember(examination, name)
  }
  return `${zip.names.length} members, ${bytes} bytes, each stored once and in order`
}

async function checkMember({ zip, found }: Examination, member: string): Promise<void> {
  if (memberKind(member) === undefined)
    found({ code: 'member_unexpected', member, message: 'a pack has no such member' })
  try {
    await zip.read(member)
  } catch (error) {
    if (!ZipRefused.is(error)) throw error
    found({ code: `zip_${error.facts['reason']}`, member, message: error.message })
  }
}

/** The manifest against the members, both ways. */
export async function checkManifest(examination: Examination): Promise<string | undefined> {
  const manifest = await readJson(examination, MEMBER.manifest, Manifest)
  if (manifest === undefined) return undefined
  examination.manifest = manifest
  const listed = new Map(manifest.files.map((file) => [file.path, file]))
  const sorted = manifest.files.every((file, at) => at === 0 || (manifest.files[at - 1]?.path ?? '') < file.path)
  if (!sorted) {
    examination.found({
      code: 'manifest_order',
      member: MEMBER.manifest,
      message: 'its paths are not in order, or not unique',
    })
  }
  const outside: readonly string[] = [MEMBER.manifest, MEMBER.signature, MEMBER.page]
  for (const name of examination.zip.names) {
    if (outside.includes(name)) continue
    const file = listed.get(name)
    listed.delete(name)
    if (file === undefined) {
      examination.found({ code: 'member_extra', member: name, message: 'the manifest does not list it' })
    } else await checkDigest(examination, file)
  }
  for (const path of listed.keys()) {
    examination.found({ code: 'member_missing', member: path, message: 'the manifest lists it, and it is not here' })
  }
  return `${manifest.files.length} members have the digests that the manifest states; none is missing, none is extra`
}

async function checkDigest({ zip, found }: Examination, file: Manifest['files'][number]): Promise<void> {
  const bytes = await zip.readUnchecked(file.path)
  if (bytes.length === file.bytes && toHex(sha256(bytes)) === file.sha256) return
  found({ code: 'member_changed', member: file.path, message: 'it is not what the manifest states' })
}
