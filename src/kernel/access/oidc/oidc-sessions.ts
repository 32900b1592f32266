import type { Context, RecordEvent } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { sessionEnded } from '../events.ts'
import { type AccessTables, endToken, holdUser } from '../store.ts'
import type { Authenticated } from './tokens.ts'
import { sha256 } from './waiting.ts'

/** How a provider authenticated who holds a session. */
export interface Authentication {
  readonly issuerId: string
  /** When the person last gave a password or key there; null when the provider does not say. */
  readonly authenticatedAt: string | null
  /** As the provider says them; null and none when it does not, which means nothing was shown. */
  readonly acr: string | null
  readonly amr: string[]
}

/** What is over is forgotten faster than it comes. */
const forgottenAtOnce = 100

/** Keeps beside a session what the provider said; forgets that of sessions which are over. */
export async function keepAuthentication(
  tx: Write<AccessTables>,
  ctx: Context,
  session: { readonly id: string; readonly issuerId: string; readonly idToken: string },
  said: Authenticated,
): Promise<void> {
  const now = new Date(ctx.clock())
  await tx
    .deleteFrom('access_oidc_session')
    .where('token_id', 'in', (select) =>
      select
        .selectFrom('access_oidc_session as kept')
        .innerJoin('access_token as session', 'session.id', 'kept.token_id')
        .select('kept.token_id')
        .where((is) => is.or([is('session.revoked_at', 'is not', null), is('session.expires_at', '<=', now)]))
        // some at each sign-in, and none that another one is at
        .limit(forgottenAtOnce)
        .forUpdate('kept')
        .skipLocked(),
    )
    .execute()
  const plain = new TextEncoder().encode(session.idToken)
  const kept = await ctx.sealer.beside.seal(tx, ctx, plain, boundTo(session.id))
  await tx
    .insertInto('access_oidc_session')
    .values({
      token_id: session.id,
      issuer_id: session.issuerId,
      subject_hash: sha256(said.subject),
      sid_hash: said.sid === null ? null : sha256(said.sid),
      auth_time: said.authTimeSeconds === null ? null : new Date(said.authTimeSeconds * 1000),
      acr: said.acr,
      amr: [...said.amr],
      id_token: Buffer.from(kept.sealed),
      id_token_key_id: kept.keyId,
    })
    .execute()
}

/** How a session was authenticated; undefined when no provider was asked. */
export async function authenticationOf(db: Db<AccessTables>, sessionId: string): Promise<Authentication | undefined> {
  const row = await selectSession(db, sessionId)
  if (row === undefined) return undefined
  return { issuerId: row.issuer_id, authenticatedAt: row.auth_time?.toISOString() ?? null, acr: row.acr, amr: row.amr }
}

/** For the provider when somebody signs out: which provider, and the ID token while its key is there. */
export async function idTokenOf(db: Db<AccessTables>, ctx: Context, sessionId: string) {
  const row = await selectSession(db, sessionId)
  if (row === undefined) return undefined
  const { id_token: sealed, id_token_key_id: keyId } = row
  if (sealed === null || keyId === null) return { issuerId: row.issuer_id, idToken: undefined }
  const [plain] = await ctx.sealer.beside.open([{ keyId, sealed, boundTo: boundTo(sessionId) }])
  return { issuerId: row.issuer_id, idToken: plain === undefined ? undefined : new TextDecoder().decode(plain) }
}

function selectSession(db: Db<AccessTables>, sessionId: string) {
  return db.selectFrom('access_oidc_session').selectAll().where('token_id', '=', sessionId).executeTakeFirst()
}

function boundTo(sessionId: string): string {
  return `id-token|${sessionId}`
}

/** Which of the sessions that a provider began. */
export interface WhichSessions {
  readonly issuerId: string
  readonly subject?: string | undefined
  readonly sid?: string | undefined
}

export async function openSessionsOf(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  ctx: Context,
  { issuerId, subject, sid }: WhichSessions,
): Promise<{ id: string; userId: string }[]> {
  const rows = await db
    .selectFrom('access_oidc_session as o')
    .innerJoin('access_token as t', 't.id', 'o.token_id')
    .select(['t.id', 't.user_id'])
    .where('o.issuer_id', '=', issuerId)
    .where('t.revoked_at', 'is', null)
    .where('t.expires_at', '>', new Date(ctx.clock()))
    .$if(subject !== undefined, (query) => query.where('o.subject_hash', '=', sha256(subject ?? '')))
    .$if(sid !== undefined, (query) => query.where('o.sid_hash', '=', sha256(sid ?? '')))
    .orderBy('t.id')
    .execute()
  return rows.map((row) => ({ id: row.id, userId: row.user_id }))
}

/** Ends them, each with its record; answers how many. */
export async function endSessionsOf(
  tx: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  which: WhichSessions,
): Promise<number> {
  let ended = 0
  const open = await openSessionsOf(tx, ctx, which)
  // people before their tokens, as a deactivation holds them
  for (const userId of [...new Set(open.map((one) => one.userId))].sort()) await holdUser(tx, userId)
  for (const { id, userId } of open) {
    if (!(await endToken(tx, id, ctx.clock()))) continue
    record(sessionEnded(userId, id))
    ended++
  }
  return ended
}
