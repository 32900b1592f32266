import { readFile } from 'node:fs/promises'
import { parseStrict } from '#platform/canonical-json.ts'
import { DomainError, defineError } from '#platform/errors.ts'
import { openFileSource } from '../file-source.ts'
import { Keys } from '../pack-format.ts'
import type { ByteSource } from '../zip/read-zip.ts'
import { describeVerdict } from './describe-verdict.ts'
import type { Verdict } from './verdict.ts'
import { verifyPack } from './verify-pack.ts'

export const PackUnreadable = defineError<{ path: string; reason: string }>(
  'pack_unreadable',
  422,
  ({ path, reason }) => `\`${path}\` cannot be read: ${reason}`,
  'give the path of an evidence pack, a file that ends in .zip',
)
export const KeysUnreadable = defineError<{ path: string; reason: string }>(
  'keys_unreadable',
  422,
  ({ path, reason }) => `the keys in \`${path}\` cannot be read: ${reason}`,
  'give the keys.json that you got from the operator by another way than the pack',
)

export interface VerifyRequest {
  readonly pack: string
  /** File with pinned keys. */
  readonly keys: string | undefined
  readonly format: 'text' | 'json'
  readonly out: (text: string) => void
}

/**
 * `countersign verify` and `verify.mjs`: verifies a pack and says so.
 *
 * @returns the exit code: 0 verified, 1 not
 * @throws PackUnreadable, KeysUnreadable: exit code 2
 */
export async function runVerify({ pack, keys, format, out }: VerifyRequest): Promise<0 | 1> {
  return withVerified({ pack, keys }, async (verdict) => {
    out(format === 'json' ? `${JSON.stringify(verdict)}\n` : describeVerdict(verdict))
    return verdict.result === 'verified' ? 0 : 1
  })
}

/**
 * Verifies a pack and hands it on, whatever the verdict, with its bytes to read.
 *
 * @throws PackUnreadable, KeysUnreadable
 */
export async function withVerified<R>(
  { pack, keys }: Pick<VerifyRequest, 'pack' | 'keys'>,
  work: (verdict: Verdict, source: ByteSource) => Promise<R>,
): Promise<R> {
  const pinned = keys === undefined ? {} : { keys: await readKeys(keys) }
  const source = await openFileSource(pack).catch((error: unknown) => {
    throw PackUnreadable({ path: pack, reason: fileReason(error) }, error)
  })
  try {
    if (!(await looksLikeZip(source))) throw PackUnreadable({ path: pack, reason: 'it is not a ZIP file' })
    return await work(await verifyPack(source, pinned), source)
  } finally {
    await source.close()
  }
}

/** Begins or ends like an archive: a pack, if perhaps a damaged one. Anything else was the wrong file. */
async function looksLikeZip(source: { size: number; read(at: number, length: number): Promise<Uint8Array> }) {
  const marks = [await source.read(0, 2), await source.read(Math.max(0, source.size - 22), 2)]
  return marks.some((mark) => mark[0] === 0x50 && mark[1] === 0x4b)
}

async function readKeys(path: string): Promise<Keys> {
  try {
    return Keys(parseStrict(await readFile(path), { maxBytes: 16 * 1024 * 1024, maxDepth: 8 }), '')
  } catch (error) {
    throw KeysUnreadable({ path, reason: error instanceof DomainError ? error.message : fileReason(error) }, error)
  }
}

function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission is missing'
  if (code === 'EISDIR') return 'it is not a file'
  if (typeof code !== 'string') throw error
  return `the system says ${code}`
}
