/**
 * The pure core of the ledger: formats and checks, without a database, files or network.
 * It runs in Node and, with `hash.ts` and `ed25519.ts` swapped for their `.browser.ts` twins, in a page.
 */
export { canonicalize, type Json, parseStrict } from '#platform/canonical-json.ts'
export { concat, fromBase64, fromUtf8, sameBytes, toBase64, toHex, utf8 } from './bytes.ts'
export {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from './checkpoint.ts'
export { commitment, SALT_BYTES, verifyCommitment } from './commitment.ts'
export { openPrivateKey, openPublicKey, type PrivateKey, type PublicKey, verifyEd25519 } from './ed25519.ts'
export {
  dssePae,
  ENTRY_BYTES_MAX,
  parseEntry,
  RECORD_TYPE,
  type RecordKeys,
  recordKeys,
  signRecord,
  validateRecord,
  verifyEntry,
} from './entry.ts'
export { LedgerError, ledgerErrors } from './errors.ts'
export { hmacSha256, sha256 } from './hash.ts'
export { EMPTY_ROOT, HASH_BYTES, leafHash } from './leaf.ts'
export { type MemoryFor, memory } from './memory.ts'
export {
  type Inclusion,
  rootFromLeaves,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
export {
  formatVkey,
  keyId,
  type NoteSigner,
  noteKeyTypes,
  openNote,
  parseVkey,
  signNote,
  type Verifier,
} from './note.ts'
export { consistencyProof, inclusionProof } from './proof.ts'
export { formatProofFile, parseProofFile, verifyProofFile } from './proof-file.ts'
export { spkiOf } from './public-key.ts'
export {
  AuditRecord,
  Entry,
  entryJsonSchema,
  type NaField,
  type NaReason,
} from './record.ts'
export { type Signer, seedToPem, signerFromPem, signerFromSeed } from './sign.ts'
export {
  bundleLeafHashes,
  decodeBundle,
  encodeBundle,
  entriesPath,
  entryOfBundle,
  fullTiles,
  parseTilePath,
  partialWidth,
  pathOf,
  TILE_WIDTH,
  tilePath,
  tilesForSize,
  tileWidth,
} from './tile.ts'
export { TileCache } from './tile-cache.ts'
export { readBundle, type TileReader } from './tile-reader.ts'
export { BundleBuilder, type Tile, TreeBuilder } from './tree.ts'
export { type LogVerification, type VerifyLogOptions, verifyLog } from './verify.ts'
