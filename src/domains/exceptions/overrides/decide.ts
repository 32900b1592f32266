import { type Assertion, takeApproval, teamOf } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { ExceptionServices, Tables } from '../services.ts'
import { countingApprovals } from './approvals.ts'
import { OverrideClosed, OverrideLeadNeeded, OverrideNotFound, OverrideOther } from './errors.ts'
import { overrideApproved, overrideRejected } from './events.ts'
import { approversNeeded, type GateOverride, overrideMs } from './model.ts'
import { readOverride } from './read.ts'
import { findOverride, holdOverride, type OverrideRow, recordedOf, stateAt } from './store.ts'

export interface OverrideDecision {
  readonly decision: 'approve' | 'reject'
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Approves or rejects what another person asked for. The second approval makes it hold, for one use within 24 hours; one of the two
 * is of security or a tech lead of the team. One rejection is enough.
 *
 * @throws override_not_found, override_other, override_closed, override_lead_needed, access_denied, and those of `takeApproval`
 */
export async function decideOverride(
  options: ExceptionServices,
  ctx: Context,
  id: string,
  { decision, digest, assertion }: OverrideDecision,
): Promise<GateOverride> {
  const { db, authority } = options
  const row = await findOverride(db, id)
  if (row === undefined) throw OverrideNotFound({ overrideId: id })
  if (row.digest !== digest) throw OverrideOther({})
  refuseClosed(row, ctx.clock())
  const resource = async (tx: Write<Tables>) => ({ type: 'GateOverride', id, ...(await resourceOf(tx, row)) })
  await authority.act(db, ctx, { action: 'override:decide', resource }, async (tx, record) => {
    const subject = { type: 'gate-override', id, digest, decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    // whoever approves at the same time is waited for, so that one of the two sees both
    refuseClosed(await holdOverride(tx, id), ctx.clock())
    if (decision === 'reject') {
      await tx.updateTable('gate_override').set({ state: 'rejected' }).where('id', '=', id).execute()
      record(overrideRejected(recordedOf(row), approval.id))
      return
    }
    const { given: approvals, hasLead } = await countingApprovals(tx, row)
    if (approvals.length < approversNeeded) return
    if (!hasLead) throw OverrideLeadNeeded({})
    const expires = ctx.clock() + overrideMs
    const ids = approvals.map((one) => one.id)
    const recordId = record(overrideApproved(recordedOf(row), ids, timestamp(expires)))
    const approvers = approvals.map((one) => one.userId)
    const held = { approvers, approved_at: new Date(ctx.clock()), expires_at: new Date(expires), record_id: recordId }
    await tx
      .updateTable('gate_override')
      .set({ state: 'approved', ...held })
      .where('id', '=', id)
      .execute()
  })
  return readOverride(options, ctx, id)
}

function refuseClosed(row: OverrideRow | undefined, nowMs: number): void {
  const state = row === undefined ? 'gone' : stateAt(row, nowMs)
  if (state !== 'asked') throw OverrideClosed({ state })
}

/** An override as policies see it. */
export async function overrideResource({ db }: ExceptionServices, id: string) {
  const row = await findOverride(db, id)
  return row === undefined ? undefined : resourceOf(db, row)
}

async function resourceOf(db: Pick<Db<Tables>, 'selectFrom'>, row: OverrideRow) {
  const team = await teamOf(db, row.repository_id)
  return { team, attrs: { requester: row.requester, authors: row.authors } }
}
