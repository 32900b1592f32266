export function canonicalize(value: unknown): string
export function fromBase64(text: string): Uint8Array | undefined
export function toBase64(bytes: Uint8Array): string
export function toHex(bytes: Uint8Array): string
export function utf8(text: string): Uint8Array
export function sha256(bytes: Uint8Array): Uint8Array
export function leafHash(entry: Uint8Array): Uint8Array
/** Opaque here: a trusted key. */
export interface Verifier {
  readonly name: string
}
export type RecordKeys = ReadonlyMap<string, unknown>
export function parseVkey(vkey: string): Verifier
export function recordKeys(publicKeys: readonly Uint8Array[]): RecordKeys
export function verifyEntry(entry: Uint8Array, keys: RecordKeys): Promise<unknown>
export interface OpenCheckpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}
export function openCheckpoint(note: string, verifiers: readonly Verifier[], origin: string): Promise<OpenCheckpoint>
export interface ProofFile {
  readonly index: number
  readonly proof: readonly Uint8Array[]
  readonly checkpoint: string
}
export function parseProofFile(text: string): ProofFile
export function verifyInclusion(inclusion: {
  readonly index: number
  readonly size: number
  readonly leafHash: Uint8Array
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}): void
export function verifyConsistency(consistency: {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}): void
export function verifyCommitment(text: string, salt: Uint8Array, field: string, value: Uint8Array): boolean
