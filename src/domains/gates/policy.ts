import type { RepositoryRules } from '#domains/risk'
import {
  applicableSettings,
  type CedarPolicies,
  compileCedar,
  compilePack,
  createPolicySet,
  type Floors,
  type GateGround,
  isFixedRule,
  noFloors,
  type Pack,
  type PolicySet,
  PolicySettingInvalid,
  type Standing,
  type Standings,
  type Trial,
} from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import mergePolicies from './cedar/merge.cedar?raw'
import schema from './cedar/schema.cedarschema?raw'
import { GateSettingsWrong } from './errors.ts'
import { exampleFacts } from './facts/example.ts'
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

/** What the life cycle of policies needs to know of this gate. */
export function mergeGround(): GateGround {
  return {
    gate: 'merge',
    builtIns: builtInPacks,
    factsSchema: mergeFactsSchema,
    exampleFacts: () => exampleFacts as unknown as Json,
    cedar: async () => ({ schema, policies: await cedar() }),
  }
}

type Settings = RepositoryRules['gate']

export interface PolicySource {
  /**
   * The rules in force for a repository with these settings, and the versions that are being rolled out there. Without a
   * repository: what holds everywhere.
   *
   * @throws gate_settings_wrong
   */
  rulesFor(settings: Settings, repositoryId?: string): Promise<Rules>
  /** Those rules as packs. */
  standingOf(repositoryId?: string): Promise<Standing>
  /** Why the gate would judge nothing under these settings; undefined when it would. */
  whyRefused(settings: Settings, packs: readonly Pack[]): Promise<string | undefined>
}

export interface Rules {
  readonly set: PolicySet
  readonly trials: readonly TrialRules[]
}

/** A roll-out with its two policy sets, or the reason why there is none under these settings. */
export interface TrialRules extends Trial {
  readonly sets: { readonly with: PolicySet; readonly without: PolicySet } | undefined
}

/**
 * Remembers the sets that it made: a history has few.
 *
 * @param standings what the organization put in force; only the built-in packs decide when absent
 */
export function createPolicySource(standings?: Standings): PolicySource {
  const made = new Map<string, PolicySet>()
  const standingOf = async (repositoryId?: string): Promise<Standing> => {
    if (standings === undefined) return { packs: builtInPacks(), trials: [], floors: noFloors }
    if (repositoryId === undefined)
      return { packs: await standings.inForce(), trials: [], floors: await standings.floors() }
    return standings.of(repositoryId)
  }
  const setOf = async (
    { settings, floors }: Given,
    packs: readonly Pack[],
    known: readonly Pack[],
  ): Promise<PolicySet> => {
    const key = JSON.stringify([packs.map((one) => one.digest), known.map((one) => one.digest), settings, floors])
    const remembered = made.get(key)
    if (remembered !== undefined) return remembered
    const set = await makeSet({ settings, floors }, packs, known)
    if (made.size >= setsMax) made.clear()
    made.set(key, set)
    return set
  }
  const rulesFor = async ({ params, modes }: Settings, repositoryId?: string): Promise<Rules> => {
    const settings = { params, modes }
    const { packs, trials, floors } = await standingOf(repositoryId)
    const given = { settings, floors }
    const known = [...builtInPacks(), ...packs, ...trials.flatMap((one) => one.candidate)]
    const set = await setOf(given, packs, known)
    const both = async ({ candidate, baseline }: Trial) => {
      try {
        return { with: await setOf(given, candidate, known), without: await setOf(given, baseline, known) }
      } catch (error) {
        if (isRefusal(error)) return undefined
        throw error
      }
    }
    return { set, trials: await Promise.all(trials.map(async (one) => ({ ...one, sets: await both(one) }))) }
  }
  return { rulesFor, standingOf, whyRefused }
}

const setsMax = 100

/** What a repository asks for, and what holds before it does. */
interface Given {
  readonly settings: Settings
  readonly floors: Floors
}

async function whyRefused(settings: Settings, packs: readonly Pack[]): Promise<string | undefined> {
  try {
    await makeSet({ settings, floors: noFloors }, packs, [...builtInPacks(), ...packs])
    return undefined
  } catch (error) {
    if (isRefusal(error)) return error.message
    throw error
  }
}

function isRefusal(error: unknown): error is Error {
  return GateSettingsWrong.is(error) || PolicySettingInvalid.is(error)
}

async function makeSet(
  { settings: { params, modes }, floors }: Given,
  packs: readonly Pack[],
  known: readonly Pack[],
): Promise<PolicySet> {
  refuseWeaker(packs, modes)
  const settings = applicableSettings({ params, modes }, packs, known)
  return createPolicySet({ packs: [...packs], cedar: { schema, policies: await cedar() }, settings, floors })
}

/** A repository may not switch off what the charter says, nor what no exception may set aside. */
function refuseWeaker(packs: readonly Pack[], modes: Settings['modes']): void {
  const fixed = packs.flatMap((pack) => pack.rules.filter((rule) => isFixedRule(pack, rule)))
  for (const rule of fixed) {
    const mode = modes[rule.id]
    if (mode !== undefined && mode !== 'enforce') {
      throw GateSettingsWrong({ reason: `\`${rule.id}\` is always enforced, and \`modes\` says \`${mode}\`` })
    }
  }
}
