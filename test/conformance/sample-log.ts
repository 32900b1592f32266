import {
  type AuditRecord,
  BundleBuilder,
  entriesPath,
  formatCheckpoint,
  formatVkey,
  leafHash,
  noteKeyTypes,
  openPrivateKey,
  parseVkey,
  pathOf,
  recordKeys,
  signerFromSeed,
  signNote,
  signRecord,
  type TileReader,
  TreeBuilder,
  tilePath,
  utf8,
} from '#kernel/ledger/core'

export const sampleOrigin = 'log.example/sample'
/** Keys of samples are made of one repeated byte: everyone can see that they guard nothing. */
export const sampleSigner = signerFromSeed(new Uint8Array(32).fill(7))
const sampleLogKey = openPrivateKey(new Uint8Array(32).fill(9))
export const sampleRecordKeys = recordKeys([sampleSigner.publicKey])
const sampleVkey = formatVkey(sampleOrigin, noteKeyTypes.ed25519, sampleLogKey.publicKey)
export const sampleVerifiers = [parseVkey(sampleVkey)]

/** A right record, numbered. */
export function sampleRecord(number: number): AuditRecord {
  return {
    v: 1,
    id: `019a0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
    at: new Date(1_790_000_000_000 + number).toISOString(),
    organizationId: 'org_sample',
    correlationId: `sample-${number}`,
    type: 'change.merged',
    actor: { id: 'usr_sample', kind: 'user', role: 'developer', onBehalfOf: null },
    tool: { name: 'Assistant', version: null, model: null },
    operation: 'merge',
    inputHash: null,
    outputHash: `sha256:${'0'.repeat(64)}`,
    review: { status: 'approved', reviewer: 'usr_reviewer' },
    scans: null,
    compliance: null,
    justification: null,
    targets: [{ type: 'commit', id: number.toString(16).padStart(40, '0') }],
    refs: [],
    data: { number },
    na: {
      'tool.version': 'not_recorded',
      inputHash: 'not_applicable',
      scans: 'not_scanned',
      compliance: 'no_policy_in_force',
      justification: 'no_justification_given',
    },
  }
}

export function sampleEntries(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => signRecord(sampleRecord(number), sampleSigner))
}

/** The files of a log over these entries by their path, as C2SP tlog-tiles names them. */
export function sampleLog(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
  const tree = new TreeBuilder()
  const bundles = new BundleBuilder()
  const tiles = [
    ...tree.append(entries.map(leafHash)),
    ...tree.partials(),
    ...bundles.append(entries),
    ...bundles.partials(),
  ]
  const body = formatCheckpoint({ origin: sampleOrigin, size: entries.length, root: tree.root() })
  const note = signNote(body, [{ name: sampleOrigin, key: sampleLogKey }])
  return new Map([['checkpoint', utf8(note)], ...tiles.map((tile) => [pathOf(tile), tile.bytes] as const)])
}

export function filesReader(files: ReadonlyMap<string, Uint8Array>): TileReader {
  const read = async (path: string) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`there is no ${path}`)
    return bytes
  }
  return {
    readTile: (level, n, width) => read(tilePath(level, n, width)),
    readEntries: (n, width) => read(entriesPath(n, width)),
    readCheckpoint: async () =>
      files.has('checkpoint') ? new TextDecoder().decode(files.get('checkpoint')) : undefined,
  }
}
