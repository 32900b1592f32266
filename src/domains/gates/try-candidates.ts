import { type Candidate, flipOf, type PolicyEngine, type PolicySet, type Question, type Verdict } from '#kernel/policy'
import type { Judged } from './judge.ts'
import type { TrialRules } from './policy.ts'

/** What a version that is being rolled out says of a question. */
export interface Tried {
  readonly candidate: Candidate
  /** With the version; undefined where it cannot be asked under the settings of the repository. */
  readonly verdict: Verdict | undefined
  /** The policy set that answered and whose answer does not count. */
  readonly other: PolicySet | undefined
}

/**
 * Asks for each roll-out that covers the repository what is decided with its version and what without it; one of the two is the
 * verdict that counts, and stays as it is.
 */
export async function tryCandidates(
  engine: PolicyEngine,
  { trials, set, question, verdict }: Pick<Judged, 'trials' | 'set' | 'question' | 'verdict'>,
): Promise<Tried[]> {
  const answer = async (by: PolicySet, asked: Question) =>
    by.revision === set.revision ? verdict : engine.decide(by, asked)
  return Promise.all(
    trials.map(async (trial): Promise<Tried> => {
      if (trial.sets === undefined) return unaskable(trial, verdict)
      const [withIt, without] = await Promise.all([
        answer(trial.sets.with, question),
        answer(trial.sets.without, question),
      ])
      const isEnforced = trial.mode === 'enforce'
      return {
        candidate: {
          ...namesOf(trial),
          enforced: isEnforced,
          revision: withIt.revision,
          decision: withIt.decision,
          result: withIt.result,
          flip: flipOf(without, withIt),
          baseline: { revision: without.revision, decision: without.decision, result: without.result },
        },
        verdict: withIt,
        other: isEnforced ? trial.sets.without : trial.sets.with,
      }
    }),
  )
}

function namesOf({ rolloutId, packId, version, stage, mode }: TrialRules) {
  return { rolloutId, packId, version, stage, mode }
}

/** The settings of the repository do not fit the version: once it decided, the gate would refuse them. */
function unaskable(trial: TrialRules, verdict: Verdict): Tried {
  const { revision, decision, result } = verdict
  return {
    candidate: {
      ...namesOf(trial),
      enforced: false,
      revision: null,
      decision: 'deny',
      result: 'error',
      flip: decision === 'allow' ? 'to_deny' : 'reasons',
      baseline: { revision, decision, result },
    },
    verdict: undefined,
    other: undefined,
  }
}
