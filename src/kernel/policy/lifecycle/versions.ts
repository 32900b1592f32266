import { type Context, sealed, transact } from '#kernel/ledger'
import { newId } from '#platform/ids.ts'
import { draftDigest, identityOf } from './canonical.ts'
import {
  PolicyDraftInvalid,
  PolicyPackExists,
  PolicyPacksTooMany,
  PolicyVersionDraft,
  PolicyVersionFixed,
  PolicyVersionOver,
  PolicyVersionUsed,
} from './errors.ts'
import { PolicyDrafted, PolicyPackChanged, PolicyPackCreated, PolicyRetired } from './events.ts'
import { builtInOf } from './ground.ts'
import { type DraftVersion, type NewPack, type PackChange, Semver } from './model.ts'
import type { Lifecycle } from './services.ts'
import {
  ensurePackRow,
  findPackRow,
  findVersion,
  lockVersion,
  requirePack,
  requireVersion,
  type VersionRow,
} from './store.ts'

/** A policy set has room for as many, and for those of the product. */
const packsMax = 100

/** @throws policy_pack_exists, policy_packs_too_many */
export async function createPack({ db, ground }: Lifecycle, ctx: Context, pack: NewPack): Promise<void> {
  const { id, title, category, owner, reviewBy } = pack
  if (builtInOf(ground, id) !== undefined || (await findPackRow(db, id)) !== undefined)
    throw PolicyPackExists({ packId: id })
  await transact(db, ctx, async (tx, record) => {
    const inserted = await tx
      .insertInto('policy_pack')
      .values({
        id,
        title,
        category,
        owner,
        review_by: reviewBy,
        active_version_id: null,
        created_at: new Date(ctx.clock()),
      })
      .onConflict((on) => on.column('id').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted === undefined) throw PolicyPackExists({ packId: id })
    const { packs } = await tx
      .selectFrom('policy_pack')
      .select((is) => is.fn.countAll<bigint>().as('packs'))
      .executeTakeFirstOrThrow()
    if (Number(packs) > packsMax) throw PolicyPacksTooMany({ max: packsMax })
    record(
      PolicyPackCreated({
        targets: [{ type: 'policy-pack', id }],
        data: { packId: id, category, owner: sealed.text('owner', owner), reviewBy },
      }),
    )
  })
}

/** @throws policy_pack_not_found */
export async function changePack(
  { db, ground }: Lifecycle,
  ctx: Context,
  id: string,
  change: PackChange,
): Promise<void> {
  await requirePack(db, ground, id)
  await transact(db, ctx, async (tx, record) => {
    await ensurePackRow(tx, ground, id, ctx.clock())
    const { title, owner, reviewBy } = change
    await tx
      .updateTable('policy_pack')
      .set({
        ...(title === undefined ? {} : { title }),
        ...(owner === undefined ? {} : { owner }),
        ...(reviewBy === undefined ? {} : { review_by: reviewBy }),
      })
      .where('id', '=', id)
      .execute()
    const changed = (['title', 'owner', 'reviewBy'] as const).filter((name) => change[name] !== undefined)
    record(PolicyPackChanged({ targets: [{ type: 'policy-pack', id }], data: { packId: id, changed } }))
  })
}

/**
 * Writes a draft, or writes one of the same number anew; whoever does is an author of it from then on. What was done to the
 * text before does not count for another one.
 *
 * @throws policy_pack_not_found, policy_draft_invalid, policy_version_fixed
 */
export async function draftVersion(
  { db, ground }: Lifecycle,
  ctx: Context,
  packId: string,
  { text, tests, source }: DraftVersion,
): Promise<string> {
  await requirePack(db, ground, packId)
  const version = versionOf(text, packId)
  if (builtInOf(ground, packId)?.version === version) throw PolicyVersionFixed({ packId, version })
  const digest = draftDigest(text, tests)
  const known = await findVersion(db, packId, version)
  if (known !== undefined && known.state !== 'draft') throw PolicyVersionFixed({ packId, version })
  if (known?.text === text && known.tests === tests && known.authors.includes(ctx.actor.id)) return version
  const at = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    await ensurePackRow(tx, ground, packId, at.getTime())
    const row = { text, tests, digest, source, changed_at: at }
    const inserted = await tx
      .insertInto('policy_version')
      .values({
        ...row,
        id: newId('pol'),
        pack_id: packId,
        version,
        state: 'draft',
        authors: [ctx.actor.id],
        created_at: at,
        published_at: null,
        envelope: null,
      })
      .onConflict((on) => on.columns(['pack_id', 'version']).doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted === undefined) {
      const locked = await lockVersion(tx, (await requireVersion(db, packId, version)).id)
      if (locked.state !== 'draft') throw PolicyVersionFixed({ packId, version })
      const authors = [...new Set([...locked.authors, ctx.actor.id])]
      await tx
        .updateTable('policy_version')
        .set({ ...row, authors })
        .where('id', '=', locked.id)
        .execute()
    }
    record(
      PolicyDrafted({
        targets: targetsOf({ pack_id: packId, version }),
        data: { packId, version, digest, source, isNew: inserted !== undefined },
      }),
    )
  })
  return version
}

function versionOf(text: string, packId: string): string {
  const { id, version } = identityOf(text)
  if (id !== packId) throw PolicyDraftInvalid({ reason: `its \`metadata.id\` is not \`${packId}\`` })
  const parsed = Semver.safeParse(version)
  if (!parsed.success) throw PolicyDraftInvalid({ reason: 'its `metadata.version` is no version such as 1.2.0' })
  return parsed.data
}

/**
 * Takes a published version out of what may be rolled out.
 *
 * @throws policy_version_not_found, policy_version_draft, policy_version_over, policy_version_used
 */
export async function retireVersion(
  { db }: Lifecycle,
  ctx: Context,
  packId: string,
  version: string,
  reason: string,
): Promise<void> {
  const { id } = await requireVersion(db, packId, version)
  await transact(db, ctx, async (tx, record) => {
    const row = await lockVersion(tx, id)
    if (row.state === 'draft') throw PolicyVersionDraft({ packId, version })
    if (row.state === 'retired') throw PolicyVersionOver({ packId, version })
    const using = await tx
      .selectFrom('policy_rollout')
      .select('id')
      .where('state', 'in', ['running', 'active'])
      // what would be in force again if the other is taken back is used as well
      .where((is) => is.or([is('version_id', '=', id), is('previous_version_id', '=', id)]))
      .executeTakeFirst()
    if (using !== undefined) throw PolicyVersionUsed({ packId, version })
    await tx.updateTable('policy_version').set({ state: 'retired' }).where('id', '=', id).execute()
    record(
      PolicyRetired({
        targets: targetsOf(row),
        justification: reason,
        data: { packId, version, digest: row.digest },
      }),
    )
  })
}

/** What a record about a version is about. */
export function targetsOf({ pack_id, version }: Pick<VersionRow, 'pack_id' | 'version'>) {
  return [
    { type: 'policy-version', id: `${pack_id}@${version}` },
    { type: 'policy-pack', id: pack_id },
  ]
}
