import { z } from 'zod'
import { type ParameterValue, RulesProblem, type readRules } from '#domains/risk'
import { type Floors, type Lowered, noFloors, type Pack, type Rule, type Standing, underFloors } from '#kernel/policy'
import { supplies, supplyOf } from './facts/howto.ts'
import { builtInPacks, type PolicySource } from './policy.ts'

const Value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])
export const Mode = z.enum(['off', 'audit', 'warn', 'enforce'])

const SetBy = z.object({ scope: z.string(), teamName: z.string().nullable() }).meta({ id: 'PolicySettingsLevel' })

const RuleParameter = z
  .object({
    name: z.string(),
    type: z.enum(['int', 'double', 'bool', 'string', 'list<string>']),
    /** In force; `builtIn` where nothing else is set. */
    value: Value,
    builtIn: Value,
    min: z.number().nullable(),
    max: z.number().nullable(),
    oneOf: z.array(z.string()).nullable(),
    about: z.string().nullable(),
    /** What the repository asks for and does not get, and whose policy settings are stricter; null where nothing is. */
    lowered: z.object({ asked: Value, by: SetBy }).nullable(),
  })
  .meta({ id: 'GateRuleParameter' })

/** A rule as lists show it. */
export const RuleInForce = z
  .object({
    id: z.string(),
    title: z.string(),
    /** Id and title of its pack. */
    pack: z.string(),
    packTitle: z.string(),
    packVersion: z.string(),
    category: z.string(),
    clause: z.string().nullable(),
    controls: z.array(z.string()),
    severity: z.string(),
    owner: z.string(),
    /** In force; `builtInMode` where nothing else is set. */
    mode: Mode,
    builtInMode: Mode,
    /** What the repository asks for and does not get, and whose policy settings are stricter; null where nothing is. */
    lowered: z.object({ asked: Mode, by: SetBy }).nullable(),
    exception: z.enum(['allowed', 'never']),
    remediation: z.string().nullable(),
    when: z.string().nullable(),
    require: z.string(),
    /** The expression that says what is wrong where it fails. */
    message: z.string(),
    fix: z.string().nullable(),
    /** Those that its expressions use, in the order in which they use each other. */
    variables: z.array(z.object({ name: z.string(), expression: z.string() })),
    params: z.array(RuleParameter),
    /** Facts that decide its answer, and those that only its texts name. */
    reads: z.array(z.string()),
    tells: z.array(z.string()),
    /** Of those that decide, what may be unknown, with the step that makes it known. */
    needs: z.array(z.object({ path: z.string(), what: z.string(), howToKnow: z.string() })),
  })
  .meta({ id: 'GateRuleInForce' })
export type RuleInForce = z.infer<typeof RuleInForce>

/** Where the settings of the rules come from, and whether they can be used. */
export const GateSettings = z
  .object({
    /** `absent`: there is no file; `wrong`: it has mistakes, and nothing of it is used. */
    state: z.enum(['absent', 'read', 'wrong']),
    problems: z.array(RulesProblem),
    /** Why the gate refuses settings that are well written; it judges nothing under them. */
    refusal: z.string().nullable(),
  })
  .meta({ id: 'GateSettings' })

interface Given {
  readonly params: Readonly<Record<string, Readonly<Record<string, ParameterValue>>>>
  readonly modes: Readonly<Record<string, z.infer<typeof Mode>>>
}

/** The rules of these packs, as they are or under the settings of a repository; settings that name nothing change nothing. */
export function rulesInForce(
  { params, modes }: Given = { params: {}, modes: {} },
  packs: readonly Pack[] = builtInPacks(),
  floors: Floors = noFloors,
): RuleInForce[] {
  const { settings, lowered } = underFloors(packs, { params, modes }, floors)
  return packs.flatMap((pack) =>
    pack.rules.map((rule) =>
      describe(pack, rule, { values: settings.params[pack.id] ?? {}, modes: settings.modes, lowered }),
    ),
  )
}

/** What a file of rules sets, and the rules under it. */
export async function rulesUnder(
  policy: PolicySource,
  { packs, floors }: Pick<Standing, 'packs' | 'floors'>,
  { rules, problems }: ReturnType<typeof readRules>,
) {
  const refusal = (await policy.whyRefused(rules.gate, packs)) ?? null
  return { items: rulesInForce(rules.gate, packs, floors), settings: { state: rules.state, problems, refusal } }
}

interface Under {
  readonly values: Given['params'][string]
  readonly modes: Given['modes']
  readonly lowered: readonly Lowered[]
}

function describe(pack: Pack, rule: Rule, { values, modes, lowered }: Under): RuleInForce {
  const { id, title, severity, owner, mode, exception, clause = null, remediation = null } = rule
  const expressions = [rule.when, rule.require, rule.message, rule.fix, rule.locations].filter(
    (one) => one !== undefined,
  )
  const variables = usedVariables(pack, expressions)
  const names = new Set([...expressions, ...variables.map(([, one]) => one)].flatMap((one) => [...one.params]))
  return {
    ...{ id, title, severity, owner, exception, clause, remediation },
    ...{ pack: pack.id, packTitle: pack.title, packVersion: pack.version, category: pack.category },
    controls: [...(rule.controls.length > 0 ? rule.controls : pack.controls)],
    mode: modes[id] ?? mode,
    builtInMode: mode,
    lowered: loweredMode(lowered, id),
    when: rule.when?.text ?? null,
    require: rule.require.text,
    message: rule.message.text,
    fix: rule.fix?.text ?? null,
    variables: variables.map(([name, one]) => ({ name, expression: one.text })),
    params: [...pack.params.values()]
      .filter((one) => names.has(one.name))
      .map(({ name, type, fallback, min = null, max = null, oneOf, about = null }) => ({
        ...{ name, type, min, max, about },
        value: copied(values[name] ?? fallback),
        builtIn: copied(fallback),
        oneOf: oneOf === undefined ? null : [...oneOf],
        lowered: loweredValue(lowered, `${pack.id}.${name}`),
      })),
    reads: [...rule.reads],
    tells: [...rule.tells],
    needs: needsOf(rule),
  }
}

function loweredMode(lowered: readonly Lowered[], id: string): RuleInForce['lowered'] {
  const found = lowered.find((one) => one.kind === 'mode' && one.setting === id)
  return found === undefined ? null : { asked: Mode.parse(found.asked), by: { ...found.by } }
}

function loweredValue(lowered: readonly Lowered[], setting: string): RuleInForce['params'][number]['lowered'] {
  const found = lowered.find((one) => one.kind === 'param' && one.setting === setting)
  return found === undefined ? null : { asked: copied(found.asked), by: { ...found.by } }
}

type Expression = Rule['require']

/** A variable may use those above it. */
function usedVariables(pack: Pack, expressions: readonly Expression[]): (readonly [string, Expression])[] {
  const used = new Set(expressions.flatMap((one) => [...one.vars]))
  return pack.variables
    .toReversed()
    .filter(([name, one]) => {
      if (!used.has(name)) return false
      for (const other of one.vars) used.add(other)
      return true
    })
    .toReversed()
}

function needsOf({ reads }: Rule): RuleInForce['needs'] {
  return Object.keys(supplies).flatMap((path) => {
    const supply = supplyOf(path)
    const isRead = reads.some((one) => one === path || one.startsWith(`${path}.`))
    return supply === undefined || !isRead ? [] : [{ path, ...supply }]
  })
}

function copied(value: ParameterValue): string | number | boolean | string[] {
  return typeof value === 'object' ? [...value] : value
}
