import type { Pack } from '../pack/pack.ts'
import type { Settings } from '../policy-set.ts'

/**
 * The settings without those that name something which only others of the known packs have: a rule that is gone has no mode, a
 * parameter no value. What no known pack has stays, and is refused where the set is made.
 *
 * @param known `packs` and those that they stand for, were before or will be; only `packs` when absent, and nothing is refused
 */
export function applicableSettings(
  { params, modes }: Settings,
  packs: readonly Pack[],
  known?: readonly Pack[],
): Settings {
  const [own, others] = [namesIn(packs), known === undefined ? undefined : namesIn(known)]
  const isKept = (name: string) => own.has(name) || (others !== undefined && !others.has(name))
  const kept = Object.entries(params).flatMap(([packId, values]) => {
    if (!isKept(packId)) return []
    const named = Object.entries(values).filter(([name]) => isKept(`${packId}#${name}`))
    return named.length === 0 && Object.keys(values).length > 0 ? [] : [[packId, Object.fromEntries(named)] as const]
  })
  return {
    params: Object.fromEntries(kept),
    modes: Object.fromEntries(Object.entries(modes).filter(([rule]) => isKept(rule))),
  }
}

/** Packs, rules and (after a `#`) parameters. */
function namesIn(packs: readonly Pack[]): Set<string> {
  return new Set(
    packs.flatMap((pack) => [
      pack.id,
      ...pack.rules.map((rule) => rule.id),
      ...[...pack.params.keys()].map((name) => `${pack.id}#${name}`),
    ]),
  )
}
