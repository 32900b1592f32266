import { z } from 'zod'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { scimClientAdded, scimClientRevoked } from '../events.ts'
import { type Granting, requireScopesOfAll } from '../granting.ts'
import { newToken } from '../service.ts'
import { latestEnd } from '../sessions.ts'
import { type AccessTables, insertToken, insertUser } from '../store.ts'
import { ScimClientNotFound } from './errors.ts'
import { scimPermission } from './routes.ts'

type Tables = AccessTables & LedgerTables

export const ScimClient = z
  .object({
    /** Who the records of what it does name. */
    id: z.string(),
    name: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ScimClient' })
export type ScimClient = z.infer<typeof ScimClient>

export const AddScimClient = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    expiresInDays: z.int().min(1).max(1100).default(365),
  })
  .meta({ id: 'AddScimClient' })

export const AddedScimClient = ScimClient.extend({ token: z.string() }).meta({ id: 'AddedScimClient' })

const dayMs = 86_400_000

/**
 * A service user whose one token may provision people, and nothing else; the token is shown this once. It puts people into the groups
 * that roles are mapped to, so whoever makes it needs what all of those may do. What an API token makes ends with it at the latest.
 *
 * @throws scope_not_held
 */
export async function addClient(
  db: Db<Tables>,
  ctx: Context,
  by: Granting,
  input: z.output<typeof AddScimClient>,
): Promise<z.infer<typeof AddedScimClient>> {
  await requireScopesOfAll(by)
  const id = newId('svc')
  const wanted = ctx.clock() + input.expiresInDays * dayMs
  const livesMs = latestEnd(by.caller, wanted) - ctx.clock()
  const { secret, row } = newToken(ctx, 'scim', id, input.name, [scimPermission], livesMs)
  await transact(db, ctx, async (tx, record) => {
    await insertUser(tx, id, 'service', ctx.clock())
    await insertToken(tx, row)
    record(scimClientAdded(id, row.id, input.name, timestamp(row.expiresAtMs)))
  })
  return {
    id,
    name: row.name,
    createdAt: timestamp(row.createdAtMs),
    expiresAt: timestamp(row.expiresAtMs),
    revokedAt: null,
    lastSeenAt: null,
    token: secret,
  }
}

const listedMax = 200

/** Newest first; the newest two hundred. */
export async function listClients(db: Db<Tables>): Promise<ScimClient[]> {
  const rows = await db
    .selectFrom('access_token as token')
    .leftJoin('access_last_seen as seen', 'seen.token_id', 'token.id')
    .select(['token.user_id', 'token.name', 'token.created_at', 'token.expires_at', 'token.revoked_at', 'seen.seen_at'])
    .where('token.kind', '=', 'scim')
    .orderBy('token.created_at', 'desc')
    .orderBy('token.id', 'desc')
    .limit(listedMax)
    .execute()
  const at = (date: Date | null) => (date === null ? null : timestamp(date.getTime()))
  return rows.map((row) => ({
    id: row.user_id,
    name: row.name,
    createdAt: timestamp(row.created_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    revokedAt: at(row.revoked_at),
    lastSeenAt: at(row.seen_at),
  }))
}

/** Ends a client at once; whom it provisioned stays. @throws scim_client_not_found also for one that has ended */
export async function revokeClient(db: Db<Tables>, ctx: Context, clientId: string): Promise<void> {
  const now = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    await tx
      .updateTable('access_user')
      .set({ disabled_at: now })
      .where('id', '=', clientId)
      .where('role', '=', 'service')
      .execute()
    const ended = await tx
      .updateTable('access_token')
      .set({ revoked_at: now })
      .where('user_id', '=', clientId)
      .where('kind', '=', 'scim')
      .where('revoked_at', 'is', null)
      .returning('id')
      .execute()
    if (ended.length === 0) throw ScimClientNotFound({ clientId })
    for (const { id } of ended) record(scimClientRevoked(clientId, id))
  })
}
