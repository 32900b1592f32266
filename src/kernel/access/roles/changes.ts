import { createHash } from 'node:crypto'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { AccessDenied } from '../errors.ts'
import type { Authority } from '../may.ts'
import type { PermissionsOf } from '../model.ts'
import { requireSecondPerson } from '../step-up/approvals.ts'
import { takeApproval } from '../step-up/step-up.ts'
import type { AccessTables } from '../store.ts'
import type { Assertion } from '../webauthn.ts'
import { applyChange, checkChange } from './apply.ts'
import { effectsOf } from './effects.ts'
import { RoleChangeClosed, RoleChangeInvalid, RoleChangeNotFound, RoleChangeOther } from './errors.ts'
import { rolesChanged, rolesProposed, rolesRejected, rolesWithdrawn } from './events.ts'
import { holdersOf, readCursor, rolesOf } from './holdings.ts'
import { type ProposeRoles, type RoleChange, type RoleEffect, type RoleItem, roleApprovers } from './model.ts'
import type { RoleTables } from './tables.ts'

type Tables = AccessTables & LedgerTables
type Row = Omit<RoleTables['access_role_change'], 'decided_by' | 'decided_at'> & {
  decided_by: string | null
  decided_at: Date | null
}

export interface RoleChanges {
  readonly db: Db<Tables>
  readonly authority: Authority
  readonly permissionsOf: PermissionsOf
}

/**
 * Proposes who holds which roles. While nobody besides the owner can approve, the owner appoints the first who can: one person, the
 * whole organisation; that holds at once.
 *
 * @throws role_change_invalid, second_person_required
 */
export async function proposeRoles(
  { db, permissionsOf }: RoleChanges,
  ctx: Context,
  { add, remove, reason }: ProposeRoles,
): Promise<RoleChange> {
  await checkChange(db, { add, remove })
  const id = newId('rch')
  const proposal = canonicalize({ id, add, remove, reason } as unknown as Json)
  const digest = digestOf(proposal)
  const isFirst = await appointsFirst(db, ctx, { add, remove })
  if (!isFirst) await requireSecondPerson(db, 1, roleApprovers, [ctx.actor.id])
  const people = isFirst ? (await effectsOf(db, permissionsOf, { add, remove })).total : 0
  await transact(db, ctx, async (tx, record) => {
    // two first appointments at once would be two
    if (isFirst) await lockRoles(tx)
    if (isFirst && !(await appointsFirst(tx, ctx, { add, remove })))
      throw RoleChangeInvalid({ reason: 'somebody else can approve it now' })
    const decided = isFirst ? { decided_by: ctx.actor.id, decided_at: new Date(ctx.clock()) } : {}
    const state = isFirst ? ('applied' as const) : ('proposed' as const)
    await tx
      .insertInto('access_role_change')
      .values({ id, proposal, digest, proposer: ctx.actor.id, proposed_at: new Date(ctx.clock()), state, ...decided })
      .execute()
    record(rolesProposed({ id, digest, add, remove }, reason))
    if (!isFirst) return
    await applyChange(tx, { id, add, remove }, ctx.clock())
    record(rolesChanged({ id, digest, add, remove }, people, null))
  })
  return readChange(db, id)
}

/** Whether this is the owner, alone so far, who names one other person that can approve from then on. */
async function appointsFirst(
  db: Pick<Db<Tables>, 'selectFrom'>,
  { actor }: Context,
  { add, remove }: { readonly add: readonly RoleItem[]; readonly remove: readonly RoleItem[] },
): Promise<boolean> {
  const [item] = add
  if (item === undefined || add.length > 1 || remove.length > 0 || item.kind !== 'assignment') return false
  const mayApprove = (roleApprovers as readonly string[]).includes(item.role)
  if (!mayApprove || item.teamId !== null || item.userId === actor.id) return false
  const owners = await holdersOf(db, ['owner'], [], 2)
  return owners.includes(actor.id) && (await holdersOf(db, roleApprovers, [actor.id], 1)).length === 0
}

/** What somebody answers to a proposal, with the assertion of their passkey over exactly that. */
export interface RoleDecision {
  readonly decision: 'approve' | 'reject'
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Approves or rejects what another person proposed; an approval holds from then on.
 *
 * @throws role_change_not_found, role_change_closed, role_change_other, role_change_invalid, access_denied, and those of `takeApproval`
 */
export async function decideRoles(
  options: RoleChanges,
  ctx: Context,
  id: string,
  { decision, digest, assertion }: RoleDecision,
): Promise<RoleChange> {
  const { db, authority } = options
  const change = await readChange(db, id)
  if (change.digest !== digest) throw RoleChangeOther({})
  const resource = await roleChangeResource(options, id, ctx.actor.id)
  if (resource === undefined) throw RoleChangeNotFound({ changeId: id })
  await authority.require(ctx, 'role-change:decide', { type: 'RoleChange', id, ...resource })
  const { total } = await effectsOf(db, options.permissionsOf, change)
  await transact(db, ctx, async (tx, record) => {
    const approval = await takeApproval(
      tx,
      record,
      ctx,
      ctx.actor.id,
      { type: 'role-change', id, digest, decision },
      assertion,
    )
    await lockRoles(tx)
    await requireApprover(tx, ctx)
    await close(tx, ctx, id, decision === 'approve' ? 'applied' : 'rejected')
    const proposed = { id, digest, add: change.add, remove: change.remove }
    if (decision === 'reject') {
      record(rolesRejected(id, digest, approval.id))
      return
    }
    await applyChange(tx, proposed, ctx.clock())
    record(rolesChanged(proposed, total, approval.id))
  })
  return readChange(db, id)
}

/** Whoever waited for another change may have lost by it what the policies allowed them. @throws access_denied */
async function requireApprover(tx: Write<Tables>, { actor }: Context): Promise<void> {
  const held = await rolesOf(tx, actor.id)
  if (held.some(({ role, teamId }) => teamId === null && (roleApprovers as readonly string[]).includes(role))) return
  throw AccessDenied({ action: 'role-change:decide', reasons: ['you lost the role for it just now'] })
}

/** Takes back what one has proposed oneself. @throws role_change_not_found also for others' proposals, role_change_closed */
export async function withdrawRoles({ db }: RoleChanges, ctx: Context, id: string): Promise<RoleChange> {
  const change = await readChange(db, id)
  if (change.proposer !== ctx.actor.id) throw RoleChangeNotFound({ changeId: id })
  await transact(db, ctx, async (tx, record) => {
    await close(tx, ctx, id, 'withdrawn')
    record(rolesWithdrawn(id, change.digest))
  })
  return readChange(db, id)
}

async function close(tx: Write<Tables>, ctx: Context, id: string, state: RoleChange['state']): Promise<void> {
  const closed = await tx
    .updateTable('access_role_change')
    .set({ state, decided_by: ctx.actor.id, decided_at: new Date(ctx.clock()) })
    .where('id', '=', id)
    .where('state', '=', 'proposed')
    .returning('id')
    .executeTakeFirst()
  if (closed !== undefined) return
  const now = await tx.selectFrom('access_role_change').select('state').where('id', '=', id).executeTakeFirst()
  throw RoleChangeClosed({ state: now?.state ?? 'gone' })
}

/** Changes of roles hold one after the other. */
async function lockRoles(tx: Write<Tables>): Promise<void> {
  await tx.selectFrom('access_user').select('id').where('role', '=', 'owner').orderBy('id').forNoKeyUpdate().execute()
}

/** What the change would do to whom, as things are now. @throws role_change_not_found */
export async function previewRoles(
  { db, permissionsOf }: RoleChanges,
  change: { readonly add: readonly RoleItem[]; readonly remove: readonly RoleItem[] },
): Promise<{ people: RoleEffect[]; total: number; isPartial: boolean }> {
  return effectsOf(db, permissionsOf, change)
}

/**
 * A proposal as policies see it. Of many people those who gain are not all worked out.
 *
 * @param deciderId of whom it is in any case
 */
export async function roleChangeResource({ db, permissionsOf }: RoleChanges, id: string, deciderId?: string) {
  const row = await findRow(db, id)
  if (row === undefined) return undefined
  const change = toChange(row)
  const { people } = await effectsOf(db, permissionsOf, change, deciderId)
  const gaining = people.filter((one) => one.gains.length > 0).map((one) => one.userId)
  return { team: null, attrs: { proposer: change.proposer, gaining } }
}

/** @throws role_change_not_found */
export async function readChange(db: Db<Tables>, id: string): Promise<RoleChange> {
  const row = await findRow(db, id)
  if (row === undefined) throw RoleChangeNotFound({ changeId: id })
  return toChange(row)
}

async function findRow(db: Db<Tables>, id: string): Promise<Row | undefined> {
  return db.selectFrom('access_role_change').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. @throws cursor_invalid */
export async function listChanges(
  db: Db<Tables>,
  {
    limit,
    cursor,
    state,
  }: { readonly limit: number; readonly cursor?: string | undefined; readonly state?: RoleChange['state'] | undefined },
): Promise<{ items: RoleChange[]; next: string | null }> {
  let query = db.selectFrom('access_role_change').selectAll()
  if (state !== undefined) query = query.where('state', '=', state)
  if (cursor !== undefined) {
    const before = readCursor(cursor)
    query = query.where((is) => is(is.refTuple('proposed_at', 'id'), '<', is.tuple(before.at, before.id)))
  }
  const rows: Row[] = await query
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.proposed_at.getTime()}.${row.id}`)
  return { items: items.map(toChange), next }
}

function toChange(row: Row): RoleChange {
  const { add, remove, reason } = JSON.parse(row.proposal) as Pick<RoleChange, 'add' | 'remove' | 'reason'>
  return {
    ...{ id: row.id, add, remove, reason, digest: row.digest, state: row.state, proposer: row.proposer },
    proposedAt: timestamp(row.proposed_at.getTime()),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at === null ? null : timestamp(row.decided_at.getTime()),
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
