import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import { everything, scopesOf } from '../model.ts'
import type { AccessTables } from '../store.ts'

type Reader = Pick<Db<AccessTables>, 'selectFrom'>

export const undelegated = { onBehalfOf: null, certificateHash: null } as const

/** Whom whoever holds a token acts for: as it was delegated, else who answers for the agent whose key it is. */
export function delegationOf(row: {
  readonly parties: string[] | null
  readonly on_behalf_of: string | null
  readonly sponsor_user_id: string | null
  readonly certificate_hash: string | null
}): { onBehalfOf: string | null; certificateHash: string | null } {
  const onBehalfOf = row.parties === null ? row.sponsor_user_id : row.on_behalf_of
  return { onBehalfOf, certificateHash: row.certificate_hash }
}

export function isPerson(userId: string): boolean {
  return userId.startsWith('usr_')
}

/**
 * What a token may do now: of what it was made with, what everybody on whom it depends may still do. Others than those of agents and
 * of exchanges depend on nobody.
 */
export async function scopesNow(
  db: Reader,
  row: {
    readonly user_id: string
    readonly kind: string
    readonly scopes: string[]
    readonly parties: string[] | null
  },
): Promise<string[]> {
  if (row.kind !== 'agent' && row.kind !== 'sts') return row.scopes
  return heldByAll(db, row.scopes, row.parties ?? [row.user_id])
}

/** Of some permissions, those that all of these may use: an agent those of its registration which its sponsor holds. */
export async function heldByAll(db: Reader, scopes: readonly string[], userIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('access_user as u')
    .leftJoin('access_agent as a', 'a.user_id', 'u.id')
    .leftJoin('access_user as sponsor', 'sponsor.id', 'a.sponsor_user_id')
    .select(['u.id', 'u.role', 'a.scopes', 'sponsor.role as sponsorRole'])
    .where('u.id', '=', sql<string>`any(${[...userIds]}::text[])`)
    .execute()
  if (rows.length !== new Set(userIds).size) return []
  const allowed = rows.flatMap((one) =>
    one.scopes === null ? [scopesOf(one.role)] : [one.scopes, scopesOf(one.sponsorRole ?? '')],
  )
  return scopes.filter((scope) => allowed.every((held) => held.includes(everything) || held.includes(scope)))
}
