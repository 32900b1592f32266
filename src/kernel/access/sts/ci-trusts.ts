import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { endDelegationsOf } from '../agents/ending.ts'
import { type Giving, isLasting } from '../agents/scopes.ts'
import { ScopeNotHeld, ScopeUnknown } from '../errors.ts'
import { allows } from '../model.ts'
import { refuseAddress } from '../oidc/issuers.ts'
import { type AccessTables, insertUser } from '../store.ts'
import type { CiTrust, NewCiTrust } from './ci-model.ts'
import { CiScopeNotGiven, CiTrustLimit, CiTrustNotFound } from './errors.ts'
import { ciTrustAdded, ciTrustRemoved } from './events.ts'

type Tables = AccessTables & LedgerTables

const trustsMax = 500
const serviceRole = 'service'

/**
 * Lets pipelines of one repository have tokens of minutes, as a service of its own.
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
  if ((await listTrusts(db)).length >= trustsMax) throw CiTrustLimit({ max: trustsMax })
  const id = newId('svc')
  const now = ctx.clock()
  const { ref, workflow, scopes, ...same } = input
  const sorted = [...new Set(scopes)].sort()
  const row = {
    ...same,
    user_id: id,
    ref_pattern: ref,
    workflow_pattern: workflow,
    scopes: sorted,
    created_at: new Date(now),
  }
  await transact(db, ctx, async (tx, record) => {
    await insertUser(tx, id, serviceRole, now)
    await tx.insertInto('access_ci_trust').values(row).execute()
    record(ciTrustAdded(id, { ...input, scopes: sorted }))
  })
  return { ...input, scopes: sorted, id, createdAt: timestamp(now) }
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
export async function trustsOf(db: Db<Tables>, issuer: string): Promise<CiTrust[]> {
  return (await trusts(db).where('t.issuer', '=', issuer).execute()).map(toTrust)
}

function trusts(db: Db<Tables>) {
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
  const { user_id: id, ref_pattern: ref, workflow_pattern: workflow, created_at: createdAt, ...same } = row
  return { ...same, id, ref, workflow, createdAt: timestamp(createdAt.getTime()) }
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
