import { sql } from 'kysely'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { stateOf } from '../agents/acting.ts'
import { isPerson } from '../agents/delegation.ts'
import { sha256 } from '../oidc/waiting.ts'
import { mainRole } from '../roles/model.ts'
import { newToken } from '../service.ts'
import { type AccessTables, heldBy, holdUser, insertToken, rolesIn } from '../store.ts'
import { pinTrust } from './ci-trusts.ts'
import { tokenExchanged } from './events.ts'
import { type Proof, ProofRefused, principalOf } from './proof.ts'

type Tables = AccessTables & LedgerTables

/** A token of minutes as it is asked for: everything in it was found to be allowed. */
export interface Grant extends Proof {
  readonly audience: string
  readonly isOwn: boolean
  readonly lifeMs: number
  /** Proofs that are used up by it. */
  readonly usedUp: readonly NonNullable<Proof['once']>[]
}

export interface Issued {
  readonly token: string
  readonly expiresInSeconds: number
}

/**
 * Makes the token, while everybody on whom it depends is held as they are: a deactivation at the same time ends it, or is seen.
 *
 * @throws ProofRefused when somebody may not act any more, or a proof was used up by somebody else
 */
export async function issueToken(db: Db<Tables>, ctx: Context, grant: Grant): Promise<Issued> {
  const principal = principalOf(grant)
  const now = ctx.clock()
  const livesMs = Math.min(grant.lifeMs, grant.expiresAtMs === null ? grant.lifeMs : grant.expiresAtMs - now)
  const { secret, row } = newToken(ctx, 'sts', principal, nameOf(grant), grant.scopes, livesMs)
  const parties = [...new Set([grant.subjectId, ...grant.actors])].sort()
  const { role, onBehalfOf } = await whoActs(db, grant)
  const kind = isPerson(principal) ? 'user' : principal.startsWith('agt_') ? 'agent' : 'service'
  const acting: Context = { ...ctx, actor: { id: principal, kind, role, onBehalfOf } }
  await transact(db, acting, async (tx, record) => {
    await holdParties(tx, parties, now)
    await requireAlive(tx, grant.ancestors, now)
    for (const once of grant.usedUp) await spend(tx, once, now)
    if (grant.pipeline !== null) await pinTrust(tx, record, grant.subjectId, grant.pipeline)
    if (!(await insertToken(tx, row))) throw new ProofRefused('may_not_act')
    await tx
      .insertInto('access_exchanged')
      .values({
        token_id: row.id,
        subject_user_id: grant.subjectId,
        on_behalf_of: onBehalfOf,
        actors: [...grant.actors],
        parties,
        ancestors: [...grant.ancestors],
        audience: grant.audience,
        is_own: grant.isOwn,
        task: grant.task,
        tools: grant.tools === null ? null : [...grant.tools],
        certificate_hash: grant.certificateHash,
      })
      .execute()
    await keepProvider(tx, row.id, grant)
    const expiresAt = timestamp(row.expiresAtMs)
    record(tokenExchanged({ ...grant, tokenId: row.id, proof: grant.kind, expiresAt }))
    await forgetOver(tx, now)
  })
  return { token: secret, expiresInSeconds: Math.floor(livesMs / 1000) }
}

/** People see it in lists of tokens: what it was made of, and what for. */
function nameOf({ kind, task }: Grant): string {
  return task === null ? `from ${kind}` : `from ${kind}: ${task}`
}

/** The role that records name, and the person for whom it is done: who delegated, else who answers for the agent. */
async function whoActs(db: Db<Tables>, grant: Grant): Promise<{ role: string; onBehalfOf: string | null }> {
  const principal = principalOf(grant)
  const users = await db
    .selectFrom('access_user as u')
    .leftJoin('access_agent as a', 'a.user_id', 'u.id')
    .select(['u.id', 'u.role', 'a.sponsor_user_id', heldBy('u.id').as('held')])
    .where('u.id', 'in', [principal, grant.subjectId])
    .execute()
  const acting = users.find((one) => one.id === principal)
  const subject = users.find((one) => one.id === grant.subjectId)
  const role = acting === undefined ? 'service' : mainRole(rolesIn(acting))
  if (isPerson(grant.subjectId)) return { role, onBehalfOf: principal === grant.subjectId ? null : grant.subjectId }
  return { role, onBehalfOf: subject?.sponsor_user_id ?? acting?.sponsor_user_id ?? null }
}

/** Users before agents, as everybody takes them; in the order of their ids. @throws ProofRefused */
async function holdParties(tx: Write<Tables>, parties: readonly string[], atMs: number): Promise<void> {
  const agents = await tx
    .selectFrom('access_agent')
    .select(['user_id', 'sponsor_user_id'])
    .where('user_id', 'in', [...parties])
    .execute()
  const users = [...new Set([...parties, ...agents.map((one) => one.sponsor_user_id)])].sort()
  for (const id of users) if (!(await holdUser(tx, id))) throw new ProofRefused('may_not_act')
  const held = await tx
    .selectFrom('access_agent')
    .select(['user_id', 'sponsor_user_id', 'suspended_at', 'retired_at', 'expires_at'])
    .where('user_id', 'in', [...parties])
    .orderBy('user_id')
    .forShare()
    .execute()
  for (const agent of held) {
    const standing = { suspendedAt: agent.suspended_at, retiredAt: agent.retired_at, expiresAt: agent.expires_at }
    const isHeld = users.includes(agent.sponsor_user_id)
    if (!isHeld || stateOf({ ...standing, sponsorDisabledAt: null }, atMs) !== 'active')
      throw new ProofRefused('may_not_act')
  }
}

/** @throws ProofRefused when one has ended since it was read */
async function requireAlive(tx: Write<Tables>, ancestors: readonly string[], atMs: number): Promise<void> {
  if (ancestors.length === 0) return
  const alive = await tx
    .selectFrom('access_token')
    .select('id')
    .where('id', 'in', [...ancestors])
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', new Date(atMs))
    .execute()
  if (alive.length !== new Set(ancestors).size) throw new ProofRefused('token_unknown')
}

/** @throws ProofRefused when it was used before */
async function spend(tx: Write<Tables>, once: NonNullable<Proof['once']>, atMs: number): Promise<void> {
  const result = await tx
    .insertInto('access_used_assertion')
    .values({ hash: once.hash, expires_at: new Date(Math.max(once.expiresAtMs, atMs)) })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .executeTakeFirst()
  if (result.numInsertedOrUpdatedRows !== 1n) throw new ProofRefused('token_replayed')
}

/** Beside the sessions that a provider began: whatever ends those ends this. */
async function keepProvider(tx: Write<Tables>, tokenId: string, { provider }: Grant): Promise<void> {
  if (provider === null) return
  const { issuerId, subject, sid } = provider
  await tx
    .insertInto('access_oidc_session')
    .values({
      token_id: tokenId,
      issuer_id: issuerId,
      subject_hash: sha256(subject),
      sid_hash: sid === null ? null : sha256(sid),
      auth_time: null,
      acr: null,
      amr: [],
    })
    .execute()
}

/** Tokens of minutes are forgotten a day after their end, faster than they come. */
const forgottenAtOnce = 100
const dayMs = 86_400_000

async function forgetOver(tx: Write<Tables>, atMs: number): Promise<void> {
  const over = await tx
    .selectFrom('access_token')
    .select('id')
    .where('kind', '=', 'sts')
    .where('expires_at', '<', new Date(atMs - dayMs))
    .orderBy('expires_at')
    .limit(forgottenAtOnce)
    .forUpdate()
    .skipLocked()
    .execute()
  const ids = over.map((one) => one.id)
  if (ids.length > 0) {
    await tx.deleteFrom('access_exchanged').where('token_id', 'in', ids).execute()
    await tx.deleteFrom('access_oidc_session').where('token_id', 'in', ids).execute()
    await tx.deleteFrom('access_last_seen').where('token_id', 'in', ids).execute()
    await tx.deleteFrom('access_token').where('id', 'in', ids).execute()
  }
  await sql`delete from access_used_assertion where hash in (
    select hash from access_used_assertion where expires_at < ${new Date(atMs)} order by expires_at
    limit ${forgottenAtOnce} for update skip locked)`.execute(tx)
}
