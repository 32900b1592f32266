import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import type { RecoveryTables } from './tables.ts'

export interface RecoveryRow {
  readonly id: string
  readonly userId: string
  readonly openedBy: string
  readonly openedAt: string
  readonly expiresAt: string
  readonly digest: string
  readonly state: RecoveryTables['access_recovery']['state']
  readonly link: { readonly hash: Buffer; readonly secondHalf: string } | undefined
}

/** The newest of a person. */
export async function findRecovery(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  userId: string,
): Promise<RecoveryRow | undefined> {
  const row = await newest(db, userId).executeTakeFirst()
  return row && toRow(row)
}

/** The same, locked until the transaction ends. */
export async function lockRecovery(tx: Write<AccessTables>, userId: string): Promise<RecoveryRow | undefined> {
  const row = await newest(tx, userId).forUpdate().executeTakeFirst()
  return row && toRow(row)
}

function newest(db: Pick<Db<AccessTables>, 'selectFrom'>, userId: string) {
  return db
    .selectFrom('access_recovery')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('opened_at', 'desc')
    .orderBy('id')
    .limit(1)
}

/** False when one of the person is open. One that is over by its time makes place. */
export async function insertRecovery(
  tx: Write<AccessTables>,
  row: Omit<RecoveryRow, 'state' | 'link'>,
): Promise<boolean> {
  const openedAt = new Date(row.openedAt)
  await tx
    .updateTable('access_recovery')
    .set({ state: 'lapsed', link_hash: null, second_half: null })
    .where('user_id', '=', row.userId)
    .where('state', '=', 'open')
    .where('expires_at', '<=', openedAt)
    .execute()
  const result = await tx
    .insertInto('access_recovery')
    .values({
      id: row.id,
      user_id: row.userId,
      opened_by: row.openedBy,
      opened_at: openedAt,
      expires_at: new Date(row.expiresAt),
      digest: row.digest,
      state: 'open',
    })
    .onConflict((conflict) => conflict.column('user_id').where('state', '=', 'open').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function keepLink(
  tx: Write<AccessTables>,
  id: string,
  link: { readonly hash: Buffer; readonly secondHalf: string },
): Promise<void> {
  await tx
    .updateTable('access_recovery')
    .set({ link_hash: link.hash, second_half: link.secondHalf })
    .where('id', '=', id)
    .execute()
}

export async function closeRecovery(
  tx: Write<AccessTables>,
  id: string,
  state: 'approved' | 'rejected',
): Promise<void> {
  await tx
    .updateTable('access_recovery')
    .set({ state, link_hash: null, second_half: null })
    .where('id', '=', id)
    .execute()
}

/** Whoever lost all access is let in by nothing that was asked before. */
export async function endRecovery(tx: Write<AccessTables>, userId: string): Promise<void> {
  await tx
    .updateTable('access_recovery')
    .set({ state: 'lapsed', link_hash: null, second_half: null })
    .where('user_id', '=', userId)
    .where('state', '=', 'open')
    .execute()
}

export function toRow(row: {
  id: string
  user_id: string
  opened_by: string
  opened_at: Date
  expires_at: Date
  digest: string
  state: RecoveryRow['state']
  link_hash: Buffer | null
  second_half: string | null
}): RecoveryRow {
  const { link_hash: hash, second_half: secondHalf } = row
  return {
    id: row.id,
    userId: row.user_id,
    openedBy: row.opened_by,
    openedAt: timestamp(row.opened_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    digest: row.digest,
    state: row.state,
    link: hash === null || secondHalf === null ? undefined : { hash, secondHalf },
  }
}
