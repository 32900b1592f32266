import {
  type AuditRecord,
  BundleBuilder,
  commitment,
  entriesPath,
  formatCheckpoint,
  formatVkey,
  leafHash,
  noteKeyTypes,
  pathOf,
  type Signer,
  sha256,
  signerFromSeed,
  signNote,
  signRecord,
  spkiOf,
  type TileReader,
  TreeBuilder,
  tilePath,
  toBase64,
  toHex,
  utf8,
} from '#kernel/ledger/core'
import { canonicalize } from '#platform/canonical-json.ts'
import { buildPack, type PackInput } from '../../src/domains/packs/build/build-pack.ts'
import { PAGE_DATA } from '../../src/domains/packs/build/page-data.ts'
import type { Keys } from '../../src/domains/packs/pack-format.ts'

export const ORIGIN = 'ledger.example.com/acme'
const SALT = new Uint8Array(32).fill(7)
export const EVIDENCE = utf8('{"scanner":"example","findings":0}\n')

export interface SampleKeys {
  readonly log: Signer
  readonly record: Signer
  readonly pack: Signer
}

/** Fixed keys, one per purpose; another `seed` is another operator. */
export function sampleKeys(seed = 1): SampleKeys {
  const signer = (offset: number) => signerFromSeed(new Uint8Array(32).fill(seed * 10 + offset))
  return { log: signer(0), record: signer(1), pack: signer(2) }
}

export function keysOf({ log, record, pack }: SampleKeys): Keys {
  const publicKey = (signer: Signer) => ({ kid: signer.kid, publicKey: toBase64(spkiOf(signer.publicKey)) })
  return {
    schema: 'countersign.keys/v1',
    origin: ORIGIN,
    log: [formatVkey(ORIGIN, noteKeyTypes.ed25519, log.publicKey)],
    records: [publicKey(record)],
    packs: [publicKey(pack)],
  }
}

/** The title of the change that record `index` is about, which the record only commits to. */
export const titleOf = (index: number) => `Change number ${index}`

export function sampleRecord(index: number): AuditRecord {
  const hex = index.toString(16).padStart(12, '0')
  return {
    v: 1,
    id: `01931a2b-3c4d-7e5f-8a6b-${hex}`,
    at: '2026-11-01T12:00:00.000Z',
    organizationId: 'org_sample',
    correlationId: `import-${index}`,
    type: 'change.imported',
    actor: { id: 'svc_importer', kind: 'service', role: 'importer', onBehalfOf: null },
    tool: null,
    operation: 'change.import',
    inputHash: `sha256:${toHex(sha256(utf8(`commit ${index}`)))}`,
    outputHash: null,
    review: null,
    scans: null,
    compliance: null,
    justification: null,
    targets: [{ type: 'change', id: `chg_${index}` }],
    refs: [],
    data: { title: commitment(SALT, 'data.title', utf8(titleOf(index))) },
    na: {
      tool: 'unknown_from_git',
      outputHash: 'not_applicable',
      review: 'unknown_from_git',
      scans: 'not_scanned',
      compliance: 'no_policy_in_force',
      justification: 'unknown_from_git',
    },
  }
}

export interface SampleLog {
  readonly files: Map<string, Uint8Array>
  readonly reader: TileReader
  readonly checkpoint: string
  readonly root: Uint8Array
  readonly size: number
}

/** A log of `entries` in memory, as C2SP tlog-tiles lays it out, with a signed checkpoint. */
export function logOf(entries: readonly Uint8Array[], signer: Signer): SampleLog {
  const tree = new TreeBuilder()
  const bundles = new BundleBuilder()
  const tiles = [
    ...bundles.append(entries),
    ...bundles.partials(),
    ...tree.append(entries.map(leafHash)),
    ...tree.partials(),
  ]
  const files = new Map(tiles.map((tile) => [pathOf(tile), tile.bytes]))
  const root = tree.root()
  const size = entries.length
  const checkpoint = signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [{ name: ORIGIN, key: signer }])
  const read = async (path: string) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`no ${path}`)
    return bytes
  }
  const reader: TileReader = {
    readTile: (level, n, width) => read(tilePath(level, n, width)),
    readEntries: (n, width) => read(entriesPath(n, width)),
    readCheckpoint: async () => checkpoint,
  }
  return { files, reader, checkpoint, root, size }
}

export function entriesOf(size: number, signer: Signer): Uint8Array[] {
  return Array.from({ length: size }, (_, index) => signRecord(sampleRecord(index), signer))
}

/** The smallest report that a pack takes; pages are tested with full ones. */
export function reportOf({ size, root }: { size: number; root: Uint8Array }): Uint8Array {
  return utf8(canonicalize({ schema: 'countersign.report/v1', ledger: { origin: ORIGIN, size, root: toBase64(root) } }))
}

export interface SampleOptions {
  readonly size?: number
  /** Indexes of chosen records; the whole log unless given. */
  readonly records?: readonly number[]
  readonly keys?: SampleKeys
  readonly log?: SampleLog
  readonly change?: Partial<PackInput>
}

/** A complete pack in memory, with one piece of evidence and one opened value. */
export async function samplePack(options: SampleOptions = {}): Promise<Uint8Array> {
  const keys = options.keys ?? sampleKeys()
  const log = options.log ?? logOf(entriesOf(options.size ?? 300, keys.record), keys.log)
  const index = Math.min(3, log.size - 1)
  const chunks: Uint8Array[] = []
  await buildPack({
    scope: { kind: 'repository', name: 'example/repository' },
    period: { from: null, to: null },
    preparedBy: 'countersign 0.1.0',
    preparedAt: '2026-11-23T00:00:00.000Z',
    keys: keysOf(keys),
    checkpoint: log.checkpoint,
    log: log.reader,
    records: options.records?.map((index) => ({ index, id: sampleRecord(index).id })) ?? 'whole',
    report: reportOf(log),
    evidence: [{ sha256: toHex(sha256(EVIDENCE)), read: async () => EVIDENCE }],
    disclosures: [
      {
        schema: 'countersign.disclosure/v1',
        index,
        id: sampleRecord(index).id,
        opened: [{ pointer: '/data/title', field: 'data.title', salt: toBase64(SALT), value: titleOf(index) }],
      },
    ],
    signer: keys.pack,
    page: `<!doctype html><title>pack</title>${PAGE_DATA}`,
    sink: async (chunk) => void chunks.push(chunk),
    ...options.change,
  })
  return Uint8Array.from(Buffer.concat(chunks))
}
