import { sql } from 'kysely'
import type { Context, RecordEvent } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { defineError } from '#platform/errors.ts'
import type { AccessTables } from '../store.ts'
import { identityLinked } from './events.ts'

/** An account of an identity provider: what tells people apart. A mail address never does. */
export interface Identity {
  /** The `iss` of the provider, exactly. */
  readonly issuer: string
  /** The `sub` that it gave. */
  readonly subject: string
}

export interface KnownUser {
  readonly userId: string
  readonly role: string
  /** False for whoever was deactivated or deleted: they may not sign in. */
  readonly isActive: boolean
}

export const IdentityTaken = defineError<object>(
  'identity_taken',
  409,
  () => 'this account of the identity provider belongs to another user',
)

export async function findByIdentity(
  db: Db<AccessTables>,
  { issuer, subject }: Identity,
): Promise<KnownUser | undefined> {
  const row = await db
    .selectFrom('access_identity as i')
    .innerJoin('access_user as u', 'u.id', 'i.user_id')
    .select(['u.id', 'u.role', 'u.disabled_at'])
    .where('i.issuer', '=', issuer)
    .where('i.subject', '=', subject)
    .executeTakeFirst()
  return row === undefined ? undefined : known(row)
}

/**
 * The provisioned people with this `externalId`, for a first sign-in; more than one when two clients gave the same. Which claim of a
 * provider is its external id is for configuration to say.
 */
export async function findByExternalId(db: Db<AccessTables>, externalId: string): Promise<KnownUser[]> {
  const rows = await db
    .selectFrom('access_person as p')
    .innerJoin('access_user as u', 'u.id', 'p.user_id')
    .select(['u.id', 'u.role', 'u.disabled_at'])
    .where(sql<boolean>`p.search ->> 'externalId' = ${externalId}`)
    .orderBy('p.seq')
    .limit(2)
    .execute()
  return rows.map(known)
}

/**
 * Ties an account to a user, in the transaction of the sign-in that proved it. Doing it again changes nothing.
 *
 * @throws identity_taken
 */
export async function linkIdentity(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
  { issuer, subject }: Identity,
): Promise<void> {
  const made = await tx
    .insertInto('access_identity')
    .values({ issuer, subject, user_id: userId, linked_at: new Date(ctx.clock()) })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst()
  if (made.numInsertedOrUpdatedRows === 1n) return void record(identityLinked(userId, issuer, subject))
  const owner = await tx
    .selectFrom('access_identity')
    .select('user_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (owner?.user_id !== userId) throw IdentityTaken({})
}

function known(row: { id: string; role: string; disabled_at: Date | null }): KnownUser {
  return { userId: row.id, role: row.role, isActive: row.disabled_at === null }
}
