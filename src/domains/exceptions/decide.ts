import { type Assertion, takeApproval, teamOf } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { ExceptionClosed, ExceptionNotFound, ExceptionOther } from './errors.ts'
import { exceptionApproved, exceptionRejected, exceptionRevoked } from './events.ts'
import { dayMs, type Exception, warningDays } from './model.ts'
import { readException } from './read.ts'
import type { ExceptionServices, ExcusableRule, Tables } from './services.ts'
import { type ExceptionRow, findException, moveException } from './store.ts'
import { proposedOf, recordedOf, stateAt } from './view.ts'

/** What somebody answers to what was asked for, with the assertion of their passkey over exactly that. */
export interface ExceptionDecision {
  readonly decision: 'approve' | 'reject'
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Approves or rejects what another person asked for; what is approved holds from then on, and what it excepts is judged again.
 *
 * @throws exception_not_found, exception_other, exception_closed, access_denied, and those of `takeApproval`
 */
export async function decideException(
  options: ExceptionServices,
  ctx: Context,
  id: string,
  { decision, digest, assertion }: ExceptionDecision,
): Promise<Exception> {
  const { db, authority, afterChange } = options
  const row = await rowOf(options, id)
  if (row.digest !== digest) throw ExceptionOther({})
  const state = stateAt(row, ctx.clock())
  if (state !== 'asked') throw ExceptionClosed({ state })
  const rule = await ruleOf(options, row)
  const resource = async (tx: Write<Tables>) => ({ type: 'Exception', id, ...(await resourceOf(tx, row, rule)) })
  await authority.act(db, ctx, { action: 'exception:decide', resource }, async (tx, record) => {
    const subject = { type: 'exception', id, digest, decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    const decided = { decided_by: ctx.actor.id, decided_at: new Date(ctx.clock()) }
    const next = decision === 'approve' ? 'approved' : 'rejected'
    await move(tx, id, 'asked', { state: next, warned_days: toldDays(row, ctx.clock()), ...decided })
    if (decision === 'reject') {
      record(exceptionRejected(recordedOf(row), approval.id))
      return
    }
    record(exceptionApproved(recordedOf(row), approval.id, timestamp(row.expires_at.getTime())))
    await afterChange(tx, ctx, row.repository_id)
  })
  return readException(options, ctx, id)
}

/**
 * Ends an exception before its time; what it excepted is judged again.
 *
 * @throws exception_not_found, exception_closed, access_denied
 */
export async function revokeException(
  options: ExceptionServices,
  ctx: Context,
  id: string,
  reason: string,
): Promise<Exception> {
  const { db, authority, afterChange } = options
  const row = await rowOf(options, id)
  const was = stateAt(row, ctx.clock())
  if (was !== 'asked' && was !== 'approved') throw ExceptionClosed({ state: was })
  const rule = await ruleOf(options, row)
  const resource = async (tx: Write<Tables>) => ({ type: 'Exception', id, ...(await resourceOf(tx, row, rule)) })
  await authority.act(db, ctx, { action: 'exception:end', resource }, async (tx, record) => {
    const ended = { ended_by: ctx.actor.id, ended_at: new Date(ctx.clock()), end_reason: reason }
    await move(tx, id, was, { state: 'revoked', ...ended })
    record(exceptionRevoked(recordedOf(row), was, reason))
    if (was === 'approved') await afterChange(tx, ctx, row.repository_id)
  })
  return readException(options, ctx, id)
}

/** An exception as policies see it. */
export async function exceptionResource(options: ExceptionServices, id: string) {
  const row = await findException(options.db, id)
  return row === undefined ? undefined : resourceOf(options.db, row, await ruleOf(options, row))
}

function ruleOf({ findRule }: ExceptionServices, row: ExceptionRow) {
  return findRule(row.repository_id, row.rule_id)
}

async function resourceOf(db: Pick<Db<Tables>, 'selectFrom'>, row: ExceptionRow, rule: ExcusableRule | undefined) {
  const expiresAt = { __extn: { fn: 'datetime', arg: timestamp(row.expires_at.getTime()) } }
  const attrs = {
    ...{ requester: row.requester, owner: row.owner_id, category: row.category, expiresAt },
    controls: proposedOf(row).compensatingControls.length,
    excusable: rule?.exception === 'allowed',
  }
  return { team: await teamOf(db, row.repository_id), attrs }
}

/** Of what begins nearer to its end than a warning, who approves it knows. */
function toldDays({ expires_at }: ExceptionRow, nowMs: number): number | null {
  const told = warningDays.filter((days) => expires_at.getTime() - nowMs <= days * dayMs)
  return told.at(-1) ?? null
}

async function rowOf({ db }: ExceptionServices, id: string): Promise<ExceptionRow> {
  const row = await findException(db, id)
  if (row === undefined) throw ExceptionNotFound({ exceptionId: id })
  return row
}

async function move(tx: Write<Tables>, id: string, ...[from, set]: Tail<Parameters<typeof moveException>>) {
  if (await moveException(tx, id, from, set)) return
  throw ExceptionClosed({ state: (await findException(tx, id))?.state ?? 'gone' })
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, unknown, ...infer R] ? R : never
