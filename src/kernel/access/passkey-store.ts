import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { Passkey } from './model.ts'
import type { AccessTables } from './store.ts'

type Read = Pick<Db<AccessTables>, 'selectFrom'>

export async function listPasskeys(db: Read, userId: string): Promise<(Passkey & { credentialId: Buffer })[]> {
  const rows = await db
    .selectFrom('access_passkey')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(100)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    isBackedUp: row.is_backed_up,
    createdAt: timestamp(row.created_at.getTime()),
    lastUsedAt: row.last_used_at === null ? null : timestamp(row.last_used_at.getTime()),
    credentialId: row.credential_id,
  }))
}

/** The passkey with this credential, with its user; undefined when it was removed or its user is disabled. */
export async function findPasskey(db: Read, credentialId: Buffer) {
  return db
    .selectFrom('access_passkey as passkey')
    .innerJoin('access_user as user', 'user.id', 'passkey.user_id')
    .selectAll('passkey')
    .select('user.role')
    .where('passkey.credential_id', '=', credentialId)
    .where('user.disabled_at', 'is', null)
    .executeTakeFirst()
}

/** Whether this session may register a passkey: the user's first, or any where a passkey or a recovery began the session. */
export async function mayAdd(
  db: Read,
  caller: { readonly userId: string; readonly tokenId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('access_token as token')
    .innerJoin('access_user as user', 'user.id', 'token.user_id')
    .select('user.id')
    .where('token.id', '=', caller.tokenId)
    .where('user.id', '=', caller.userId)
    .where((is) => is.or([is('user.has_had_passkey', '=', false), is('token.adds_passkeys', '=', true)]))
    .executeTakeFirst()
  return row !== undefined
}

/** Admits a passkey that this session is to add, and notes that the user has had one; false when it may not. Of two first ones only one is. */
export async function admit(
  tx: Write<AccessTables>,
  caller: { readonly userId: string; readonly tokenId: string },
): Promise<boolean> {
  // waits for another one that is under way, and then sees what it left
  await tx.selectFrom('access_user').select('id').where('id', '=', caller.userId).forUpdate().executeTakeFirst()
  if (!(await mayAdd(tx, caller))) return false
  const result = await tx
    .updateTable('access_user')
    .set({ has_had_passkey: true })
    .where('id', '=', caller.userId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function insertPasskey(
  tx: Write<AccessTables>,
  row: {
    id: string
    userId: string
    name: string
    credentialId: Buffer
    publicKey: Buffer
    signCount: number
    transports: readonly string[]
    isBackedUp: boolean
    createdAtMs: number
  },
): Promise<boolean> {
  const result = await tx
    .insertInto('access_passkey')
    .values({
      id: row.id,
      user_id: row.userId,
      name: row.name,
      credential_id: row.credentialId,
      public_key: row.publicKey,
      sign_count: BigInt(row.signCount),
      transports: [...row.transports],
      is_backed_up: row.isBackedUp,
      created_at: new Date(row.createdAtMs),
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Notes a use; false when another use of the same count came first, which a copied authenticator would cause. */
export async function countUse(
  tx: Write<AccessTables>,
  id: string,
  use: { readonly from: bigint; readonly to: number; readonly atMs: number },
): Promise<boolean> {
  const result = await tx
    .updateTable('access_passkey')
    .set({ sign_count: BigInt(use.to), last_used_at: new Date(use.atMs) })
    .where('id', '=', id)
    .where('sign_count', '=', use.from)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** False when the user has no such passkey. */
export async function renamePasskey(
  tx: Write<AccessTables>,
  userId: string,
  id: string,
  name: string,
): Promise<boolean> {
  const result = await tx
    .updateTable('access_passkey')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** False when the user has no such passkey. The credential goes too, so that the authenticator may register again. */
export async function removePasskey(tx: Write<AccessTables>, userId: string, id: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('access_passkey')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
