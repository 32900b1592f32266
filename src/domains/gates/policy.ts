import type { RepositoryRules } from '#domains/risk'
import {
  type CedarPolicies,
  compileCedar,
  compilePack,
  createPolicySet,
  type Pack,
  type PolicySet,
  PolicySettingInvalid,
} from '#kernel/policy'
import mergePolicies from './cedar/merge.cedar?raw'
import schema from './cedar/schema.cedarschema?raw'
import { GateSettingsWrong } from './errors.ts'
import { mergeFactsSchema } from './facts/schema.ts'
import { once } from './once.ts'
import charter from './packs/charter.yaml?raw'
import compliance from './packs/compliance.yaml?raw'
import quality from './packs/quality.yaml?raw'
import security from './packs/security.yaml?raw'

const sources = { security, quality, compliance, charter }

/** The packs that the product ships; a mistake in one is a fault of ours. */
export const builtInPacks: () => readonly Pack[] = once(() =>
  Object.entries(sources).map(([name, text]) => {
    const { pack, diagnostics } = compilePack(text, { source: `${name}.yaml`, factsSchema: mergeFactsSchema() })
    if (pack === undefined) throw new Error(`the built-in pack ${name} is wrong: ${JSON.stringify(diagnostics)}`)
    return pack
  }),
)

/** Titles of the built-in rules, by id. */
export const ruleTitles: () => Readonly<Record<string, string>> = once(() =>
  Object.fromEntries(builtInPacks().flatMap((pack) => pack.rules.map((rule) => [rule.id, rule.title]))),
)

const cedar: () => Promise<CedarPolicies> = once(async () => {
  const { policies, diagnostics } = await compileCedar(mergePolicies, { source: 'merge.cedar', schema })
  if (policies === undefined) throw new Error(`the built-in policies are wrong: ${JSON.stringify(diagnostics)}`)
  return policies
})

export interface PolicySource {
  /**
   * The rules in force for a repository with these settings.
   *
   * @throws gate_settings_wrong
   */
  setFor(gate: RepositoryRules['gate']): Promise<PolicySet>
}

/** Remembers the sets that it made: a history has few. */
export function createPolicySource(): PolicySource {
  const made = new Map<string, PolicySet>()
  return {
    async setFor({ params, modes }) {
      const key = JSON.stringify([params, modes])
      const known = made.get(key)
      if (known !== undefined) return known
      const set = await makeSet({ params, modes })
      if (made.size < setsMax) made.set(key, set)
      return set
    },
  }
}

const setsMax = 100

/** Why the gate would judge nothing under these settings; undefined when it would. */
export async function whyRefused(gate: RepositoryRules['gate']): Promise<string | undefined> {
  try {
    await makeSet(gate)
    return undefined
  } catch (error) {
    if (GateSettingsWrong.is(error) || PolicySettingInvalid.is(error)) return error.message
    throw error
  }
}

async function makeSet({ params, modes }: RepositoryRules['gate']): Promise<PolicySet> {
  const packs = builtInPacks()
  refuseWeaker(packs, modes)
  return createPolicySet({ packs: [...packs], cedar: { schema, policies: await cedar() }, settings: { params, modes } })
}

/** A repository may not switch off what no exception may set aside. */
function refuseWeaker(packs: readonly Pack[], modes: RepositoryRules['gate']['modes']): void {
  const fixed = packs.flatMap((pack) => pack.rules).filter((rule) => rule.exception === 'never')
  for (const rule of fixed) {
    const mode = modes[rule.id]
    if (mode !== undefined && mode !== 'enforce') {
      throw GateSettingsWrong({ reason: `\`${rule.id}\` is always enforced, and \`modes\` says \`${mode}\`` })
    }
  }
}
