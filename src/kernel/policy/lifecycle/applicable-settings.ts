import type { Pack } from '../pack/pack.ts'
import type { Settings } from '../policy-set.ts'

/** Those of the settings that name something in these packs: a rule that is gone has no mode, a parameter no value. */
export function applicableSettings({ params, modes }: Settings, packs: readonly Pack[]): Settings {
  const rules = new Set(packs.flatMap((pack) => pack.rules.map((rule) => rule.id)))
  const named = packs.flatMap((pack) => {
    const values = Object.entries(params[pack.id] ?? {}).filter(([name]) => pack.params.has(name))
    return values.length === 0 ? [] : [[pack.id, Object.fromEntries(values)] as const]
  })
  return {
    params: Object.fromEntries(named),
    modes: Object.fromEntries(Object.entries(modes).filter(([rule]) => rules.has(rule))),
  }
}
