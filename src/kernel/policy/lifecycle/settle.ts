import type { Context } from '#kernel/ledger'
import { PolicyRolloutOver } from './errors.ts'
import type { Limits } from './rollout-model.ts'
import { promote, type RolloutRow, rollBack } from './rollouts.ts'
import type { Lifecycle } from './services.ts'
import { stageAt } from './standing.ts'
import { type Measured, measureTrials } from './trials.ts'

type Verdict =
  | { readonly move: 'roll_back'; readonly cause: 'flips' | 'errors' }
  | { readonly move: 'promote' }
  | undefined

/** What the limits of a stage say of what was counted in it; undefined while it goes on. */
export function verdictOn(limits: Limits, counts: Measured, minutes: number): Verdict {
  if (counts.flips > limits.maxFlips) return { move: 'roll_back', cause: 'flips' }
  // the share is of as many as the stage needs at least: one early error is no rate
  const errorsMax = limits.maxErrorRate * Math.max(counts.decisions, limits.minDecisions)
  if (counts.errors > errorsMax) return { move: 'roll_back', cause: 'errors' }
  return counts.decisions >= limits.minDecisions && minutes >= limits.soakMinutes ? { move: 'promote' } : undefined
}

/** Does what the limits say of each roll-out that runs, or of these; however many nodes try, it is done once. */
export async function settleRollouts(life: Lifecycle, ctx: Context, ids?: readonly string[]): Promise<void> {
  if (ids?.length === 0) return
  const running = await life.db
    .selectFrom('policy_rollout')
    .selectAll()
    .where('state', '=', 'running')
    .$if(ids !== undefined, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .execute()
  for (const row of running) await settle(life, ctx, row)
}

async function settle(
  life: Lifecycle,
  ctx: Context,
  { id: rolloutId, stage, stages, stage_since }: RolloutRow,
): Promise<void> {
  const { limits, promotion } = stageAt(stages, stage)
  const minutes = (ctx.clock() - stage_since.getTime()) / 60_000
  const verdict = verdictOn(limits, await measureTrials(life.db, { id: rolloutId, stage }, limits), minutes)
  try {
    if (verdict?.move === 'roll_back') {
      const { cause } = verdict
      const what =
        cause === 'flips' ? `more than ${limits.maxFlips} decisions came out otherwise` : 'too many answers were errors'
      await rollBack(life, ctx, { rolloutId, stage, cause, reason: what })
    } else if (verdict?.move === 'promote' && promotion === 'automatic') {
      await promote(life, ctx, { rolloutId, stage, cause: 'limits', reason: 'the stage kept its limits' })
    }
  } catch (error) {
    // somebody else was quicker
    if (!PolicyRolloutOver.is(error)) throw error
  }
}
