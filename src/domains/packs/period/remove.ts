import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, type RecordEvent, transact } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { PackNotFound } from '../errors.ts'
import { PackRemoved } from '../events.ts'
import type { PeriodPackMaker } from './make.ts'
import { deleteOlderPacks, deletePeriodPack, type PeriodPackTables, type RemovedPack } from './store.ts'

type Place = Pick<PeriodPackMaker, 'folderOf'>

/** Finished packs of a repository that are kept; older ones go when another one ends. */
export const packsKept = 20

export function fileOf({ folderOf }: Place, pack: { readonly id: string; readonly repository_id: string }): string {
  return join(folderOf(pack.repository_id), `${pack.id}.zip`)
}

/**
 * Removes a pack, or takes back that it is made.
 *
 * @throws pack_not_found
 */
export async function removePeriodPack(
  place: Place & Pick<PeriodPackMaker, 'db'>,
  ctx: Context,
  packId: string,
): Promise<void> {
  await transact(place.db, ctx, async (tx, record) => {
    const pack = await deletePeriodPack(tx, packId)
    if (pack === undefined) throw PackNotFound({ packId })
    record(packRemoved(pack, 'asked'))
    // before it is said to be removed: who is cut off here finds a pack without its file, and removes it again
    await rm(fileOf(place, pack), { force: true })
  })
}

/** Records that all but the newest packs go, and answers what removes their files once that is durable. */
export async function removeOlder(
  place: Place,
  tx: Write<PeriodPackTables>,
  record: RecordEvent,
  repositoryId: string,
): Promise<() => Promise<void>> {
  const older = await deleteOlderPacks(tx, repositoryId, packsKept)
  for (const pack of older) record(packRemoved(pack, 'newer_ones'))
  return async () => {
    for (const pack of older) await rm(fileOf(place, pack), { force: true })
  }
}

function packRemoved({ id, repository_id, sha256 }: RemovedPack, reason: 'asked' | 'newer_ones') {
  return PackRemoved({
    targets: [
      { type: 'pack', id },
      { type: 'repository', id: repository_id },
    ],
    data: { packId: id, sha256: sha256 === null ? null : `sha256:${sha256}`, reason },
  })
}
