import { randomBytes } from 'node:crypto'
import { existingSecret, secretFile } from '#platform/secret-file.ts'
import {
  formatVkey,
  hmacSha256,
  type NoteSigner,
  noteKeyTypes,
  parseVkey,
  seedToPem,
  signerFromPem,
  spkiOf,
  toBase64,
  utf8,
  type Verifier,
} from './core/index.ts'
import { type RecordSigner, recordSigner } from './record-signer.ts'

/** The ledger's secrets. No key has two uses. */
export interface LedgerKeys {
  /** Signs checkpoints. */
  readonly log: NoteSigner
  readonly verifier: Verifier
  readonly vkey: string
  /** Signs records. */
  readonly record: RecordSigner
  /** Wraps data keys: 32 bytes. */
  readonly kek: Uint8Array
  /** Keys the codes of submitted events: 32 bytes. */
  readonly mac: Uint8Array
}

/** The public half, as `keys.json` of an evidence pack states it. */
export interface PublicKeys {
  readonly origin: string
  /** Keys of checkpoints, as vkeys (C2SP signed-note). */
  readonly log: readonly string[]
  /** Keys of records: base64 of the SPKI DER form. */
  readonly records: readonly { readonly kid: string; readonly alg: 'Ed25519'; readonly publicKey: string }[]
}

/**
 * Reads the keys in `folder`. Those that are missing are made at the first start only: later, a key that is not there is lost,
 * and a new one could neither continue the log nor open what was sealed.
 *
 * @param origin name of the log, which its key carries
 * @throws secret_missing when one is missing and is to be refused
 */
export async function openLedgerKeys(
  folder: string,
  origin: string,
  missing: 'make' | 'refuse' = 'make',
): Promise<LedgerKeys> {
  const secret = (name: string, make: () => string) =>
    missing === 'make' ? secretFile(folder, name, make) : existingSecret(folder, name)
  const log = signerFromPem(await secret('log.pem', newPem))
  const record = recordSigner(await secret('record.pem', newPem))
  const kek = readSecret(await secret('payload.key', newSecret))
  const mac = readSecret(await secret('event-id.key', newSecret))
  const vkey = formatVkey(origin, noteKeyTypes.ed25519, log.publicKey)
  return { log: { name: origin, key: log }, verifier: parseVkey(vkey), vkey, record, kek, mac }
}

export function publicKeys(keys: LedgerKeys): PublicKeys {
  const publicKey = toBase64(spkiOf(keys.record.publicKey))
  return { origin: keys.log.name, log: [keys.vkey], records: [{ kid: keys.record.kid, alg: 'Ed25519', publicKey }] }
}

/** Tells whether two data folders hold the same secrets, and says nothing of them. */
export function keyCheck(keys: LedgerKeys): Uint8Array {
  return hmacSha256(keys.kek, hmacSha256(keys.mac, utf8('countersign/key-check/v1')))
}

function newPem(): string {
  return seedToPem(randomBytes(32))
}

function newSecret(): string {
  return `${randomBytes(32).toString('base64')}\n`
}

function readSecret(text: string): Uint8Array {
  const bytes = Buffer.from(text.trim(), 'base64')
  if (bytes.length !== 32) throw new Error('a key file of the ledger does not hold 32 bytes')
  return bytes
}
