import { z } from 'zod'
import { builtInPacks } from './policy.ts'

/** A built-in rule as lists show it. */
export const RuleInForce = z
  .object({
    id: z.string(),
    title: z.string(),
    category: z.string(),
    clause: z.string().nullable(),
    controls: z.array(z.string()),
    severity: z.string(),
    owner: z.string(),
    mode: z.string(),
    exception: z.enum(['allowed', 'never']),
    remediation: z.string().nullable(),
    when: z.string().nullable(),
    require: z.string(),
  })
  .meta({ id: 'GateRuleInForce' })
export type RuleInForce = z.infer<typeof RuleInForce>

export function rulesInForce(): RuleInForce[] {
  return builtInPacks().flatMap((pack) =>
    pack.rules.map((rule) => ({
      id: rule.id,
      title: rule.title,
      category: pack.category,
      clause: rule.clause ?? null,
      controls: [...(rule.controls.length > 0 ? rule.controls : pack.controls)],
      severity: rule.severity,
      owner: rule.owner,
      mode: rule.mode,
      exception: rule.exception,
      remediation: rule.remediation ?? null,
      when: rule.when?.text ?? null,
      require: rule.require.text,
    })),
  )
}
