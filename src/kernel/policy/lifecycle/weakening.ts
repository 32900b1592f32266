import type { Pack } from '../pack/pack.ts'
import type { Impact } from './impact.ts'
import type { Weakening } from './model.ts'
import { isLower, isWider } from './strictness.ts'

/**
 * In what a pack is weaker than the one that it would replace: what can be read from the two texts, and what the replay
 * showed. Without a replay over any decision nothing is known of it, which counts as weaker.
 */
export function weakeningsOf(pack: Pack, inForce: Pack | undefined, impact: Impact | undefined): Weakening[] {
  return [...staticWeakenings(pack, inForce), ...lostDenials(impact)]
}

/** As far as the two texts show it. */
export function staticWeakenings(pack: Pack, inForce: Pack | undefined): Weakening[] {
  return inForce === undefined ? [] : [...weakerRules(pack, inForce), ...widerParams(pack, inForce)]
}

function weakerRules(pack: Pack, inForce: Pack): Weakening[] {
  return inForce.rules.flatMap((rule): Weakening[] => {
    const own = pack.rules.find((one) => one.id === rule.id)
    if (own === undefined) return [{ rule: rule.id, what: 'rule_removed', message: `\`${rule.id}\` is gone` }]
    const weaker: Weakening[] = []
    if (isLower(own.mode, rule.mode))
      weaker.push({
        rule: rule.id,
        what: 'mode_lowered',
        message: `\`${rule.id}\` goes from ${rule.mode} to ${own.mode}`,
      })
    if (rule.exception === 'never' && own.exception !== 'never')
      weaker.push({ rule: rule.id, what: 'exception_allowed', message: `\`${rule.id}\` would allow exceptions` })
    return weaker
  })
}

function widerParams(pack: Pack, inForce: Pack): Weakening[] {
  return [...pack.params.values()].flatMap((one) => {
    const before = inForce.params.get(one.name)
    if (before === undefined || !isWider(one, before)) return []
    return [
      { rule: null, what: 'parameter_wider' as const, message: `parameter \`${one.name}\` lets more through, or may` },
    ]
  })
}

function lostDenials(impact: Impact | undefined): Weakening[] {
  if (impact === undefined || impact.replayed === 0)
    return [{ rule: null, what: 'not_replayed', message: 'no recorded decision shows what it changes' }]
  const { toAllow } = impact.flips
  if (toAllow === 0) return []
  return [{ rule: null, what: 'denial_lost', message: `${toAllow} recorded denials would be allowed` }]
}
