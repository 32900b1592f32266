import { dssePae, parseCheckpoint, type TileReader, toBase64, utf8 } from '#kernel/ledger/core'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import type { Disclosure, Keys, Manifest, Statement } from '../pack-format.ts'
import { MEMBER } from '../pack-format.ts'
import { memberOf, type Sink, writeZip, type ZipMember, zipBytes } from '../zip/write-zip.ts'
import { type ChosenRecord, selectionMembers, wholeLogMembers } from './log-members.ts'
import { type PackMember, packMember, readTwice } from './pack-member.ts'
import { fillPage, type PageArchive } from './page-data.ts'

export interface PackInput {
  readonly scope: Manifest['scope']
  readonly period: Manifest['period']
  /** Shown to the auditor: who, and with what. */
  readonly preparedBy: string
  readonly preparedAt: string
  readonly keys: Keys
  /** Signed note; the pack is of the log at its size. */
  readonly checkpoint: string
  readonly log: TileReader
  /** `whole` carries the log; a list carries those records, each with its proof, and says that they were chosen. */
  readonly records: 'whole' | readonly ChosenRecord[]
  /** `countersign.report/v1` as RFC 8785 JSON, made at the size of the checkpoint. */
  readonly report: Uint8Array
  readonly evidence: readonly EvidenceFile[]
  readonly disclosures: readonly Disclosure[]
  /** One of `keys.packs`. */
  readonly signer: PackSigner
  /** The page that `npm run build` makes: `dist/pack-page.html`. */
  readonly page: string
  readonly sink: Sink
  /** Told of each chosen record that was proved, and of each member that was written; what it throws ends the making. */
  readonly onProgress?: ((what: 'proving' | 'writing', done: number, total: number) => void) | undefined
}

export interface EvidenceFile {
  /** Hex. */
  readonly sha256: string
  /** Read twice: once for the manifest, once into the archive. */
  read(): Promise<Uint8Array>
}

export interface PackSigner {
  readonly kid: string
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

export interface BuiltPack {
  readonly bytes: number
  readonly members: number
  readonly treeSize: number
  /** Whether the page carries the data itself, or asks for the archive. */
  readonly page: 'carries' | 'asks'
}

/** The page carries members of up to this many bytes; beyond, a browser would take long to open it. */
const PAGE_BYTES_MAX = 20 * 1024 * 1024

/**
 * Writes an evidence pack. The same input gives the same bytes.
 *
 * Members are read one at a time, so a log larger than memory can be packed; the limits of the archive are about
 * 8 million records or 4 GiB.
 *
 * @throws LedgerError when the log cannot be read, ZipRefused when the archive would pass its limits
 */
export async function buildPack(input: PackInput): Promise<BuiltPack> {
  const { size } = parseCheckpoint(noteBody(input.checkpoint))
  const listed = await listedMembers(input, size)
  const manifest = manifestOf(input, size, listed)
  const manifestMember = packMember(MEMBER.manifest, jsonBytes(manifest))
  const carried = [...listed, manifestMember]
  const carries = carried.reduce((sum, member) => sum + member.size, 0) <= PAGE_BYTES_MAX
  const page = packMember(
    MEMBER.page,
    await fillPage(input.page, carries ? await pageArchive(input, manifest, carried) : undefined),
  )
  const signature = await envelope(input.signer, manifest, [page, manifestMember])
  const members = [...carried, page, memberOf(MEMBER.signature, signature)]
  const bytes = await writeZip(told(members, input.onProgress), input.sink)
  return { bytes, members: members.length, treeSize: size, page: carries ? 'carries' : 'asks' }
}

/** The members that the manifest lists, in order. */
async function listedMembers(input: PackInput, size: number): Promise<PackMember[]> {
  const fixed = [
    packMember(MEMBER.checkpoint, utf8(input.checkpoint)),
    packMember(MEMBER.keys, jsonBytes(input.keys)),
    packMember(MEMBER.report, input.report),
    ...input.disclosures.map((one) => packMember(`disclosures/${one.index}.json`, jsonBytes(one))),
  ]
  const evidence: PackMember[] = []
  for (const file of input.evidence) evidence.push(await readTwice(`evidence/${file.sha256}`, () => file.read()))
  const log =
    input.records === 'whole'
      ? await wholeLogMembers(input.log, size, input.checkpoint)
      : await selectionMembers({
          log: input.log,
          size,
          checkpoint: input.checkpoint,
          records: input.records,
          onProved: (done, total) => input.onProgress?.('proving', done, total),
        })
  return [...fixed, ...evidence, ...log].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The same members; each tells when it is read. */
function told(members: readonly ZipMember[], onProgress: PackInput['onProgress']): readonly ZipMember[] {
  if (onProgress === undefined) return members
  let done = 0
  return members.map((member) => ({
    ...member,
    read: () => {
      onProgress('writing', ++done, members.length)
      return member.read()
    },
  }))
}

function manifestOf(input: PackInput, treeSize: number, files: readonly PackMember[]): Manifest {
  return {
    schema: 'countersign.pack/v1',
    origin: input.keys.origin,
    treeSize,
    completeness: input.records === 'whole' ? 'whole' : 'asserted',
    scope: input.scope,
    period: input.period,
    preparedBy: input.preparedBy,
    preparedAt: input.preparedAt,
    files: files.map((file) => ({ path: file.name, sha256: file.sha256, bytes: file.size })),
  }
}

/** What the page carries: the pack without the page, under a signature that leaves the page out. */
async function pageArchive(input: PackInput, manifest: Manifest, members: readonly PackMember[]): Promise<PageArchive> {
  const manifestMember = members.filter((member) => member.name === MEMBER.manifest)
  const signature = memberOf(MEMBER.signature, await envelope(input.signer, manifest, manifestMember))
  const all = [...members, signature]
  return { bytes: zipBytes(all), write: (sink) => writeZip(all, sink) }
}

/** DSSE around an in-toto statement about `subjects`. */
async function envelope(signer: PackSigner, manifest: Manifest, subjects: readonly PackMember[]): Promise<Uint8Array> {
  const { origin, treeSize, completeness } = manifest
  const statement: Statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map((one) => ({ name: one.name, digest: { sha256: one.sha256 } })),
    predicateType: 'urn:countersign:pack:v1',
    predicate: { origin, treeSize, completeness },
  }
  const payloadType = 'application/vnd.in-toto+json'
  const payload = jsonBytes(statement)
  const sig = await signer.sign(dssePae(payloadType, payload))
  return jsonBytes({ payloadType, payload: toBase64(payload), signatures: [{ keyid: signer.kid, sig: toBase64(sig) }] })
}

function jsonBytes(value: object | Json): Uint8Array {
  return utf8(canonicalize(value as Json))
}

/** The text that a note's signatures cover: everything up to the last empty line. */
function noteBody(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1)
}
