import { z } from 'zod'
import { teamOf } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { isUnanswered } from '../engine/engine.ts'
import { engines } from '../engines.ts'
import type { Verdict } from '../model.ts'
import type { Pack } from '../pack/pack.ts'
import { createPolicySet, type PolicySet, type Settings, SnapshotFloors } from '../policy-set.ts'
import { readTrustedQuestion } from '../question.ts'
import type { Floors } from '../settings/floors.ts'
import { applicableSettings } from './applicable-settings.ts'
import { flipOf, rulesBetween } from './flips.ts'
import { Flip } from './rollout-model.ts'
import type { Lifecycle } from './services.ts'
import { withPack } from './standing.ts'

const Flips = z.object({ toDeny: z.int(), toAllow: z.int(), otherReasons: z.int() })

/** What a version would have made of the decisions that were recorded. */
export const Impact = z
  .object({
    days: z.int(),
    /** Recorded in these days, the newest ones where there are more than were asked for. */
    decisions: z.int(),
    isLimited: z.boolean(),
    replayed: z.int(),
    /** Those that could not be made again, and why. */
    notReplayable: z.array(z.object({ reason: z.string(), decisions: z.int() })),
    flips: Flips,
    byRule: z.array(Flips.extend({ rule: z.string() })),
    byRepository: z.array(Flips.extend({ repositoryId: z.string() })),
    byTeam: z.array(Flips.extend({ team: z.string() })),
    /** The newest that come out otherwise. */
    examples: z.array(
      z.object({
        decisionId: z.string(),
        repositoryId: z.string().nullable(),
        flip: Flip,
        rules: z.array(z.string()),
      }),
    ),
    /** Digest of the pack that it was compared with; null where there was none. */
    against: z.string().nullable(),
    tookMs: z.int(),
  })
  .meta({ id: 'PolicyImpact' })
export type Impact = z.infer<typeof Impact>

export interface Span {
  readonly days: number
  /** Most decisions. */
  readonly limit: number
}

/** Few enough that a gate which asks the engine meanwhile does not wait long behind them. */
const pageSize = 100
const namesMax = 200
const examplesMax = 50

/**
 * Makes the recorded decisions of the last days again, once under the rules in force and once with `pack` among them, each under
 * the settings that it was made under.
 */
export async function assessImpact(life: Lifecycle, ctx: Context, pack: Pack, { days, limit }: Span): Promise<Impact> {
  const startedAt = performance.now()
  const inForce = await life.standings.inForce()
  const sets = createSets(life, inForce, withPack(inForce, pack))
  const tally = createTally(life)
  const since = new Date(ctx.clock() - days * 86_400_000)
  const rows = await life.db
    .selectFrom('decision')
    .select(['id', 'record_id', 'policy_revision', 'targets'])
    .where('gate', '=', pack.gate)
    .where('decided_at', '>=', since)
    .orderBy('decided_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const found = rows.slice(0, limit)
  for (let from = 0; from < found.length; from += pageSize) {
    const page = found.slice(from, from + pageSize)
    const questions = await life.ledger.readPayloads(
      ctx.organizationId,
      page.map((row) => row.record_id),
    )
    const asked: Asked[] = []
    for (const row of page)
      asked.push({ row, text: textOf(questions.get(row.record_id)), sets: await sets.of(row.policy_revision) })
    await replayPage(life, tally, asked)
  }
  const against = inForce.find((one) => one.id === pack.id)?.digest ?? null
  const { figures } = tally
  return {
    days,
    decisions: found.length,
    isLimited: rows.length > limit,
    against,
    ...(await figures()),
    tookMs: Math.round(performance.now() - startedAt),
  }
}

function textOf(values: ReadonlyMap<string, Uint8Array> | undefined): string | undefined {
  const value = values?.get('question')
  return value === undefined ? undefined : Buffer.from(value).toString()
}

interface Asked {
  readonly row: { readonly id: string; readonly targets: readonly string[] }
  readonly text: string | undefined
  readonly sets: SetsOf
}

interface SetsOf {
  readonly baseline: PolicySet | undefined
  readonly candidate: PolicySet | undefined
  readonly reason: string | undefined
}

/** Questions of one pair of sets go to the engine together. */
async function replayPage({ engine }: Lifecycle, tally: Tally, page: readonly Asked[]): Promise<void> {
  for (const sets of new Set(page.map((one) => one.sets))) {
    const of = page.filter((one) => one.sets === sets)
    const { baseline, candidate, reason } = sets
    const known = of.flatMap(({ row, text }) =>
      text === undefined ? [] : [{ row, question: readTrustedQuestion(text) }],
    )
    for (const _ of of.slice(known.length)) tally.leaveOut('its facts were erased')
    if (baseline === undefined || candidate === undefined) {
      for (const _ of known) tally.leaveOut(reason ?? 'it cannot be asked again')
      continue
    }
    const questions = known.map((one) => one.question)
    const [before, after] = await Promise.all([
      engine.decideMany(baseline, questions),
      engine.decideMany(candidate, questions),
    ])
    for (const [at, { row }] of known.entries()) tally.take(row, before[at], after[at])
  }
}

const Snapshot = z.object({
  engines: z.record(z.string(), z.string()),
  factsSchema: z.record(z.string(), z.unknown()),
  params: z.record(z.string(), z.record(z.string(), z.unknown())),
  modes: z.record(z.string(), z.enum(['off', 'audit', 'warn', 'enforce'])),
  floors: SnapshotFloors.default(() => ({ levels: [], repositoriesMayLower: true })),
})

/** The two sets that a decision is made again by, for each revision that decided then; equal settings share them. */
function createSets({ db, ground }: Lifecycle, before: readonly Pack[], after: readonly Pack[]) {
  const byRevision = new Map<string, Promise<SetsOf>>()
  const bySettings = new Map<string, SetsOf>()
  const facts = canonicalize(ground.factsSchema() as Json)
  const make = async (revision: string): Promise<SetsOf> => {
    const row = await db
      .selectFrom('policy_snapshot')
      .select('snapshot')
      .where('revision', '=', revision)
      .executeTakeFirst()
    if (row === undefined) return cannot('its policy set is gone')
    const snapshot = Snapshot.parse(JSON.parse(row.snapshot))
    if (canonicalize(snapshot.factsSchema as Json) !== facts)
      return cannot('its facts have another form than those of today')
    if (canonicalize(snapshot.engines) !== canonicalize(engines)) return cannot('another engine made it')
    const settings = { params: snapshot.params as Settings['params'], modes: snapshot.modes }
    const { floors } = snapshot
    const key = canonicalize({ ...settings, floors } as unknown as Json)
    const known = bySettings.get(key) ?? (await pairOf(settings, floors))
    bySettings.set(key, known)
    return known
  }
  const pairOf = async (settings: Settings, floors: Floors): Promise<SetsOf> => {
    const cedar = await ground.cedar()
    const setOf = (packs: readonly Pack[]) =>
      createPolicySet({ packs, cedar, settings: applicableSettings(settings, packs), floors })
    try {
      return { baseline: setOf(before), candidate: setOf(after), reason: undefined }
    } catch (error) {
      return cannot(error instanceof Error ? error.message : String(error))
    }
  }
  return {
    of: (revision: string): Promise<SetsOf> => {
      const known = byRevision.get(revision) ?? make(revision)
      byRevision.set(revision, known)
      return known
    },
  }
}

function cannot(reason: string): SetsOf {
  return { baseline: undefined, candidate: undefined, reason }
}

type Tally = ReturnType<typeof createTally>
type Counts = z.infer<typeof Flips>

function createTally({ db }: Lifecycle) {
  const flips = noFlips()
  const reasons = new Map<string, number>()
  const byRule = new Map<string, Counts>()
  const byRepository = new Map<string, Counts>()
  const examples: Impact['examples'] = []
  let replayed = 0
  const leaveOut = (reason: string): void => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  return {
    leaveOut,
    take(row: Asked['row'], before: Verdict | undefined, after: Verdict | undefined): void {
      if (before === undefined || after === undefined || isUnanswered(before) || isUnanswered(after)) {
        leaveOut('the engine did not answer')
        return
      }
      replayed++
      const flip = flipOf(before, after)
      if (flip === 'none') return
      const rules = rulesBetween(before, after)
      const repositoryId = repositoryOf(row.targets)
      add(flips, flip)
      for (const rule of rules) add(entry(byRule, rule), flip)
      if (repositoryId !== null) add(entry(byRepository, repositoryId), flip)
      if (examples.length < examplesMax)
        examples.push({ decisionId: row.id, repositoryId, flip, rules: rules.slice(0, 20) })
    },
    async figures() {
      const byTeam = new Map<string, Counts>()
      for (const [repositoryId, counts] of byRepository) {
        const team = await teamOf(db, repositoryId)
        if (team !== null) merge(entry(byTeam, team), counts)
      }
      return {
        replayed,
        notReplayable: [...reasons].map(([reason, decisions]) => ({ reason: reason.slice(0, 300), decisions })),
        flips,
        byRule: listed(byRule).map(([rule, one]) => ({ rule, ...one })),
        byRepository: listed(byRepository).map(([repositoryId, one]) => ({ repositoryId, ...one })),
        byTeam: listed(byTeam).map(([team, one]) => ({ team, ...one })),
        examples,
      }
    },
  }
}

export function repositoryOf(targets: readonly string[]): string | null {
  return targets.find((one) => one.startsWith('repository:'))?.slice('repository:'.length) ?? null
}

function noFlips(): Counts {
  return { toDeny: 0, toAllow: 0, otherReasons: 0 }
}

function entry(counts: Map<string, Counts>, name: string): Counts {
  const known = counts.get(name) ?? noFlips()
  counts.set(name, known)
  return known
}

const members = { to_deny: 'toDeny', to_allow: 'toAllow', reasons: 'otherReasons' } as const

function add(counts: Counts, flip: Exclude<Flip, 'none'>): void {
  counts[members[flip]]++
}

function merge(into: Counts, from: Counts): void {
  for (const name of Object.values(members)) into[name] += from[name]
}

/** Those with most flips first. */
function listed(counts: ReadonlyMap<string, Counts>): [string, Counts][] {
  const total = (one: Counts) => one.toDeny + one.toAllow + one.otherReasons
  return [...counts].sort((a, b) => total(b[1]) - total(a[1]) || (a[0] < b[0] ? -1 : 1)).slice(0, namesMax)
}
