import { type Context, housekeeping, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { CursorInvalid, NotSignedIn } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { isOfAgents, refuseStoppedAgent } from './agents/acting.ts'
import { undelegated } from './agents/delegation.ts'
import { PersonNeeded } from './agents/errors.ts'
import { scopesNow } from './agents/held.ts'
import { ScopeNotHeld, ScopeUnknown, SignInLinkInvalid, TokenNotFound } from './errors.ts'
import {
  ownerCreated,
  type SignInMethod,
  sessionEnded,
  sessionStarted,
  signInLinkIssued,
  tokenMinted,
  tokenRevoked,
} from './events.ts'
import {
  allows,
  type Caller,
  everything,
  type MintedToken,
  type MintToken,
  type PermissionsOf,
  type Token,
} from './model.ts'
import { mainRole } from './roles/model.ts'
import { latestEnd } from './sessions.ts'
import { keepSignIn } from './sign-ins/keep.ts'
import * as store from './store.ts'
import { hashToken, mintToken, readToken, type TokenKind } from './token.ts'

type Tables = store.AccessTables & LedgerTables

export const sessionMs = 12 * 3_600_000
const linkMs = 3_600_000
const dayMs = 86_400_000
const seenEveryMs = 60_000

/** Creates the first owner when there is none, and answers the owner's id. */
export async function ensureOwner(db: Db<Tables>, ctx: Context): Promise<string> {
  const existing = await store.findOwner(db)
  if (existing !== undefined) return existing
  const id = newId('usr')
  await transact(db, ctx, async (tx, record) => {
    await store.insertUser(tx, id, 'owner', ctx.clock())
    record(ownerCreated(id))
  })
  return id
}

/** A one-time secret that starts a session for `userId`; earlier links of theirs end. */
export async function issueSignInLink(db: Db<Tables>, ctx: Context, userId: string): Promise<string> {
  const { secret, row } = newToken(ctx, 'link', userId, 'sign-in link', [everything], linkMs)
  await transact(db, ctx, async (tx, record) => {
    await store.holdUser(tx, userId)
    await store.endLinks(tx, userId, ctx.clock())
    await insertToken(tx, row)
    record(signInLinkIssued(userId, row.id, timestamp(row.expiresAtMs)))
  })
  return secret
}

/** Where a session is kept: as the cookie of a browser, or as a token in whosever hands it is. */
export interface SessionHolder {
  readonly kind: 'browser' | 'token'
  /** The session of the same browser until now, which ends. */
  readonly replaces?: string | undefined
}

/**
 * Trades a one-time link for a session of 12 hours.
 *
 * @throws sign_in_link_invalid when it is used, expired, malformed or unknown; which of them is not told
 */
export async function signIn(
  db: Db<Tables>,
  ctx: Context,
  link: string,
  holder: SessionHolder = { kind: 'token' },
): Promise<{ caller: Caller; token: string }> {
  const found = readToken(link) === 'link' ? await store.findLiveToken(db, hashToken(link), ctx.clock()) : undefined
  if (found === undefined || found.kind !== 'link') throw SignInLinkInvalid({})
  const user = { id: found.user_id, role: mainRole(store.rolesIn(found)) }
  return transact(db, asUser(ctx, user), async (tx, record) => {
    const isIn = await store.holdUser(tx, user.id)
    if (!isIn || !(await store.endToken(tx, found.id, ctx.clock()))) throw SignInLinkInvalid({})
    const method = found.adds_passkeys ? ('recovery' as const) : ('link' as const)
    return startSession(tx, record, ctx, user, holder, { method })
  })
}

/** The context of what a user does while signing in. */
export function asUser(ctx: Context, user: { readonly id: string; readonly role: string }): Context {
  return { ...ctx, actor: { id: user.id, kind: 'user', role: user.role, onBehalfOf: null } }
}

/** A new session with a secret of its own, whatever session there was. */
export async function startSession(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  user: { readonly id: string; readonly role: string },
  holder: SessionHolder,
  how: SignInMethod,
): Promise<{ caller: Caller; token: string }> {
  const made = newToken(ctx, 'session', user.id, 'session', [], sessionMs)
  const addsPasskeys = how.method === 'passkey' || how.method === 'recovery'
  const row = { ...made.row, isBrowser: holder.kind === 'browser', addsPasskeys }
  const replaced = holder.replaces === undefined ? undefined : await store.endToken(tx, holder.replaces, ctx.clock())
  // of whoever used this browser before, who may be somebody else
  if (replaced !== undefined) record(sessionEnded(replaced, holder.replaces ?? ''))
  await insertToken(tx, row)
  await keepSignIn(tx, row, how)
  record(sessionStarted(user.id, row.id, timestamp(row.expiresAtMs), how))
  const { id: tokenId, isBrowser, expiresAtMs } = row
  const caller: Caller = {
    userId: user.id,
    role: user.role,
    roles: [user.role],
    tokenId,
    kind: 'session',
    isBrowser,
    scopes: [],
    expiresAtMs,
    ...undelegated,
  }
  return { caller, token: made.secret }
}

/**
 * Who is behind a session or API token; undefined for anything that is not one, alive. A session of a browser counts as
 * its cookie only, and nothing else counts as a cookie: what is stolen from one place is worth nothing in another.
 *
 * @throws agent_may_not_act
 */
export async function authenticate(
  db: Db<Tables>,
  clock: Clock,
  token: string,
  from: 'header' | 'cookie',
  permissionsOf: PermissionsOf,
): Promise<Caller | undefined> {
  const kind = readToken(token)
  if (kind === undefined || kind === 'link') return undefined
  const found = await store.findLiveToken(db, hashToken(token), clock())
  if (found === undefined && isOfAgents(kind)) await refuseStoppedAgent(db, hashToken(token), clock())
  if (found === undefined || found.kind !== kind || found.is_browser !== (from === 'cookie')) return undefined
  // a token for somebody else is asked about at introspection, and opens nothing here
  if (found.is_own === false) return undefined
  return store.toCaller(found, await scopesNow(db, permissionsOf, found, kind))
}

/** Notes that tokens were used, at most once a minute each; nothing waits for it. */
export function lastSeen(db: Db<Tables>, clock: Clock): (tokenId: string) => Promise<void> {
  const noted = new Map<string, number>()
  return async (tokenId) => {
    const now = clock()
    if (now - (noted.get(tokenId) ?? 0) < seenEveryMs) return
    if (noted.size > 10_000) noted.clear()
    noted.set(tokenId, now)
    await housekeeping(db, (tx) => store.noteSeen(tx, tokenId, now))
  }
}

/**
 * Ends the session or API token that asks.
 *
 * @throws not_signed_in when it has ended already
 */
export async function endSession(db: Db<Tables>, ctx: Context, tokenId: string): Promise<void> {
  const caller = await store.findTokenById(db, tokenId, ctx.clock(), [])
  if (caller === undefined) throw NotSignedIn({})
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.endToken(tx, tokenId, ctx.clock()))) throw NotSignedIn({})
    record(caller.kind === 'session' ? sessionEnded(caller.userId, tokenId) : tokenRevoked(caller.userId, tokenId))
  })
}

/**
 * A new API token for the caller, shown once. One that is made by another ends no later than that.
 *
 * @throws scope_unknown, scope_not_held, person_needed
 */
export async function createToken(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  known: ReadonlySet<string>,
  input: MintToken,
): Promise<MintedToken> {
  // agents and tokens of minutes make nothing that outlives them
  if (caller.kind !== 'session' && caller.kind !== 'api') throw PersonNeeded({})
  for (const scope of input.scopes) {
    if (scope !== everything && !known.has(scope)) throw ScopeUnknown({ scope })
    if (!allows(caller, scope)) throw ScopeNotHeld({ scope })
  }
  const mostMs = latestEnd(caller, ctx.clock() + input.expiresInDays * dayMs) - ctx.clock()
  const { secret, row } = newToken(ctx, 'api', caller.userId, input.name, input.scopes, mostMs)
  await transact(db, ctx, async (tx, record) => {
    await insertToken(tx, row)
    record(tokenMinted(caller.userId, row.id, input.scopes, timestamp(row.expiresAtMs), input.name))
  })
  return {
    id: row.id,
    name: row.name,
    scopes: [...row.scopes],
    createdAt: timestamp(row.createdAtMs),
    expiresAt: timestamp(row.expiresAtMs),
    revokedAt: null,
    lastSeenAt: null,
    token: secret,
  }
}

/**
 * A page of a user's API tokens, newest first.
 *
 * @throws cursor_invalid
 */
export async function listTokens(
  db: Db<Tables>,
  userId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ items: Token[]; next: string | null }> {
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await store.listTokens(db, userId, { limit, before })
  const { items, next } = toPage(rows, limit, (row) => `${row.created_at.getTime()}.${row.id}`)
  return { items: items.map(toToken), next }
}

function readCursor(cursor: string): { createdAtMs: number; id: string } {
  const match = /^(\d{1,16})\.(tok_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const createdAtMs = Number(match?.[1])
  if (match?.[2] === undefined || createdAtMs > 8.64e15) throw CursorInvalid({})
  return { createdAtMs, id: match[2] }
}

function toToken(row: store.ListedToken): Token {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    createdAt: timestamp(row.created_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    revokedAt: row.revoked_at === null ? null : timestamp(row.revoked_at.getTime()),
    lastSeenAt: row.seen_at === null ? null : timestamp(row.seen_at.getTime()),
  }
}

/** Ends one of the caller's API tokens at once. @throws token_not_found also for another user's token */
export async function revokeToken(db: Db<Tables>, ctx: Context, caller: Caller, tokenId: string): Promise<void> {
  if (!(await store.tokenBelongsTo(db, tokenId, caller.userId))) throw TokenNotFound({ tokenId })
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.endToken(tx, tokenId, ctx.clock()))) throw TokenNotFound({ tokenId })
    record(tokenRevoked(caller.userId, tokenId))
  })
}

/** @throws not_signed_in when the user has been disabled in the meantime */
async function insertToken(tx: Write<Tables>, row: store.TokenRow): Promise<void> {
  if (!(await store.insertToken(tx, row))) throw NotSignedIn({})
}

export function newToken(
  ctx: Context,
  kind: TokenKind,
  userId: string,
  name: string,
  scopes: readonly string[],
  livesMs: number,
) {
  const secret = mintToken(kind)
  const now = ctx.clock()
  const row: store.TokenRow = {
    id: newId('tok'),
    userId,
    kind,
    name,
    secretHash: hashToken(secret),
    scopes,
    createdAtMs: now,
    expiresAtMs: now + livesMs,
    isBrowser: false,
    addsPasskeys: false,
  }
  return { secret, row }
}
