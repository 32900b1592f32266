import { fromBase64, toBase64 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { HASH_BYTES } from './leaf.ts'
import { requireHash, requireSize } from './merkle.ts'
import { noteKeyTypes, openNote, type Verifier } from './note.ts'

/** What a log says of itself: at this size, the tree has this root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Name of the log, its address without a scheme. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export interface OpenCheckpoint extends Checkpoint {
  /** Further lines of the body; not part of what the log proves. */
  readonly extensions: readonly string[]
  /** The trusted witnesses that signed, with the time each saw it (seconds since 1970). */
  readonly cosignatures: readonly { readonly name: string; readonly time: number }[]
}

/** The body of a checkpoint: what is signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isOrigin(origin)) throw new LedgerError('checkpoint_invalid', `\`${origin}\` cannot be the origin of a log`)
  requireSize(size)
  requireHash(root)
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * Reads the body of a checkpoint. A size in another form than plain decimal digits is refused, so that one tree has one text.
 *
 * @throws LedgerError `checkpoint_invalid`
 */
export function parseCheckpoint(body: string): Checkpoint & { readonly extensions: readonly string[] } {
  const [origin = '', digits = '', base64 = '', ...rest] = body.split('\n')
  const end = rest.pop()
  const root = fromBase64(base64)
  const size = Number(digits)
  const isSize = /^(0|[1-9][0-9]{0,15})$/.test(digits) && Number.isSafeInteger(size)
  if (end !== '' || !isOrigin(origin) || !isSize || root?.length !== HASH_BYTES || rest.includes('')) {
    throw new LedgerError('checkpoint_invalid', 'a checkpoint is a line each of origin, size and root')
  }
  return { origin, size, root, extensions: rest }
}

/**
 * Opens a signed checkpoint of the log `origin`.
 *
 * @param verifiers trusted keys: the log's, of which one must have signed, and witnesses'
 * @throws LedgerError the codes of `openNote`, `checkpoint_invalid`, or `origin_mismatch`
 */
export async function openCheckpoint(
  note: string,
  verifiers: readonly Verifier[],
  origin: string,
): Promise<OpenCheckpoint> {
  const { text, signatures } = await openNote(note, verifiers)
  if (!signatures.some(({ verifier }) => verifier.type === noteKeyTypes.ed25519)) {
    throw new LedgerError('note_unsigned', 'witnesses signed the checkpoint but no trusted key of the log did')
  }
  const checkpoint = parseCheckpoint(text)
  if (checkpoint.origin !== origin) {
    throw new LedgerError('origin_mismatch', `the checkpoint is of \`${checkpoint.origin}\`, not of \`${origin}\``)
  }
  const cosignatures = signatures.flatMap(({ verifier, time }) =>
    time === undefined ? [] : [{ name: verifier.name, time }],
  )
  return { ...checkpoint, cosignatures }
}

function isOrigin(origin: string): boolean {
  return origin !== '' && !/[\p{Cc}\p{Surrogate}]/u.test(origin)
}
