import type { Selectable } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { PolicyPackNotFound, PolicyVersionNotFound } from './errors.ts'
import { builtInOf, type GateGround } from './ground.ts'
import type { StepKind } from './model.ts'
import type { LifecycleTables } from './tables.ts'

export type PackRow = Selectable<LifecycleTables['policy_pack']>
export type VersionRow = Selectable<LifecycleTables['policy_version']>
export type StepRow = Selectable<LifecycleTables['policy_step']>

export async function findPackRow(db: Db<LifecycleTables>, id: string): Promise<PackRow | undefined> {
  return db.selectFrom('policy_pack').selectAll().where('id', '=', id).executeTakeFirst()
}

/** @throws policy_pack_not_found when neither the organization nor the product has it */
export async function requirePack(
  db: Db<LifecycleTables>,
  ground: GateGround,
  id: string,
): Promise<PackRow | undefined> {
  const row = await findPackRow(db, id)
  if (row === undefined && builtInOf(ground, id) === undefined) throw PolicyPackNotFound({ packId: id })
  return row
}

/** The row of a pack; a built-in one gets its own with its first version. */
export async function ensurePackRow(
  tx: Write<LifecycleTables>,
  ground: GateGround,
  id: string,
  atMs: number,
): Promise<void> {
  const builtIn = builtInOf(ground, id)
  if (builtIn === undefined) return
  const { title, category, owner } = builtIn
  await tx
    .insertInto('policy_pack')
    .values({ id, title, category, owner, review_by: null, active_version_id: null, created_at: new Date(atMs) })
    .onConflict((on) => on.column('id').doNothing())
    .execute()
}

export async function findVersion(
  db: Db<LifecycleTables>,
  packId: string,
  version: string,
): Promise<VersionRow | undefined> {
  return db
    .selectFrom('policy_version')
    .selectAll()
    .where('pack_id', '=', packId)
    .where('version', '=', version)
    .executeTakeFirst()
}

/** @throws policy_version_not_found */
export async function requireVersion(db: Db<LifecycleTables>, packId: string, version: string): Promise<VersionRow> {
  const row = await findVersion(db, packId, version)
  if (row === undefined) throw PolicyVersionNotFound({ packId, version })
  return row
}

/** The version, locked for this transaction: whoever changes it at the same time waits. */
export async function lockVersion(tx: Write<LifecycleTables>, id: string): Promise<VersionRow> {
  return tx.selectFrom('policy_version').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
}

export async function stepsOf(db: Db<LifecycleTables>, versionId: string): Promise<StepRow[]> {
  return db
    .selectFrom('policy_step')
    .selectAll()
    .where('version_id', '=', versionId)
    .orderBy('place', 'desc')
    .limit(2 * stepsMax)
    .execute()
}

/** Most steps of a version; what publishes it and what reviews it may come on top. */
export const stepsMax = 300

export interface NewStep {
  readonly version: Pick<VersionRow, 'id' | 'digest'>
  readonly kind: StepKind
  readonly outcome: string
  readonly byId: string
  readonly atMs: number
  readonly detail: object
  readonly recordId: string
}

export async function insertStep(tx: Write<LifecycleTables>, step: NewStep): Promise<void> {
  await tx
    .insertInto('policy_step')
    .values({
      id: newId('stp'),
      version_id: step.version.id,
      digest: step.version.digest,
      kind: step.kind,
      outcome: step.outcome,
      by_id: step.byId,
      at: new Date(step.atMs),
      // PostgreSQL's text has no U+0000, which a message of a rule may have
      detail: JSON.stringify(step.detail, (_key, one) =>
        typeof one === 'string' ? one.replaceAll('\u0000', '\ufffd') : one,
      ),
      record_id: step.recordId,
    })
    .execute()
}

/** The steps about the text as it is now, newest first. */
export function currentSteps(version: Pick<VersionRow, 'digest'>, steps: readonly StepRow[]): StepRow[] {
  return steps.filter((one) => one.digest === version.digest)
}
