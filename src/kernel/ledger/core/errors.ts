import { DomainError, type ErrorDefinition } from '#platform/errors.ts'

/** Every way in which a note, proof, tile, entry or key can be refused, with what it means. A closed list. */
const meanings = {
  key_invalid: 'a key cannot be used',
  size_invalid: 'a tree size or an index is out of range',
  hash_invalid: 'a hash is not 32 bytes',
  proof_invalid: 'a proof does not lead to the root',
  root_mismatch: 'a root is not the one that was signed',
  tile_path_invalid: 'a tile path is not one of the C2SP tlog-tiles form',
  tile_invalid: 'a tile does not have the length that its path says',
  tile_mismatch: 'a tile is not what the entries give',
  tile_missing: 'a tile that the log implies cannot be read',
  bundle_invalid: 'an entry bundle is not well formed',
  note_invalid: 'a signed note is not well formed',
  note_unsigned: 'a signed note has no signature of a known key',
  note_signature_wrong: 'a signature of a known key does not verify',
  checkpoint_invalid: 'a checkpoint is not well formed',
  checkpoint_missing: 'the log has no checkpoint',
  origin_mismatch: 'a checkpoint is of another log',
  proof_file_invalid: 'a proof file is not well formed',
  entry_invalid: 'an entry does not have the form of an audit record',
  entry_too_large: 'an entry is larger than the ledger takes',
  entry_not_canonical: 'an entry is not in its RFC 8785 form',
  entry_key_unknown: 'an entry is signed by a key that is not trusted',
  entry_signature_wrong: 'the signature of an entry does not verify',
  entry_mismatch: 'an entry is not the one that the tree was built on',
  entry_id_repeated: 'two entries have one id',
  commitment_invalid: 'a commitment is not well formed',
} as const

export type LedgerErrorCode = keyof typeof meanings

/** What the ledger core throws when what it is given does not hold; nothing else leaves it, whatever the input. */
export class LedgerError extends DomainError {
  declare readonly code: LedgerErrorCode

  constructor(code: LedgerErrorCode, message: string, cause?: unknown) {
    super({ code, status: 422, hint: undefined }, message, {}, cause)
    this.name = 'LedgerError'
  }
}

/** The declared errors of the core, for the reference page. */
export const ledgerErrors: readonly (ErrorDefinition & { readonly meaning: string })[] = Object.entries(meanings).map(
  ([code, meaning]) => ({ code, status: 422, hint: undefined, meaning }),
)
