import { type Assertion, requireSecondPerson, takeApproval } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { PolicyOwnReview, PolicyStepsMissing, PolicyTextDiffers, PolicyVersionFixed } from './errors.ts'
import { PolicyReviewed } from './events.ts'
import { readinessOf, reviewerRoles, reviewsNeeded, subjectType } from './readiness.ts'
import type { Lifecycle } from './services.ts'
import { insertStep, lockVersion, type VersionRow } from './store.ts'
import { targetsOf } from './versions.ts'

export interface Review {
  readonly decision: 'approve' | 'reject'
  /** Of the text that was read. */
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Takes the review of somebody who did not write the draft, given with a passkey over exactly its digest.
 *
 * @throws policy_own_review, policy_text_differs, policy_steps_missing, policy_version_fixed, second_person_required,
 * step_up_refused, passkey_needed, approval_repeated
 */
export async function reviewDraft(life: Lifecycle, ctx: Context, row: VersionRow, review: Review): Promise<void> {
  const { db } = life
  if (row.authors.includes(ctx.actor.id)) throw PolicyOwnReview({})
  if (row.digest !== review.digest) throw PolicyTextDiffers({ digest: row.digest })
  await requireSecondPerson(db, reviewsNeeded, reviewerRoles, row.authors)
  const { beforeReview, weakenings } = await readinessOf(life, row)
  if (review.decision === 'approve' && beforeReview.length > 0) throw PolicyStepsMissing({ missing: beforeReview })
  const { decision, digest, assertion } = review
  await transact(db, ctx, async (tx, record) => {
    // the approval holds its person first, as everything does that a deactivation may meet
    const approval = await takeApproval(
      tx,
      record,
      ctx,
      ctx.actor.id,
      { type: subjectType, id: row.id, digest, decision },
      assertion,
    )
    const locked = await lockVersion(tx, row.id)
    if (locked.state !== 'draft') throw PolicyVersionFixed({ packId: row.pack_id, version: row.version })
    if (locked.digest !== digest) throw PolicyTextDiffers({ digest: locked.digest })
    if (locked.authors.includes(ctx.actor.id)) throw PolicyOwnReview({})
    const data = { packId: row.pack_id, version: row.version, digest, decision, approvalId: approval.id }
    const recordId = record(
      PolicyReviewed({
        targets: targetsOf(row),
        refs: [approval.recordId],
        data: { ...data, weakens: weakenings.length > 0 },
      }),
    )
    const detail = { approvalId: approval.id, weakenings }
    const step = { version: row, kind: 'reviewed', outcome: decision, byId: ctx.actor.id } as const
    await insertStep(tx, { ...step, atMs: ctx.clock(), detail, recordId })
  })
}
