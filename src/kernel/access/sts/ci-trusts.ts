import { sql } from 'kysely'
import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { endDelegationsOf } from '../agents/ending.ts'
import { type Giving, isLasting } from '../agents/scopes.ts'
import { ScopeNotHeld, ScopeUnknown } from '../errors.ts'
import { allows } from '../model.ts'
import { refuseAddress } from '../oidc/issuers.ts'
import { latestEnd } from '../sessions.ts'
import { type AccessTables, insertUser } from '../store.ts'
import { isPinned, type Pipeline } from './ci-claims.ts'
import type { CiTrust, NewCiTrust } from './ci-model.ts'
import { CiScopeNotGiven, CiTrustLimit, CiTrustNotFound } from './errors.ts'
import { ciTrustAdded, ciTrustPinned, ciTrustRemoved } from './events.ts'
import { ProofRefused } from './proof.ts'

type Tables = AccessTables & LedgerTables

const trustsMax = 500
const serviceRole = 'service'

/**
 * Lets pipelines of one repository have tokens of minutes, as a service of its own; by an API token for as long as that lives.
 *
 * @throws issuer_address_invalid, ci_trust_limit, scope_unknown, scope_not_held, ci_scope_not_given
 */
export async function addTrust(
  db: Db<Tables>,
  ctx: Context,
  giving: Giving,
  input: NewCiTrust,
  allowsLoopback: boolean,
): Promise<CiTrust> {
  refuseAddress(input.issuer, allowsLoopback)
  await requireGivableToService(giving, input.scopes)
  const id = newId('svc')
  const now = ctx.clock()
  const { ref, workflow, scopes, providerRepositoryId, providerOwnerId, ...same } = input
  const end = latestEnd(giving.caller, Number.POSITIVE_INFINITY)
  const expiresAt = Number.isFinite(end) ? timestamp(end) : null
  const sorted = [...new Set(scopes)].sort()
  const row = {
    ...same,
    user_id: id,
    ref_pattern: ref,
    workflow_pattern: workflow,
    scopes: sorted,
    created_at: new Date(now),
    provider_repository_id: providerRepositoryId,
    provider_owner_id: providerOwnerId,
    expires_at: expiresAt === null ? null : new Date(expiresAt),
  }
  await transact(db, ctx, async (tx, record) => {
    await lockTrusts(tx)
    if ((await trusts(tx).execute()).length >= trustsMax) throw CiTrustLimit({ max: trustsMax })
    await insertUser(tx, id, serviceRole, now)
    await tx.insertInto('access_ci_trust').values(row).execute()
    record(ciTrustAdded(id, { ...input, scopes: sorted }))
  })
  return { ...input, scopes: sorted, id, createdAt: timestamp(now), expiresAt }
}

/** What is counted stays true: nobody else adds one until the transaction ends. */
async function lockTrusts(tx: Write<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('access_ci_trust', 0))`.execute(tx)
}

/**
 * Keeps what the provider calls the repository and its owner for good, from the first pipeline that comes by a trust.
 *
 * @throws ProofRefused when another pipeline was first, and it was another repository
 */
export async function pinTrust(tx: Write<Tables>, record: RecordEvent, id: string, pipeline: Pipeline): Promise<void> {
  const trust = await trusts(tx).where('t.user_id', '=', id).forUpdate('t').executeTakeFirst()
  if (trust === undefined) return
  const pinned = toTrust(trust)
  if (!isPinned(pinned, pipeline)) throw new ProofRefused('pipeline_other')
  const after = {
    provider_repository_id: pinned.providerRepositoryId ?? pipeline.repositoryId,
    provider_owner_id: pinned.providerOwnerId ?? pipeline.ownerId,
  }
  const isNew =
    after.provider_repository_id !== trust.provider_repository_id || after.provider_owner_id !== trust.provider_owner_id
  if (!isNew) return
  await tx.updateTable('access_ci_trust').set(after).where('user_id', '=', id).execute()
  record(ciTrustPinned(id, after.provider_repository_id, after.provider_owner_id))
}

async function requireGivableToService(
  { caller, known, permissionsOf }: Giving,
  scopes: readonly string[],
): Promise<void> {
  const ofServices = await permissionsOf([serviceRole])
  for (const scope of scopes) {
    if (!known.has(scope)) throw ScopeUnknown({ scope })
    if (isLasting(scope) || !ofServices.includes(scope)) throw CiScopeNotGiven({ scope })
    if (!allows(caller, scope)) throw ScopeNotHeld({ scope })
  }
}

/** All there are, newest first. */
export async function listTrusts(db: Db<Tables>): Promise<CiTrust[]> {
  return (await trusts(db).execute()).map(toTrust)
}

/** Those whose tokens come from this issuer. */
export async function trustsOf(db: Db<Tables>, issuer: string, atMs: number): Promise<CiTrust[]> {
  const fromThere = trusts(db).where('t.issuer', '=', issuer)
  const alive = fromThere.where((is) =>
    is.or([is('t.expires_at', 'is', null), is('t.expires_at', '>', new Date(atMs))]),
  )
  return (await alive.execute()).map(toTrust)
}

function trusts(db: Pick<Db<Tables>, 'selectFrom'>) {
  return db
    .selectFrom('access_ci_trust as t')
    .innerJoin('access_user as u', 'u.id', 't.user_id')
    .selectAll('t')
    .where('u.disabled_at', 'is', null)
    .orderBy('t.created_at', 'desc')
    .orderBy('t.user_id', 'desc')
    .limit(trustsMax)
}

type Row = Awaited<ReturnType<ReturnType<typeof trusts>['execute']>>[number]

function toTrust(row: Row): CiTrust {
  const { user_id: id, ref_pattern: ref, workflow_pattern: workflow, created_at: createdAt, ...more } = row
  const { provider_repository_id: providerRepositoryId, provider_owner_id: providerOwnerId, ...rest } = more
  const { expires_at: end, ...same } = rest
  const expiresAt = end === null ? null : timestamp(end.getTime())
  const pins = { providerRepositoryId, providerOwnerId }
  return { ...same, ...pins, id, ref, workflow, createdAt: timestamp(createdAt.getTime()), expiresAt }
}

/** Ends a trust with the tokens that were given by it, for a reason where one is said. @throws ci_trust_not_found */
export async function removeTrust(db: Db<Tables>, ctx: Context, id: string, reason: string | null): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const ended = await tx
      .updateTable('access_user')
      .set({ disabled_at: new Date(ctx.clock()) })
      .where('id', '=', id)
      .where('disabled_at', 'is', null)
      .where('id', 'in', (is) => is.selectFrom('access_ci_trust').select('user_id'))
      .returning('id')
      .executeTakeFirst()
    if (ended === undefined) throw CiTrustNotFound({ trustId: id })
    record(ciTrustRemoved(id, (await endDelegationsOf(tx, ctx, id)).length, reason))
  })
}
