import { personNames } from '#kernel/access'
import { timestamp } from '#platform/clock.ts'
import type { Pack } from '../pack/pack.ts'
import { draftDigest } from './canonical.ts'
import { checkPack } from './check.ts'
import { diffPacks, type PackDiff } from './diff.ts'
import { PolicyRolloutNotFound, PolicyVersionNotFound, PolicyVersionUnusable } from './errors.ts'
import { builtInOf } from './ground.ts'
import {
  PackCategory,
  type PackSummary,
  type Step,
  StepKind,
  type VersionDetail,
  type VersionSummary,
} from './model.ts'
import { readinessOf } from './readiness.ts'
import { reviewDueAt } from './reminders.ts'
import type { Rollout } from './rollout-model.ts'
import type { RolloutRow } from './rollouts.ts'
import type { Lifecycle } from './services.ts'
import { policyPublicKey } from './signature.ts'
import { askedBy } from './steps.ts'
import { findVersion, type PackRow, requirePack, type StepRow, type VersionRow } from './store.ts'
import { countTrials } from './trials.ts'

/** Every pack, by id: those that the product ships and those of the organization. */
export async function listPacks(life: Lifecycle, nowMs: number): Promise<PackSummary[]> {
  const rows = await life.db.selectFrom('policy_pack').selectAll().orderBy('id').limit(packsMax).execute()
  const ids = [...new Set([...life.ground.builtIns().map((one) => one.id), ...rows.map((row) => row.id)])].sort()
  return Promise.all(
    ids.map((id) =>
      summaryOf(
        life,
        id,
        rows.find((row) => row.id === id),
        nowMs,
      ),
    ),
  )
}

const packsMax = 1000

/** @throws policy_pack_not_found */
export async function showPack(life: Lifecycle, id: string, nowMs: number): Promise<PackSummary> {
  return summaryOf(life, id, await requirePack(life.db, life.ground, id), nowMs)
}

async function summaryOf(
  { db, ground }: Lifecycle,
  id: string,
  row: PackRow | undefined,
  nowMs: number,
): Promise<PackSummary> {
  const builtIn = builtInOf(ground, id)
  const about = row ?? builtIn
  if (about === undefined) throw new Error('a pack is neither of the product nor of the organization')
  const rollout = await db
    .selectFrom('policy_rollout')
    .select('id')
    .where('pack_id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst()
  const versions = await db
    .selectFrom('policy_version')
    .select(['id', 'version', 'source', 'state'])
    .where('pack_id', '=', id)
    .execute()
  const active = versions.find((one) => one.id === row?.active_version_id)
  const activeName = active && { id: active.id, version: active.version, source: active.source }
  const shipped = builtIn === undefined ? null : { id: null, version: builtIn.version, source: 'built-in' as const }
  return {
    id,
    title: about.title,
    category: PackCategory.parse(about.category),
    owner: about.owner,
    reviewBy: row?.review_by ?? null,
    reviewDue: reviewDueAt(row?.review_by ?? null, nowMs),
    isBuiltIn: builtIn !== undefined,
    inForce: activeName ?? shipped,
    rolloutId: rollout?.id ?? null,
    drafts: versions.filter((one) => one.state === 'draft').map((one) => one.version),
    versions: versions.length + (builtIn === undefined ? 0 : 1),
  }
}

/**
 * Versions of a pack, the newest first, the built-in one last.
 *
 * @throws policy_pack_not_found
 */
export async function listVersions(life: Lifecycle, packId: string): Promise<VersionSummary[]> {
  const { db, ground } = life
  const pack = await requirePack(db, ground, packId)
  const rows = await db
    .selectFrom('policy_version')
    .selectAll()
    .where('pack_id', '=', packId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(versionsMax)
    .execute()
  const rolled = await rolledOut(life, packId)
  const builtIn = builtInOf(ground, packId)
  const own = rows.map((row) => versionSummary(row, pack?.active_version_id ?? null, rolled))
  return builtIn === undefined ? own : [...own, shippedSummary(builtIn, pack?.active_version_id ?? null)]
}

const versionsMax = 500

async function rolledOut({ db }: Lifecycle, packId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('policy_rollout')
    .select('version_id')
    .where('pack_id', '=', packId)
    .where('state', '=', 'superseded')
    .execute()
  return new Set(rows.map((row) => row.version_id))
}

function versionSummary(row: VersionRow, activeId: string | null, superseded: ReadonlySet<string>): VersionSummary {
  const published = superseded.has(row.id) ? 'superseded' : 'published'
  const state = row.id === activeId ? 'in_force' : row.state === 'published' ? published : row.state
  return {
    id: row.id,
    packId: row.pack_id,
    version: row.version,
    state,
    source: row.source,
    digest: row.digest,
    authors: row.authors,
    createdAt: timestamp(row.created_at.getTime()),
    changedAt: timestamp(row.changed_at.getTime()),
    publishedAt: row.published_at === null ? null : timestamp(row.published_at.getTime()),
  }
}

function shippedSummary(pack: Pack, activeId: string | null): VersionSummary {
  return {
    id: null,
    packId: pack.id,
    version: pack.version,
    state: activeId === null ? 'in_force' : 'superseded',
    source: 'built-in',
    digest: draftDigest(pack.text, ''),
    authors: [],
    createdAt: null,
    changedAt: null,
    publishedAt: null,
  }
}

/**
 * One version with its texts, what was done to it and what is missing.
 *
 * @throws policy_pack_not_found, policy_version_not_found
 */
export async function showVersion(life: Lifecycle, packId: string, version: string): Promise<VersionDetail> {
  const { db, ground, keysFolder } = life
  const pack = await requirePack(db, ground, packId)
  const activeId = pack?.active_version_id ?? null
  const row = await findVersion(db, packId, version)
  if (row === undefined) {
    const builtIn = builtInOf(ground, packId)
    if (builtIn?.version !== version) throw PolicyVersionNotFound({ packId, version })
    const nothing = { tests: '', diagnostics: [], steps: [], weakenings: [], missing: [], signature: null, names: {} }
    return { ...shippedSummary(builtIn, activeId), text: builtIn.text, ...nothing }
  }
  const { steps, weakenings, beforeReview, reviews } = await readinessOf(life, row)
  const { envelope } = row
  const named = [...row.authors, ...askedBy(steps), ...steps.map((step) => step.by_id)]
  return {
    ...versionSummary(row, activeId, await rolledOut(life, packId)),
    text: row.text,
    tests: row.tests,
    diagnostics: [...checkPack(ground, row.text, `${packId}.yaml`).diagnostics],
    steps: steps.map((step, at) => toStep(step, row, steps.findIndex((one) => one.kind === step.kind) === at)),
    weakenings: [...weakenings],
    missing: row.state === 'draft' ? [...beforeReview, ...reviews] : [],
    signature: envelope === null ? null : { envelope, publicKey: await policyPublicKey(keysFolder) },
    names: await personNames(db, [...new Set(named)]),
  }
}

/**
 * What a version changes.
 *
 * @param against number of another version; what is in force when absent
 * @throws policy_pack_not_found, policy_version_not_found, policy_version_unusable for a text with mistakes
 */
export async function diffVersions(
  life: Lifecycle,
  packId: string,
  version: string,
  against: string | undefined,
): Promise<PackDiff> {
  const before =
    against === undefined
      ? (await life.standings.inForce()).find((one) => one.id === packId)
      : await packOfVersion(life, packId, against)
  return diffPacks(before, await packOfVersion(life, packId, version))
}

async function packOfVersion(life: Lifecycle, packId: string, version: string): Promise<Pack> {
  const { text } = await showVersion(life, packId, version)
  const { pack, diagnostics } = checkPack(life.ground, text, packId)
  if (pack === undefined)
    throw PolicyVersionUnusable({ packId, version, reason: diagnostics[0]?.message ?? 'it has mistakes' })
  return pack
}

/** What a machine found is long, and tells something in its newest form only. */
const machineSteps = ['checked', 'tested', 'assessed']

function toStep(step: StepRow, version: VersionRow, isNewest: boolean): Step {
  return {
    id: step.id,
    kind: StepKind.parse(step.kind),
    outcome: step.outcome,
    by: step.by_id,
    at: timestamp(step.at.getTime()),
    digest: step.digest,
    isCurrent: step.digest === version.digest,
    detail: isNewest || !machineSteps.includes(step.kind) ? step.detail : {},
    recordId: step.record_id,
  }
}

/** @throws policy_rollout_not_found */
export async function showRollout(life: Lifecycle, rolloutId: string): Promise<Rollout> {
  const row = await life.db.selectFrom('policy_rollout').selectAll().where('id', '=', rolloutId).executeTakeFirst()
  if (row === undefined) throw PolicyRolloutNotFound({ rolloutId })
  return toRollout(life, row)
}

export async function toRollout({ db }: Lifecycle, row: RolloutRow): Promise<Rollout> {
  const { version } = await db
    .selectFrom('policy_version')
    .select('version')
    .where('id', '=', row.version_id)
    .executeTakeFirstOrThrow()
  return {
    id: row.id,
    packId: row.pack_id,
    versionId: row.version_id,
    version,
    state: row.state,
    stages: await Promise.all(
      row.stages.map(async (stage, at) => ({ ...stage, counts: await countTrials(db, row.id, at) })),
    ),
    stage: row.stage,
    stageSince: timestamp(row.stage_since.getTime()),
    startedBy: row.started_by,
    names: await personNames(db, [row.started_by]),
    startedAt: timestamp(row.started_at.getTime()),
    endedAt: row.ended_at === null ? null : timestamp(row.ended_at.getTime()),
  }
}
