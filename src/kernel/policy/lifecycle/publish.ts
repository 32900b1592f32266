import { requireSecondPerson } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import { PolicyStepsMissing, PolicyTextDiffers, PolicyVersionFixed } from './errors.ts'
import { PolicyPublished } from './events.ts'
import { missingReviews, readinessOf, reviewsNeeded, reviewsOf } from './readiness.ts'
import { reviewerRoles } from './roles.ts'
import type { Lifecycle } from './services.ts'
import { signVersion } from './signature.ts'
import { insertStep, lockVersion, type VersionRow } from './store.ts'
import { targetsOf } from './versions.ts'

/**
 * Signs a draft that went through every step; it does not change from then on.
 *
 * @throws policy_steps_missing, policy_version_fixed, policy_text_differs, second_person_required
 */
export async function publishDraft(life: Lifecycle, ctx: Context, row: VersionRow): Promise<void> {
  const { db } = life
  const { pack_id: packId, version, digest, text, tests } = row
  const { beforeReview, reviews, weakenings, hasSecurity } = await readinessOf(life, row)
  if (reviews.length > 0) await refuseImpossible(life, row, weakenings.length > 0)
  const missing = [...beforeReview, ...reviews]
  if (missing.length > 0) throw PolicyStepsMissing({ missing })
  const at = ctx.clock()
  const signed = await signVersion(life.keysFolder, {
    packId,
    version,
    digest,
    text,
    tests,
    publishedAt: timestamp(at),
  })
  await transact(db, ctx, async (tx, record) => {
    const locked = await lockVersion(tx, row.id)
    if (locked.state !== 'draft') throw PolicyVersionFixed({ packId, version })
    if (locked.text !== text || locked.tests !== tests) throw PolicyTextDiffers({ digest: locked.digest })
    // whoever gave one may have lost the role since
    const approvals = await reviewsOf(tx, locked)
    if (approvals.length < reviewsNeeded) throw PolicyStepsMissing({ missing: missingReviews(approvals.length, false) })
    const { envelope, keyId, signature, textDigest, testsDigest } = signed
    await tx
      .updateTable('policy_version')
      .set({ state: 'published', published_at: new Date(at), envelope: JSON.stringify(envelope) })
      .where('id', '=', row.id)
      .execute()
    const reviewers = approvals.map((one) => one.userId)
    const names = { packId, version, digest, textDigest, testsDigest, keyId, signature }
    const recordId = record(
      PolicyPublished({
        targets: targetsOf(row),
        refs: approvals.map((one) => one.recordId),
        data: { ...names, reviewers, weakens: weakenings.length > 0 },
      }),
    )
    const step = { version: row, kind: 'published', outcome: 'published', byId: ctx.actor.id } as const
    await insertStep(tx, { ...step, atMs: at, detail: { weakenings, keyId, hasSecurity }, recordId })
  })
}

/** Says so where the reviews that are missing cannot be given by anybody. */
async function refuseImpossible({ db }: Lifecycle, { authors }: VersionRow, weakens: boolean): Promise<void> {
  await requireSecondPerson(db, reviewsNeeded, reviewerRoles, authors)
  if (weakens) await requireSecondPerson(db, 1, ['security'], authors)
}
