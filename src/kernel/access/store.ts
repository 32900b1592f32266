import { type Generated, sql } from 'kysely'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { DeviceTables } from './device/tables.ts'
import type { DirectoryTables } from './directory/tables.ts'
import type { Caller, OpenSession } from './model.ts'
import type { OidcTables } from './oidc/tables.ts'
import type { RecoveryTables } from './recovery/tables.ts'
import { mainRole } from './roles/model.ts'
import type { RoleTables } from './roles/tables.ts'
import type { StepUpTables } from './step-up/tables.ts'
import type { TokenKind } from './token.ts'

export interface AccessTables
  extends DirectoryTables,
    OidcTables,
    DeviceTables,
    RoleTables,
    StepUpTables,
    RecoveryTables {
  access_user: {
    id: string
    role: string
    created_at: Date
    disabled_at: Generated<Date | null>
    has_had_passkey: Generated<boolean>
  }
  access_token: {
    id: string
    user_id: string
    kind: TokenKind
    name: string
    secret_hash: Buffer
    scopes: string[]
    created_at: Date
    expires_at: Date
    revoked_at: Generated<Date | null>
    is_browser: Generated<boolean>
    adds_passkeys: Generated<boolean>
  }
  access_last_seen: { token_id: string; seen_at: Date }
  access_passkey: {
    id: string
    user_id: string
    name: string
    credential_id: Buffer
    public_key: Buffer
    sign_count: bigint
    transports: string[]
    is_backed_up: boolean
    created_at: Date
    last_used_at: Generated<Date | null>
  }
  access_challenge: {
    challenge_hash: Buffer
    purpose: 'register' | 'sign-in' | 'approval'
    holder_hash: Buffer
    expires_at: Date
    nonce: string | null
    rp_id: string | null
    origin: string | null
  }
}

type Read = Pick<Db<AccessTables>, 'selectFrom'>

/** A browser session that was not used for so long is over. Uses are noted once a minute. */
const idleMs = 30 * 60_000

export interface TokenRow {
  readonly id: string
  readonly userId: string
  readonly kind: TokenKind
  readonly name: string
  readonly secretHash: Buffer
  readonly scopes: readonly string[]
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly isBrowser: boolean
  /** Of a session: may register a passkey although there were some; of a link: its session may. */
  readonly addsPasskeys: boolean
}

export async function findOwner(db: Db<AccessTables>): Promise<string | undefined> {
  const row = await db
    .selectFrom('access_user')
    .select('id')
    .where('role', '=', 'owner')
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

export async function insertUser(tx: Write<AccessTables>, id: string, role: string, atMs: number): Promise<void> {
  await tx
    .insertInto('access_user')
    .values({ id, role, created_at: new Date(atMs) })
    .execute()
}

/**
 * False when the user is disabled. Holds them as they are until the transaction ends: a deactivation made at the same time either
 * sees what the transaction makes, or the transaction the deactivation. First in every transaction that also ends tokens or uses a
 * passkey, so that it and a deactivation never wait for each other.
 */
export async function holdUser(tx: Write<AccessTables>, userId: string): Promise<boolean> {
  const user = await tx
    .selectFrom('access_user')
    .select('id')
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return user !== undefined
}

/** False when the user is disabled. */
export async function insertToken(tx: Write<AccessTables>, token: TokenRow): Promise<boolean> {
  if (!(await holdUser(tx, token.userId))) return false
  await tx
    .insertInto('access_token')
    .values({
      id: token.id,
      user_id: token.userId,
      kind: token.kind,
      name: token.name,
      secret_hash: token.secretHash,
      scopes: [...token.scopes],
      created_at: new Date(token.createdAtMs),
      expires_at: new Date(token.expiresAtMs),
      is_browser: token.isBrowser,
      adds_passkeys: token.addsPasskeys,
    })
    .execute()
  return true
}

/** The live token with this hash, with its user's role; undefined when revoked, expired, unknown, or its user is disabled. */
export async function findLiveToken(db: Db<AccessTables>, secretHash: Buffer, atMs: number) {
  return liveTokens(db, atMs).where('token.secret_hash', '=', secretHash).executeTakeFirst()
}

/**
 * The caller behind a session or API token that has been authenticated; undefined when it has ended since.
 *
 * @param scopes what it was found to be allowed when it was authenticated
 */
export async function findTokenById(
  db: Db<AccessTables>,
  id: string,
  atMs: number,
  scopes: readonly string[],
): Promise<Caller | undefined> {
  const row = await liveTokens(db, atMs).where('token.id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toCaller(row, scopes)
}

/** Undefined for a link, which is nobody yet. */
export function toCaller(row: LiveToken, scopes: readonly string[]): Caller | undefined {
  if (row.kind === 'link') return undefined
  const roles = rolesIn(row)
  return {
    userId: row.user_id,
    role: mainRole(roles),
    roles,
    tokenId: row.id,
    kind: row.kind,
    isBrowser: row.is_browser,
    scopes,
    expiresAtMs: row.expires_at.getTime(),
  }
}

/** The role of the account and those that are held besides. */
export function rolesIn({ role, held }: { readonly role: string; readonly held: readonly string[] }): string[] {
  return [...new Set([role, ...held])]
}

export type LiveToken = NonNullable<Awaited<ReturnType<typeof findLiveToken>>>

export async function findAlive(db: Db<AccessTables>, ids: readonly string[], atMs: number): Promise<string[]> {
  const rows = await liveTokens(db, atMs)
    .where('token.id', 'in', [...ids])
    .execute()
  return rows.map((one) => one.id)
}

/** The names of the roles that a user holds anywhere. */
export function heldBy(userId: string) {
  return sql<string[]>`array(select distinct h.role from access_role_held h where h.user_id = ${sql.ref(userId)})`
}

function liveTokens(db: Read, atMs: number) {
  return db
    .selectFrom('access_token as token')
    .innerJoin('access_user as user', 'user.id', 'token.user_id')
    .leftJoin('access_last_seen as seen', 'seen.token_id', 'token.id')
    .select([
      'token.id',
      'token.kind',
      'token.is_browser',
      'token.adds_passkeys',
      'token.user_id',
      'token.scopes',
      'token.created_at',
      'token.expires_at',
      'seen.seen_at',
      'user.role',
    ])
    .select(heldBy('token.user_id').as('held'))
    .where('token.revoked_at', 'is', null)
    .where('token.expires_at', '>', new Date(atMs))
    .where('user.disabled_at', 'is', null)
    .where((is) =>
      is.or([
        is('token.is_browser', '=', false),
        is(is.fn.coalesce('seen.seen_at', 'token.created_at'), '>', new Date(atMs - idleMs)),
      ]),
    )
}

/** Ends a token; answers whose it was when it was alive, so that two at once cannot both use a one-time link. */
export async function endToken(tx: Write<AccessTables>, id: string, atMs: number): Promise<string | undefined> {
  const ended = await tx
    .updateTable('access_token')
    .set({ revoked_at: new Date(atMs) })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('user_id')
    .executeTakeFirst()
  return ended?.user_id
}

export async function endLinks(tx: Write<AccessTables>, userId: string, atMs: number): Promise<void> {
  await tx
    .updateTable('access_token')
    .set({ revoked_at: new Date(atMs) })
    .where('user_id', '=', userId)
    .where('kind', '=', 'link')
    .where('revoked_at', 'is', null)
    .execute()
}

export type ListedToken = Awaited<ReturnType<typeof listTokens>>[number]

/** Newest first; one more than the limit tells that there are more. */
export async function listTokens(
  db: Db<AccessTables>,
  userId: string,
  page: { readonly limit: number; readonly before: { readonly createdAtMs: number; readonly id: string } | undefined },
) {
  const query = db
    .selectFrom('access_token as token')
    .leftJoin('access_last_seen as seen', 'seen.token_id', 'token.id')
    .select([
      'token.id',
      'token.name',
      'token.scopes',
      'token.created_at',
      'token.expires_at',
      'token.revoked_at',
      'seen.seen_at',
    ])
    .where('token.user_id', '=', userId)
    .where('token.kind', '=', 'api')
    .orderBy('token.created_at', 'desc')
    .orderBy('token.id', 'desc')
    .limit(page.limit + 1)
  const { before } = page
  if (before === undefined) return query.execute()
  const place = new Date(before.createdAtMs)
  return query.where((is) => is(is.refTuple('token.created_at', 'token.id'), '<', is.tuple(place, before.id))).execute()
}

/** The sessions of a user that are open, newest first. */
export async function listSessions(db: Read, userId: string, atMs: number): Promise<Omit<OpenSession, 'isCurrent'>[]> {
  const rows = await liveTokens(db, atMs)
    .where('token.user_id', '=', userId)
    .where('token.kind', '=', 'session')
    .orderBy('token.created_at', 'desc')
    .orderBy('token.id')
    .limit(1000)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.is_browser ? ('browser' as const) : ('token' as const),
    startedAt: timestamp(row.created_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    lastSeenAt: row.seen_at === null ? null : timestamp(row.seen_at.getTime()),
  }))
}

export async function tokenBelongsTo(db: Db<AccessTables>, id: string, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('access_token')
    .select('id')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('kind', '=', 'api')
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

export async function noteSeen(tx: Write<AccessTables>, tokenId: string, atMs: number): Promise<void> {
  await tx
    .insertInto('access_last_seen')
    .values({ token_id: tokenId, seen_at: new Date(atMs) })
    // two at once may come in any order
    .onConflict((conflict) =>
      conflict
        .column('token_id')
        .doUpdateSet({ seen_at: new Date(atMs) })
        .where('access_last_seen.seen_at', '<', new Date(atMs)),
    )
    .execute()
}
