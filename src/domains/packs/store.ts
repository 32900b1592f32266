import type { Db, Write } from '#platform/database.ts'

export interface PacksTables {
  pack: {
    repository_id: string
    made_at: Date
    tree_size: bigint
    sha256: string
    bytes: bigint
    headline: string
    record_id: string
  }
}

export interface PackRow {
  readonly repositoryId: string
  readonly madeAtMs: number
  readonly treeSize: number
  readonly sha256: string
  readonly bytes: number
  readonly headline: string
  readonly recordId: string
}

export async function savePack(tx: Write<PacksTables>, pack: PackRow): Promise<void> {
  const values = {
    made_at: new Date(pack.madeAtMs),
    tree_size: BigInt(pack.treeSize),
    sha256: pack.sha256,
    bytes: BigInt(pack.bytes),
    headline: pack.headline,
    record_id: pack.recordId,
  }
  await tx
    .insertInto('pack')
    .values({ repository_id: pack.repositoryId, ...values })
    .onConflict((conflict) => conflict.column('repository_id').doUpdateSet(values))
    .execute()
}

export async function findPack(db: Db<PacksTables>, repositoryId: string): Promise<PackRow | undefined> {
  const row = await db.selectFrom('pack').selectAll().where('repository_id', '=', repositoryId).executeTakeFirst()
  if (row === undefined) return undefined
  return {
    repositoryId: row.repository_id,
    madeAtMs: row.made_at.getTime(),
    treeSize: Number(row.tree_size),
    sha256: row.sha256,
    bytes: Number(row.bytes),
    headline: row.headline,
    recordId: row.record_id,
  }
}
