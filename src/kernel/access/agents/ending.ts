import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Context, RecordEvent } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import { agentKeyForgotten, agentSuspended, agentTokenEnded } from './events.ts'

/**
 * Ends what an agent acts by: its tokens that were exchanged, also those by which others act for it, and its keys where they go too.
 * Answers how many.
 */
export async function endTokensOfAgent(
  tx: Write<AccessTables>,
  ctx: Context,
  agentId: string,
  which: 'exchanged' | 'all',
): Promise<number> {
  const kinds = which === 'all' ? ['agent', 'sts'] : ['sts']
  const ended = await endTokens(
    tx,
    ctx,
    sql`t.kind = any(${kinds}::text[]) and (t.user_id = ${agentId} or ${dependsOn(agentId)})`,
  )
  return ended.length
}

/** Ends the exchanged tokens of a person or a pipeline that are alive, and those by which agents act for them. Answers which. */
export async function endDelegationsOf(tx: Write<AccessTables>, ctx: Context, userId: string): Promise<string[]> {
  return endTokens(tx, ctx, sql`t.kind = 'sts' and ${dependsOn(userId)}`)
}

function dependsOn(userId: string): RawBuilder<SqlBool> {
  return sql`t.id in (select token_id from access_exchanged where parties @> array[${userId}::text])`
}

/** In the order of their ids, so that two who end tokens at once never wait for each other. */
async function endTokens(tx: Write<AccessTables>, ctx: Context, which: RawBuilder<SqlBool>): Promise<string[]> {
  const now = new Date(ctx.clock())
  const found = await tx
    .selectFrom('access_token as t')
    .select('t.id')
    .where('t.revoked_at', 'is', null)
    .where('t.expires_at', '>', now)
    .where(which)
    .orderBy('t.id')
    .forUpdate()
    .execute()
  const ids = found.map((one) => one.id)
  if (ids.length > 0) await tx.updateTable('access_token').set({ revoked_at: now }).where('id', 'in', ids).execute()
  return ids
}

/**
 * Ends the keys of the agents for which a person answers, and what they act by: whoever had the person's passkey may know them. The
 * agents go on with new keys. Answers how many keys there were.
 */
export async function endAgentKeys(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
): Promise<number> {
  const agents = await tx
    .selectFrom('access_agent')
    .select(['user_id', 'public_key'])
    .where('sponsor_user_id', '=', userId)
    .where('retired_at', 'is', null)
    .orderBy('user_id')
    .forUpdate()
    .execute()
  let ended = 0
  for (const { user_id: id, public_key: key } of agents) {
    const ids = await endTokens(tx, ctx, sql`t.kind in ('agent', 'sts') and (t.user_id = ${id} or ${dependsOn(id)})`)
    const kinds =
      ids.length === 0
        ? []
        : await tx.selectFrom('access_token').select(['id', 'kind']).where('id', 'in', ids).execute()
    for (const one of kinds) record(agentTokenEnded(id, one.id, one.kind === 'agent' ? 'key' : 'exchanged'))
    if (key !== null) {
      await tx.updateTable('access_agent').set({ public_key: null }).where('user_id', '=', id).execute()
      record(agentKeyForgotten(id))
    }
    ended += kinds.filter((one) => one.kind === 'agent').length + (key === null ? 0 : 1)
  }
  return ended
}

/**
 * Stops the agents for which a person answers who may not sign in any more, and ends their keys and tokens, which that person may
 * know. They stay stopped when the person comes back, until somebody becomes their sponsor. Answers how many there were.
 */
export async function stopAgentsOf(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
): Promise<number> {
  const concerned = await tx
    .selectFrom('access_agent')
    .select(['user_id', 'sponsor_user_id'])
    .where((is) => is.or([is('sponsor_user_id', '=', userId), is('handover_user_id', '=', userId)]))
    .where('retired_at', 'is', null)
    .orderBy('user_id')
    .forUpdate()
    .execute()
  const stopped = concerned.filter((one) => one.sponsor_user_id === userId).map((one) => one.user_id)
  // whoever leaves is asked for nothing any more
  await tx.updateTable('access_agent').set({ handover_user_id: null }).where('handover_user_id', '=', userId).execute()
  for (const id of stopped) {
    await tx
      .updateTable('access_agent')
      .set({ suspended_at: new Date(ctx.clock()), suspended_why: 'sponsor-left', public_key: null })
      .where('user_id', '=', id)
      .execute()
    record(agentSuspended(id, 'sponsor-left', await endTokensOfAgent(tx, ctx, id, 'all')))
  }
  return stopped.length
}
