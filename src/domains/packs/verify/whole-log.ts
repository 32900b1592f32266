import {
  bundleLeafHashes,
  decodeBundle,
  entriesPath,
  HASH_BYTES,
  LedgerError,
  pathOf,
  type RecordKeys,
  sameBytes,
  TILE_WIDTH,
  type Tile,
  TreeBuilder,
  tilePath,
  tilesForSize,
  tileWidth,
  toHex,
  utf8,
} from '#kernel/ledger/core'
import { memberKind } from '../pack-format.ts'
import { approvalsHold, verifyEntryBytes } from './entry.ts'
import type { Examination } from './examination.ts'
import { type IdSet, idSet } from './id-set.ts'

/**
 * Derives the log again from its entries: each signature, each leaf hash, each tile at every level and the root, which
 * must be the one that was signed. Holds one bundle at a time.
 */
export async function checkWhole(
  examination: Examination,
  checkpoint: NonNullable<Examination['checkpoint']>,
  keys: RecordKeys,
): Promise<string> {
  const { zip, found } = examination
  const { size, root, text } = checkpoint
  const bundles = zip.names.filter((name) => name.startsWith('log/tile/entries/')).length
  if (Math.ceil(size / TILE_WIDTH) > bundles + 1) {
    // a forged size must not make the verifier work for years, or ask for more memory than there is
    found({
      code: 'tile_missing',
      member: 'log/checkpoint',
      message: `a log of ${size} records has more than the ${bundles} bundles here`,
    })
    return 'not derived'
  }
  await checkMembership(examination, size, text)
  const tree = new TreeBuilder()
  const seen: Seen = { ids: idSet(size), approvals: 0 }
  for (let n = 0; n * TILE_WIDTH < size; n++) {
    const width = tileWidth(0, n, size)
    const hashes = await checkBundle(examination, n, width, keys, seen)
    if (hashes === undefined) return `stopped at record ${n * TILE_WIDTH}`
    const leaves = Array.from({ length: width }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    for (const tile of tree.append(leaves)) await compareTile(examination, tile)
  }
  for (const tile of tree.partials()) await compareTile(examination, tile)
  if (!sameBytes(tree.root(), root)) {
    found({
      code: 'root_mismatch',
      member: 'log/checkpoint',
      message: `the records give the root ${toHex(tree.root())}, not the one that was signed`,
    })
  }
  return `all ${size} records are signed${approvalsHold(seen.approvals)}, each once, and give every tile and the root that was signed`
}

interface Seen {
  readonly ids: IdSet
  approvals: number
}

/** The members under `log/` are those of a log of this size: the tree is neither cut nor padded. */
async function checkMembership({ zip, found }: Examination, size: number, checkpoint: string): Promise<void> {
  const expected = new Set(['log/checkpoint', ...Array.from(tilesForSize(size), (tile) => `log/${pathOf(tile)}`)])
  for (const name of zip.names.filter((one) => memberKind(one) === 'log')) {
    if (!expected.delete(name))
      found({ code: 'tile_extra', member: name, message: `a log of ${size} records has no such file` })
  }
  for (const name of expected) found({ code: 'tile_missing', member: name, message: `a log of ${size} records has it` })
  if (zip.has('log/checkpoint') && !sameBytes(await zip.readUnchecked('log/checkpoint'), utf8(checkpoint))) {
    found({ code: 'checkpoint_differs', member: 'log/checkpoint', message: 'it is not the checkpoint of the pack' })
  }
}

/** The leaf hashes of a bundle, after its entries; undefined when it cannot be read, and nothing can follow it. */
async function checkBundle(
  examination: Examination,
  n: number,
  width: number,
  keys: RecordKeys,
  seen: Seen,
): Promise<Uint8Array | undefined> {
  const { zip, found } = examination
  const member = `log/${entriesPath(n, width)}`
  if (!zip.has(member)) return undefined
  const bytes = await zip.readUnchecked(member)
  try {
    const entries = decodeBundle(bytes, width)
    const verified = await Promise.all(entries.map((entry) => verifyEntryBytes(entry, keys)))
    verified.forEach((answer, at) => {
      const index = n * TILE_WIDTH + at
      if ('code' in answer) found({ ...answer, member, index })
      else if (!seen.ids.add(answer.id))
        found({ code: 'entry_id_repeated', member, index, message: 'an earlier record has its id' })
      else if (answer.isApproval) seen.approvals++
    })
    return bundleLeafHashes(bytes, width)
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    found({ code: error.code, member, message: error.message })
    return undefined
  }
}

/** Names the record where a tile of leaf hashes first differs; higher tiles differ under it. */
async function compareTile({ zip, found }: Examination, tile: Tile): Promise<void> {
  const { level, n, width, bytes } = tile
  if (level === 'entries') return
  const member = `log/${tilePath(level, n, width)}`
  if (!zip.has(member)) return
  const stored = await zip.readUnchecked(member)
  if (sameBytes(stored, bytes)) return
  const at = bytes.findIndex((byte, position) => byte !== stored[position])
  const where = level === 0 && at >= 0 ? { index: n * TILE_WIDTH + Math.floor(at / HASH_BYTES) } : {}
  found({ code: 'tile_mismatch', member, ...where, message: 'it is not what the records give' })
}
