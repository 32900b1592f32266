import { type Context, housekeeping, type LedgerTables, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import { findIssuer } from './issuer-store.ts'
import { endSessionsOf, openSessionsOf } from './oidc-sessions.ts'
import type { Providers } from './provider.ts'
import { Refused } from './refusals.ts'
import { type LogoutOrder, readLogoutToken, refuseForm } from './tokens.ts'
import { sha256 } from './waiting.ts'

type Tables = AccessTables & LedgerTables

/**
 * Ends the sessions that a provider's logout token names: those of its `sid`, or all of its `sub` that this provider began.
 *
 * @throws Refused, ProviderFault
 */
export async function logOutByProvider(
  db: Db<Tables>,
  providers: Providers,
  ctx: Context,
  issuerId: string,
  token: string,
): Promise<void> {
  const issuer = await findIssuer(db, issuerId)
  if (issuer === undefined) throw new Refused('provider_unknown')
  refuseForm(token)
  const provider = await providers.find(issuer.issuer)
  const order = await readLogoutToken(token, { provider, clientId: issuer.clientId, clock: ctx.clock })
  const which = { issuerId, subject: order.subject, sid: order.sid }
  if ((await openSessionsOf(db, ctx, which)).length === 0) {
    await housekeeping(db, (tx) => useUp(tx, ctx, issuerId, order))
    return
  }
  await transact(db, ctx, async (tx, record) => {
    await useUp(tx, ctx, issuerId, order)
    await endSessionsOf(tx, record, ctx, which)
  })
}

/** @throws Refused when the token was used before */
async function useUp(tx: Write<AccessTables>, ctx: Context, issuerId: string, order: LogoutOrder): Promise<void> {
  await tx.deleteFrom('access_logout_token').where('expires_at', '<=', new Date(ctx.clock())).execute()
  const result = await tx
    .insertInto('access_logout_token')
    .values({ issuer_id: issuerId, token_hash: sha256(order.id), expires_at: new Date(order.expiresAtMs) })
    .onConflict((conflict) => conflict.columns(['issuer_id', 'token_hash']).doNothing())
    .executeTakeFirst()
  if (result.numInsertedOrUpdatedRows !== 1n) throw new Refused('token_replayed')
}
