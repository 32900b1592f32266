import type { Selectable } from 'kysely'
import { type Context, transact } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import {
  PolicyRolloutNotFound,
  PolicyRolloutOver,
  PolicyRolloutRunning,
  PolicyRolloutsTooMany,
  PolicyStepsMissing,
  PolicyVersionDraft,
  PolicyVersionOver,
} from './errors.ts'
import { RolloutCompleted, RolloutPromoted, RolloutRolledBack, RolloutStarted } from './events.ts'
import { readinessOf } from './readiness.ts'
import type { Counted, Stage } from './rollout-model.ts'
import type { Lifecycle } from './services.ts'
import { rolloutsMax, stageAt } from './standing.ts'
import { lockVersion, type VersionRow } from './store.ts'
import type { LifecycleTables } from './tables.ts'
import { countTrials } from './trials.ts'

export type RolloutRow = Selectable<LifecycleTables['policy_rollout']>

/**
 * Begins to roll a published version out, in its first stage.
 *
 * @throws policy_version_draft, policy_version_over, policy_steps_missing, policy_rollout_running, policy_rollouts_too_many
 */
export async function startRollout(
  life: Lifecycle,
  ctx: Context,
  version: VersionRow,
  stages: readonly Stage[],
): Promise<string> {
  const { db } = life
  const { id: versionId, pack_id: packId, version: name } = version
  if (version.state === 'draft') throw PolicyVersionDraft({ packId, version: name })
  if (version.state === 'retired') throw PolicyVersionOver({ packId, version: name })
  await refuseWeaker(life, version)
  // refused here rather than by the first gate that it covers
  await life.standings.packOf(versionId)
  const id = newId('rol')
  const at = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    if ((await lockVersion(tx, versionId)).state === 'retired') throw PolicyVersionOver({ packId, version: name })
    const pack = await tx
      .selectFrom('policy_pack')
      .select('active_version_id')
      .where('id', '=', packId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const running = await tx.selectFrom('policy_rollout').select('pack_id').where('state', '=', 'running').execute()
    if (running.some((one) => one.pack_id === packId)) throw PolicyRolloutRunning({ packId })
    if (running.length >= rolloutsMax) throw PolicyRolloutsTooMany({ max: rolloutsMax })
    await tx
      .insertInto('policy_rollout')
      .values({
        ...{ id, pack_id: packId, version_id: versionId, previous_version_id: pack.active_version_id },
        ...{ state: 'running', stages: JSON.stringify(stages), stage: 0, stage_since: at },
        ...{ started_by: ctx.actor.id, started_at: at, ended_at: null },
      })
      .execute()
    const { mode } = stageAt(stages, 0)
    const data = { rolloutId: id, packId, version: name, stage: 0, mode, stages: stages.length }
    record(RolloutStarted({ targets: rolloutTargets(id, packId, name), data }))
  })
  return id
}

/** What weakens the rules of today may not have weakened those that it was reviewed against. */
async function refuseWeaker(life: Lifecycle, version: VersionRow): Promise<void> {
  const { weakenings, steps } = await readinessOf(life, version)
  const published = steps.find((one) => one.kind === 'published')
  if (weakenings.length === 0 || published?.detail['hasSecurity'] === true) return
  throw PolicyStepsMissing({
    missing: [
      'it weakens what is in force now, and nobody with the role `security` approved it: publish it under another number',
    ],
  })
}

export interface Move {
  readonly rolloutId: string
  /** The stage that this is about: one that it has left is not left again. */
  readonly stage: number
  readonly cause: 'limits' | 'person'
  readonly reason: string
}

/**
 * Goes on to the next stage; after the last one the version is in force everywhere.
 *
 * @throws policy_rollout_not_found, policy_rollout_over
 */
export async function promote({ db }: Lifecycle, ctx: Context, move: Move): Promise<void> {
  const { rolloutId, cause, reason } = move
  await transact(db, ctx, async (tx, record) => {
    const row = await lockRollout(tx, rolloutId)
    if (row.state !== 'running' || row.stage !== move.stage) throw PolicyRolloutOver({ rolloutId, state: row.state })
    const { counts, data, targets } = await aboutMove(tx, row)
    const at = new Date(ctx.clock())
    const next = row.stages[row.stage + 1]
    const common = { targets, justification: reason }
    if (next !== undefined) {
      const set = { stage: row.stage + 1, stage_since: at }
      await tx.updateTable('policy_rollout').set(set).where('id', '=', rolloutId).execute()
      record(RolloutPromoted({ ...common, data: { ...data, stage: row.stage + 1, mode: next.mode, ...counts, cause } }))
      return
    }
    const active = tx.updateTable('policy_rollout').set({ state: 'superseded', ended_at: at })
    await active.where('pack_id', '=', row.pack_id).where('state', '=', 'active').execute()
    await tx.updateTable('policy_rollout').set({ state: 'active', ended_at: at }).where('id', '=', rolloutId).execute()
    await putInForce(tx, row.pack_id, row.version_id)
    record(RolloutCompleted({ ...common, data: { ...data, ...counts, cause, replaced: row.previous_version_id } }))
  })
}

export interface RollBack {
  readonly rolloutId: string
  /** The stage that this is about; undefined takes the version back wherever it is. */
  readonly stage: number | undefined
  readonly cause: 'flips' | 'errors' | 'person'
  readonly reason: string
}

/**
 * Takes a version back: what was in force before it is again, everywhere, from the next question on.
 *
 * @throws policy_rollout_not_found, policy_rollout_over
 */
export async function rollBack(
  { db }: Lifecycle,
  ctx: Context,
  { rolloutId, stage, cause, reason }: RollBack,
): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const row = await lockRollout(tx, rolloutId)
    const isThere = row.state === 'running' || row.state === 'active'
    if (!isThere || (stage !== undefined && stage !== row.stage))
      throw PolicyRolloutOver({ rolloutId, state: row.state })
    const { counts, data, targets } = await aboutMove(tx, row)
    const at = new Date(ctx.clock())
    await tx
      .updateTable('policy_rollout')
      .set({ state: 'rolled_back', ended_at: at })
      .where('id', '=', rolloutId)
      .execute()
    if (row.state === 'active') await restore(tx, row)
    const restored = row.previous_version_id
    record(RolloutRolledBack({ targets, justification: reason, data: { ...data, ...counts, cause, restored } }))
  })
}

async function restore(tx: Write<LifecycleTables>, { pack_id, previous_version_id }: RolloutRow): Promise<void> {
  await putInForce(tx, pack_id, previous_version_id)
  if (previous_version_id === null) return
  const before = await tx
    .selectFrom('policy_rollout')
    .select('id')
    .where('version_id', '=', previous_version_id)
    .where('state', '=', 'superseded')
    .orderBy('ended_at', 'desc')
    .executeTakeFirst()
  if (before === undefined) return
  await tx.updateTable('policy_rollout').set({ state: 'active' }).where('id', '=', before.id).execute()
}

async function putInForce(tx: Write<LifecycleTables>, packId: string, versionId: string | null): Promise<void> {
  await tx.updateTable('policy_pack').set({ active_version_id: versionId }).where('id', '=', packId).execute()
}

/** Locks the pack before the roll-out, as everything does that changes what is in force. */
async function lockRollout(tx: Write<LifecycleTables>, rolloutId: string): Promise<RolloutRow> {
  const found = await tx.selectFrom('policy_rollout').select('pack_id').where('id', '=', rolloutId).executeTakeFirst()
  if (found === undefined) throw PolicyRolloutNotFound({ rolloutId })
  await tx.selectFrom('policy_pack').select('id').where('id', '=', found.pack_id).forUpdate().execute()
  return tx.selectFrom('policy_rollout').selectAll().where('id', '=', rolloutId).executeTakeFirstOrThrow()
}

async function aboutMove(tx: Write<LifecycleTables>, row: RolloutRow) {
  const { version } = await tx
    .selectFrom('policy_version')
    .select('version')
    .where('id', '=', row.version_id)
    .executeTakeFirstOrThrow()
  const { decisions, toDeny, toAllow, errors }: Counted = await countTrials(tx, row.id, row.stage)
  const { mode } = stageAt(row.stages, row.stage)
  return {
    counts: { decisions, toDeny, toAllow, errors },
    data: { rolloutId: row.id, packId: row.pack_id, version, stage: row.stage, mode },
    targets: rolloutTargets(row.id, row.pack_id, version),
  }
}

function rolloutTargets(id: string, packId: string, version: string) {
  return [
    { type: 'policy-rollout', id },
    { type: 'policy-version', id: `${packId}@${version}` },
    { type: 'policy-pack', id: packId },
  ]
}
