import type { Verdict } from '../model.ts'
import type { Flip } from './rollout-model.ts'

/** How the answer with a version differs from the one without it. */
export function flipOf(baseline: Answered, candidate: Answered): Flip {
  if (baseline.decision !== candidate.decision) return candidate.decision === 'deny' ? 'to_deny' : 'to_allow'
  if (candidate.decision === 'allow') return 'none'
  return heldBy(baseline).join() === heldBy(candidate).join() ? 'none' : 'reasons'
}

export type Answered = Pick<Verdict, 'decision' | 'rules'>

/** Enforced rules that hold a change back. */
export function heldBy({ rules }: Answered): string[] {
  return rules
    .filter((one) => one.mode === 'enforce' && ['fail', 'unknown', 'error'].includes(one.status))
    .map((one) => one.id)
    .sort()
}

/** Rules by which the two differ, whichever of them holds back. */
export function rulesBetween(baseline: Answered, candidate: Answered): string[] {
  const [before, after] = [heldBy(baseline), heldBy(candidate)]
  return [...after.filter((id) => !before.includes(id)), ...before.filter((id) => !after.includes(id))]
}
