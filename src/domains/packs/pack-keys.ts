import { randomBytes } from 'node:crypto'
import { type Ledger, publicKeys, seedToPem, signerFromPem, spkiOf, toBase64 } from '#kernel/ledger'
import { secretFile } from '#platform/secret-file.ts'
import type { PackSigner } from './build/build-pack.ts'
import type { Keys } from './pack-format.ts'

interface KeyPlaces {
  readonly ledger: Ledger
  /** Where the pack key lies, with the other keys. */
  readonly keysFolder: string
}

/** The public keys of everything a pack is signed with, and the key that signs packs and nothing else. */
export async function packKeys({ ledger, keysFolder }: KeyPlaces): Promise<{ keys: Keys; signer: PackSigner }> {
  const signer = signerFromPem(await secretFile(keysFolder, 'pack.pem', () => seedToPem(randomBytes(32))))
  const { origin, log, records } = publicKeys(ledger.keys)
  const keys: Keys = {
    schema: 'countersign.keys/v1',
    origin,
    log: [...log],
    records: records.map(({ kid, publicKey }) => ({ kid, publicKey })),
    packs: [{ kid: signer.kid, publicKey: toBase64(spkiOf(signer.publicKey)) }],
  }
  return { keys, signer }
}
