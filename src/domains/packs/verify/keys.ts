import { fromBase64, LedgerError, openPublicKey, type PublicKey, sha256, toHex } from '#kernel/ledger/core'
import { canonicalize } from '#platform/canonical-json.ts'
import { Keys, MEMBER } from '../pack-format.ts'
import { type Examination, readJson } from './examination.ts'

/** Identifies a key set: what two people compare over the telephone. */
export function fingerprintOf(keys: Keys): string {
  return `sha256:${toHex(sha256(new TextEncoder().encode(canonicalize({ ...keys }))))}`
}

/** The pack's keys; with pinned keys, those are used instead, and any other key in the pack is a problem. */
export async function checkKeys(examination: Examination): Promise<string | undefined> {
  const { pinned, found } = examination
  const own = await readJson(examination, MEMBER.keys, Keys)
  if (own === undefined) return undefined
  for (const key of [...own.records, ...own.packs]) {
    if (openKey(key.publicKey) === undefined || kidOf(key.publicKey) !== key.kid) {
      found({ code: 'key_wrong', member: MEMBER.keys, message: `key \`${key.kid}\` is not an Ed25519 key of that id` })
    }
  }
  examination.keys = pinned ?? own
  if (pinned === undefined) return `${describe(own)}, as the pack itself states them`
  if (own.origin !== pinned.origin) {
    found({
      code: 'origin_not_pinned',
      member: MEMBER.keys,
      message: 'the pack is of another log than the pinned keys',
    })
  }
  for (const name of strangers(own, pinned)) {
    found({ code: 'key_not_pinned', member: MEMBER.keys, message: `\`${name}\` is not among the pinned keys` })
  }
  return `${describe(own)}, all of them pinned`
}

function describe(keys: Keys): string {
  return `${keys.log.length} log, ${keys.records.length} record and ${keys.packs.length} pack keys`
}

function strangers(own: Keys, pinned: Keys): string[] {
  const known = (list: Keys['records']) => new Set(list.map((key) => key.publicKey))
  const records = known(pinned.records)
  const packs = known(pinned.packs)
  return [
    ...own.log.filter((vkey) => !pinned.log.includes(vkey)),
    ...own.records.filter((key) => !records.has(key.publicKey)).map((key) => `record key ${key.kid}`),
    ...own.packs.filter((key) => !packs.has(key.publicKey)).map((key) => `pack key ${key.kid}`),
  ]
}

/** SubjectPublicKeyInfo of Ed25519 (RFC 8410): a fixed prefix and the 32 bytes of the key. */
const SPKI_PREFIX = '302a300506032b6570032100'

/** The 32 bytes within a SubjectPublicKeyInfo; undefined for any other kind of key. */
export function rawKey(spkiBase64: string): Uint8Array | undefined {
  const der = fromBase64(spkiBase64)
  return der?.length === 44 && toHex(der.subarray(0, 12)) === SPKI_PREFIX ? der.subarray(12) : undefined
}

/** The key, ready to verify; undefined for what is not an Ed25519 key that can be trusted. */
export function openKey(spkiBase64: string): PublicKey | undefined {
  const raw = rawKey(spkiBase64)
  if (raw === undefined) return undefined
  try {
    return openPublicKey(raw)
  } catch (error) {
    if (error instanceof LedgerError) return undefined
    throw error
  }
}

function kidOf(spkiBase64: string): string {
  return toHex(sha256(fromBase64(spkiBase64) ?? new Uint8Array())).slice(0, 8)
}
