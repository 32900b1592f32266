import { createHash } from 'node:crypto'
import { type AccessTables, teamOf } from '#kernel/access'
import type { Db } from '#platform/database.ts'
import type { Pack } from '../pack/pack.ts'
import type { Floors } from '../settings/floors.ts'
import { floorsOf } from '../settings/store.ts'
import type { SettingsTables } from '../settings/tables.ts'
import { checkPack } from './check.ts'
import { PolicyVersionUnusable } from './errors.ts'
import type { GateGround } from './ground.ts'
import type { Scope, Stage, StageMode } from './rollout-model.ts'
import type { LifecycleTables } from './tables.ts'

/** The packs that decide for one repository, and the roll-outs that it is part of. */
export interface Standing {
  readonly packs: readonly Pack[]
  readonly trials: readonly Trial[]
  /** What the organization and the team of the repository made stricter. */
  readonly floors: Floors
}

/** A roll-out that covers a repository. */
export interface Trial {
  readonly rolloutId: string
  readonly packId: string
  readonly version: string
  readonly stage: number
  readonly mode: StageMode
  /** What decides with the version, and what without it; one of them is what decides for the repository. */
  readonly candidate: readonly Pack[]
  readonly baseline: readonly Pack[]
}

export interface Standings {
  /** What holds everywhere: the built-in packs, and what the organization put in force. */
  inForce(): Promise<readonly Pack[]>
  of(repositoryId: string): Promise<Standing>
  /** What the organization made stricter than the packs. */
  floors(): Promise<Floors>
  /** The pack of a published version. */
  packOf(versionId: string): Promise<Pack>
}

/** Most packs that are rolled out at once: each costs a second answer to the questions that it covers. */
export const rolloutsMax = 4

/** Reads the database for each question, so that every node answers by the same rules at once; what was compiled is kept. */
export function createStandings(
  db: Db<LifecycleTables & SettingsTables & AccessTables>,
  ground: GateGround,
): Standings {
  const compiled = new Map<string, Pack>()
  const packOf = async (versionId: string): Promise<Pack> => {
    const known = compiled.get(versionId)
    if (known !== undefined) return known
    const { text, pack_id, version } = await db
      .selectFrom('policy_version')
      .select(['text', 'pack_id', 'version'])
      .where('id', '=', versionId)
      .executeTakeFirstOrThrow()
    const { pack, diagnostics } = checkPack(ground, text, `${pack_id} ${version}`)
    // the facts may have changed since it was published; nothing is decided by rules that cannot be read
    if (pack === undefined)
      throw PolicyVersionUnusable({ packId: pack_id, version, reason: diagnostics[0]?.message ?? 'it has mistakes' })
    if (compiled.size >= compiledMax) compiled.clear()
    compiled.set(versionId, pack)
    return pack
  }
  const parts = { db, packOf, builtIns: () => ground.builtIns() }
  return {
    packOf,
    inForce: async () => deciding(parts, await readRows(db)),
    of: async (repositoryId) => ({
      ...(await standingOf(parts, await readRows(db), repositoryId)),
      floors: await floorsOf(db, repositoryId),
    }),
    floors: () => floorsOf(db, undefined),
  }
}

const compiledMax = 200

interface Parts {
  readonly db: Db<AccessTables>
  readonly packOf: (versionId: string) => Promise<Pack>
  readonly builtIns: () => readonly Pack[]
}

type Rows = Awaited<ReturnType<typeof readRows>>

/** What is in force and what is being rolled out, by one statement: a version that comes into force is never in neither. */
async function readRows(db: Db<LifecycleTables>) {
  return db
    .selectFrom('policy_pack as pack')
    .leftJoin('policy_rollout as rollout', (join) =>
      join.onRef('rollout.pack_id', '=', 'pack.id').on('rollout.state', '=', 'running'),
    )
    .leftJoin('policy_version as version', 'version.id', 'rollout.version_id')
    .select([
      'pack.id as packId',
      'pack.active_version_id as activeId',
      'rollout.id as rolloutId',
      'rollout.stage',
      'rollout.stages',
      'version.id as versionId',
      'version.version',
    ])
    .where((is) => is.or([is('pack.active_version_id', 'is not', null), is('rollout.id', 'is not', null)]))
    .orderBy('pack.id')
    .execute()
}

async function deciding({ packOf, builtIns }: Parts, rows: Rows): Promise<readonly Pack[]> {
  const ids = rows.flatMap((row) => row.activeId ?? [])
  return (await Promise.all(ids.map(packOf))).reduce(withPack, builtIns())
}

async function standingOf(parts: Parts, rows: Rows, repositoryId: string): Promise<Omit<Standing, 'floors'>> {
  const packs = await deciding(parts, rows)
  const running = rows.flatMap(({ packId, rolloutId, versionId, version, stage, stages }) =>
    rolloutId === null || versionId === null || version === null || stage === null || stages === null
      ? []
      : [{ packId, rolloutId, versionId, version, stage, at: stageAt(stages, stage) }],
  )
  if (running.length === 0) return { packs, trials: [] }
  const needsTeam = running.some((one) => one.at.scope.teams.length > 0)
  const team = needsTeam ? await teamOf(parts.db, repositoryId) : null
  const covering = await Promise.all(
    running
      .filter((one) => covers(one.at.scope, repositoryId, team))
      .map(async (one) => ({ ...one, pack: await parts.packOf(one.versionId) })),
  )
  const enforced = covering.filter((one) => one.at.mode === 'enforce')
  const trials = covering.map(({ rolloutId, packId, version, stage, at, pack }): Trial => {
    const others = enforced.filter((one) => one.packId !== packId)
    const baseline = others.reduce((all, one) => withPack(all, one.pack), packs)
    return { rolloutId, packId, version, stage, mode: at.mode, candidate: withPack(baseline, pack), baseline }
  })
  return { packs: enforced.reduce((all, one) => withPack(all, one.pack), packs), trials }
}

export function stageAt(stages: readonly Stage[], index: number): Stage {
  const stage = stages[index]
  if (stage === undefined) throw new Error('a roll-out is in a stage that it has not')
  return stage
}

/** The packs with this one in the place of its namesake, or last. */
export function withPack(packs: readonly Pack[], pack: Pack): readonly Pack[] {
  const at = packs.findIndex((one) => one.id === pack.id)
  return at < 0 ? [...packs, pack] : packs.with(at, pack)
}

/** Whether a stage covers a repository. The share is by the hash of its id: the same repositories in every stage and on every node. */
export function covers(scope: Scope, repositoryId: string, team: string | null): boolean {
  const isNamed =
    (scope.repositories.length === 0 && scope.teams.length === 0) ||
    scope.repositories.includes(repositoryId) ||
    (team !== null && scope.teams.includes(team))
  return isNamed && placeOf(repositoryId) * 100 < scope.percent
}

/** From 0 to below 1: the first four bytes of the SHA-256 of the id, as a fraction. */
function placeOf(repositoryId: string): number {
  return createHash('sha256').update(repositoryId).digest().readUInt32BE() / 2 ** 32
}
