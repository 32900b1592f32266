import { sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Candidate, Counted, Limits } from './rollout-model.ts'
import type { LifecycleTables } from './tables.ts'

/** Keeps what versions that are being rolled out say of decisions, in the transaction that records these. */
export async function insertTrials(
  tx: Write<LifecycleTables>,
  atMs: number,
  decisions: readonly { readonly id: string; readonly candidates: readonly Candidate[] }[],
): Promise<void> {
  const rows = decisions.flatMap(({ id, candidates }) =>
    candidates.map((one) => ({
      rollout_id: one.rolloutId,
      stage: one.stage,
      decision_id: id,
      flip: one.flip,
      // what fails without the version as well, or by the settings of a repository, is no fault of the version
      is_error: one.result === 'error' && one.revision !== null && one.baseline.result !== 'error',
      at: new Date(atMs),
    })),
  )
  if (rows.length > 0) await tx.insertInto('policy_trial').values(rows).execute()
}

/** What was counted in a stage of a roll-out. */
export async function countTrials(
  db: Pick<Db<LifecycleTables>, 'selectFrom'>,
  rolloutId: string,
  stage: number,
): Promise<Counted> {
  const flipped = (flip: string) => sql<bigint>`count(*) filter (where flip = ${flip})`
  const row = await db
    .selectFrom('policy_trial')
    .select((is) => [
      is.fn.countAll<bigint>().as('decisions'),
      flipped('to_deny').as('toDeny'),
      flipped('to_allow').as('toAllow'),
      flipped('reasons').as('otherReasons'),
      sql<bigint>`count(*) filter (where is_error)`.as('errors'),
    ])
    .where('rollout_id', '=', rolloutId)
    .where('stage', '=', stage)
    .executeTakeFirstOrThrow()
  return {
    decisions: Number(row.decisions),
    toDeny: Number(row.toDeny),
    toAllow: Number(row.toAllow),
    otherReasons: Number(row.otherReasons),
    errors: Number(row.errors),
  }
}

/** What limits are held against. */
export interface Measured {
  /** Decisions that came out otherwise. */
  readonly flips: number
  readonly errors: number
  readonly decisions: number
}

/** As much of it as tells whether a stage keeps its limits: it is asked after each decision, and a stage may have very many. */
export async function measureTrials(
  db: Pick<Db<LifecycleTables>, 'selectFrom'>,
  { id, stage }: { readonly id: string; readonly stage: number },
  { maxFlips, maxErrorRate, minDecisions }: Limits,
): Promise<Measured> {
  const of = db.selectFrom('policy_trial').select('decision_id').where('rollout_id', '=', id).where('stage', '=', stage)
  const counted = async (query: typeof of) => {
    const row = await db
      .selectFrom(query.as('one'))
      .select((is) => is.fn.countAll<bigint>().as('rows'))
      .executeTakeFirstOrThrow()
    return Number(row.rows)
  }
  const flips = await counted(of.where('flip', 'in', ['to_deny', 'to_allow']).limit(maxFlips + 1))
  const errors = await counted(of.where('is_error', '=', true))
  // the rate needs all of them only where more failed than the least number of decisions may have
  const needsAll = errors > maxErrorRate * minDecisions
  return { flips, errors, decisions: await counted(needsAll ? of : of.limit(minDecisions)) }
}
