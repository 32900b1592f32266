import { createHash } from 'node:crypto'
import {
  AccessDenied,
  type AccessTables,
  type Approval,
  type Assertion,
  approvalsByRole,
  RevisionOther,
  requireSecondPerson,
  takeApproval,
} from '#kernel/access'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { BoundEngineApprovalNeeded, BoundEngineNotFound } from './errors.ts'
import type { EngineChangeApproval, EngineTerms } from './model.ts'
import * as store from './store.ts'
import type { OpaTables } from './tables.ts'

type Tables = OpaTables & AccessTables & LedgerTables

const subjectType = 'policy-engine-change'
/** Who may approve, in the whole organisation. */
const approverRoles = ['owner', 'security'] as const

/**
 * An engine that is enforced holds changes back, so another one in its place, an answer from elsewhere, a smaller scope, or none, may let
 * through what it would not: another person approves exactly that. Undefined when nobody needs to.
 *
 * @param after what would hold; null when the engine is removed
 * @throws policy_engine_approval_needed, second_person_required where nobody else could
 */
export async function approvalFor(
  tx: Write<Tables>,
  ctx: Context,
  before: store.EngineRow,
  after: store.EngineRow | null,
): Promise<Approval | undefined> {
  if (!mayLetMoreThrough(before, after)) return undefined
  const digest = digestOf(before, after)
  const given = await approvalsByRole(tx, { type: subjectType, id: before.id, digest }, approverRoles)
  const approval = given.find((one) => one.userId !== ctx.actor.id)
  if (approval !== undefined) return approval
  await requireSecondPerson(tx, 1, approverRoles, [ctx.actor.id])
  throw BoundEngineApprovalNeeded({ digest, engineId: before.id })
}

function mayLetMoreThrough(before: store.EngineRow, after: store.EngineRow | null): boolean {
  if (before.mode !== 'enforce') return false
  if (after === null || after.mode !== 'enforce') return true
  const isPinnedOtherwise = before.expectedRevision !== null && before.expectedRevision !== after.expectedRevision
  const isOther = before.url !== after.url || before.bundle !== after.bundle || before.path !== after.path
  return isOther || isPinnedOtherwise || isNarrower(before.repositories, after.repositories)
}

/** Null is every repository. */
function isNarrower(before: readonly string[] | null, after: readonly string[] | null): boolean {
  if (after === null) return false
  return before === null || before.some((one) => !after.includes(one))
}

/** Of the RFC 8785 text of what is there and what would be. Any change of the engine in between is another text. */
function digestOf(before: store.EngineRow, after: EngineTerms | null): string {
  const text = canonicalize({
    ...{ v: 1, what: subjectType, engineId: before.id, changedAt: timestamp(before.changedAt.getTime()) },
    before: termsOf(before),
    after: after === null ? null : termsOf(after),
  })
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function termsOf({ mode, path, bundle, url, expectedRevision, repositories }: EngineTerms) {
  return { mode, path, bundle, url, expectedRevision, repositories: repositories === null ? null : [...repositories] }
}

/**
 * Approves that an engine becomes what is told, or is removed. It counts for one change, by somebody else, of the engine as it is now.
 *
 * @throws policy_engine_not_found, revision_other, access_denied, and those of `takeApproval`
 */
export async function approveChange(
  db: Db<Tables>,
  ctx: Context,
  id: string,
  { change, digest, assertion }: EngineChangeApproval & { readonly assertion: Assertion },
): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const subject = { type: subjectType, id, digest, decision: 'approve' as const }
    await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    const before = await store.lockEngine(tx, id)
    if (before === undefined) throw BoundEngineNotFound({ engineId: id })
    const given =
      change === null ? {} : Object.fromEntries(Object.entries(change).filter(([, one]) => one !== undefined))
    if (digestOf(before, change === null ? null : { ...before, ...given }) !== digest) throw RevisionOther({})
    const counting = await approvalsByRole(tx, subject, approverRoles)
    if (!counting.some((one) => one.userId === ctx.actor.id))
      throw AccessDenied({ action: 'opa:write', reasons: ['security, or the owner, approves this'] })
  })
}
