import { fromBase64, toBase64 } from './bytes.ts'
import { type OpenCheckpoint, openCheckpoint } from './checkpoint.ts'
import { LedgerError } from './errors.ts'
import { HASH_BYTES, leafHash } from './leaf.ts'
import { requireHash, requireSize, verifyInclusion } from './merkle.ts'
import type { Verifier } from './note.ts'

/** That an entry is in a log, in one text that verifies offline (C2SP tlog-proof). */
export interface ProofFile {
  readonly index: number
  readonly proof: readonly Uint8Array[]
  /** The signed note, with all its signatures. */
  readonly checkpoint: string
  /** Bytes for the application; nothing proves them. */
  readonly extra?: Uint8Array
}

const header = 'c2sp.org/tlog-proof@v1'
/** Deepest tree of 2^63 leaves. */
const maxHashes = 63
const maxLength = 1_100_000

export function formatProofFile({ index, proof, checkpoint, extra }: ProofFile): string {
  requireSize(index)
  for (const hash of proof) requireHash(hash)
  const extraLine = extra === undefined ? '' : `extra ${toBase64(extra)}\n`
  return `${header}\n${extraLine}index ${index}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`
}

/** @throws LedgerError `proof_file_invalid`; the checkpoint in it is not read yet */
export function parseProofFile(text: string): ProofFile {
  const end = text.indexOf('\n\n')
  if (text.length > maxLength || end < 0) throw invalid('it is not lines, an empty line and a checkpoint')
  const lines = text.slice(0, end).split('\n')
  if (lines.shift() !== header) throw invalid(`it does not begin with \`${header}\``)
  const extraText = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined
  const extra = extraText === undefined ? undefined : fromBase64(extraText)
  if (extraText !== undefined && extra === undefined) throw invalid('its extra data is not base64')
  const digits = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1]
  const index = Number(digits)
  if (!Number.isSafeInteger(index)) throw invalid('its index is not a number')
  if (lines.length > maxHashes) throw invalid(`it has more than ${maxHashes} hashes`)
  const proof = lines.map((line) => fromBase64(line) ?? new Uint8Array(0))
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw invalid('a line of it is not a hash')
  return { index, proof, checkpoint: text.slice(end + 2), ...(extra === undefined ? {} : { extra }) }
}

/**
 * Checks offline that an entry is in the log `origin`, at the index and under the checkpoint that the answer states.
 *
 * @param verifiers trusted keys: the log's, of which one must have signed, and witnesses'
 * @throws LedgerError `proof_file_invalid`, the codes of `openCheckpoint`, `size_invalid` or `proof_invalid`
 */
export async function verifyProofFile(
  text: string,
  entry: Uint8Array,
  verifiers: readonly Verifier[],
  origin: string,
): Promise<OpenCheckpoint & { readonly index: number }> {
  const { index, proof, checkpoint } = parseProofFile(text)
  const opened = await openCheckpoint(checkpoint, verifiers, origin)
  verifyInclusion({ index, size: opened.size, leafHash: leafHash(entry), proof, root: opened.root })
  return { ...opened, index }
}

function invalid(reason: string): LedgerError {
  return new LedgerError('proof_file_invalid', `the proof file is not well formed: ${reason}`)
}
