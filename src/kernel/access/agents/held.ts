import { sql } from 'kysely'
import type { Db } from '#platform/database.ts'
import { everything, type PermissionsOf, scopesWithin } from '../model.ts'
import { type AccessTables, heldBy, type LiveToken, rolesIn } from '../store.ts'
import type { TokenKind } from '../token.ts'
import { isOfAgents } from './acting.ts'

/**
 * What a token may do now: what it was made with, as far as the roles behind it permit that; one of an agent or of an exchange, as far
 * as everybody on whom it depends may do it.
 */
export async function scopesNow(
  db: Db<AccessTables>,
  permissionsOf: PermissionsOf,
  found: LiveToken,
  kind: Exclude<TokenKind, 'link'>,
): Promise<readonly string[]> {
  if (isOfAgents(kind)) return heldByAll(db, permissionsOf, found.scopes, found.parties ?? [found.user_id])
  return scopesWithin(kind, found.scopes, kind === 'scim' ? [] : await permissionsOf(rolesIn(found)))
}

/** Of some permissions, those that all of these may use: an agent those of its registration which its sponsor holds too. */
export async function heldByAll(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  permissionsOf: PermissionsOf,
  scopes: readonly string[],
  userIds: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('access_user as u')
    .leftJoin('access_agent as a', 'a.user_id', 'u.id')
    .leftJoin('access_user as s', 's.id', 'a.sponsor_user_id')
    .select(['u.id', 'u.role', 'a.scopes', 's.role as sponsorRole'])
    .select([heldBy('u.id').as('held'), heldBy('a.sponsor_user_id').as('sponsorHeld')])
    .where(sql<boolean>`u.id = any(${[...userIds]}::text[])`)
    .execute()
  if (rows.length !== new Set(userIds).size) return []
  const allowed: (readonly string[])[] = []
  for (const { role, held, scopes: own, sponsorRole, sponsorHeld } of rows) {
    allowed.push(await permissionsOf(rolesIn({ role, held })))
    if (own === null || sponsorRole === null) continue
    allowed.push(own, await permissionsOf(rolesIn({ role: sponsorRole, held: sponsorHeld })))
  }
  return scopes.filter((scope) => allowed.every((one) => one.includes(everything) || one.includes(scope)))
}

/** What the roles of a user permit. */
export async function permissionsOfUser(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  permissionsOf: PermissionsOf,
  userId: string,
): Promise<readonly string[]> {
  const row = await db
    .selectFrom('access_user as u')
    .select(['u.role', heldBy('u.id').as('held')])
    .where('u.id', '=', userId)
    .executeTakeFirst()
  return row === undefined ? [] : permissionsOf(rolesIn(row))
}
