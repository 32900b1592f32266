import { count, list, nullable, object, oneOf, type ShapeOf, text } from './shape.ts'

/**
 * The evidence pack, version 1: the members of its archive and the shape of each.
 *
 * - `manifest.json` lists every member but the next two, with digest and size;
 * - `manifest.dsse.json` signs `manifest.json` and `index.html`, so that no member is left without a signature;
 * - `index.html` shows the report and verifies the pack; it carries the other members within itself, and therefore
 *   cannot be listed in a manifest that it carries.
 */
export const MEMBER = {
  manifest: 'manifest.json',
  signature: 'manifest.dsse.json',
  page: 'index.html',
  keys: 'keys.json',
  checkpoint: 'checkpoint',
  report: 'report.json',
} as const

const hexDigest = text({ max: 64, pattern: /^[0-9a-f]{64}$/, what: '64 hex digits' })
const moment = text({
  max: 24,
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  what: 'a time in UTC with milliseconds',
})
const origin = text({ max: 255, pattern: /^[^\s+\p{C}]+$/u, what: 'a name without spaces or plus signs' })
const base64 = (max: number) => text({ max, pattern: /^[A-Za-z0-9+/]*={0,2}$/, what: 'standard base64' })

export const Manifest = object({
  schema: oneOf('countersign.pack/v1'),
  origin,
  treeSize: count,
  /** `whole`: the log is here and its root is derived again. `asserted`: the operator chose these records. */
  completeness: oneOf('whole', 'asserted'),
  scope: object({ kind: oneOf('ledger', 'repository', 'selection'), name: text({ max: 1000 }) }),
  /** What the pack is about; null is open. */
  period: object({ from: nullable(moment), to: nullable(moment) }),
  preparedBy: text({ max: 500 }),
  preparedAt: moment,
  /** In ascending order of path. */
  files: list(object({ path: text({ max: 200 }), sha256: hexDigest, bytes: count }), { max: 65_534 }),
})
export type Manifest = ShapeOf<typeof Manifest>

const PublicKey = object({
  /** The first 8 hex digits of SHA-256 of the key. */
  kid: text({ max: 8, pattern: /^[0-9a-f]{8}$/, what: '8 hex digits' }),
  /** SubjectPublicKeyInfo in DER, base64: an Ed25519 key is 44 bytes. */
  publicKey: base64(60),
})

/** No key serves two purposes: a signature of one kind can never be passed off as one of another. */
export const Keys = object({
  schema: oneOf('countersign.keys/v1'),
  origin,
  /** Sign checkpoints; verifier keys of C2SP signed-note. */
  log: list(text({ max: 400 }), { max: 100 }),
  /** Sign records. */
  records: list(PublicKey, { max: 10_000 }),
  /** Sign manifests of packs. */
  packs: list(PublicKey, { max: 100 }),
})
export type Keys = ShapeOf<typeof Keys>

/** Values behind the commitments of one record, with what is needed to check them. */
export const Disclosure = object({
  schema: oneOf('countersign.disclosure/v1'),
  index: count,
  id: text({ max: 36 }),
  opened: list(
    object({
      /** JSON pointer (RFC 6901) of the commitment within the record. */
      pointer: text({ max: 500, pattern: /^(\/[^/]+)+$/, what: 'a JSON pointer' }),
      /** The field name that the commitment is bound to. */
      field: text({ max: 64, pattern: /^[A-Za-z][A-Za-z0-9_.-]*$/, what: 'the name of a field' }),
      /** 32 bytes. */
      salt: base64(44),
      value: text({ max: 16 * 1024 * 1024 }),
    }),
    { max: 1000 },
  ),
})
export type Disclosure = ShapeOf<typeof Disclosure>

/** DSSE envelope around an in-toto statement. */
export const Envelope = object({
  payloadType: oneOf('application/vnd.in-toto+json'),
  payload: base64(64 * 1024),
  signatures: list(object({ keyid: text({ max: 8 }), sig: base64(88) }), { max: 16 }),
})
export type Envelope = ShapeOf<typeof Envelope>

export const Statement = object({
  _type: oneOf('https://in-toto.io/Statement/v1'),
  subject: list(object({ name: text({ max: 200 }), digest: object({ sha256: hexDigest }) }), { max: 2 }),
  predicateType: oneOf('urn:countersign:pack:v1'),
  predicate: object({ origin, treeSize: count, completeness: oneOf('whole', 'asserted') }),
})
export type Statement = ShapeOf<typeof Statement>

/** What a member is for, by its path; undefined when a pack has no such member. */
export function memberKind(path: string): MemberKind | undefined {
  const fixed = Object.values(MEMBER).find((name) => name === path)
  if (fixed !== undefined) return 'fixed'
  if (/^evidence\/[0-9a-f]{64}$/.test(path)) return 'evidence'
  if (/^disclosures\/(0|[1-9]\d{0,15})\.json$/.test(path)) return 'disclosure'
  if (/^entries\/(0|[1-9]\d{0,15})\.json$/.test(path)) return 'entry'
  if (/^proofs\/(0|[1-9]\d{0,15})\.tlog-proof$/.test(path)) return 'proof'
  return path.startsWith('log/') ? 'log' : undefined
}
export type MemberKind = 'fixed' | 'evidence' | 'disclosure' | 'entry' | 'proof' | 'log'

/** The index that the path of an entry, proof or disclosure states. */
export function indexOf(path: string): number {
  return Number(/\/(\d+)\./.exec(path)?.[1] ?? Number.NaN)
}
