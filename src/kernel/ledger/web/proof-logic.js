// The ledger's own core, as it verifies packs; the types of what is used of it stand beside this file.
export {
  canonicalize,
  fromBase64,
  leafHash,
  openCheckpoint,
  parseProofFile,
  parseVkey,
  recordKeys,
  sha256,
  toBase64,
  toHex,
  utf8,
  verifyCommitment,
  verifyConsistency,
  verifyEntry,
  verifyInclusion,
} from '../core/index.ts'
