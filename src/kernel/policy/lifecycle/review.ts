import { sql } from 'kysely'
import { type Assertion, requireSecondPerson, takeApproval } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { PolicyStepsMissing, PolicyTextDiffers, PolicyVersionFixed } from './errors.ts'
import { PolicyReviewed } from './events.ts'
import { readinessOf, reviewsNeeded, subjectType } from './readiness.ts'
import { reviewerRoles } from './roles.ts'
import type { Lifecycle } from './services.ts'
import { findVersion, insertStep, lockVersion, type VersionRow } from './store.ts'
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
 * @throws access_denied, policy_text_differs, policy_steps_missing, policy_version_fixed, second_person_required,
 * step_up_refused, passkey_needed, approval_repeated
 */
export async function reviewDraft(life: Lifecycle, ctx: Context, row: VersionRow, review: Review): Promise<void> {
  const { db } = life
  const { beforeReview, weakenings } = await readinessOf(life, row)
  const resource = { authors: row.authors, weakens: weakenings.length > 0 }
  const id = `${row.pack_id}@${row.version}`
  const reviewed = { type: 'PolicyVersion', id, team: null, attrs: resource }
  await life.authority.require(ctx, 'policy-version:review', reviewed)
  if (row.digest !== review.digest) throw PolicyTextDiffers({ digest: row.digest })
  await requireSecondPerson(db, reviewsNeeded, reviewerRoles, row.authors)
  if (review.decision === 'approve' && beforeReview.length > 0) throw PolicyStepsMissing({ missing: beforeReview })
  const { decision, digest, assertion } = review
  const asked = { action: 'policy-version:review', resource: async () => reviewed }
  await life.authority.act(db, ctx, asked, async (tx, record) => {
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

/** A version, named `pack@version`, as the policies of roles see it. */
/** Ids of versions as `policyVersionResource` takes them, those after one in their order. */
export async function versionsAfter({ db }: Lifecycle, after: string, limit: number): Promise<string[]> {
  const id = sql<string>`pack_id || '@' || version`
  const rows = await db
    .selectFrom('policy_version')
    .select(id.as('id'))
    .where(id, '>', after)
    .orderBy(id)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

export async function policyVersionResource(life: Lifecycle, id: string) {
  const [packId = '', version = ''] = id.split('@')
  const row = await findVersion(life.db, packId, version)
  if (row === undefined) return undefined
  const { weakenings } = await readinessOf(life, row)
  return { team: null, attrs: { authors: row.authors, weakens: weakenings.length > 0 } }
}
